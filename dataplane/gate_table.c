/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/gate_table.h"

#define TO(state, action) {DP_GATE_##state, DP_GATE_DO_##action}

/* The rows that several states share. */
#define UNDECIDED                                                                                                      \
    [DP_GATE_EVENT_BLOCK] = TO(CUT, CUT), [DP_GATE_EVENT_PASS] = TO(PASSING, PASS),                                    \
    [DP_GATE_EVENT_RESET] = TO(CUT, BURY), [DP_GATE_EVENT_END] = TO(ENDED, BURY)

static const struct dp_gate_step table[DP_GATE_STATES][DP_GATE_EVENTS] = {
    [DP_GATE_SYN] = {UNDECIDED, [DP_GATE_EVENT_OPEN] = TO(OPEN, NOTHING)},
    [DP_GATE_OPEN] =
        {UNDECIDED, [DP_GATE_EVENT_DUE_SERVER] = TO(DUE_SERVER, ASK), [DP_GATE_EVENT_DUE_FLOW] = TO(DUE_FLOW, ASK)},
    [DP_GATE_DUE_SERVER] = {UNDECIDED, [DP_GATE_EVENT_ACCEPT_SERVER] = TO(CLIENT, RESUME),
                            [DP_GATE_EVENT_WATCH_CLIENT] = TO(CLIENT, RESUME)},
    [DP_GATE_CLIENT] = {UNDECIDED, [DP_GATE_EVENT_DUE_FLOW] = TO(DUE_FLOW, ASK)},
    [DP_GATE_DUE_FLOW] = {UNDECIDED, [DP_GATE_EVENT_ACCEPT] = TO(KEEP, ACCEPT)},
    /* BLOCK and PASS here: bytes that the verdict rests on came again with other content, or never arrived */
    [DP_GATE_KEEP] = {[DP_GATE_EVENT_ACKNOWLEDGED] = TO(ACCEPTED, FORGET),
                      [DP_GATE_EVENT_BLOCK] = TO(CUT, CUT),
                      [DP_GATE_EVENT_PASS] = TO(PASSING, PASS),
                      [DP_GATE_EVENT_RESET] = TO(CUT, BURY)},
    [DP_GATE_ENDED] = {[DP_GATE_EVENT_RESET] = TO(CUT, BURY)},
    [DP_GATE_CUT] = {[DP_GATE_EVENT_RESET] = TO(CUT, NOTHING)},
};

struct dp_gate_step dp_gate_step_for(unsigned int state, unsigned int event)
{
    static const struct dp_gate_step illegal = TO(CUT, CUT);

    if (state >= DP_GATE_STATES || event >= DP_GATE_EVENTS || table[state][event].state == DP_GATE_NONE)
        return illegal;
    return table[state][event];
}

bool dp_gate_reading(unsigned int state)
{
    return state == DP_GATE_OPEN || state == DP_GATE_CLIENT;
}

bool dp_gate_undecided(unsigned int state)
{
    return state >= DP_GATE_OPEN && state <= DP_GATE_DUE_FLOW;
}
