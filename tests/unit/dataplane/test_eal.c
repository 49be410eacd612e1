/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/eal.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

static void test_cpus_of_the_process(void **state)
{
    struct dp_cpus cpus;
    cpu_set_t allowed;
    char why[128];

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
    assert_true(dp_eal_cpus(&cpus, "", why, sizeof(why)));
    assert_int_equal(cpus.num, CPU_COUNT(&allowed));
    for (uint32_t i = 0; i < cpus.num; i++)
        assert_true(CPU_ISSET(cpus.cpu[i], &allowed));
}

static void test_cpus_named(void **state)
{
    struct dp_cpus all;
    struct dp_cpus some;
    char text[64];
    char why[128];

    (void)state;
    assert_true(dp_eal_cpus(&all, "", why, sizeof(why)));
    snprintf(text, sizeof(text), "%u", all.cpu[0]);
    assert_true(dp_eal_cpus(&some, text, why, sizeof(why)));
    assert_int_equal(some.num, 1);
    assert_int_equal(some.cpu[0], all.cpu[0]);
    if (all.num < 2 || all.cpu[1] != all.cpu[0] + 1)
        return;
    snprintf(text, sizeof(text), "%u-%u", all.cpu[0], all.cpu[1]);
    assert_true(dp_eal_cpus(&some, text, why, sizeof(why)));
    assert_int_equal(some.num, 2);
    snprintf(text, sizeof(text), "%u,%u", all.cpu[1], all.cpu[0]);
    assert_true(dp_eal_cpus(&some, text, why, sizeof(why)));
    assert_int_equal(some.cpu[0], all.cpu[1]);
}

static void test_cpus_refused(void **state)
{
    static const char *const bad[] = {"x",
                                      "1-",
                                      "-1",
                                      "0,",
                                      ",0",
                                      "0;1",
                                      "0 1",
                                      "99999",
                                      "1-0",
                                      "0-99999",
                                      "0--1",
                                      "0x1",
                                      "0,,1",
                                      "18446744073709551616",
                                      "0-18446744073709551615"};
    struct dp_cpus cpus;
    char why[128];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        why[0] = '\0';
        assert_false(dp_eal_cpus(&cpus, bad[i], why, sizeof(why)));
        assert_true(why[0] != '\0');
    }
}

static _Atomic int ran_on = -1;

static int remember_cpu(void *argument)
{
    ran_on = sched_getcpu();
    return argument == &ran_on ? 0 : -1;
}

/* The daemon's profile, without huge pages: loops run on the CPUs given, the main thread stays free. */
static void test_start(void **state)
{
    struct dp_cpus cpus;
    struct dp_eal_config config = {.cpus = &cpus, .num_loops = 1, .memory_mb = 32};
    cpu_set_t before;
    cpu_set_t after;
    char why[128];

    (void)state;
    assert_true(dp_eal_cpus(&cpus, "", why, sizeof(why)));
    cpus.cpu[0] = cpus.cpu[cpus.num - 1];
    assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
    config.num_loops = DP_LOOPS_MAX + 1;
    assert_int_equal(dp_eal_start(&config), -EINVAL);
    config.num_loops = 1;
    assert_int_equal(dp_eal_start(&config), 0);
    assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
    assert_true(CPU_EQUAL(&before, &after));
    assert_int_equal(dp_eal_launch(0, remember_cpu, &ran_on), 0);
    dp_eal_join(0);
    assert_int_equal(ran_on, cpus.cpu[0]);
    assert_true(dp_eal_plain(32) < 0); /* once per process */
    dp_eal_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cpus_of_the_process),
        cmocka_unit_test(test_cpus_named),
        cmocka_unit_test(test_cpus_refused),
        cmocka_unit_test(test_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
