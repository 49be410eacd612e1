/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * craft: the packets that a cut sends: a TLS alert in the place of bytes that will never come, and TCP resets.
 *
 * A packet is made after a template: what a packet of the same direction said of addresses, tags, hop limit, window and
 * time stamps. So whoever receives it can't tell it from the peer's own. Options other than time stamps are left out: they
 * speak of what was (selective acknowledgements). IPv4 options and IPv6 extension headers are left out as well.
 *
 * RFC 9293 3.1, 3.5.2 (numbers of resets), RFC 7323 3.2 (time stamps in every segment). Checksums are computed in software.
 *
 * Threads: any. It decides nothing and sends nothing.
 */
#ifndef CELLGATE_DATAPLANE_CRAFT_H
#define CELLGATE_DATAPLANE_CRAFT_H

#include "base/bytes.h"
#include "dataplane/packet.h"

#include <stdbool.h>
#include <stdint.h>

#define DP_CRAFT_L2_MAX 22 /* two tags */

struct dp_template {
    uint8_t l2[DP_CRAFT_L2_MAX]; /* from the destination address to the innermost type */
    uint8_t l2_len;              /* 0: no template yet */
    uint8_t family;              /* 4 or 6 */
    uint8_t l3[40];              /* the fixed part of the IP header */
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t ack; /* the newest acknowledgement number */
    uint32_t timestamp;
    uint32_t timestamp_echo;
    uint16_t window; /* as on the wire */
    uint8_t has_timestamp;
    uint8_t side; /* the port that packets of this direction leave by */
};

/* What a packet is to say. */
struct dp_craft {
    uint32_t seq;
    uint32_t ack;
    uint8_t tcp_flags;
    bool reversed;        /* back to where the template's packet came from */
    struct bytes payload; /* at most 64 bytes */
};

/* dp_template_take: makes `out` from a TCP packet. It stays empty when the frame's headers are longer than it holds. */
void dp_template_take(struct dp_template *out, const struct rte_mbuf *m);

/* dp_craft_packet: a packet of `pool` that says `what`, its private area filled; NULL without a template or a packet. */
struct rte_mbuf *dp_craft_packet(struct rte_mempool *pool, const struct dp_template *template,
                                 const struct dp_craft *what);

#endif
