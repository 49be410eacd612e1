/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spread: brings each packet to the worker that knows its flow, and out again by a queue that somebody owns.
 *
 * Every flow has a home: the worker whose box holds it. Worker w polls queue w of each port that has so many queues.
 *
 *     port queue ──receive──▶ worker w ──scatter──▶ ring of the home worker ──gather──▶ its box
 *     port queue ◀─transmit── owner of the queue ◀──── ring of the owner ◀──hand over── box of a worker without a queue
 *
 * In software (virtual devices, cards without symmetric RSS) the home is the hash of the flow's key, the same for both
 * directions, and so is that of an ICMP error about it; what belongs to no flow goes by its addresses. In hardware
 * the card has brought the packet home already, all but the ICMP errors, whose own addresses are not those of the flow: for
 * them the card's hash is computed here.
 *
 * A flow's packets of one direction come by one queue and go through one ring each way: their order stays. A full ring
 * drops (dropped_backlog): a worker never waits for another.
 *
 * With one worker there is nothing to spread: no struct dp_spread is made.
 *
 * Threads: scatter and hand over from any worker, gather and to_send of worker w by worker w only. No EAL is needed.
 */
#ifndef CELLGATE_DATAPLANE_SPREAD_H
#define CELLGATE_DATAPLANE_SPREAD_H

#include "base/counter.h"
#include "dataplane/packet.h"

#include <stdint.h>

struct dp_spread_config {
    uint32_t num_workers;
    uint16_t num_queues[DP_SIDES]; /* that each port has; at most num_workers */
    uint32_t hash_seed;            /* secret; not that of the flow tables, or each worker's table would fill unevenly */
    const uint8_t *rss_key;        /* not NULL: both ports spread in hardware by this key */
};

struct dp_spread;

/* dp_spread_new: NULL without memory. */
struct dp_spread *dp_spread_new(const struct dp_spread_config *config);

/* dp_spread_free: frees packets that are still on their way too. NULL is allowed. */
void dp_spread_free(struct dp_spread *spread);

/* dp_spread_scatter: `num` packets that worker `worker` received by `side`: those of other workers leave (moved always),
 * its own stay in `packets`, in order; returns how many. */
uint16_t dp_spread_scatter(struct dp_spread *spread, uint32_t worker, enum dp_side side, struct rte_mbuf *packets[],
                           uint16_t num, struct counters *counters);

/* dp_spread_gather: up to `max` packets that came in by `side` and belong to `worker`. */
uint16_t dp_spread_gather(struct dp_spread *spread, uint32_t worker, enum dp_side side, struct rte_mbuf *packets[],
                          uint16_t max);

/* dp_spread_hand_over: packets (moved always) that are to leave by `side`, from a worker that has no queue there. */
void dp_spread_hand_over(struct dp_spread *spread, uint32_t worker, enum dp_side side, struct rte_mbuf *packets[],
                         uint16_t num, struct counters *counters);

/* dp_spread_to_send: up to `max` packets of other workers that `worker` is to transmit by its queue of `side`. */
uint16_t dp_spread_to_send(struct dp_spread *spread, uint32_t worker, enum dp_side side, struct rte_mbuf *packets[],
                           uint16_t max);

/* dp_spread_home: the worker that a parsed packet belongs to; `here` is the one that has it. */
uint32_t dp_spread_home(const struct dp_spread *spread, const struct dp_packet *p, uint32_t here);

#endif
