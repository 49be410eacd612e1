/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/counters_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yyjson.h>

/* In the policy's place: only its epoch is asked for. */
uint32_t val_policy_epoch(const struct val_policy *policy)
{
    assert_null(policy);
    return 7;
}

static uint64_t number(yyjson_doc *doc, const char *pointer)
{
    yyjson_val *value = yyjson_doc_ptr_get(doc, pointer);

    if (!yyjson_is_uint(value))
        fail_msg("%s is not there", pointer);
    return yyjson_get_uint(value);
}

static void test_file(void **state)
{
    static struct counters counters[2];
    const struct counters *workers[] = {&counters[0], &counters[1]};
    struct ctl_counters_view view = {
        .workers = workers,
        .num_workers = 2,
        .fill = {.flows = 11, .handshake_bytes = 99},
        .events = {.lines = 5, .failed_writes = 6},
        .ports[1] = {.missed = 21, .bad_out = 22},
        .time_us = 1777896000LL * 1000000,
        .uptime_us = 12500000,
    };
    char folder[] = "/tmp/cellgate-counters-XXXXXX";
    char path[64];
    char fresh[80];
    yyjson_doc *doc;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/counters.json", folder);
    snprintf(fresh, sizeof(fresh), "%s.new", path);
    counter_add(&counters[0], COUNTER_RX_PACKETS, 3);
    counter_add(&counters[1], COUNTER_RX_PACKETS, 4);
    counter_verdict(&counters[0], true, REASON_OK);
    counter_verdict(&counters[1], false, REASON_EXPIRED);
    counter_verdict(&counters[0], false, REASON_EXPIRED);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(ctl_counters_file_write(path, &view), 0);
        doc = yyjson_read_file(path, 0, NULL, NULL);
        assert_non_null(doc);
        assert_int_equal(number(doc, "/counters/rx_packets"), 7);
        assert_int_equal(number(doc, "/accepted/ok"), 1);
        assert_int_equal(number(doc, "/blocked/expired"), 2);
        assert_null(yyjson_doc_ptr_get(doc, "/blocked/ok"));
        assert_int_equal(number(doc, "/fill/flows"), 11);
        assert_int_equal(number(doc, "/fill/handshake_bytes"), 99);
        assert_int_equal(number(doc, "/events/lines"), 5);
        assert_int_equal(number(doc, "/events/failed_writes"), 6);
        assert_int_equal(number(doc, "/ports/inside/missed"), 0);
        assert_int_equal(number(doc, "/ports/outside/missed"), 21);
        assert_int_equal(number(doc, "/ports/outside/bad_out"), 22);
        assert_int_equal(number(doc, "/uptime_s"), 12);
        assert_int_equal(number(doc, "/policy_epoch"), 7);
        assert_string_equal(yyjson_get_str(yyjson_doc_ptr_get(doc, "/time")), "2026-05-04T12:00:00Z");
        assert_int_equal(yyjson_obj_size(yyjson_doc_ptr_get(doc, "/counters")), COUNTER_COUNT);
        yyjson_doc_free(doc);
    }
    assert_int_not_equal(access(fresh, F_OK), 0); /* nothing is left beside it */
    unlink(path);
    rmdir(folder);
    assert_true(ctl_counters_file_write(path, &view) < 0); /* the folder has gone */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
