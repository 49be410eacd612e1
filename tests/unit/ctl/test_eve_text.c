/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/eve_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void check_time(int64_t time_us, const char *wanted)
{
    char text[CTL_EVE_TIME_MAX];

    ctl_eve_time(text, time_us);
    assert_string_equal(text, wanted);
}

static void test_times(void **state)
{
    check_time(0, "1970-01-01T00:00:00.000000+0000");
    check_time(1769860800123456, "2026-01-31T12:00:00.123456+0000");
    check_time(-1, "1969-12-31T23:59:59.999999+0000");
    check_time(-1000000, "1969-12-31T23:59:59.000000+0000");
}

/* Whatever a capture says of its time, it ends within the text. */
static void test_absurd_times(void **state)
{
    char text[CTL_EVE_TIME_MAX];

    ctl_eve_time(text, INT64_MAX);
    assert_true(strlen(text) < CTL_EVE_TIME_MAX);
    ctl_eve_time(text, INT64_MIN);
    assert_true(strlen(text) < CTL_EVE_TIME_MAX);
}

static void test_words(void **state)
{
    static const uint8_t address[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    char text[CTL_EVE_ADDRESS_MAX];
    static const struct {
        uint16_t number;
        const char *name;
    } versions[] = {
        {0x0300, "SSLv3"},
        {0x0301, "TLSv1"},
        {0x0302, "TLS 1.1"},
        {0x0303, "TLS 1.2"},
        {0x0304, "TLS 1.3"},
        {0x7f10, "TLS 1.3 draft-16"},
        {0x7f1c, "TLS 1.3 draft-28"},
        {0xfb1a, "0xfb1a"},
        {0, "UNDETERMINED"},
    };
    char cipher[CTL_EVE_CIPHER_MAX];
    char version[CTL_EVE_VERSION_MAX];

    ctl_eve_address(text, 6, address);
    assert_string_equal(text, "2001:db8::1");
    ctl_eve_address(text, 4, address);
    assert_string_equal(text, "32.1.13.184");
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        ctl_eve_version(version, versions[i].number);
        assert_string_equal(version, versions[i].name);
    }
    ctl_eve_cipher(cipher, 0x002f);
    assert_string_equal(cipher, "TLS_RSA_WITH_AES_128_CBC_SHA");
    ctl_eve_cipher(cipher, 0xfefe);
    assert_string_equal(cipher, "0xfefe");
}

static void test_a_row_fits(void **state)
{
    static char sni[4096];
    struct val_case *c = malloc(16384);
    struct val_verdict verdict = {.grade = {255, 255}, .reason = 255};
    char row[CTL_EVE_ROW_MAX];
    size_t len;

    memset(sni, 1, sizeof(sni));
    case_init(c, 16384);
    c->flow.family = 6;
    memset(c->flow.client_address, 0xff, 16);
    memset(c->flow.server_address, 0xff, 16);
    assert_true(case_append(c, &c->tls.sni, bytes_of(sni, sizeof(sni))));
    len = ctl_eve_row(row, &verdict, c, "a-conduit-with-a-name-of-sixty-three-bytes-which-is-the-longest");
    assert_int_equal(row[len - 1], '\n');
    assert_int_equal(row[len - 2], '1');
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_absurd_times),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_a_row_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
