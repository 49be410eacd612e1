/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/gate.h"

#include "dataplane/segment.h"

/* No direction has more bytes on their way (RFC 7323 2.3): what lies further off is not of this connection. */
#define OFFSET_MAX (1U << 30)

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static enum dp_fate refuse(struct dp_box *box, enum counter why)
{
    counter_add(box->counters, why, 1);
    return DP_FATE_DROP;
}

static enum dp_fate found(struct dp_box *box, struct dp_flow *flow, enum reason reason)
{
    dp_gate_found(box, flow, reason_bit(reason));
    return flow->state == DP_GATE_CUT ? DP_FATE_DROP : DP_FATE_PASS;
}

static enum dp_fate differs(struct dp_box *box, struct dp_flow *flow)
{
    counter_add(box->counters, COUNTER_RETRANSMISSION_DIFFERS, 1);
    return found(box, flow, REASON_MALFORMED_HANDSHAKE);
}

/* A SYN or SYN-ACK in the middle: only the server's own again, whose acknowledgement was lost behind the box. */
static enum dp_fate late_syn(struct dp_box *box, struct dp_flow *flow, const struct dp_packet *p)
{
    const struct dp_flow_syn *server = &flow->syn[CASE_SERVER];

    if ((p->tcp_flags & DP_TCP_ACK) != 0 && p->from != dp_flow_client_end(flow) && p->seq == server->seq &&
        p->ack == flow->syn[CASE_CLIENT].seq + 1 && p->payload_len == 0)
        return DP_FATE_PASS;
    return refuse(box, COUNTER_OUT_OF_WINDOW);
}

/* A RST passes, but not with data, which nobody has read; one that its receiver will believe ends the flow. Another one in the window makes the receiver ask back
 * (RFC 5961 3.2), and the answer will be believed. */
static enum dp_fate reset(struct dp_box *box, struct dp_flow *flow, int side, const struct dp_packet *p)
{
    const struct dp_half *half = &flow->handshake->half[side];
    uint32_t offset = p->seq - half->base;

    if (dp_gate_observed(flow)) {
        flow->marks |= DP_FLOW_RESET;
        return DP_FATE_PASS;
    }
    if (p->payload_len != 0 || !dp_segment_reset_counts(flow->handshake, side, p))
        return refuse(box, COUNTER_OUT_OF_WINDOW);
    if (offset == half->sent + half->fin_sent || offset == half->seen)
        dp_gate_ended(box, flow, DP_GATE_EVENT_RESET, REASON_HANDSHAKE_TIMEOUT);
    return DP_FATE_PASS;
}

/* Bytes that were read, and that their receiver has acknowledged, need not be kept. */
static void forget(struct dp_box *box, struct dp_handshake *handshake, int side)
{
    struct dp_half *half = &handshake->half[side];

    if (half->stream.block != NULL && half->acked >= half->stream.ready &&
        handshake->tls.direction[side].taken == half->stream.ready)
        dp_stream_forget(&half->stream, box->blocks);
}

/* Rule 5 after the verdict: what it rests on may come again, but not differently, until it has arrived. */
static enum dp_fate keep(struct dp_box *box, struct dp_flow *flow, int side, const struct rte_mbuf *m)
{
    struct dp_handshake *handshake = flow->handshake;
    struct dp_half *half = &handshake->half[side];
    const struct dp_packet *p = dp_packet_of((struct rte_mbuf *)(uintptr_t)m);
    struct dp_stream_piece piece = {.packet = m, .offset = p->seq - half->base, .len = p->payload_len};

    if (p->payload_len != 0 && piece.offset < half->stream.ready && !dp_stream_agrees(&half->stream, piece))
        return differs(box, flow);
    if ((int32_t)(piece.offset + piece.len - half->sent) > 0)
        half->sent = piece.offset + piece.len;
    if ((p->tcp_flags & DP_TCP_FIN) != 0) {
        half->fin_sent = 1;
        flow->marks |= side == CASE_CLIENT ? DP_FLOW_FIN_CLIENT : DP_FLOW_FIN_SERVER;
    }
    if (handshake->half[CASE_CLIENT].acked >= handshake->tls.direction[CASE_CLIENT].taken &&
        handshake->half[CASE_SERVER].acked >= handshake->tls.direction[CASE_SERVER].taken)
        dp_gate_event(box, flow, DP_GATE_EVENT_ACKNOWLEDGED, NULL);
    return DP_FATE_PASS;
}

/* The stream could not take a segment. */
static enum dp_fate not_taken(struct dp_box *box, struct dp_flow *flow, enum dp_stream_result result, bool after_gap)
{
    /* Behind a gap, or while a verdict is owed, later bytes can wait: their sender will send them again. */
    bool can_wait = result == DP_STREAM_SCATTERED || !dp_gate_reading(flow->state);

    if (result == DP_STREAM_DIFFERS)
        return differs(box, flow);
    if (can_wait)
        return refuse(box, COUNTER_HOLD_FULL);
    if (result == DP_STREAM_TOO_BIG && dp_gate_observed(flow) &&
        after_gap) /* so much came behind it that it will never be filled */
        return found(box, flow, REASON_MID_STREAM);
    if (result == DP_STREAM_TOO_BIG)
        counter_add(box->counters, COUNTER_HANDSHAKE_TOO_BIG, 1);
    else
        counter_add(box->counters, COUNTER_HANDSHAKES_REFUSED, 1);
    return found(box, flow, REASON_OVERLOAD);
}

/* Holds one packet, reads on, and sends on what may go. When the hold is over its bounds afterwards, rule 4 is tried, and
 * then the newest packet goes. */
static enum dp_fate hold_and_read(struct dp_box *box, struct dp_flow *flow, int side, struct rte_mbuf *m)
{
    struct dp_half *half = &flow->handshake->half[side];
    bool over;

    dp_hold_insert(&half->hold, m, half->base);
    box->held++;
    dp_gate_go_on(box, flow);
    if (box->fresh == NULL || !dp_gate_undecided(flow->state))
        return DP_FATE_KEPT;
    over = half->hold.num > box->config.held_per_flow_max || box->held > box->config.held_packets_max;
    if (over)
        dp_gate_stalled(box, flow);
    if (box->fresh == NULL || !dp_gate_undecided(flow->state))
        return DP_FATE_KEPT;
    over = half->hold.num > box->config.held_per_flow_max || box->held > box->config.held_packets_max;
    if (over && dp_hold_remove(&half->hold, m)) {
        box->held--;
        return refuse(box, COUNTER_HOLD_FULL);
    }
    counter_add(box->counters, COUNTER_HELD_PACKETS, 1);
    return DP_FATE_KEPT;
}

/* A direction whose start was not seen begins with the first byte that is heard. */
static void anchor(struct dp_half *half, const struct dp_packet *p)
{
    if (half->has_base != 0)
        return;
    half->base = p->seq;
    half->has_base = 1;
}

/* A FIN without data that is held or was sent already. */
static bool is_known_fin(const struct dp_half *half, const struct dp_packet *p)
{
    bool held = half->hold.last != NULL && (dp_packet_of(half->hold.last)->tcp_flags & DP_TCP_FIN) != 0;

    return p->payload_len == 0 && half->has_fin != 0 && (half->fin_sent != 0 || held);
}

/* What is held already, or sent already, comes again. */
static enum dp_fate again(struct dp_box *box, struct dp_flow *flow, int side, struct dp_stream_piece piece)
{
    const struct dp_half *half = &flow->handshake->half[side];

    if (!dp_stream_agrees(&half->stream, piece))
        return differs(box, flow);
    if (piece.len != 0 ? piece.offset + piece.len <= half->sent : half->fin_sent != 0)
        return DP_FATE_PASS;
    counter_add(box->counters, COUNTER_DUPLICATE_ABSORBED, 1);
    dp_gate_stalled(box, flow); /* rule 4: its sender waits for an acknowledgement */
    return DP_FATE_DROP;
}

static bool is_again(const struct dp_half *half, const struct dp_packet *p, struct dp_stream_piece piece)
{
    uint32_t end = piece.offset + piece.len;

    if ((p->tcp_flags & DP_TCP_FIN) != 0 && half->has_fin == 0)
        return false;
    if (piece.len == 0)
        return is_known_fin(half, p);
    return end <= half->sent || dp_hold_covers(&half->hold, half->base, piece.offset, end);
}

static enum dp_fate take(struct dp_box *box, struct dp_flow *flow, int side, struct rte_mbuf *m)
{
    struct dp_handshake *handshake = flow->handshake;
    struct dp_half *half = &handshake->half[side];
    const struct dp_packet *p = dp_packet_of(m);
    struct dp_stream_piece piece = {.packet = m, .offset = p->seq - half->base, .len = p->payload_len};
    uint32_t end = piece.offset + piece.len;
    uint32_t ready = half->stream.ready;
    bool progress;
    uint32_t others = handshake->half[!side].stream.ready - handshake->half[!side].stream.start;
    bool fin = (p->tcp_flags & DP_TCP_FIN) != 0;
    enum dp_stream_result result;
    enum dp_fate fate;

    if (piece.offset > OFFSET_MAX || (half->has_fin != 0 && (end > half->fin_at || (fin && end != half->fin_at))))
        return refuse(box, COUNTER_OUT_OF_WINDOW);
    if (!dp_gate_observed(flow) && is_again(half, p, piece))
        return again(box, flow, side, piece);
    result = dp_stream_put(&half->stream, box->blocks, piece,
                           box->config.handshake_bytes_max - lesser(others, box->config.handshake_bytes_max));
    if (result != DP_STREAM_TAKEN)
        return not_taken(box, flow, result, piece.offset > ready);
    progress = half->stream.ready != ready;
    if (fin) {
        half->has_fin = 1;
        half->fin_at = end;
    }
    if (dp_gate_observed(flow)) {
        dp_gate_go_on(box, flow);
        return DP_FATE_PASS;
    }
    fate = hold_and_read(box, flow, side, m);
    dp_gate_watch(box, flow, progress);
    return fate;
}

/* A segment that is in order to look at; what it says of the other direction has been noted. */
static enum dp_fate good_segment(struct dp_box *box, struct dp_flow *flow, int side, struct rte_mbuf *m)
{
    struct dp_half *half = &flow->handshake->half[side];
    const struct dp_packet *p = dp_packet_of(m);

    if (p->payload_len == 0 && (p->tcp_flags & DP_TCP_FIN) == 0)
        return DP_FATE_PASS;
    /* The urgent pointer takes a byte out of the stream (RFC 6093 3): two receivers may read it differently. */
    if ((p->tcp_flags & DP_TCP_URG) != 0)
        return found(box, flow, REASON_MALFORMED_HANDSHAKE);
    anchor(half, p);
    return take(box, flow, side, m);
}

enum dp_fate dp_gate_data(struct dp_box *box, struct dp_flow *flow, struct rte_mbuf *m)
{
    struct dp_handshake *handshake = flow->handshake;
    const struct dp_packet *p = dp_packet_of(m);
    int side = dp_gate_sender(flow, p);

    if ((p->tcp_flags & DP_TCP_SYN) != 0)
        return late_syn(box, flow, p);
    if ((p->tcp_flags & DP_TCP_RST) != 0)
        return reset(box, flow, side, p);
    switch (dp_segment_check(handshake, side, p, dp_gate_observed(flow))) {
    case DP_SEGMENT_GOOD:
        break;
    case DP_SEGMENT_OLD:
        return DP_FATE_PASS;
    case DP_SEGMENT_OUTDATED:
        return refuse(box, COUNTER_PAWS_REJECTED);
    default:
        return refuse(box, COUNTER_OUT_OF_WINDOW);
    }
    dp_segment_note(handshake, side, p);
    dp_template_take(&handshake->half[side].template, m);
    if (flow->state == DP_GATE_KEEP)
        return keep(box, flow, side, m);
    forget(box, handshake, !side);
    return good_segment(box, flow, side, m);
}
