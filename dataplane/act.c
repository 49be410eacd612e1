/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/act.h"

#include "base/clock.h"

#include <string.h>

void dp_act_init(struct dp_act *act, struct counters *counters, uint32_t resets_per_s)
{
    memset(act, 0, sizeof(*act));
    act->counters = counters;
    act->resets_per_s = resets_per_s;
    act->reset_credit_us = CLOCK_US_PER_S;
}

void dp_act_fini(struct dp_act *act)
{
    struct rte_mbuf *m;

    for (int side = 0; side < DP_SIDES; side++)
        while (dp_act_take(act, (uint8_t)side, &m, 1) != 0)
            dp_act_drop(m);
}

void dp_act_send(struct dp_act *act, uint8_t side, struct rte_mbuf *m)
{
    struct dp_act_queue *queue = &act->queue[side];

    dp_packet_of(m)->next_held = NULL;
    if (queue->first == NULL)
        queue->first = m;
    else
        dp_packet_of(queue->last)->next_held = m;
    queue->last = m;
}

void dp_act_forward(struct dp_act *act, struct rte_mbuf *m)
{
    dp_act_send(act, dp_packet_of(m)->side == DP_INSIDE ? DP_OUTSIDE : DP_INSIDE, m);
}

void dp_act_drop(struct rte_mbuf *m)
{
    rte_pktmbuf_free(m);
}

uint16_t dp_act_take(struct dp_act *act, uint8_t side, struct rte_mbuf *packets[], uint16_t max)
{
    struct dp_act_queue *queue = &act->queue[side];
    uint16_t num = 0;

    while (num < max && queue->first != NULL) {
        packets[num] = queue->first;
        queue->first = dp_packet_of(queue->first)->next_held;
        num++;
    }
    return num;
}

bool dp_act_may_reset(struct dp_act *act, int64_t now_us)
{
    int64_t cost_us;

    if (act->resets_per_s == 0)
        return false;
    cost_us = RTE_MAX(CLOCK_US_PER_S / (int64_t)act->resets_per_s, 1);
    if (now_us > act->reset_seen_us)
        act->reset_credit_us = RTE_MIN(act->reset_credit_us + (now_us - act->reset_seen_us), CLOCK_US_PER_S);
    act->reset_seen_us = now_us;
    if (act->reset_credit_us < cost_us)
        return false;
    act->reset_credit_us -= cost_us;
    return true;
}
