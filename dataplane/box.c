/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/box.h"

#include "dataplane/gate.h"
#include "dataplane/state.h"

#include <assert.h>
#include <rte_prefetch.h>
#include <stdlib.h>
#include <string.h>

/* Entries that each tick looks at to see whether their time is over. */
#define AGED_A_TICK 16
/* Records that one call of dp_box_end() writes at most: whoever reads them has the chance to keep up. */
#define ENDED_A_CALL 32

struct dp_box *dp_box_new(const struct dp_box_config *config, struct counters *counters)
{
    struct dp_box *box = aligned_alloc(64, RTE_ALIGN(sizeof(*box), 64));

    if (box == NULL)
        return NULL;
    memset(box, 0, sizeof(*box));
    assert(config->handshake_bytes_max <= DP_BLOCK_MAX);
    box->config = *config;
    box->policy = config->policy;
    box->counters = counters;
    box->next_flow_id = config->flow_id_base;
    dp_act_init(&box->act, counters, config->resets_per_s);
    box->flows = dp_flows_new(config->flows_max, config->hash_seed);
    box->blocks = dp_blocks_new(config->handshake_memory);
    box->records = dp_record_ring_new(config->records_bytes);
    if (!dp_handshakes_init(&box->handshakes, config->handshakes_max) || box->flows == NULL || box->blocks == NULL ||
        box->records == NULL) {
        dp_box_free(box);
        return NULL;
    }
    return box;
}

/* What is held goes with its flow. */
static void free_flows(struct dp_box *box)
{
    if (box->flows == NULL || box->handshakes.all == NULL)
        return;
    for (uint32_t i = dp_flows_entries(box->flows); i > 0; i--) {
        struct dp_flow *flow = dp_flow_next(box->flows);

        if (flow == NULL)
            continue;
        flow->marks |= DP_FLOW_RECORDED;
        dp_gate_finish(box, flow);
    }
}

void dp_box_free(struct dp_box *box)
{
    if (box == NULL)
        return;
    free_flows(box);
    dp_act_fini(&box->act);
    dp_handshakes_fini(&box->handshakes);
    dp_flows_free(box->flows);
    dp_blocks_free(box->blocks);
    dp_record_ring_free(box->records);
    free(box);
}

/* ---- packets ---- */

static void set_time(struct dp_box *box, int64_t mono_us, int64_t wall_us)
{
    box->now_us = mono_us;
    box->wall_us = wall_us;
}

static void pass_or_drop(struct dp_box *box, struct rte_mbuf *m, bool pass)
{
    if (pass)
        dp_act_forward(&box->act, m);
    else
        dp_act_drop(m);
}

/* Frames that are not TCP. Rule 8 lets all of them pass in monitor mode. */
static void other_packet(struct dp_box *box, const struct dp_flow *flow, struct rte_mbuf *m, bool monitor)
{
    const struct dp_packet *p = dp_packet_of(m);
    bool pass;

    switch (p->kind) {
    case DP_KIND_CONTROL:
        pass = true;
        break;
    case DP_KIND_ICMP_ERROR:
        pass = flow != NULL && flow->state != DP_GATE_CUT;
        break;
    case DP_KIND_OTHER:
        pass = val_policy_passes(box->policy, p->ethertype, p->protocol, p->key.port[p->from], p->key.port[!p->from]);
        break;
    default:
        counter_add(box->counters, (enum counter)p->fault, 1);
        pass_or_drop(box, m, monitor);
        return;
    }
    pass = pass || monitor;
    counter_add(box->counters, pass ? COUNTER_FORWARDED_OTHER : COUNTER_DROPPED_OTHER, 1);
    pass_or_drop(box, m, pass);
}

static bool has_flow(const struct dp_packet *p)
{
    return p->kind == DP_KIND_TCP || p->kind == DP_KIND_ICMP_ERROR;
}

/* Reads the headers of a burst and looks all its flows up at once. */
static void look_up(struct dp_box *box, enum dp_side side, struct rte_mbuf *packets[], uint32_t num,
                    struct dp_flow *flows[])
{
    const struct dp_key *keys[DP_BURST];
    uint32_t hashes[DP_BURST];
    uint32_t place[DP_BURST];
    struct dp_flow *found[DP_BURST];
    uint32_t num_keys = 0;
    uint8_t checksum = box->config.checksum;

    /* to complete a checksum would change the frame */
    if (checksum == DP_CHECKSUM_COMPLETE && val_policy_monitor(box->policy))
        checksum = DP_CHECKSUM_IGNORE;
    for (uint32_t i = 0; i < num; i++) {
        struct dp_packet *p = dp_packet_of(packets[i]);

        if (i + 1 < num) {
            rte_prefetch0(rte_pktmbuf_mtod(packets[i + 1], void *));
            rte_prefetch0(dp_packet_of(packets[i + 1]));
        }
        dp_parse(packets[i], side, (enum dp_checksum)checksum, box->config.hash_seed);
        p->arrived_us = box->now_us;
        flows[i] = NULL;
        if (!has_flow(p))
            continue;
        keys[num_keys] = &p->key;
        hashes[num_keys] = p->hash;
        place[num_keys++] = i;
    }
    dp_flow_lookup_burst(box->flows, found, keys, hashes, num_keys);
    for (uint32_t i = 0; i < num_keys; i++)
        flows[place[i]] = found[i];
}

static void step_burst(struct dp_box *box, enum dp_side side, struct rte_mbuf *packets[], uint32_t num)
{
    struct dp_flow *flows[DP_BURST];
    bool monitor = val_policy_monitor(box->policy);
    uint64_t removed = dp_flows_removed(box->flows);

    look_up(box, side, packets, num, flows);
    for (uint32_t i = 0; i < num; i++) {
        const struct dp_packet *p = dp_packet_of(packets[i]);

        /* an earlier packet of this burst may have made the flow, or ended another that stood in its place */
        if (has_flow(p) && (flows[i] == NULL || removed != dp_flows_removed(box->flows)))
            flows[i] = dp_flow_lookup(box->flows, &p->key, p->hash);
        if (p->kind == DP_KIND_TCP)
            dp_gate_packet(box, flows[i], packets[i]);
        else
            other_packet(box, flows[i], packets[i], monitor);
    }
}

void dp_box_step(struct dp_box *box, enum dp_side side, struct rte_mbuf *packets[], uint16_t num, int64_t mono_us,
                 int64_t wall_us)
{
    set_time(box, mono_us, wall_us);
    counter_add(box->counters, COUNTER_RX_PACKETS, num);
    for (uint16_t at = 0; at < num; at = (uint16_t)(at + DP_BURST))
        step_burst(box, side, packets + at, RTE_MIN((uint32_t)num - at, (uint32_t)DP_BURST));
}

void dp_box_tick(struct dp_box *box, int64_t mono_us, int64_t wall_us)
{
    set_time(box, mono_us, wall_us);
    dp_gate_tick(box);
    for (int i = 0; i < AGED_A_TICK; i++) {
        struct dp_flow *flow = dp_flow_next(box->flows);

        if (flow != NULL)
            dp_gate_age(box, flow);
    }
}

uint16_t dp_box_send(struct dp_box *box, enum dp_side side, struct rte_mbuf *packets[], uint16_t max)
{
    uint16_t num = dp_act_take(&box->act, (uint8_t)side, packets, max);

    if (num != 0)
        counter_add(box->counters, COUNTER_TX_PACKETS, num);
    return num;
}

/* ---- cases and verdicts ---- */

size_t dp_box_cases(struct dp_box *box, struct val_case *cases[], size_t max)
{
    struct dp_handshake *handshake;
    size_t num = 0;

    while (num < max && num < DP_CASES_MAX && (handshake = TAILQ_FIRST(&box->handshakes.due)) != NULL) {
        dp_handshake_undue(&box->handshakes, handshake);
        cases[num++] = handshake->tls.c;
        handshake->tls.c = NULL;
        handshake->is_out = 1;
    }
    if (num != 0)
        counter_add(box->counters, COUNTER_CASES_JUDGED, num);
    return num;
}

void dp_box_verdicts(struct dp_box *box, struct val_case *const cases[], const struct val_verdict verdicts[],
                     size_t num, int64_t mono_us, int64_t wall_us)
{
    set_time(box, mono_us, wall_us);
    for (size_t i = 0; i < num; i++) {
        struct dp_flow *flow = dp_flow_named(box->flows, cases[i]->owner);

        if (flow != NULL && flow->handshake != NULL && flow->handshake->is_out != 0) {
            dp_gate_judged(box, flow, cases[i], &verdicts[i]);
            continue;
        }
        counter_add(box->counters, COUNTER_VERDICTS_STALE, 1);
        dp_blocks_put(box->blocks, cases[i], cases[i]->capacity);
    }
}

struct dp_record_ring *dp_box_records(struct dp_box *box)
{
    return box->records;
}

void dp_box_policy(struct dp_box *box, const struct val_policy *policy)
{
    box->policy = policy;
}

size_t dp_box_end(struct dp_box *box, int64_t mono_us, int64_t wall_us)
{
    uint32_t before = box->unrecorded;

    set_time(box, mono_us, wall_us);
    for (uint32_t i = dp_flows_entries(box->flows); i > 0 && box->unrecorded != 0; i--) {
        struct dp_flow *flow = dp_flow_next(box->flows);

        if (flow != NULL)
            dp_gate_end(box, flow);
        if (before - box->unrecorded >= ENDED_A_CALL)
            break;
    }
    return box->unrecorded;
}

/* ---- figures ---- */

size_t dp_box_memory(const struct dp_box_config *config)
{
    size_t ring = 512 * 1024;

    while (ring < config->records_bytes)
        ring *= 2;
    return sizeof(struct dp_box) + dp_flows_memory(config->flows_max) + config->handshake_memory +
           config->handshake_memory / 1024 + (size_t)config->handshakes_max * sizeof(struct dp_handshake) + ring;
}

void dp_box_fill_get(const struct dp_box *box, struct dp_box_fill *out)
{
    out->flows = dp_flows_used(box->flows);
    out->handshakes = box->handshakes.used;
    out->held_packets = box->held;
    out->handshake_bytes = dp_blocks_used(box->blocks);
}
