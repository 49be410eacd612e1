/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/plan.h"

#include <stdlib.h>
#include <string.h>

static struct ctl_settings settings;
static struct ctl_complaints complaints;
static struct ctl_plan plan;

static int set_up(void **state)
{
    (void)state;
    ctl_settings_default(&settings);
    strcpy(settings.inside, "net_ring0");
    strcpy(settings.outside, "net_ring1");
    ctl_complaints_init(&complaints, "cellgated.yaml");
    return 0;
}

/* A machine with CPUs 2, 3, ... */
static struct dp_cpus machine(uint32_t num)
{
    struct dp_cpus cpus = {.num = num};

    for (uint32_t i = 0; i < num; i++)
        cpus.cpu[i] = (uint16_t)(i + 2);
    return cpus;
}

static void test_judges(void **state)
{
    static const struct {
        uint32_t cpus;
        uint32_t workers;
        uint32_t judge;
        int judges; /* -1: refused */
    } table[] = {
        {1, 1, CTL_JUDGE_AUTO, 0},    {2, 1, CTL_JUDGE_AUTO, 0},  {3, 1, CTL_JUDGE_AUTO, 1},
        {8, 1, CTL_JUDGE_AUTO, 1},    {8, 4, CTL_JUDGE_AUTO, 3},  {4, 4, CTL_JUDGE_AUTO, 0},
        {8, 1, CTL_JUDGE_INLINE, 0},  {2, 1, CTL_JUDGE_CORE, 1},  {1, 1, CTL_JUDGE_CORE, -1},
        {4, 2, CTL_JUDGE_CORE, 1},    {16, 4, CTL_JUDGE_CORE, 4}, {2, 3, CTL_JUDGE_AUTO, -1},
        {2, 3, CTL_JUDGE_INLINE, -1}, {4, 4, CTL_JUDGE_CORE, -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct dp_cpus cpus = machine(table[i].cpus);

        set_up(NULL);
        settings.workers = table[i].workers;
        settings.judge = table[i].judge;
        assert_int_equal(ctl_plan_make(&plan, &complaints, &settings, &cpus, 0), table[i].judges >= 0);
        assert_int_equal(complaints.num, table[i].judges < 0);
        if (table[i].judges < 0)
            continue;
        assert_int_equal(plan.corridor.num_judges, table[i].judges);
        assert_int_equal(plan.eal.num_loops, table[i].workers + (uint32_t)table[i].judges);
    }
}

static void test_cpus_from_the_top(void **state)
{
    struct dp_cpus cpus = machine(4);

    (void)state;
    assert_true(ctl_plan_make(&plan, &complaints, &settings, &cpus, 0));
    assert_ptr_equal(plan.eal.cpus, &plan.cpus);
    assert_int_equal(plan.cpus.num, 4);
    for (uint16_t i = 0; i < 4; i++)
        assert_int_equal(plan.cpus.cpu[i], 5 - i);
}

static void test_memory(void **state)
{
    struct dp_cpus cpus = machine(2);

    (void)state;
    assert_true(ctl_plan_make(&plan, &complaints, &settings, &cpus, 0));
    assert_false(plan.eal.huge);
    assert_in_range(plan.eal.memory_mb, 64, 100000);
    assert_true(ctl_plan_make(&plan, &complaints, &settings, &cpus, plan.eal.memory_mb));
    assert_true(plan.eal.huge); /* auto */
    assert_true(ctl_plan_make(&plan, &complaints, &settings, &cpus, plan.eal.memory_mb - 1));
    assert_false(plan.eal.huge);
    settings.hugepages = CTL_HUGEPAGES_NONE;
    assert_true(ctl_plan_make(&plan, &complaints, &settings, &cpus, 1000000));
    assert_false(plan.eal.huge);
    settings.hugepages = CTL_HUGEPAGES_USE;
    assert_true(ctl_plan_make(&plan, &complaints, &settings, &cpus, 1000000));
    assert_true(plan.eal.huge);
    assert_false(ctl_plan_make(&plan, &complaints, &settings, &cpus, 10));
    assert_int_equal(complaints.num, 1);
    assert_non_null(strstr(complaints.list[0].text, "vm.nr_hugepages"));
}

static void test_no_huge_among_the_arguments(void **state)
{
    struct dp_cpus cpus = machine(2);

    (void)state;
    settings.eal.num = 2;
    strcpy(settings.eal.item[0], "--log-level=8");
    strcpy(settings.eal.item[1], "--no-huge");
    assert_true(ctl_plan_make(&plan, &complaints, &settings, &cpus, 1000000));
    assert_false(plan.eal.huge);
    assert_int_equal(plan.eal.num_more, 2);
    assert_string_equal(plan.eal.more[0], "--log-level=8");
}

static void test_devices(void **state)
{
    struct dp_cpus cpus = machine(2);

    (void)state;
    strcpy(settings.inside, "0000:03:00.0");
    settings.mtu = 9000;
    settings.packets = 20000;
    settings.polling = CTL_POLLING_BUSY;
    assert_true(ctl_plan_make(&plan, &complaints, &settings, &cpus, 0));
    assert_int_equal(plan.eal.num_pci, 1);
    assert_string_equal(plan.eal.pci[0], "0000:03:00.0");
    assert_int_equal(plan.eal.num_virtual, 1);
    assert_string_equal(plan.eal.virtual[0], "net_ring1");
    assert_string_equal(plan.corridor.device[DP_OUTSIDE], "net_ring1");
    assert_int_equal(plan.corridor.mtu, 9000);
    assert_int_equal(plan.corridor.packets, 20000);
    assert_true(plan.corridor.busy);
    assert_int_equal(plan.corridor.box.flows_max, settings.flows_max);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_judges, set_up),  cmocka_unit_test_setup(test_cpus_from_the_top, set_up),
        cmocka_unit_test_setup(test_memory, set_up),  cmocka_unit_test_setup(test_no_huge_among_the_arguments, set_up),
        cmocka_unit_test_setup(test_devices, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
