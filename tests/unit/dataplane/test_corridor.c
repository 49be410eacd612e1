/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "dataplane/corridor.h"
#include "dataplane/eal.h"

#include <string.h>

#define WORKERS 2
#define JUDGES  1

static struct dp_cpus cpus;

/* Nothing is allowed and nothing is judged; monitor mode, so that frames would pass if there were any. */
static struct val_policy *policy(uint32_t epoch)
{
    struct val_network all = {.family = 4};
    struct val_zone_spec zones[] = {{.name = "in", .side = VAL_SIDE_INSIDE, .networks = &all, .num_networks = 1},
                                    {.name = "out", .side = VAL_SIDE_OUTSIDE, .networks = &all, .num_networks = 1}};
    struct val_policy_spec spec = {.cell = "test",
                                   .monitor = 1,
                                   .otherwise = VAL_ACTION_BLOCK,
                                   .overload = VAL_ACTION_BLOCK,
                                   .mid_stream = VAL_ACTION_BLOCK,
                                   .epoch = epoch,
                                   .zones = zones,
                                   .num_zones = 2};
    struct val_policy_error error;
    struct val_policy *made = val_policy_new(&spec, &error);

    if (made == NULL)
        fail_msg("%s", error.text);
    return made;
}

/* Devices that receive nothing and swallow what is sent. */
static struct dp_corridor_config config_of(const struct val_policy *in_force)
{
    return (struct dp_corridor_config){
        .device = {"net_null0,no-rx=1", "net_null1,no-rx=1"},
        .num_workers = WORKERS,
        .num_judges = JUDGES,
        .packets = 8191,
        .packet_bytes = 2176,
        .mtu = 1500,
        .chains_max = 16,
        .box = {.policy = in_force,
                .flows_max = 1024,
                .handshakes_max = 64,
                .handshake_memory = 8 * 1024 * 1024,
                .handshake_bytes_max = 65536,
                .held_packets_max = 1024,
                .held_per_flow_max = 64,
                .records_bytes = 512 * 1024,
                .handshake_timeout_us = 1000000,
                .syn_timeout_us = 1000000,
                .hold_stall_us = 200000,
                .flow_idle_us = 1000000,
                .closing_us = 1000000,
                .cut_us = 1000000,
                .resets_per_s = 10},
    };
}

static int start(void **state)
{
    struct dp_eal_config config = {.cpus = &cpus, .num_loops = WORKERS + JUDGES, .memory_mb = 192};
    char why[128];

    (void)state;
    if (!dp_eal_cpus(&cpus, "", why, sizeof(why)))
        return -1;
    while (cpus.num < WORKERS + JUDGES) { /* on few CPUs the loops share them: they rest when idle */
        cpus.cpu[cpus.num] = cpus.cpu[0];
        cpus.num++;
    }
    return dp_eal_start(&config);
}

static void test_runs_and_stops(void **state)
{
    struct val_policy *first = policy(1);
    struct val_policy *second = policy(2);
    struct dp_corridor_config config = config_of(first);
    struct dp_box_fill fill;
    struct dp_port_losses losses;

    (void)state;
    for (int round = 0; round < 3; round++) {
        struct dp_corridor *corridor = dp_corridor_new(&config);
        int64_t start_us;

        assert_non_null(corridor);
        assert_int_equal(dp_corridor_loops(&config), WORKERS + JUDGES);
        assert_int_equal(dp_corridor_start(corridor), 0);
        assert_true(dp_corridor_policy(corridor, second));
        assert_true(dp_corridor_policy(corridor, first));
        for (uint32_t i = 0; i < WORKERS; i++) {
            assert_non_null(dp_corridor_ring(corridor, i));
            assert_int_equal(counter_get(dp_corridor_counters(corridor, i), COUNTER_RX_PACKETS), 0);
        }
        assert_ptr_not_equal(dp_corridor_ring(corridor, 0), dp_corridor_ring(corridor, 1));
        dp_corridor_fill(corridor, &fill);
        assert_int_equal(fill.flows, 0);
        dp_corridor_losses(corridor, DP_INSIDE, &losses);
        assert_int_equal(losses.missed, 0);
        dp_corridor_link(corridor);
        start_us = clock_mono_us();
        dp_corridor_stop(corridor);
        assert_true(clock_mono_us() - start_us < 500000);
        dp_corridor_free(corridor);
    }
    val_policy_free(first);
    val_policy_free(second);
}

static void test_policy_without_loops(void **state)
{
    struct val_policy *first = policy(1);
    struct val_policy *second = policy(2);
    struct dp_corridor_config config = config_of(first);
    struct dp_corridor *corridor = dp_corridor_new(&config);

    (void)state;
    assert_non_null(corridor);
    assert_false(dp_corridor_policy(corridor, second)); /* nobody takes it up: the old one may not be freed */
    dp_corridor_free(corridor);
    val_policy_free(first);
    val_policy_free(second);
}

static void test_failures_leave_nothing(void **state)
{
    struct val_policy *first = policy(1);
    struct dp_corridor_config config = config_of(first);
    struct dp_corridor *corridor;

    (void)state;
    config.device[DP_OUTSIDE] = "net_pcap0,rx_pcap=/nonexistent/file";
    assert_null(dp_corridor_new(&config));
    config = config_of(first);
    config.packets = 1U << 27;
    assert_null(dp_corridor_new(&config));
    config = config_of(first);
    config.num_judges = 0;
    corridor = dp_corridor_new(&config); /* the same names once more */
    assert_non_null(corridor);
    dp_corridor_free(corridor);
    dp_corridor_free(NULL);
    val_policy_free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_and_stops),
        cmocka_unit_test(test_policy_without_loops),
        cmocka_unit_test(test_failures_leave_nothing),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
