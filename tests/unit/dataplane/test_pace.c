/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "dataplane/pace.h"

static int64_t time_of(struct dp_pace *pace, int turns, bool worked)
{
    int64_t start_us = clock_mono_us();

    for (int i = 0; i < turns; i++)
        dp_pace_turn(pace, worked);
    return clock_mono_us() - start_us;
}

static void test_busy_never_sleeps(void **state)
{
    struct dp_pace pace;

    (void)state;
    dp_pace_init(&pace, true);
    assert_true(time_of(&pace, 5000, false) < 50000); /* 5000 sleeps would be 100 ms at least */
}

static void test_adaptive_sleeps_after_empty_turns(void **state)
{
    struct dp_pace pace;

    (void)state;
    dp_pace_init(&pace, false);
    assert_true(time_of(&pace, 5000, true) < 50000);
    (void)time_of(&pace, 100, false);
    assert_true(time_of(&pace, 100, false) >= 100 * 20);
    (void)time_of(&pace, 1000, false);
    assert_true(time_of(&pace, 100, false) >= 100 * 50);
}

static void test_work_ends_the_rest(void **state)
{
    struct dp_pace pace;

    (void)state;
    dp_pace_init(&pace, false);
    (void)time_of(&pace, 2000, false);
    dp_pace_turn(&pace, true);
    assert_true(time_of(&pace, 10, false) < 10 * 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_busy_never_sleeps),
        cmocka_unit_test(test_adaptive_sleeps_after_empty_turns),
        cmocka_unit_test(test_work_ends_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
