/* SPDX-License-Identifier: BSD-3-Clause */
/* Every pair of a state and an event: what is not listed here must be a cut. */
#include "dataplane/gate_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define UNDECIDED(s)                                                                                                   \
    {DP_GATE_##s, DP_GATE_EVENT_BLOCK, DP_GATE_CUT, DP_GATE_DO_CUT},                                                   \
        {DP_GATE_##s, DP_GATE_EVENT_PASS, DP_GATE_PASSING, DP_GATE_DO_PASS},                                           \
        {DP_GATE_##s, DP_GATE_EVENT_RESET, DP_GATE_CUT, DP_GATE_DO_BURY},                                              \
    {                                                                                                                  \
        DP_GATE_##s, DP_GATE_EVENT_END, DP_GATE_ENDED, DP_GATE_DO_BURY                                                 \
    }

static const struct {
    unsigned char state;
    unsigned char event;
    unsigned char next;
    unsigned char action;
} legal[] = {
    UNDECIDED(SYN),
    {DP_GATE_SYN, DP_GATE_EVENT_OPEN, DP_GATE_OPEN, DP_GATE_DO_NOTHING},
    UNDECIDED(OPEN),
    {DP_GATE_OPEN, DP_GATE_EVENT_DUE_SERVER, DP_GATE_DUE_SERVER, DP_GATE_DO_ASK},
    {DP_GATE_OPEN, DP_GATE_EVENT_DUE_FLOW, DP_GATE_DUE_FLOW, DP_GATE_DO_ASK},
    UNDECIDED(DUE_SERVER),
    {DP_GATE_DUE_SERVER, DP_GATE_EVENT_ACCEPT_SERVER, DP_GATE_CLIENT, DP_GATE_DO_RESUME},
    {DP_GATE_DUE_SERVER, DP_GATE_EVENT_WATCH_CLIENT, DP_GATE_CLIENT, DP_GATE_DO_RESUME},
    UNDECIDED(CLIENT),
    {DP_GATE_CLIENT, DP_GATE_EVENT_DUE_FLOW, DP_GATE_DUE_FLOW, DP_GATE_DO_ASK},
    UNDECIDED(DUE_FLOW),
    {DP_GATE_DUE_FLOW, DP_GATE_EVENT_ACCEPT, DP_GATE_KEEP, DP_GATE_DO_ACCEPT},
    {DP_GATE_KEEP, DP_GATE_EVENT_ACKNOWLEDGED, DP_GATE_ACCEPTED, DP_GATE_DO_FORGET},
    {DP_GATE_KEEP, DP_GATE_EVENT_BLOCK, DP_GATE_CUT, DP_GATE_DO_CUT},
    {DP_GATE_KEEP, DP_GATE_EVENT_PASS, DP_GATE_PASSING, DP_GATE_DO_PASS},
    {DP_GATE_KEEP, DP_GATE_EVENT_RESET, DP_GATE_CUT, DP_GATE_DO_BURY},
    {DP_GATE_ENDED, DP_GATE_EVENT_RESET, DP_GATE_CUT, DP_GATE_DO_BURY},
    {DP_GATE_CUT, DP_GATE_EVENT_RESET, DP_GATE_CUT, DP_GATE_DO_NOTHING},
};

static void every_pair(void **state)
{
    for (unsigned s = 0; s < DP_GATE_STATES + 2; s++)
        for (unsigned e = 0; e < DP_GATE_EVENTS + 2; e++) {
            struct dp_gate_step step = dp_gate_step_for(s, e);
            unsigned next = DP_GATE_CUT;
            unsigned action = DP_GATE_DO_CUT;

            for (size_t i = 0; i < sizeof(legal) / sizeof(legal[0]); i++)
                if (legal[i].state == s && legal[i].event == e) {
                    next = legal[i].next;
                    action = legal[i].action;
                }
            assert_int_equal(step.state, next);
            assert_int_equal(step.action, action);
        }
}

/* What lets data through comes only from a verdict, or from the policy's own word. */
static void gate_opens_by_verdicts_only(void **state)
{
    for (unsigned s = 0; s < DP_GATE_STATES; s++)
        for (unsigned e = 0; e < DP_GATE_EVENTS; e++) {
            unsigned next = dp_gate_step_for(s, e).state;

            assert_int_not_equal(next, DP_GATE_NONE);
            if (next == DP_GATE_KEEP)
                assert_true(s == DP_GATE_DUE_FLOW && e == DP_GATE_EVENT_ACCEPT);
            if (next == DP_GATE_ACCEPTED)
                assert_int_equal(s, DP_GATE_KEEP);
            if (next == DP_GATE_PASSING)
                assert_int_equal(e, DP_GATE_EVENT_PASS);
            if (s == DP_GATE_CUT)
                assert_int_equal(next, DP_GATE_CUT);
        }
}

static void kinds_of_states(void **state)
{
    for (unsigned s = 0; s < DP_GATE_STATES + 2; s++) {
        assert_int_equal(dp_gate_reading(s), s == DP_GATE_OPEN || s == DP_GATE_CLIENT);
        assert_int_equal(dp_gate_undecided(s),
                         s == DP_GATE_OPEN || s == DP_GATE_DUE_SERVER || s == DP_GATE_CLIENT || s == DP_GATE_DUE_FLOW);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair),
        cmocka_unit_test(gate_opens_by_verdicts_only),
        cmocka_unit_test(kinds_of_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
