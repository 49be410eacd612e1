/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/memory.h"

#include "dataplane/box.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define MB (1024ULL * 1024)

static struct ctl_memory of(const struct ctl_settings *settings)
{
    struct ctl_memory memory;

    ctl_memory_add_up(&memory, settings);
    assert_int_equal(memory.sum, memory.packets + memory.handshakes + memory.flows + memory.records + memory.chains +
                                     memory.events);
    return memory;
}

static void test_each_bound_counts(void **state)
{
    static struct ctl_settings settings;
    struct ctl_memory before;

    ctl_settings_default(&settings);
    before = of(&settings);
    assert_int_equal(before.handshakes, settings.handshake_memory_mb * MB);
    assert_true(before.packets > (uint64_t)settings.packets * settings.packet_bytes);
    settings.handshake_memory_mb += 100;
    assert_int_equal(of(&settings).handshakes, before.handshakes + 100 * MB);
    settings.packets *= 2;
    assert_true(of(&settings).packets > before.packets * 19 / 10);
    settings.flows_max *= 2;
    assert_true(of(&settings).flows > before.flows);
    settings.chains_max *= 2;
    assert_true(of(&settings).chains > before.chains);
    settings.events_queue_kb += 1024;
    assert_int_equal(of(&settings).events, before.events + MB);
    settings.records_kb *= 2;
    assert_int_equal(of(&settings).records, 2 * before.records);
}

/* Workers share the bounds, whatever number of them there is. */
static void test_workers_share(void **state)
{
    static struct ctl_settings settings;
    struct dp_box_config box;
    uint64_t one;

    ctl_settings_default(&settings);
    one = of(&settings).handshakes;
    settings.workers = 3;
    assert_true(of(&settings).handshakes <= one);
    ctl_settings_box(&box, &settings, 3);
    assert_true(3 * (uint64_t)box.flows_max >= settings.flows_max && box.flows_max <= settings.flows_max / 3 + 1);
    assert_true(3 * (uint64_t)box.resets_per_s >= settings.resets_per_s);
    assert_int_equal(box.flow_idle_us, settings.flow_idle_s * (int64_t)1000000);
    assert_int_equal(box.hold_stall_us, settings.hold_stall_ms * (int64_t)1000);
    assert_int_equal(box.checksum, DP_CHECKSUM_VERIFY);
    settings.checksum = CTL_CHECKSUM_COMPLETE;
    ctl_settings_box(&box, &settings, 3);
    assert_int_equal(box.checksum, DP_CHECKSUM_COMPLETE);
    settings.checksum = CTL_CHECKSUM_IGNORE;
    ctl_settings_box(&box, &settings, 3);
    assert_int_equal(box.checksum, DP_CHECKSUM_IGNORE);
}

static void test_line(void **state)
{
    struct ctl_memory memory = {
        .packets = 2 * MB, .handshakes = MB, .flows = 1, .records = MB, .chains = 0, .events = MB, .sum = 5 * MB + 1};
    char line[CTL_MEMORY_LINE_MAX];

    ctl_memory_line(line, &memory);
    assert_string_equal(line,
                        "memory bound: 6 MB = packets 2 + handshakes 1 + flows 1 + records 1 + chains 0 + events 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_bound_counts),
        cmocka_unit_test(test_workers_share),
        cmocka_unit_test(test_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
