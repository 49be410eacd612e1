/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * packet: what one frame says of itself, checked once, kept beside it.
 *
 * A packet is an mbuf whose private area holds a `struct dp_packet` (pools are made with priv_size = DP_PACKET_PRIVATE).
 * dp_parse() fills it from the frame's headers, in header order: Ethernet, VLAN tags, IPv4 or IPv6 with extension
 * headers, TCP with options. Later steps read only this, and payload bytes through dp_packet_copy(). Frames may be
 * of several segments; headers that are split over segments are read through a bounded copy.
 *
 * Exactly one step owns a packet at a time; only dataplane/act transmits or frees one.
 *
 * RFC 791, 8200, 9293; RFC 7323 for the timestamp option. It does not reassemble fragments and keeps no state of flows.
 */
#ifndef CELLGATE_DATAPLANE_PACKET_H
#define CELLGATE_DATAPLANE_PACKET_H

#include "base/counter.h"

#include <rte_mbuf.h>
#include <stdbool.h>
#include <stdint.h>

#define DP_VLANS_MAX 2

enum dp_side { DP_INSIDE = 0, DP_OUTSIDE = 1, DP_SIDES = 2 };

/* What kind of frame it is, and so which step it goes to. */
enum dp_kind {
    DP_KIND_BAD = 0,    /* to be dropped; `fault` names the counter */
    DP_KIND_TCP,        /* a whole TCP segment with its headers checked */
    DP_KIND_CONTROL,    /* what keeps a network alive: ARP, ND, LLDP, LACP, STP, PTP: always passes */
    DP_KIND_ICMP_ERROR, /* an ICMP error about a TCP flow; `key` is that flow's: passes if the flow is known */
    DP_KIND_OTHER,      /* everything else: the policy's `pass` and `otherwise` decide */
};

enum dp_checksum { DP_CHECKSUM_VERIFY = 0, DP_CHECKSUM_COMPLETE, DP_CHECKSUM_IGNORE };

#define DP_TCP_FIN 0x01U
#define DP_TCP_SYN 0x02U
#define DP_TCP_RST 0x04U
#define DP_TCP_PSH 0x08U
#define DP_TCP_ACK 0x10U
#define DP_TCP_URG 0x20U

/* A flow's name, the same for both directions: the lower (address, port) end stands first. Compared as bytes: no padding. */
struct dp_key {
    uint8_t address[2][16];      /* IPv4 in the first 4 bytes, the rest 0 */
    uint16_t port[2];            /* host order */
    uint16_t vlan[DP_VLANS_MAX]; /* tag ids, outermost first; 0xffff: no tag */
    uint32_t family;             /* 4 or 6 */
};

_Static_assert(sizeof(struct dp_key) == 44, "the key is hashed and compared as bytes");

struct dp_packet {
    struct rte_mbuf *next_held; /* the hold's list; owned by dataplane/hold */
    int64_t arrived_us;         /* monotonic */
    struct dp_key key;
    uint32_t hash; /* symmetric, of key */
    uint32_t seq;  /* host order */
    uint32_t ack;
    uint32_t payload_len; /* TCP payload bytes */
    uint32_t timestamp;   /* RFC 7323 TSval, when has_timestamp */
    uint32_t timestamp_echo;
    uint16_t payload_at; /* offset in the frame */
    uint16_t l3_at;
    uint16_t l4_at;
    uint16_t frame_len; /* without padding behind the IP packet */
    uint16_t window;    /* as on the wire, unscaled */
    uint16_t mss;       /* SYN option; 0: absent */
    uint16_t ethertype; /* innermost */
    uint8_t protocol;   /* IP protocol; 0: not IP */
    uint8_t tcp_flags;
    uint8_t side; /* enum dp_side: the port that it came in by */
    uint8_t kind; /* enum dp_kind */
    uint8_t from; /* 0: the sender is end 0 of the key, 1: end 1 */
    uint8_t num_vlans;
    uint8_t has_timestamp;
    uint8_t window_scale; /* SYN option + 1; 0: absent */
    uint8_t fault;        /* enum counter, for DP_KIND_BAD */
    uint8_t reserved[5];
};

#define DP_PACKET_PRIVATE RTE_ALIGN(sizeof(struct dp_packet), RTE_MBUF_PRIV_ALIGN)
_Static_assert(sizeof(struct dp_packet) <= 128, "two cache lines beside each mbuf");

/* dp_packet_of: the private area of `m`. */
static inline struct dp_packet *dp_packet_of(struct rte_mbuf *m)
{
    return (struct dp_packet *)rte_mbuf_to_priv(m);
}

/* dp_parse: fills the private area of `m`, that came in by `side`. Never fails otherwise than by kind DP_KIND_BAD.
 * With DP_CHECKSUM_COMPLETE a partial checksum (equal to the pseudo-header's sum) is completed in the frame. */
void dp_parse(struct rte_mbuf *m, enum dp_side side, enum dp_checksum checksum, uint32_t hash_seed);

/* dp_packet_copy: copies `len` bytes of TCP payload from payload offset `at` to `out`; the caller has checked that
 * at + len <= payload_len. */
void dp_packet_copy(const struct rte_mbuf *m, uint32_t at, uint32_t len, uint8_t *out);

/* dp_key_hash: the hash that names a flow's worker and its place in the flow table; the same for both directions. */
uint32_t dp_key_hash(const struct dp_key *key, uint32_t seed);

#endif
