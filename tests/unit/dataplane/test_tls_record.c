/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/tls_record.h"

/* What is said of `header` once all of it is there; and the same must be said from the first byte that contradicts on. */
static enum reason check(const uint8_t header[5], enum dp_tls_record_place place, size_t *decided)
{
    enum reason reason = REASON_UNDECIDED;

    *decided = 0;
    for (size_t len = 1; len <= 5 && reason == REASON_UNDECIDED; len++) {
        reason = dp_tls_record_check(header, len, place);
        *decided = len;
    }
    if (*decided == 5 || reason != REASON_UNDECIDED)
        assert_int_equal(dp_tls_record_check(header, *decided, place), reason);
    return reason;
}

static void test_first_bytes_of_a_client(void **unused)
{
    static const struct {
        uint8_t header[5];
        enum reason reason;
        size_t decided;
    } cases[] = {
        {{22, 3, 1, 2, 0}, REASON_UNDECIDED, 5},
        {{22, 3, 0, 0, 1}, REASON_UNDECIDED, 5},
        {{22, 3, 4, 0x40, 0}, REASON_UNDECIDED, 5},
        {{'G', 'E', 'T', ' ', '/'}, REASON_NOT_TLS, 1},
        {{'S', 'S', 'H', '-', '2'}, REASON_NOT_TLS, 1},
        {{0, 0, 0, 0, 0}, REASON_NOT_TLS, 1},
        {{20, 3, 3, 0, 1}, REASON_NOT_TLS, 1},
        {{21, 3, 3, 0, 2}, REASON_NOT_TLS, 1},
        {{23, 3, 3, 0, 2}, REASON_NOT_TLS, 1},
        {{22, 2, 1, 0, 9}, REASON_NOT_TLS, 2},
        {{22, 0xfe, 0xff, 0, 9}, REASON_NOT_TLS, 2}, /* DTLS */
        {{22, 3, 5, 0, 9}, REASON_NOT_TLS, 3},
        {{22, 3, 1, 0, 0}, REASON_NOT_TLS, 5},
        {{22, 3, 1, 0x40, 1}, REASON_NOT_TLS, 5},
        /* SSLv2 hellos: RFC 5246 E.2 */
        {{0x80, 46, 1, 3, 1}, REASON_VERSION_NOT_ALLOWED, 5},
        {{0x80, 46, 1, 0, 2}, REASON_VERSION_NOT_ALLOWED, 5},
        {{0x80, 46, 1, 0, 3}, REASON_NOT_TLS, 5},
        {{0x80, 46, 1, 2, 2}, REASON_NOT_TLS, 5},
        {{0x80, 46, 4, 0, 2}, REASON_NOT_TLS, 3},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t decided;
        assert_int_equal(check(cases[i].header, DP_TLS_RECORD_FIRST_OF_CLIENT, &decided), cases[i].reason);
        assert_int_equal(decided, cases[i].decided);
    }
}

static void test_later_records(void **unused)
{
    static const struct {
        uint8_t header[5];
        bool sound;
    } cases[] = {
        {{22, 3, 3, 0, 1}, true},  {{22, 3, 3, 0x40, 0}, true}, {{22, 3, 3, 0x40, 1}, false},
        {{22, 3, 3, 0, 0}, false}, {{20, 3, 3, 0, 1}, true},    {{20, 3, 3, 0, 2}, false},
        {{20, 3, 3, 0, 0}, false}, {{21, 3, 3, 0, 2}, true},    {{21, 3, 3, 0, 1}, false},
        {{21, 3, 3, 0, 4}, false}, {{23, 3, 3, 0x48, 0}, true}, {{23, 3, 3, 0x48, 1}, false},
        {{23, 3, 3, 0, 0}, false}, {{24, 3, 3, 0, 9}, false},   {{19, 3, 3, 0, 9}, false},
        {{22, 2, 3, 0, 9}, false}, {{22, 3, 5, 0, 9}, false},   {{0x80, 46, 1, 3, 1}, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t decided;
        assert_int_equal(check(cases[i].header, DP_TLS_RECORD_LATER, &decided),
                         cases[i].sound ? REASON_UNDECIDED : REASON_MALFORMED_HANDSHAKE);
        assert_int_equal(check(cases[i].header, DP_TLS_RECORD_FIRST_OF_SERVER, &decided),
                         cases[i].sound ? REASON_UNDECIDED : REASON_NOT_TLS);
    }
}

static void test_fields(void **unused)
{
    const uint8_t header[5] = {22, 3, 1, 0x12, 0x34};

    assert_int_equal(dp_tls_record_version(header), 0x0301);
    assert_int_equal(dp_tls_record_len(header), 0x1234);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_bytes_of_a_client),
        cmocka_unit_test(test_later_records),
        cmocka_unit_test(test_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
