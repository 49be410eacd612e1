/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flow: the table of the flows that one box knows.
 *
 * An entry is found by its key; it is named outside by (index, generation), so that whoever comes back later (a
 * verdict) sees whether the entry is still that flow. The first cache line of an entry is all that a packet of a decided flow
 * needs; the second is read and written only until the flow is decided.
 *
 * Ageing looks at a few entries in each turn (dp_flow_next()); there is no list in order of time to keep up to date.
 *
 * Threads: one owner. Memory: reserved in dp_flows_new() for `max` entries (the index comes from DPDK's heap, entries from
 * the C library's); no function afterwards allocates. It does not know what the states of a flow mean.
 */
#ifndef CELLGATE_DATAPLANE_FLOW_H
#define CELLGATE_DATAPLANE_FLOW_H

#include "dataplane/packet.h"

#include <stddef.h>
#include <stdint.h>

struct dp_handshake;

/* What is known of a flow besides its state; bits of `marks`. */
enum dp_flow_mark {
    DP_FLOW_OBSERVED = 0x01,   /* monitor mode: everything passes, whatever is found */
    DP_FLOW_RECORDED = 0x02,   /* its one final record has been written */
    DP_FLOW_MID_STREAM = 0x04, /* its start was not seen */
    DP_FLOW_FIN_CLIENT = 0x10, /* a FIN of the client passed */
    DP_FLOW_FIN_SERVER = 0x20,
    DP_FLOW_RESET = 0x40,       /* a RST passed */
    DP_FLOW_AGAIN = 0x80,       /* decided, and a new SYN of the client passed: see `again` */
    DP_FLOW_SYN_CLIENT = 0x100, /* the client's SYN was seen */
    DP_FLOW_SYN_SERVER = 0x200, /* the server's SYN-ACK was seen */
};

/* What an end said in its SYN or SYN-ACK. */
struct dp_flow_syn {
    uint32_t seq;
    uint32_t timestamp;
    uint16_t window;      /* unscaled (RFC 7323 2.2) */
    uint8_t window_scale; /* option + 1; 0: absent */
    uint8_t has_timestamp;
};

struct dp_flow {
    struct dp_key key;
    uint32_t hash;
    int64_t seen_us; /* monotonic, of the last packet */
    uint32_t generation;
    uint16_t marks;
    uint8_t state; /* enum dp_gate_state; 0: the entry is free */
    uint8_t ends;  /* bit 0: which end of the key is the client; bit 1: the side that it came in by */

    struct dp_handshake *handshake; /* NULL unless undecided, or kept until its bytes are acknowledged */
    uint64_t flow_id;
    int64_t start_wall_us;
    struct dp_flow_syn syn[2]; /* by enum case_side */
    struct dp_flow_syn again;  /* with DP_FLOW_AGAIN: the SYN that may open this flow anew */
};

_Static_assert(sizeof(struct dp_flow) <= 128, "two cache lines a flow");
_Static_assert(offsetof(struct dp_flow, handshake) == 64, "what a decided flow needs is in the first");

/* The end of the key that is the client, 0 or 1. */
static inline uint8_t dp_flow_client_end(const struct dp_flow *flow)
{
    return flow->ends & 1U;
}

/* The side (enum dp_side) that the client is on. */
static inline uint8_t dp_flow_client_side(const struct dp_flow *flow)
{
    return (flow->ends >> 1) & 1U;
}

struct dp_flows;

/* dp_flows_new: a table for `max` flows; `seed` is the one of dp_key_hash(). NULL without memory. */
struct dp_flows *dp_flows_new(uint32_t max, uint32_t seed);
void dp_flows_free(struct dp_flows *flows);

/* dp_flows_memory: bytes that dp_flows_new(max) reserves at most. */
size_t dp_flows_memory(uint32_t max);

/* dp_flow_lookup_burst: finds the flows of `num` (at most 64) keys, NULL where there is none. A result is good until the
 * next dp_flow_remove(); dp_flows_removed() tells. */
void dp_flow_lookup_burst(struct dp_flows *flows, struct dp_flow *out[], const struct dp_key *const keys[],
                          const uint32_t hashes[], uint32_t num);

/* dp_flow_lookup: one flow; NULL when it is not there. */
struct dp_flow *dp_flow_lookup(struct dp_flows *flows, const struct dp_key *key, uint32_t hash);

/* dp_flow_insert: a new entry, all zero but for key, hash and generation; the caller sets its state, or removes it. NULL
 * when the table is full. The key must not be there. */
struct dp_flow *dp_flow_insert(struct dp_flows *flows, const struct dp_key *key, uint32_t hash);

/* dp_flow_remove: frees the entry; its name is never used again. */
void dp_flow_remove(struct dp_flows *flows, struct dp_flow *flow);

/* dp_flows_removed: grows with every removal. */
uint64_t dp_flows_removed(const struct dp_flows *flows);

/* dp_flow_name: (index, generation) as one number. */
uint64_t dp_flow_name(const struct dp_flows *flows, const struct dp_flow *flow);

/* dp_flow_named: the flow of that name, NULL when it is gone. */
struct dp_flow *dp_flow_named(struct dp_flows *flows, uint64_t name);

/* dp_flow_next: the ageing cursor: the entry that it stands on (NULL: a free one), then moves on, round and round.
 * dp_flows_entries() calls have seen them all. */
struct dp_flow *dp_flow_next(struct dp_flows *flows);

/* dp_flows_used: flows in the table now. */
uint32_t dp_flows_used(const struct dp_flows *flows);

/* dp_flows_entries: places in the table: those asked for, or a few more. */
uint32_t dp_flows_entries(const struct dp_flows *flows);

#endif
