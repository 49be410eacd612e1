/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hold: packets of one direction that wait for a verdict, in order of their sequence numbers.
 *
 * A list through the packets themselves. Places are offsets in the direction's stream: sequence number - `base`. Packets
 * may overlap; none is held that brings nothing new (dp_hold_covers() tells), which its user sees to.
 *
 * Threads: the box's owner. It decides nothing, counts only how many it holds, and frees nothing.
 */
#ifndef CELLGATE_DATAPLANE_HOLD_H
#define CELLGATE_DATAPLANE_HOLD_H

#include "dataplane/packet.h"

#include <stdbool.h>
#include <stdint.h>

struct dp_hold {
    struct rte_mbuf *first;
    struct rte_mbuf *last;
    uint32_t num;
};

/* dp_hold_insert: takes the packet; equal places keep the order in which they came. Moved always. */
void dp_hold_insert(struct dp_hold *hold, struct rte_mbuf *m, uint32_t base);

/* dp_hold_covers: true when held packets cover every byte in [from, to). */
bool dp_hold_covers(const struct dp_hold *hold, uint32_t base, uint32_t from, uint32_t to);

/* dp_hold_pop: moves the first packet to the caller if its last byte lies before `edge`; NULL otherwise. */
struct rte_mbuf *dp_hold_pop(struct dp_hold *hold, uint32_t base, uint32_t edge);

/* dp_hold_take: moves the first packet to the caller; NULL when there is none. */
struct rte_mbuf *dp_hold_take(struct dp_hold *hold);

/* dp_hold_remove: moves `m` back to the caller; false when it is not held. `m` is compared, not read. */
bool dp_hold_remove(struct dp_hold *hold, const struct rte_mbuf *m);

#endif
