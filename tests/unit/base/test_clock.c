/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

static void test_wall_is_microseconds_since_1970(void **state)
{
    int64_t before = (int64_t)time(NULL);
    int64_t now = clock_wall_us() / CLOCK_US_PER_S;

    assert_in_range(now, before - 1, before + 2);
}

static void test_mono_never_steps_back(void **state)
{
    int64_t last = clock_mono_us();

    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_mono_us();

        assert_true(now >= last);
        last = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wall_is_microseconds_since_1970),
        cmocka_unit_test(test_mono_never_steps_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
