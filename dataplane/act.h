/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * act: the only place where a packet leaves the box or is freed.
 *
 * What leaves waits in one queue for each port, in order, until dp_act_take(). The queues are lists through the packets
 * themselves: they need no memory, and can't be longer than the pool.
 *
 * It also keeps the rate limit of resets that answer packets of dead flows: a bucket that holds one second's worth.
 *
 * Threads: the box's owner. It counts nothing but what it sends: why a packet was dropped, its caller knows.
 */
#ifndef CELLGATE_DATAPLANE_ACT_H
#define CELLGATE_DATAPLANE_ACT_H

#include "base/counter.h"
#include "dataplane/packet.h"

#include <stdbool.h>
#include <stdint.h>

struct dp_act_queue {
    struct rte_mbuf *first;
    struct rte_mbuf *last;
};

struct dp_act {
    struct counters *counters;
    struct dp_act_queue queue[DP_SIDES];
    uint32_t resets_per_s;
    int64_t reset_credit_us; /* time that has been saved up; one reset costs 1 s / resets_per_s */
    int64_t reset_seen_us;
};

/* dp_act_init: empty queues, a full bucket. */
void dp_act_init(struct dp_act *act, struct counters *counters, uint32_t resets_per_s);

/* dp_act_fini: frees what was not taken. */
void dp_act_fini(struct dp_act *act);

/* dp_act_forward: the packet leaves by the other port than it came in by. Moved always. */
void dp_act_forward(struct dp_act *act, struct rte_mbuf *m);

/* dp_act_send: a packet that the box made leaves by port `side`. Moved always. */
void dp_act_send(struct dp_act *act, uint8_t side, struct rte_mbuf *m);

/* dp_act_drop: frees the packet. Moved always. */
void dp_act_drop(struct rte_mbuf *m);

/* dp_act_take: moves up to `max` packets that leave by port `side` to the caller. */
uint16_t dp_act_take(struct dp_act *act, uint8_t side, struct rte_mbuf *packets[], uint16_t max);

/* dp_act_may_reset: true when the rate limit allows one more reset now, which is then used up. */
bool dp_act_may_reset(struct dp_act *act, int64_t now_us);

#endif
