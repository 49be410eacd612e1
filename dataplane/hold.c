/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/hold.h"

static uint32_t begin_of(struct rte_mbuf *m, uint32_t base)
{
    return dp_packet_of(m)->seq - base;
}

static uint32_t end_of(struct rte_mbuf *m, uint32_t base)
{
    return begin_of(m, base) + dp_packet_of(m)->payload_len;
}

void dp_hold_insert(struct dp_hold *hold, struct rte_mbuf *m, uint32_t base)
{
    struct rte_mbuf **link = &hold->first;

    if (hold->last != NULL && begin_of(hold->last, base) <= begin_of(m, base))
        link = &dp_packet_of(hold->last)->next_held;
    while (*link != NULL && begin_of(*link, base) <= begin_of(m, base))
        link = &dp_packet_of(*link)->next_held;
    dp_packet_of(m)->next_held = *link;
    if (*link == NULL)
        hold->last = m;
    *link = m;
    hold->num++;
}

bool dp_hold_covers(const struct dp_hold *hold, uint32_t base, uint32_t from, uint32_t to)
{
    /* the usual case: it stands behind everything */
    if (hold->last != NULL && end_of(hold->last, base) <= from)
        return from >= to;
    for (struct rte_mbuf *m = hold->first; m != NULL && from < to; m = dp_packet_of(m)->next_held) {
        if (begin_of(m, base) > from)
            return false;
        if (end_of(m, base) > from)
            from = end_of(m, base);
    }
    return from >= to;
}

struct rte_mbuf *dp_hold_take(struct dp_hold *hold)
{
    struct rte_mbuf *m = hold->first;

    if (m == NULL)
        return NULL;
    hold->first = dp_packet_of(m)->next_held;
    if (hold->first == NULL)
        hold->last = NULL;
    dp_packet_of(m)->next_held = NULL;
    hold->num--;
    return m;
}

struct rte_mbuf *dp_hold_pop(struct dp_hold *hold, uint32_t base, uint32_t edge)
{
    if (hold->first == NULL || end_of(hold->first, base) > edge)
        return NULL;
    return dp_hold_take(hold);
}

bool dp_hold_remove(struct dp_hold *hold, const struct rte_mbuf *m)
{
    struct rte_mbuf *previous = NULL;

    for (struct rte_mbuf *held = hold->first; held != NULL; held = dp_packet_of(held)->next_held) {
        struct rte_mbuf *next = dp_packet_of(held)->next_held;

        if (held != m) {
            previous = held;
            continue;
        }
        if (previous == NULL)
            hold->first = next;
        else
            dp_packet_of(previous)->next_held = next;
        if (hold->last == held)
            hold->last = previous;
        hold->num--;
        return true;
    }
    return false;
}
