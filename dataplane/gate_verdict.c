/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/gate.h"

/* ---- records ---- */

struct val_verdict dp_gate_react(const struct dp_box *box, const struct dp_flow *flow, uint64_t reasons)
{
    struct case_flow ends;
    struct val_verdict verdict;

    dp_gate_case_flow(box, flow, &ends);
    val_policy_react(box->policy, &verdict, &ends, reasons);
    return verdict;
}

void dp_gate_record(struct dp_box *box, struct dp_flow *flow, const struct val_verdict *verdict)
{
    struct dp_handshake *handshake = flow->handshake;
    struct val_case *c = handshake != NULL ? handshake->tls.c : NULL;
    struct val_verdict final = *verdict;

    if ((flow->marks & DP_FLOW_RECORDED) != 0)
        return;
    flow->marks |= DP_FLOW_RECORDED;
    box->unrecorded--;
    if (c == NULL) {
        c = &box->blank;
        case_init(c, sizeof(*c));
        dp_gate_case_flow(box, flow, &c->flow);
    }
    final.covers = VAL_COVERS_FLOW;
    if (dp_gate_observed(flow))
        final.monitor = 1;
    if (handshake != NULL)
        final.held_us = (uint32_t)RTE_MIN(handshake->held_us, (int64_t)UINT32_MAX);
    counter_verdict(box->counters, final.action == VAL_ACTION_ACCEPT, (enum reason) final.reason);
    if (!dp_record_push(box->records, &final, c))
        counter_add(box->counters, COUNTER_RECORDS_DROPPED, 1);
}

/* ---- what is held ---- */

static void discard_held(struct dp_box *box, struct dp_handshake *handshake)
{
    for (int side = 0; side < CASE_SIDES; side++) {
        struct rte_mbuf *m;

        while ((m = dp_hold_take(&handshake->half[side].hold)) != NULL) {
            int64_t waited_us = box->now_us - dp_packet_of(m)->arrived_us;

            handshake->held_us = RTE_MAX(handshake->held_us, waited_us);
            box->held--;
            if (m == box->fresh)
                box->fresh = NULL;
            counter_add(box->counters, COUNTER_HELD_DISCARDED, 1);
            dp_act_drop(m);
        }
    }
}

static void release_all(struct dp_box *box, struct dp_flow *flow)
{
    for (int side = 0; side < CASE_SIDES; side++)
        dp_gate_release(box, flow, side, UINT32_MAX);
}

static void put_handshake(struct dp_box *box, struct dp_flow *flow)
{
    if (flow->handshake == NULL)
        return;
    dp_handshake_put(&box->handshakes, flow->handshake, box->blocks);
    flow->handshake = NULL;
}

/* ---- actions ---- */

static void ask(struct dp_box *box, struct dp_flow *flow)
{
    struct dp_handshake *handshake = flow->handshake;

    handshake->tls.c->flow.time_us = box->wall_us;
    handshake->tls.c->owner = dp_flow_name(box->flows, flow);
    dp_handshake_unstall(&box->handshakes, handshake);
    dp_handshake_due(&box->handshakes, handshake);
}

/* The server's part was accepted: it goes out, and the client's is read. */
static void resume(struct dp_box *box, struct dp_flow *flow)
{
    struct dp_handshake *handshake = flow->handshake;
    struct dp_half *server = &handshake->half[CASE_SERVER];

    dp_tls_resume(&handshake->tls, handshake->tls.c);
    server->edge = RTE_MAX(server->edge, handshake->tls.direction[CASE_SERVER].taken);
    for (int side = 0; side < CASE_SIDES; side++)
        handshake->half[side].running = 0;
    dp_gate_go_on(box, flow);
}

static void accept(struct dp_box *box, struct dp_flow *flow, const struct val_verdict *verdict)
{
    struct dp_handshake *handshake = flow->handshake;
    const struct dp_half *half = handshake->half;
    const struct dp_tls_direction *read = handshake->tls.direction;

    release_all(box, flow);
    dp_gate_record(box, flow, verdict);
    dp_blocks_put(box->blocks, handshake->tls.c, handshake->tls.c->capacity);
    handshake->tls.c = NULL;
    dp_handshake_deadline(&box->handshakes, handshake, box->now_us + box->config.handshake_timeout_us);
    if (dp_gate_observed(flow) ||
        (half[CASE_CLIENT].acked >= read[CASE_CLIENT].taken && half[CASE_SERVER].acked >= read[CASE_SERVER].taken))
        dp_gate_event(box, flow, DP_GATE_EVENT_ACKNOWLEDGED, NULL);
}

/* The table's step. A flow that is only watched is never cut, and a cut never says that it accepts. */
static struct dp_gate_step step_of(const struct dp_flow *flow, enum dp_gate_event event, struct val_verdict *verdict)
{
    struct dp_gate_step step = dp_gate_step_for(flow->state, event);

    if (step.action != DP_GATE_DO_CUT)
        return step;
    if (verdict->action != VAL_ACTION_BLOCK) {
        verdict->action = VAL_ACTION_BLOCK;
        verdict->reason = REASON_MALFORMED_HANDSHAKE;
        verdict->reasons = reason_bit(REASON_MALFORMED_HANDSHAKE);
    }
    if (dp_gate_observed(flow))
        step = (struct dp_gate_step){.state = DP_GATE_PASSING, .action = DP_GATE_DO_PASS};
    return step;
}

void dp_gate_event(struct dp_box *box, struct dp_flow *flow, enum dp_gate_event event,
                   const struct val_verdict *verdict)
{
    struct val_verdict final = verdict != NULL ? *verdict : (struct val_verdict){.conduit = VAL_NO_CONDUIT};
    bool kept = flow->state == DP_GATE_KEEP;
    struct dp_gate_step step = step_of(flow, event, &final);

    flow->state = step.state;
    switch (step.action) {
    case DP_GATE_DO_CUT:
    case DP_GATE_DO_BURY:
        if (flow->handshake != NULL)
            discard_held(box, flow->handshake);
        /* After an accepting verdict the ends speak with their own keys: no alert in clear is read any more. */
        if (flow->handshake != NULL && step.action == DP_GATE_DO_CUT)
            dp_gate_cut(box, flow->handshake, &final, !kept);
        break;
    case DP_GATE_DO_PASS:
        if (flow->handshake != NULL)
            release_all(box, flow);
        break;
    case DP_GATE_DO_ASK:
        ask(box, flow);
        return;
    case DP_GATE_DO_RESUME:
        resume(box, flow);
        return;
    case DP_GATE_DO_ACCEPT:
        accept(box, flow, &final);
        return;
    case DP_GATE_DO_FORGET:
        put_handshake(box, flow);
        return;
    default:
        return;
    }
    if (final.action != VAL_ACTION_UNDECIDED)
        dp_gate_record(box, flow, &final);
    put_handshake(box, flow);
}

/* What the policy, or the judge, has decided about the flow. */
static void decide(struct dp_box *box, struct dp_flow *flow, struct val_verdict *verdict)
{
    if (dp_gate_observed(flow))
        verdict->monitor = 1;
    if (verdict->action == VAL_ACTION_ACCEPT || verdict->monitor != 0)
        dp_gate_event(box, flow, DP_GATE_EVENT_PASS, verdict);
    else
        dp_gate_event(box, flow, DP_GATE_EVENT_BLOCK, verdict);
}

/* In monitor mode the server may have been refused while the client was still to be read: that stands. */
static bool was_refused(const struct dp_flow *flow)
{
    return flow->handshake != NULL && flow->handshake->server_verdict.action == VAL_ACTION_BLOCK;
}

/* What the flow's case says against it; without a judge, this is the moment that it is judged. */
static uint64_t case_reasons(const struct dp_box *box, struct dp_flow *flow)
{
    struct val_case *c = flow->handshake != NULL ? flow->handshake->tls.c : NULL;

    if (c == NULL)
        return 0;
    c->flow.time_us = box->wall_us;
    return c->reasons;
}

void dp_gate_found(struct dp_box *box, struct dp_flow *flow, uint64_t reasons)
{
    struct val_verdict verdict;

    reasons |= case_reasons(box, flow);
    verdict = was_refused(flow) ? flow->handshake->server_verdict : dp_gate_react(box, flow, reasons);
    verdict.reasons |= reasons;
    decide(box, flow, &verdict);
}

void dp_gate_ended(struct dp_box *box, struct dp_flow *flow, enum dp_gate_event event, enum reason reason)
{
    struct val_verdict verdict;

    if (dp_gate_observed(flow)) {
        dp_gate_found(box, flow, reason_bit(reason));
        return;
    }
    verdict = dp_gate_react(box, flow, reason_bit(reason) | case_reasons(box, flow));
    dp_gate_event(box, flow, event, &verdict);
}

void dp_gate_judged(struct dp_box *box, struct dp_flow *flow, struct val_case *c, const struct val_verdict *verdict)
{
    struct dp_handshake *handshake = flow->handshake;
    bool accepted = verdict->action == VAL_ACTION_ACCEPT && verdict->reason == REASON_OK;
    struct val_verdict final = *verdict;

    handshake->is_out = 0;
    handshake->tls.c = c;
    if (accepted && verdict->covers == VAL_COVERS_SERVER) {
        dp_gate_event(box, flow, DP_GATE_EVENT_ACCEPT_SERVER, &final);
    } else if (accepted && was_refused(flow)) {
        final = handshake->server_verdict;
        decide(box, flow, &final);
    } else if (accepted) {
        dp_gate_event(box, flow, DP_GATE_EVENT_ACCEPT, &final);
    } else if (flow->state == DP_GATE_DUE_SERVER && dp_gate_observed(flow)) {
        handshake->server_verdict = final;
        handshake->server_verdict.action = VAL_ACTION_BLOCK;
        dp_gate_event(box, flow, DP_GATE_EVENT_WATCH_CLIENT, &final);
    } else {
        final.action = VAL_ACTION_BLOCK;
        decide(box, flow, &final);
    }
}

void dp_gate_finish(struct dp_box *box, struct dp_flow *flow)
{
    uint64_t reasons = reason_bit(REASON_HANDSHAKE_TIMEOUT) | case_reasons(box, flow);
    struct val_verdict verdict;

    if (flow->handshake != NULL)
        discard_held(box, flow->handshake);
    if ((flow->marks & DP_FLOW_RECORDED) == 0) {
        if ((flow->marks & DP_FLOW_MID_STREAM) != 0)
            reasons |= reason_bit(REASON_MID_STREAM);
        verdict = was_refused(flow) ? flow->handshake->server_verdict : dp_gate_react(box, flow, reasons);
        dp_gate_record(box, flow, &verdict);
    }
    put_handshake(box, flow);
    counter_add(box->counters, COUNTER_FLOWS_CLOSED, 1);
    dp_flow_remove(box->flows, flow);
}
