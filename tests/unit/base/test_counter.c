/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/counter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_counts_add_up(void **state)
{
    static struct counters counters;

    counter_add(&counters, COUNTER_RX_PACKETS, 3);
    counter_add(&counters, COUNTER_RX_PACKETS, 4);
    assert_int_equal(counter_get(&counters, COUNTER_RX_PACKETS), 7);
    assert_int_equal(counter_get(&counters, COUNTER_TX_PACKETS), 0);
}

static void test_verdicts_count_by_reason_and_action(void **state)
{
    static struct counters counters;

    counter_verdict(&counters, true, REASON_OK);
    counter_verdict(&counters, false, REASON_EXPIRED);
    counter_verdict(&counters, false, REASON_EXPIRED);
    assert_int_equal(counters.accepted[REASON_OK], 1);
    assert_int_equal(counters.blocked[REASON_EXPIRED], 2);
    assert_int_equal(counters.accepted[REASON_EXPIRED], 0);
}

static void test_every_counter_is_named_once(void **state)
{
    for (int i = 0; i < COUNTER_COUNT; i++) {
        assert_true(strlen(counter_text((enum counter)i)) > 10);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(counter_name((enum counter)i), counter_name((enum counter)j));
    }
    assert_string_equal(counter_name((enum counter)COUNTER_COUNT), "unknown");
}

static void test_no_two_workers_share_a_line(void **state)
{
    assert_int_equal(sizeof(struct counters) % 64, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_add_up),
        cmocka_unit_test(test_verdicts_count_by_reason_and_action),
        cmocka_unit_test(test_every_counter_is_named_once),
        cmocka_unit_test(test_no_two_workers_share_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
