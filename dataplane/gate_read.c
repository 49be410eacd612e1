/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Offsets in a direction, from its first byte:
 *
 *     0 ...... acked ...... sent ...... edge ...... taken ...... ready ...(gaps)... seen
 *              |            |           |           |            `- all bytes before it have come (stream)
 *              |            |           |           `- read by dp_tls
 *              |            |           `- may be sent on
 *              |            `- has been sent on: bytes before it are fixed (rule 5), those behind it are held
 *              `- arrived at the receiver: may be forgotten
 *
 * A packet is sent on when its last byte lies before `edge`, which is never ahead of `taken`. The edge is what dp_tls says may pass without
 * a verdict; in a flight that can't complete because nobody acknowledges what is held (rule 4) it is all that was
 * read, but for the packet that completes the flight: when dp_tls says that a verdict is due, the edge stays.
 */
#include "dataplane/gate.h"

/* ---- release ---- */

static void send_on(struct dp_box *box, struct dp_flow *flow, int side, struct rte_mbuf *m)
{
    struct dp_half *half = &flow->handshake->half[side];
    const struct dp_tls_direction *read = &flow->handshake->tls.direction[side];
    const struct dp_packet *p = dp_packet_of(m);
    uint32_t end = p->seq - half->base + p->payload_len;

    box->held--;
    if (m == box->fresh)
        box->fresh = NULL;
    else
        counter_add(box->counters, COUNTER_HELD_RELEASED, 1);
    if (box->now_us - p->arrived_us > flow->handshake->held_us)
        flow->handshake->held_us = box->now_us - p->arrived_us;
    if (end > half->sent) {
        half->sent = end;
        half->at_record = end == read->record_edge || end == read->pass_edge;
    }
    if ((p->tcp_flags & DP_TCP_FIN) != 0) {
        half->fin_sent = 1;
        flow->marks |= side == CASE_CLIENT ? DP_FLOW_FIN_CLIENT : DP_FLOW_FIN_SERVER;
    }
    dp_act_forward(&box->act, m);
}

void dp_gate_release(struct dp_box *box, struct dp_flow *flow, int side, uint32_t edge)
{
    struct dp_half *half = &flow->handshake->half[side];
    struct rte_mbuf *m;

    while ((m = dp_hold_pop(&half->hold, half->base, edge)) != NULL)
        send_on(box, flow, side, m);
}

static void release_both(struct dp_box *box, struct dp_flow *flow)
{
    for (int side = 0; side < CASE_SIDES; side++)
        dp_gate_release(box, flow, side, flow->handshake->half[side].edge);
}

/* Moves the edge: to where dp_tls lets bytes pass, and in a running, incomplete flight to what was understood. */
static void move_edge(struct dp_half *half, const struct dp_tls_direction *read, bool incomplete)
{
    uint32_t edge = read->pass_edge;

    if (incomplete && half->running != 0) {
        uint32_t understood = half->waiting != 0 ? read->record_edge : read->taken;

        edge = edge > understood ? edge : understood;
    }
    if (edge > half->edge)
        half->edge = edge;
}

/* ---- reading ---- */

static enum dp_tls_status feed_side(struct dp_handshake *handshake, int side)
{
    struct dp_half *half = &handshake->half[side];
    struct bytes data = dp_stream_from(&half->stream, handshake->tls.direction[side].taken);
    enum dp_tls_status status;

    if (bytes_done(&data))
        return DP_TLS_MORE;
    status = dp_tls_feed(&handshake->tls, side, data);
    half->waiting = status == DP_TLS_WAIT;
    return status;
}

/* Feeds both directions until neither goes on: what waits for the other side is offered again after that has spoken. */
static enum dp_tls_status feed(struct dp_handshake *handshake)
{
    const struct dp_tls_direction *read = handshake->tls.direction;
    enum dp_tls_status status;
    uint32_t before;

    do {
        before = read[CASE_CLIENT].taken + read[CASE_SERVER].taken;
        for (int side = 0; side < CASE_SIDES; side++) {
            status = feed_side(handshake, side);
            if (status != DP_TLS_MORE && status != DP_TLS_WAIT)
                return status;
        }
    } while (read[CASE_CLIENT].taken + read[CASE_SERVER].taken != before);
    return DP_TLS_MORE;
}

/* What dp_tls found wrong. Handshakes that are too big for their bound are counted apart from those for lack of memory. */
static void fault(struct dp_box *box, struct dp_flow *flow)
{
    uint64_t reasons = flow->handshake->tls.reasons;

    if ((reasons & reason_bit(REASON_OVERLOAD)) != 0)
        counter_add(box->counters, COUNTER_HANDSHAKES_REFUSED, 1);
    dp_gate_found(box, flow, reasons);
}

static void after_reading(struct dp_box *box, struct dp_flow *flow, enum dp_tls_status status)
{
    switch (status) {
    case DP_TLS_DUE_SERVER:
        dp_gate_event(box, flow, DP_GATE_EVENT_DUE_SERVER, NULL);
        break;
    case DP_TLS_DUE_FLOW:
        dp_gate_event(box, flow, DP_GATE_EVENT_DUE_FLOW, NULL);
        break;
    case DP_TLS_ENDED:
        dp_gate_ended(box, flow, DP_GATE_EVENT_END, REASON_PEER_ALERT);
        break;
    default:
        break;
    }
    /* the client leaves: what is held for it is of no use to anybody */
    if (dp_gate_undecided(flow->state) && !dp_gate_observed(flow) && flow->handshake->half[CASE_CLIENT].fin_sent != 0)
        dp_gate_ended(box, flow, DP_GATE_EVENT_END, REASON_HANDSHAKE_TIMEOUT);
}

void dp_gate_watch(struct dp_box *box, struct dp_flow *flow, bool progress)
{
    struct dp_handshake *handshake = flow->handshake;

    if (handshake == NULL)
        return;
    if (!dp_gate_reading(flow->state) ||
        handshake->half[CASE_CLIENT].hold.num + handshake->half[CASE_SERVER].hold.num == 0)
        dp_handshake_unstall(&box->handshakes, handshake);
    else if (progress || handshake->is_stalling == 0)
        dp_handshake_stall(&box->handshakes, handshake, box->now_us + box->config.hold_stall_us);
}

void dp_gate_go_on(struct dp_box *box, struct dp_flow *flow)
{
    struct dp_handshake *handshake = flow->handshake;
    bool reading = dp_gate_reading(flow->state);
    enum dp_tls_status status = reading ? feed(handshake) : DP_TLS_WAIT;

    if (status == DP_TLS_FAULT) {
        fault(box, flow);
        return;
    }
    if (reading)
        for (int side = 0; side < CASE_SIDES; side++)
            move_edge(&handshake->half[side], &handshake->tls.direction[side], status == DP_TLS_MORE);
    release_both(box, flow);
    after_reading(box, flow, status);
    dp_gate_watch(box, flow, false);
}

void dp_gate_stalled(struct dp_box *box, struct dp_flow *flow)
{
    struct dp_handshake *handshake = flow->handshake;
    bool first = false;

    if (!dp_gate_reading(flow->state) || dp_gate_observed(flow))
        return;
    for (int side = 0; side < CASE_SIDES; side++) {
        struct dp_half *half = &handshake->half[side];

        if (half->hold.num == 0)
            continue;
        first |= half->running == 0;
        half->running = 1;
    }
    if (first)
        counter_add(box->counters, COUNTER_HOLD_STALLED, 1);
    dp_gate_go_on(box, flow);
}
