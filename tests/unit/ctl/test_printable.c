/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void check(const char *in, size_t len, const char *wanted)
{
    char out[256];

    assert_int_equal(ctl_printable(out, sizeof(out), bytes_of(in, len)), strlen(wanted));
    assert_string_equal(out, wanted);
}

#define CHECK(in, wanted) check(in, sizeof(in) - 1, wanted)

static void test_plain_text_stays(void **state)
{
    CHECK("", "");
    CHECK("shop.example ~ \"'", "shop.example ~ \"'");
    CHECK("Sch\xc3\xb6n \xe6\x97\xa5 \xf0\x9f\x91\x9f", "Sch\xc3\xb6n \xe6\x97\xa5 \xf0\x9f\x91\x9f");
}

static void test_what_moves_a_terminal_is_escaped(void **state)
{
    CHECK("a\nb\r\t", "a\\x0ab\\x0d\\x09");
    CHECK("\x1b[2J", "\\x1b[2J");
    CHECK("a\0b", "a\\x00b");
    CHECK("\x7f", "\\x7f");
    CHECK("\xc2\x9b"
          "1m",
          "\\xc2\\x9b1m");                                /* C1: CSI */
    CHECK("exe\xe2\x80\xaegpj", "exe\\xe2\\x80\\xaegpj"); /* U+202E */
    CHECK("\xe2\x81\xa6", "\\xe2\\x81\\xa6");             /* U+2066 */
    CHECK("\xe2\x80\x8b", "\\xe2\\x80\\x8b");             /* U+200B */
    CHECK("\xef\xbb\xbf", "\\xef\\xbb\\xbf");             /* U+FEFF */
    CHECK("\xf3\xa0\x80\x81", "\\xf3\\xa0\\x80\\x81");    /* U+E0001 */
    CHECK("\xf0\x9f\xbf\xbe", "\\xf0\\x9f\\xbf\\xbe");    /* U+1FFFE */
}

static void test_bad_utf8_is_escaped_byte_by_byte(void **state)
{
    CHECK("\x80", "\\x80");
    CHECK("\xc3", "\\xc3");
    CHECK("\xc3z", "\\xc3z");
    CHECK("\xc0\xaf", "\\xc0\\xaf");                   /* overlong / */
    CHECK("\xe0\x80\xaf", "\\xe0\\x80\\xaf");          /* overlong */
    CHECK("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* surrogate */
    CHECK("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* past U+10FFFF */
    CHECK("\xff\xfe", "\\xff\\xfe");
}

static void test_backslash_is_unambiguous(void **state)
{
    char out[32];

    CHECK("\\x1b", "\\\\x1b");
    assert_int_equal(ctl_printable_rest(out, sizeof(out), bytes_of("a\\,\x1b", 4)), 7);
    assert_string_equal(out, "a\\,\\x1b");
}

static void test_cut_at_whole_escapes(void **state)
{
    char out[6];

    assert_int_equal(ctl_printable(out, sizeof(out), bytes_of("ab\x1b", 3)), 2);
    assert_string_equal(out, "ab");
    assert_int_equal(ctl_printable(out, sizeof(out),
                                   bytes_of("a\x1b"
                                            "b",
                                            3)),
                     5);
    assert_string_equal(out, "a\\x1b");
    assert_int_equal(ctl_printable(out, 1, bytes_of("a", 1)), 0);
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_text_stays),
        cmocka_unit_test(test_what_moves_a_terminal_is_escaped),
        cmocka_unit_test(test_bad_utf8_is_escaped_byte_by_byte),
        cmocka_unit_test(test_backslash_is_unambiguous),
        cmocka_unit_test(test_cut_at_whole_escapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
