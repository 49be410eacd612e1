/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A SYN for a flow that is known already may be a stray duplicate, a forgery, or a new connection with the same
 * ports. A dead flow (ENDED, CUT) simply gives way to it. A live one is not ours to end (a host answers with a challenge,
 * RFC 5961 4): the SYN passes and is remembered, and only a SYN-ACK that answers it shows that the server, too, holds the old
 * connection for dead. Then the new one is judged from its start, so that nobody inherits an old verdict.
 */
#include "dataplane/gate.h"

#define DEADLINES_A_TICK    64
#define LOOKED_AT_WHEN_FULL 32

static bool is_syn(const struct dp_packet *p)
{
    return (p->tcp_flags & (DP_TCP_SYN | DP_TCP_ACK)) == DP_TCP_SYN;
}

static bool is_syn_ack(const struct dp_packet *p)
{
    return (p->tcp_flags & (DP_TCP_SYN | DP_TCP_ACK)) == (DP_TCP_SYN | DP_TCP_ACK);
}

/* How long a flow lives after its last packet; those with a handshake live by its deadline. */
static bool is_over(const struct dp_box *box, const struct dp_flow *flow)
{
    const uint16_t fins = DP_FLOW_FIN_CLIENT | DP_FLOW_FIN_SERVER;
    int64_t idle_us = box->now_us - flow->seen_us;

    switch (flow->state) {
    case DP_GATE_SYN:
        return idle_us > box->config.syn_timeout_us;
    case DP_GATE_ENDED:
        return idle_us > box->config.closing_us;
    case DP_GATE_CUT:
        return idle_us > box->config.cut_us;
    case DP_GATE_ACCEPTED:
    case DP_GATE_PASSING:
        if ((flow->marks & DP_FLOW_RESET) != 0 || (flow->marks & fins) == fins)
            return idle_us > box->config.closing_us;
        return idle_us > box->config.flow_idle_us;
    default:
        return false;
    }
}

/* Who is the client of a flow whose start was not seen: by the hello that the packet begins with, else by the ports. */
static uint8_t guess_client_end(const struct rte_mbuf *m, const struct dp_packet *p)
{
    uint8_t head[6];

    if (p->payload_len >= sizeof(head)) {
        dp_packet_copy(m, 0, sizeof(head), head);
        if (head[0] == 22 && head[1] == 3 && (head[5] == 1 || head[5] == 2))
            return head[5] == 1 ? p->from : !p->from;
    }
    if (p->key.port[0] == p->key.port[1])
        return p->from;
    return p->key.port[0] > p->key.port[1] ? 0 : 1;
}

/* A full table may hold flows whose time is over and that ageing has not come to yet. */
static struct dp_flow *insert_flow(struct dp_box *box, const struct dp_packet *p)
{
    struct dp_flow *flow = dp_flow_insert(box->flows, &p->key, p->hash);

    for (int i = 0; flow == NULL && i < LOOKED_AT_WHEN_FULL; i++) {
        struct dp_flow *old = dp_flow_next(box->flows);

        if (old != NULL && is_over(box, old)) {
            dp_gate_finish(box, old);
            flow = dp_flow_insert(box->flows, &p->key, p->hash);
        }
    }
    return flow;
}

/* A new entry; NULL when the table is full. */
static struct dp_flow *new_flow(struct dp_box *box, const struct dp_packet *p, uint8_t client_end)
{
    struct dp_flow *flow = insert_flow(box, p);
    uint8_t client_side = p->from == client_end ? p->side : !p->side;

    if (flow == NULL) {
        counter_add(box->counters, COUNTER_FLOWS_REFUSED, 1);
        return NULL;
    }
    flow->ends = (uint8_t)(client_end | client_side << 1);
    flow->flow_id = box->next_flow_id++;
    flow->start_wall_us = box->wall_us;
    flow->seen_us = box->now_us;
    flow->state = DP_GATE_SYN;
    if (val_policy_monitor(box->policy))
        flow->marks |= DP_FLOW_OBSERVED;
    box->unrecorded++;
    counter_add(box->counters, COUNTER_FLOWS_OPENED, 1);
    return flow;
}

/* Rule 1: zones and port are judged before anything passes. */
static void judge_ends(struct dp_box *box, struct dp_flow *flow)
{
    struct val_match match;
    struct case_flow ends;

    dp_gate_case_flow(box, flow, &ends);
    val_policy_match(box->policy, &match, &ends);
    if (match.num == 0)
        dp_gate_found(box, flow, reason_bit(REASON_NO_CONDUIT));
}

static struct dp_flow *begin_with_syn(struct dp_box *box, const struct dp_packet *p, uint8_t client_end,
                                      struct dp_flow_syn syn)
{
    struct dp_flow *flow = new_flow(box, p, client_end);

    if (flow == NULL)
        return NULL;
    flow->syn[CASE_CLIENT] = syn;
    flow->marks |= DP_FLOW_SYN_CLIENT;
    judge_ends(box, flow);
    return flow;
}

/* A flow that was up before the box. Packets without data leave no trace: there is nothing to judge or to stop in them. */
static struct dp_flow *begin_mid_stream(struct dp_box *box, const struct rte_mbuf *m, const struct dp_packet *p)
{
    bool monitor = val_policy_monitor(box->policy);
    struct dp_flow *flow;

    if (p->payload_len == 0 && !(monitor && is_syn_ack(p)))
        return NULL;
    flow = new_flow(box, p, is_syn_ack(p) ? !p->from : guess_client_end(m, p));
    if (flow == NULL)
        return NULL;
    flow->marks |= DP_FLOW_MID_STREAM;
    if (!monitor || !box->config.follow_mid_stream)
        dp_gate_found(box, flow, reason_bit(REASON_MID_STREAM));
    return flow;
}

/* What becomes of a packet without a flow: there was no room for one, or there is nothing to remember. */
static enum dp_fate without_flow(struct dp_box *box, const struct rte_mbuf *m, const struct dp_packet *p)
{
    struct dp_flow nobody = {.key = p->key, .start_wall_us = box->wall_us};
    uint8_t client_end = is_syn(p) ? p->from : guess_client_end(m, p);
    uint8_t client_side = p->from == client_end ? p->side : !p->side;
    bool full = is_syn(p) || p->payload_len != 0;
    struct val_verdict verdict;

    nobody.ends = (uint8_t)(client_end | client_side << 1);
    verdict = dp_gate_react(box, &nobody, reason_bit(full ? REASON_OVERLOAD : REASON_MID_STREAM));
    if (verdict.action == VAL_ACTION_ACCEPT || verdict.monitor != 0)
        return DP_FATE_PASS;
    if (!full) {
        counter_add(box->counters, COUNTER_TOMBSTONE_DROPPED, 1);
        dp_gate_reply_reset(box, m);
    }
    return DP_FATE_DROP;
}

/* Whether a SYN of a known flow begins another one at once. */
static bool gives_way(const struct dp_flow *flow, const struct dp_packet *p)
{
    bool same;

    if (!is_syn(p))
        return false;
    same = (flow->marks & DP_FLOW_SYN_CLIENT) != 0 && p->from == dp_flow_client_end(flow) &&
           p->seq == flow->syn[CASE_CLIENT].seq;
    if (same)
        return false;
    return dp_gate_observed(flow) || flow->state == DP_GATE_CUT || flow->state == DP_GATE_ENDED;
}

/* Whether a SYN-ACK answers the new SYN that passed through a decided flow. */
static bool answers_again(const struct dp_flow *flow, const struct dp_packet *p)
{
    return (flow->marks & DP_FLOW_AGAIN) != 0 && is_syn_ack(p) && p->from != dp_flow_client_end(flow) &&
           p->ack == flow->again.seq + 1;
}

/* The flow that the packet belongs to, made if need be; NULL where there is to be none. */
static struct dp_flow *flow_for(struct dp_box *box, struct dp_flow *flow, const struct rte_mbuf *m,
                                const struct dp_packet *p)
{
    if (flow != NULL && is_over(box, flow)) {
        dp_gate_finish(box, flow);
        flow = NULL;
    }
    if (flow != NULL && answers_again(flow, p)) {
        struct dp_flow_syn syn = flow->again;
        uint8_t client_end = dp_flow_client_end(flow);

        dp_gate_finish(box, flow);
        return begin_with_syn(box, p, client_end, syn);
    }
    if (flow != NULL && gives_way(flow, p)) {
        dp_gate_finish(box, flow);
        flow = NULL;
    }
    if (flow != NULL)
        return flow;
    if (is_syn(p))
        return begin_with_syn(box, p, p->from, dp_gate_syn_of(p));
    return begin_mid_stream(box, m, p);
}

/* A SYN that passes through a live, decided flow. */
static enum dp_fate syn_again(struct dp_box *box, struct dp_flow *flow, const struct dp_packet *p)
{
    if (p->from != dp_flow_client_end(flow) || (p->payload_len != 0 && flow->state != DP_GATE_PASSING)) {
        counter_add(box->counters, COUNTER_OUT_OF_WINDOW, 1);
        return DP_FATE_DROP;
    }
    if ((flow->marks & DP_FLOW_SYN_CLIENT) != 0 && p->seq == flow->syn[CASE_CLIENT].seq)
        return DP_FATE_PASS;
    flow->again = dp_gate_syn_of(p);
    flow->marks |= DP_FLOW_AGAIN;
    return DP_FATE_PASS;
}

/* Rule 7: what is decided passes. */
static enum dp_fate decided(struct dp_box *box, struct dp_flow *flow, const struct dp_packet *p)
{
    if ((p->tcp_flags & (DP_TCP_SYN | DP_TCP_FIN | DP_TCP_RST)) == 0)
        return DP_FATE_PASS;
    if (is_syn(p))
        return syn_again(box, flow, p);
    if ((p->tcp_flags & DP_TCP_RST) != 0)
        flow->marks |= DP_FLOW_RESET;
    if ((p->tcp_flags & DP_TCP_FIN) != 0)
        flow->marks |= dp_gate_sender(flow, p) == CASE_CLIENT ? DP_FLOW_FIN_CLIENT : DP_FLOW_FIN_SERVER;
    return DP_FATE_PASS;
}

/* Rule 6: everything of a flow that was cut is dropped and answered; where the policy only watches by now, it passes. */
static enum dp_fate tombstone(struct dp_box *box, const struct rte_mbuf *m)
{
    if (val_policy_monitor(box->policy))
        return DP_FATE_PASS;
    counter_add(box->counters, COUNTER_TOMBSTONE_DROPPED, 1);
    dp_gate_reply_reset(box, m);
    return DP_FATE_DROP;
}

/* The ends close a connection whose handshake was given up: no data passes any more. */
static enum dp_fate ended(struct dp_box *box, struct dp_flow *flow, const struct rte_mbuf *m, const struct dp_packet *p)
{
    if (p->payload_len == 0 && (p->tcp_flags & DP_TCP_SYN) == 0)
        return DP_FATE_PASS;
    dp_gate_event(box, flow, DP_GATE_EVENT_RESET, NULL);
    return tombstone(box, m);
}

static enum dp_fate by_state(struct dp_box *box, struct dp_flow *flow, struct rte_mbuf *m, const struct dp_packet *p)
{
    switch (flow->state) {
    case DP_GATE_SYN:
        return dp_gate_opening(box, flow, m);
    case DP_GATE_OPEN:
    case DP_GATE_DUE_SERVER:
    case DP_GATE_CLIENT:
    case DP_GATE_DUE_FLOW:
        return dp_gate_data(box, flow, m);
    case DP_GATE_KEEP:
        return is_syn(p) ? syn_again(box, flow, p) : dp_gate_data(box, flow, m);
    case DP_GATE_ACCEPTED:
    case DP_GATE_PASSING:
        return decided(box, flow, p);
    case DP_GATE_ENDED:
        return ended(box, flow, m, p);
    default:
        return tombstone(box, m);
    }
}

static bool comes_from_its_side(const struct dp_flow *flow, const struct dp_packet *p)
{
    return (p->side == dp_flow_client_side(flow)) == (p->from == dp_flow_client_end(flow));
}

static enum dp_fate fate_of(struct dp_box *box, struct dp_flow *flow, struct rte_mbuf *m, const struct dp_packet *p)
{
    bool observed = dp_gate_observed(flow);
    enum dp_fate fate;

    if (!observed && !comes_from_its_side(flow, p)) {
        counter_add(box->counters, COUNTER_WRONG_SIDE, 1);
        return DP_FATE_DROP;
    }
    flow->seen_us = box->now_us;
    fate = by_state(box, flow, m, p);
    /* Rule 8: whatever was found, it passes. */
    return observed ? DP_FATE_PASS : fate;
}

void dp_gate_packet(struct dp_box *box, struct dp_flow *flow, struct rte_mbuf *m)
{
    const struct dp_packet *p = dp_packet_of(m);
    enum dp_fate fate;

    box->fresh = m;
    flow = flow_for(box, flow, m, p);
    fate = flow == NULL ? without_flow(box, m, p) : fate_of(box, flow, m, p);
    box->fresh = NULL;
    if (fate == DP_FATE_PASS)
        dp_act_forward(&box->act, m);
    else if (fate == DP_FATE_DROP)
        dp_act_drop(m);
}

void dp_gate_age(struct dp_box *box, struct dp_flow *flow)
{
    if (is_over(box, flow))
        dp_gate_finish(box, flow);
}

/* Bytes of `side` that have come and that dp_tls has not read: the other side must speak first. */
static bool has_unread(const struct dp_handshake *handshake, int side)
{
    return handshake->half[side].stream.ready > handshake->tls.direction[side].taken;
}

/* Whether `side` is the only one that is heard, or that can still be understood. */
static bool is_alone(const struct dp_handshake *handshake, int side)
{
    const struct dp_stream *own = &handshake->half[side].stream;
    const struct dp_stream *other = &handshake->half[!side].stream;

    return (has_unread(handshake, side) && !has_unread(handshake, !side)) ||
           (own->ready != 0 && other->ready == 0 && other->num_spans == 0);
}

/* A direction that is the only one heard, or that waits for bytes of the other that were never heard, is read without the
 * other; true when that makes a verdict due, or decides the flow. */
static bool listen_alone(struct dp_box *box, struct dp_flow *flow)
{
    struct dp_handshake *handshake = flow->handshake;

    if (!dp_gate_observed(flow) || !dp_gate_reading(flow->state))
        return false;
    for (int side = 0; side < CASE_SIDES; side++) {
        const struct dp_stream *other = &handshake->half[!side].stream;

        if (!is_alone(handshake, side))
            continue;
        if (other->ready != 0 || other->num_spans != 0)
            handshake->tls.c->reasons |= reason_bit(REASON_MID_STREAM);
        dp_tls_alone(&handshake->tls, side);
        dp_gate_go_on(box, flow);
        break;
    }
    return !dp_gate_reading(flow->state);
}

/* The flow's time is over; true when it still waits for a verdict. */
static bool last_look(struct dp_box *box, struct dp_flow *flow)
{
    if (flow->state == DP_GATE_DUE_SERVER || flow->state == DP_GATE_DUE_FLOW)
        return true;
    return dp_gate_undecided(flow->state) && listen_alone(box, flow);
}

void dp_gate_end(struct dp_box *box, struct dp_flow *flow)
{
    if ((flow->marks & DP_FLOW_RECORDED) == 0 && !last_look(box, flow))
        dp_gate_finish(box, flow);
}

static void deadline(struct dp_box *box, struct dp_handshake *handshake)
{
    struct dp_flow *flow = handshake->flow;

    dp_handshake_deadline(&box->handshakes, handshake, box->now_us + box->config.handshake_timeout_us);
    if (dp_gate_observed(flow) && last_look(box, flow))
        return;
    if (flow->handshake != NULL)
        dp_gate_found(box, flow, reason_bit(REASON_HANDSHAKE_TIMEOUT));
}

void dp_gate_tick(struct dp_box *box)
{
    struct dp_handshakes *handshakes = &box->handshakes;
    struct dp_handshake *handshake;

    for (int i = 0; i < DEADLINES_A_TICK; i++) {
        handshake = TAILQ_FIRST(&handshakes->deadlines);
        if (handshake == NULL || handshake->deadline_us > box->now_us)
            break;
        deadline(box, handshake);
    }
    for (int i = 0; i < DEADLINES_A_TICK; i++) {
        handshake = TAILQ_FIRST(&handshakes->stalls);
        if (handshake == NULL || handshake->stall_us > box->now_us)
            break;
        dp_handshake_unstall(handshakes, handshake);
        dp_gate_stalled(box, handshake->flow);
    }
}
