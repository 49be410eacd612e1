/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define BYTES(literal) bytes_of(literal, sizeof(literal) - 1)

/* 63 and 64 letters, and names of 253 and 254 bytes. */
#define L63 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc"
#define N253                                                                                                           \
    L63 "." L63 "." L63 "."                                                                                            \
        "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghija"

static struct val_names *names_of(const char *const hosts[], size_t num)
{
    struct val_names *names = val_names_new(4096);

    assert_non_null(names);
    for (size_t i = 0; i < num; i++)
        assert_true(val_names_add_host(names, bytes_of(hosts[i], strlen(hosts[i]))));
    return names;
}

#define NAMES(...)                                                                                                     \
    names_of((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void test_host_names(void **state)
{
    static const char *const good[] = {"machine-7.producer.example",
                                       "plc7",
                                       "a",
                                       "1a.2b",
                                       "xn--bliss-1b3c.example",
                                       "7.example",
                                       L63 ".x",
                                       N253,
                                       "a--b.c"};
    char host[VAL_HOST_MAX];

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(val_host_normal(host, bytes_of(good[i], strlen(good[i]))));
        assert_string_equal(host, good[i]);
    }
    assert_true(val_host_normal(host, BYTES("MACHINE-7.Producer.EXAMPLE")));
    assert_string_equal(host, "machine-7.producer.example");
}

/* RFC 6066 3: one host_name, LDH, no final dot, no address literal. */
static void test_what_is_no_host_name(void **state)
{
    static const char *const bad[] = {
        "",        ".",      "a.",       ".a",    "a..b", "-a.b", "a-.b", "a_b.c", "a b",  "a/b",
        "a:1",     "*.a.b",  "10.4.0.7", "1.2.3", "7",    "a.7",  "::1",  "[::1]", "a\nb", "m\xc3\xbcller.example",
        L63 "x.y", N253 "a", "a.0x1.2",
    };
    char host[VAL_HOST_MAX];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (val_host_normal(host, bytes_of(bad[i], strlen(bad[i]))))
            fail_msg("%s was taken", bad[i]);
    assert_false(val_host_normal(host, BYTES("machine\0.evil.example")));
    assert_false(val_host_normal(host, BYTES("machine.example\0")));
    assert_false(val_host_normal(host, bytes_of(NULL, 0)));
}

static void test_patterns(void **state)
{
    char host[VAL_HOST_MAX];

    assert_true(val_host_pattern(host, BYTES("*.Brand.example")));
    assert_string_equal(host, "*.brand.example");
    assert_true(val_host_pattern(host, BYTES("brand.example")));
    assert_false(val_host_pattern(host, BYTES("*.example")));
    assert_false(val_host_pattern(host, BYTES("*")));
    assert_false(val_host_pattern(host, BYTES("*.")));
    assert_false(val_host_pattern(host, BYTES("a*.brand.example")));
    assert_false(val_host_pattern(host, BYTES("*a.brand.example")));
    assert_false(val_host_pattern(host, BYTES("a.*.brand.example")));
    assert_false(val_host_pattern(host, BYTES("*.*.brand.example")));
    assert_false(val_host_pattern(host, BYTES("*.1.2")));
    assert_false(val_host_pattern(host, BYTES("*." N253)));
}

/* RFC 9525 6.3 */
static void test_a_wildcard_is_one_label(void **state)
{
    assert_true(val_host_matches("*.brand.example", "a.brand.example"));
    assert_false(val_host_matches("*.brand.example", "brand.example"));
    assert_false(val_host_matches("*.brand.example", "a.b.brand.example"));
    assert_false(val_host_matches("*.brand.example", "abrand.example"));
    assert_false(val_host_matches("*.brand.example", "plc7"));
    assert_true(val_host_matches("brand.example", "brand.example"));
    assert_false(val_host_matches("brand.example", "a.brand.example"));
}

static void test_below(void **state)
{
    assert_true(val_host_below("brand.example", "brand.example"));
    assert_true(val_host_below("a.b.brand.example", "brand.example"));
    assert_true(val_host_below("*.brand.example", "brand.example"));
    assert_false(val_host_below("notbrand.example", "brand.example"));
    assert_false(val_host_below("example", "brand.example"));
    assert_false(val_host_below("*.brand.example", "a.brand.example"));
}

static void test_what_a_certificate_bears(void **state)
{
    struct val_names *names = NAMES("machine.producer.example", "*.line.producer.example");
    const uint8_t v4[] = {10, 4, 0, 7};
    const uint8_t v6[16] = {0xfd, [15] = 7};

    assert_true(val_names_add_address(names, bytes_of(v4, 4)));
    assert_true(val_names_add_address(names, bytes_of(v6, 16)));
    assert_false(val_names_add_address(names, bytes_of(v6, 8)));
    assert_int_equal(names->num, 4);
    assert_true(val_names_bear_host(names, "machine.producer.example"));
    assert_true(val_names_bear_host(names, "press.line.producer.example"));
    assert_false(val_names_bear_host(names, "line.producer.example"));
    assert_false(val_names_bear_host(names, "a.b.line.producer.example"));
    assert_true(val_names_bear_address(names, bytes_of(v4, 4)));
    assert_true(val_names_bear_address(names, bytes_of(v6, 16)));
    assert_false(val_names_bear_address(names, bytes_of("\x0a\x04\x00\x08", 4)));
    assert_false(val_names_bear_address(names, bytes_of(NULL, 0)));
    assert_false(val_names_bear_host(names, ""));
    free(names);
}

static void test_what_a_policy_says_of_names(void **state)
{
    struct val_names *names = NAMES("machine.producer.example", "*.line.producer.example");

    assert_true(val_names_bear_pattern(names, "machine.producer.example"));
    assert_true(val_names_bear_pattern(names, "press.line.producer.example"));
    assert_true(val_names_bear_pattern(names, "*.producer.example"));
    assert_true(val_names_bear_pattern(names, "*.line.producer.example"));
    assert_false(val_names_bear_pattern(names, "*.brand.example"));
    assert_false(val_names_bear_pattern(names, "press.producer.example"));
    assert_true(val_names_bear_below(names, "producer.example"));
    assert_true(val_names_bear_below(names, "line.producer.example"));
    assert_false(val_names_bear_below(names, "press.line.producer.example"));
    free(names);
}

static void test_all_names_within(void **state)
{
    static const char *const producer[] = {"producer.example", "brand.example"};
    struct val_names *names = NAMES("machine.producer.example", "*.brand.example");

    assert_true(val_names_within(names, producer, 2));
    assert_false(val_names_within(names, producer, 1));
    assert_true(val_names_add_host(names, BYTES("elsewhere.example")));
    assert_false(val_names_within(names, producer, 2));
    free(names);
    names = val_names_new(0);
    assert_true(val_names_within(names, producer, 2));
    free(names);
}

/* Nothing can be said about a name that is none; so it is within nothing. */
static void test_a_name_that_is_none(void **state)
{
    static const char *const producer[] = {"producer.example"};
    struct val_names *names = NAMES("machine.producer.example", "under_score.producer.example");

    assert_int_equal(names->num, 1);
    assert_int_equal(names->uncomparable, 1);
    assert_false(val_names_within(names, producer, 1));
    assert_true(val_names_bear_host(names, "machine.producer.example"));
    free(names);
}

/* RFC 5280 4.2.1.10: "*.b.example" may stand for "a.b.example". */
static void test_wildcards_reach_into_subtrees(void **state)
{
    struct val_names *excluded = NAMES("a.b.example", "c.example");
    const struct {
        const char *name;
        bool touches;
    } rows[] = {{"*.b.example", true},   {"b.example", false},     {"a.b.example", true}, {"x.a.b.example", true},
                {"*.a.b.example", true}, {"*.x.b.example", false}, {"c.example", true},   {"*.c.example", true},
                {"*.d.example", false},  {"ac.example", false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct val_names *names = names_of(&rows[i].name, 1);

        if (val_names_touch(names, excluded) != rows[i].touches)
            fail_msg("%s", rows[i].name);
        free(names);
    }
    free(excluded);
}

static void test_a_block_is_bounded(void **state)
{
    struct val_names *names = val_names_new(12);

    assert_true(val_names_add_host(names, BYTES("abc.defghi")));
    assert_false(val_names_add_host(names, BYTES("a")));
    assert_int_equal(names->num, 1);
    free(names);
    names = val_names_new(65536);
    for (size_t i = 0; i < VAL_NAMES_MAX; i++)
        assert_true(val_names_add_host(names, BYTES("a")));
    assert_false(val_names_add_host(names, BYTES("a")));
    free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_names),
        cmocka_unit_test(test_what_is_no_host_name),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_a_wildcard_is_one_label),
        cmocka_unit_test(test_below),
        cmocka_unit_test(test_what_a_certificate_bears),
        cmocka_unit_test(test_what_a_policy_says_of_names),
        cmocka_unit_test(test_all_names_within),
        cmocka_unit_test(test_a_name_that_is_none),
        cmocka_unit_test(test_wildcards_reach_into_subtrees),
        cmocka_unit_test(test_a_block_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
