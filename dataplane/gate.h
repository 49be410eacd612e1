/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gate: what happens to each TCP packet: the rules of the gate, carried out.
 *
 *     gate.c         which flow and state a packet belongs to; decided flows; tombstones; new flows
 *     gate_open.c    from the SYN to the client's first acknowledgement
 *     gate_data.c    segments of undecided flows: checked, compared, put in order, held
 *     gate_read.c    reads what is in order, sends on what may go
 *     gate_verdict.c events and their actions: ask, accept, record
 *     gate_cut.c     alerts and resets
 *     gate_table.c   the states
 *
 * Rules 1 to 6 and 8 (docs/architecture.md, "The rules of the gate"): the SYN is judged first; until the verdict only
 * what was understood passes; the rest is held; no deadlock; one truth; a cut; monitor mode forwards everything at once.
 *
 * Threads: the box's owner. These functions belong to the box: only its files call them.
 */
#ifndef CELLGATE_DATAPLANE_GATE_H
#define CELLGATE_DATAPLANE_GATE_H

#include "dataplane/gate_table.h"
#include "dataplane/state.h"

/* What becomes of the packet in hand. */
enum dp_fate {
    DP_FATE_PASS = 1,
    DP_FATE_DROP,
    DP_FATE_KEPT, /* somebody else has it now: the hold, or it has left already */
};

/* ---- gate.c ---- */

/* dp_gate_packet: a packet of kind DP_KIND_TCP and its flow (NULL: none yet). Moved always. */
void dp_gate_packet(struct dp_box *box, struct dp_flow *flow, struct rte_mbuf *m);

/* dp_gate_age: the entry is looked at by the ageing cursor, and removed when its time is over. */
void dp_gate_age(struct dp_box *box, struct dp_flow *flow);

/* dp_gate_tick: deadlines and stalls whose time has come; bounded work. */
void dp_gate_tick(struct dp_box *box);

/* dp_gate_end: the world ends: the flow gets its record, unless its case waits for a verdict. */
void dp_gate_end(struct dp_box *box, struct dp_flow *flow);

/* ---- gate_open.c ---- */

/* dp_gate_syn_of: what a SYN or SYN-ACK says. */
struct dp_flow_syn dp_gate_syn_of(const struct dp_packet *p);

/* dp_gate_opening: a packet of a flow in state SYN. */
enum dp_fate dp_gate_opening(struct dp_box *box, struct dp_flow *flow, struct rte_mbuf *m);

/* dp_gate_connect: the flow gets its handshake and goes to OPEN, or to what the policy says of overload. `p` is the packet in
 * hand: where a SYN was not seen, it says where its direction begins. */
void dp_gate_connect(struct dp_box *box, struct dp_flow *flow, const struct dp_packet *p);

/* dp_gate_case_flow: the two ends and the time, for a case. */
void dp_gate_case_flow(const struct dp_box *box, const struct dp_flow *flow, struct case_flow *out);

/* dp_gate_observed: monitor mode: whatever is found, everything passes. */
static inline bool dp_gate_observed(const struct dp_flow *flow)
{
    return (flow->marks & DP_FLOW_OBSERVED) != 0;
}

/* dp_gate_sender: enum case_side of the packet's sender. */
static inline int dp_gate_sender(const struct dp_flow *flow, const struct dp_packet *p)
{
    return p->from == dp_flow_client_end(flow) ? CASE_CLIENT : CASE_SERVER;
}

/* ---- gate_data.c ---- */

/* dp_gate_data: a packet of a flow with a handshake, up to and with state KEEP. */
enum dp_fate dp_gate_data(struct dp_box *box, struct dp_flow *flow, struct rte_mbuf *m);

/* ---- gate_read.c ---- */

/* dp_gate_go_on: reads what is ready, releases what may pass, and raises the event that follows. */
void dp_gate_go_on(struct dp_box *box, struct dp_flow *flow);

/* dp_gate_stalled: gate rule 4: releases what there is of an incomplete flight. */
void dp_gate_stalled(struct dp_box *box, struct dp_flow *flow);

/* dp_gate_release: sends on what is held of `side` and ends before offset `edge`. */
void dp_gate_release(struct dp_box *box, struct dp_flow *flow, int side, uint32_t edge);

/* dp_gate_watch: keeps the clock of rule 4, which runs while something is held in a flight that is not complete; from now
 * on when there was progress. */
void dp_gate_watch(struct dp_box *box, struct dp_flow *flow, bool progress);

/* ---- gate_verdict.c ---- */

/* dp_gate_event: takes one step in the table and does what it says. `verdict` is recorded if the flow has no record yet;
 * it may be NULL for events that don't decide. The flow's handshake may be gone afterwards. */
void dp_gate_event(struct dp_box *box, struct dp_flow *flow, enum dp_gate_event event,
                   const struct val_verdict *verdict);

/* dp_gate_found: the box itself has found `reasons` against the flow: the policy says what follows. */
void dp_gate_found(struct dp_box *box, struct dp_flow *flow, uint64_t reasons);

/* dp_gate_ended: an end gave the flow up, by `event` (END or RESET), because of `reason`. */
void dp_gate_ended(struct dp_box *box, struct dp_flow *flow, enum dp_gate_event event, enum reason reason);

/* dp_gate_judged: the case is back, with its verdict. Moved always. */
void dp_gate_judged(struct dp_box *box, struct dp_flow *flow, struct val_case *c, const struct val_verdict *verdict);

/* dp_gate_react: what the policy says of `reasons`. */
struct val_verdict dp_gate_react(const struct dp_box *box, const struct dp_flow *flow, uint64_t reasons);

/* dp_gate_record: writes the flow's one final record, unless that has been done. */
void dp_gate_record(struct dp_box *box, struct dp_flow *flow, const struct val_verdict *verdict);

/* dp_gate_finish: the flow ends undecided: record, discard what is held, remove. */
void dp_gate_finish(struct dp_box *box, struct dp_flow *flow);

/* ---- gate_cut.c ---- */

/* dp_gate_cut: tells both ends of an undecided or kept flow that it is over, by an alert where it can be read and wanted
 * (`may_alert`), and a reset. Nothing may be held any more. */
void dp_gate_cut(struct dp_box *box, const struct dp_handshake *handshake, const struct val_verdict *verdict,
                 bool may_alert);

/* dp_gate_reply_reset: answers a packet with a reset, as far as the rate limit allows. The packet is borrowed. */
void dp_gate_reply_reset(struct dp_box *box, const struct rte_mbuf *m);

#endif
