/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/case.h"
#include "validator/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static uint8_t alert(enum reason reason, uint8_t side_refused, int side)
{
    const struct val_verdict verdict = {
        .action = VAL_ACTION_BLOCK, .reason = (uint8_t)reason, .side_refused = side_refused};

    return val_alert_for(&verdict, side);
}

/* RFC 5246 7.2.2: 42 to 48 speak about the receiver's own certificate. */
static void test_the_refused_side_is_told_why(void **state)
{
    assert_int_equal(alert(REASON_EXPIRED, 2, CASE_SERVER), 45);
    assert_int_equal(alert(REASON_NOT_YET_VALID, 1, CASE_CLIENT), 45);
    assert_int_equal(alert(REASON_UNKNOWN_ISSUER, 2, CASE_SERVER), 48);
    assert_int_equal(alert(REASON_SELF_SIGNED, 2, CASE_SERVER), 48);
    assert_int_equal(alert(REASON_DOMAIN_NOT_RECOGNISED, 1, CASE_CLIENT), 48);
    assert_int_equal(alert(REASON_WRONG_USAGE, 1, CASE_CLIENT), 43);
    assert_int_equal(alert(REASON_UNSUPPORTED_ALGORITHM, 1, CASE_CLIENT), 43);
    assert_int_equal(alert(REASON_UNHANDLED_CRITICAL, 1, CASE_CLIENT), 43);
    assert_int_equal(alert(REASON_BAD_SIGNATURE, 2, CASE_SERVER), 42);
    assert_int_equal(alert(REASON_POSSESSION_FAILED, 2, CASE_SERVER), 42);
    assert_int_equal(alert(REASON_WEAK_KEY, 3, CASE_SERVER), 42);
    assert_int_equal(alert(REASON_WEAK_KEY, 3, CASE_CLIENT), 42);
}

static void test_the_other_side_is_denied(void **state)
{
    assert_int_equal(alert(REASON_EXPIRED, 2, CASE_CLIENT), 49);
    assert_int_equal(alert(REASON_EXPIRED, 1, CASE_SERVER), 49);
    assert_int_equal(alert(REASON_NO_CONDUIT, 0, CASE_CLIENT), 49);
    assert_int_equal(alert(REASON_CLIENT_CERTIFICATE_MISSING, 0, CASE_CLIENT), 49);
}

static void test_resumption_and_version(void **state)
{
    assert_int_equal(alert(REASON_RESUMPTION_UNBOUND, 0, CASE_CLIENT), 40);
    assert_int_equal(alert(REASON_RESUMPTION_UNBOUND, 0, CASE_SERVER), 40);
    assert_int_equal(alert(REASON_VERSION_NOT_ALLOWED, 2, CASE_CLIENT), 70);
    assert_int_equal(alert(REASON_VERSION_NOT_ALLOWED, 2, CASE_SERVER), 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_refused_side_is_told_why),
        cmocka_unit_test(test_the_other_side_is_denied),
        cmocka_unit_test(test_resumption_and_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
