/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * port: one of the two wires: any device that DPDK can drive, a PCI network card or a virtual one.
 *
 * A device is named as DPDK names it: a PCI address ("0000:03:00.0"; it must have been allowed when EAL started) or a
 * device string ("net_af_xdp0,iface=eth1"). The port is set up for what a transparent bump in the wire needs: promiscuous,
 * no VLAN stripping, no segmentation or reassembly by hardware, checksums checked by hardware where it can, scattered
 * receive where it can, and as many queues as wanted where the device has them.
 *
 * Queues and workers: queue q of both ports is polled by worker q, and no queue by two. Where a card has symmetric RSS
 * (a random key under which both directions of a flow have one hash) the card brings a flow's packets to one worker by
 * itself: dp_port_spreads(). Elsewhere dataplane/spread does. Virtual devices are taken at their queues only: some of
 * them name RSS functions that they do not have.
 *
 * Order of calls: EAL, the mempool, dp_port_open(), any number of receives and transmits, dp_port_close().
 *
 * Threads: open and close on the control thread; a queue belongs to one worker; dp_port_link() on the control thread.
 *
 * Errors: what a device refuses at the start is one line in the log that says what and, where known, how to mend it.
 * A port that loses its link stays open; what it does not take is dropped and counted by the caller.
 *
 * It does not look into packets.
 */
#ifndef CELLGATE_DATAPLANE_PORT_H
#define CELLGATE_DATAPLANE_PORT_H

#include "base/bytes.h"

#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <stdbool.h>
#include <stdint.h>

#define DP_PORT_DEVICE_MAX 512
#define DP_PORT_KEY_LEN    52 /* bytes of an RSS key; cards that want 40 take the first */

struct dp_port_config {
    const char *device;
    const char *label; /* "inside", "outside": for the log */
    struct rte_mempool *pool;
    const uint8_t *rss_key; /* DP_PORT_KEY_LEN bytes from dp_port_key(); the same for both ports */
    uint16_t num_queues;    /* wanted, at least 1 */
    uint16_t mtu;           /* bytes of the largest IP packet */
};

struct dp_port;

/* dp_port_is_pci: whether `device` is a PCI address rather than the name of a virtual device. */
bool dp_port_is_pci(const char *device);

/* dp_port_key: a fresh random RSS key, symmetric (it repeats every 16 bits: the hash of swapped ends is the same). */
BYTES_MUST_CHECK int dp_port_key(uint8_t key[DP_PORT_KEY_LEN]);

/* dp_port_pool: a mempool of `num` packets of `room` bytes for ports and boxes; NULL with a line in the log. */
struct rte_mempool *dp_port_pool(const char *name, uint32_t num, uint16_t room);

/* dp_port_pool_bytes: the memory that dp_port_pool() takes where there are no huge pages: DPDK lets no buffer cross a
 * page, so that a buffer of more than half a page takes a whole one. In huge pages it is less. */
uint64_t dp_port_pool_bytes(uint32_t num, uint16_t room);

/* dp_port_open: starts the device; NULL with a line in the log. */
struct dp_port *dp_port_open(const struct dp_port_config *config);

/* dp_port_close: stops it and gives it back. NULL is allowed. */
void dp_port_close(struct dp_port *port);

/* dp_port_queues: how many queues it has each way, at most as many as were wanted. */
uint16_t dp_port_queues(const struct dp_port *port);

/* dp_port_spreads: true where the card itself brings both directions of a flow to the same queue. */
bool dp_port_spreads(const struct dp_port *port);

/* dp_port_receive: up to `max` packets that came in; they are the caller's. */
uint16_t dp_port_receive(struct dp_port *port, uint16_t queue, struct rte_mbuf *packets[], uint16_t max);

/* dp_port_transmit: sends `num` packets (moved always). What the port still refuses after a bounded number of tries is
 * freed; returns how many those were. */
uint16_t dp_port_transmit(struct dp_port *port, uint16_t queue, struct rte_mbuf *packets[], uint16_t num);

/* What a device says it has lost, packets since it was started. Some devices count less than others. */
struct dp_port_losses {
    uint64_t missed;    /* came faster than they were taken */
    uint64_t no_memory; /* came when there was no buffer left */
    uint64_t bad_in;    /* the device itself found them broken */
    uint64_t bad_out;   /* it could not send them */
};

/* dp_port_losses_get: as of now; all 0 where the device does not count. */
void dp_port_losses_get(const struct dp_port *port, struct dp_port_losses *out);

/* dp_port_link: looks at the link and writes a line into the log when it has changed since the last look. */
void dp_port_link(struct dp_port *port);

#endif
