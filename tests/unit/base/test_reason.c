/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_undecided_is_never_ok(void **state)
{
    assert_int_equal(REASON_UNDECIDED, 0);
    assert_int_equal(reason_first(0), REASON_UNDECIDED);
    assert_int_equal(reason_class_of(REASON_UNDECIDED), REASON_CLASS_UNDECIDED);
    assert_int_equal(reason_class_of(REASON_OK), REASON_CLASS_ACCEPT);
    for (int i = 1; i < REASON_COUNT; i++)
        if (i != REASON_OK)
            assert_int_not_equal(reason_class_of((enum reason)i), REASON_CLASS_ACCEPT);
}

static void test_every_reason_beats_ok(void **state)
{
    for (int i = 1; i < REASON_COUNT; i++)
        if (i != REASON_OK)
            assert_int_equal(reason_first(reason_bit((enum reason)i) | reason_bit(REASON_OK)), i);
}

static void test_forgery_beats_dates(void **state)
{
    uint64_t set = reason_bit(REASON_EXPIRED) | reason_bit(REASON_POSSESSION_FAILED) | reason_bit(REASON_NAME_MISMATCH);

    assert_int_equal(reason_first(set), REASON_POSSESSION_FAILED);
}

static void test_names_are_unique_and_read_back(void **state)
{
    for (int i = 1; i < REASON_COUNT; i++) {
        const char *name = reason_name((enum reason)i);

        assert_int_equal(reason_from_name(name), i);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
        assert_true(strlen(reason_text((enum reason)i)) > 10);
    }
    assert_int_equal(reason_from_name("undecided"), REASON_UNDECIDED);
    assert_int_equal(reason_from_name("nonsense"), REASON_UNDECIDED);
    assert_string_equal(reason_name((enum reason)200), "unknown");
    assert_string_equal(reason_text((enum reason)200), "unknown");
    assert_string_equal(reason_class_name(REASON_CLASS_POLICY), "policy");
    assert_string_equal(reason_class_name((enum reason_class)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_undecided_is_never_ok),
        cmocka_unit_test(test_every_reason_beats_ok),
        cmocka_unit_test(test_forgery_beats_dates),
        cmocka_unit_test(test_names_are_unique_and_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
