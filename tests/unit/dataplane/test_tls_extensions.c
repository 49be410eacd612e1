/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/tls_extensions.h"
#include "dataplane/tls_hello.h"
#include "tls_build.h"

static struct bytes built(const struct build *b)
{
    return bytes_of(b->byte, b->len);
}

static void test_walk_and_find(void **unused)
{
    struct build *b = build_new();
    struct bytes data;

    put_extension(b, 10, "ab", 2);
    put_extension(b, 0xff01, "c", 1);
    put_extension(b, 23, NULL, 0);
    assert_true(dp_tls_extensions_sound(built(b)));
    assert_true(dp_tls_extension_find(built(b), 0xff01, &data));
    assert_true(bytes_equal(data, bytes_of("c", 1)));
    assert_true(dp_tls_extension_find(built(b), 23, &data));
    assert_int_equal(data.left, 0);
    assert_false(dp_tls_extension_find(built(b), 0, &data));
    /* cut anywhere but between two extensions it is no list */
    for (size_t len = 0; len < b->len; len++)
        assert_int_equal(dp_tls_extensions_sound(bytes_of(b->byte, len)), len == 0 || len == 6 || len == 11);
    free(b);
}

static void test_twice_is_refused(void **unused)
{
    struct build *b = build_new();

    put_extension(b, 10, "ab", 2);
    put_extension(b, 11, "ab", 2);
    put_extension(b, 10, "xy", 2);
    assert_false(dp_tls_extensions_sound(built(b)));
    free(b);
}

static void test_their_number_is_bounded(void **unused)
{
    struct build *b = build_new();

    for (uint16_t i = 0; i < DP_TLS_EXTENSIONS_MAX; i++)
        put_extension(b, (uint16_t)(0x1000 + i), NULL, 0);
    assert_true(dp_tls_extensions_sound(built(b)));
    put_extension(b, 0x2000, NULL, 0);
    assert_false(dp_tls_extensions_sound(built(b)));
    free(b);
}

static void test_items(void **unused)
{
    struct bytes items;

    assert_true(dp_tls_items(bytes_of("\0\4\0\1\0\2", 6), 2, &items));
    assert_int_equal(items.left, 4);
    assert_true(dp_tls_items_have(items, 2));
    assert_false(dp_tls_items_have(items, 0x0100));
    assert_false(dp_tls_items_have(items, 3));
    assert_true(dp_tls_items(bytes_of("\2\0\1", 3), 1, &items));
    assert_false(dp_tls_items(bytes_of("\0\0", 2), 2, &items));    /* none */
    assert_false(dp_tls_items(bytes_of("\0\1a", 3), 2, &items));   /* half an item */
    assert_false(dp_tls_items(bytes_of("\0\2abc", 5), 2, &items)); /* something behind */
    assert_false(dp_tls_items(bytes_of("\0\4ab", 4), 2, &items));  /* too short */
    assert_false(dp_tls_items(bytes_of("", 0), 2, &items));
}

static void test_names(void **unused)
{
    assert_true(dp_tls_names_sound(bytes_of("\2h2\1x", 5)));
    assert_false(dp_tls_names_sound(bytes_of("", 0)));
    assert_false(dp_tls_names_sound(bytes_of("\0", 1)));
    assert_false(dp_tls_names_sound(bytes_of("\2h2\0", 4)));
    assert_false(dp_tls_names_sound(bytes_of("\3h2", 3)));
}

/* Reads one extension that stands in a case; the case's span is looked up by the caller. */
static bool read_one(struct wire *w, uint16_t type, const char *data, size_t len, bool strict)
{
    struct case_span span;

    assert_true(case_append(w->tls.c, &span, bytes_of(data, len)));
    return dp_tls_extension_client(w->tls.c, type, case_bytes(w->tls.c, span), strict);
}

#define READ(w, type, data) read_one(w, type, data, sizeof(data) - 1, true)

static void test_server_name(void **unused)
{
    struct wire w;

    wire_init(&w, false);
    /* RFC 6066 3: one host_name */
    assert_false(READ(&w, 0, ""));
    assert_false(READ(&w, 0, "\0\0"));
    assert_false(READ(&w, 0, "\0\3\0\0\0"));          /* an empty name */
    assert_false(READ(&w, 0, "\0\4\1\0\1a"));         /* another type */
    assert_false(READ(&w, 0, "\0\4\0\0\2a"));         /* longer than its list */
    assert_false(READ(&w, 0, "\0\4\0\0\1ab"));        /* bytes behind */
    assert_false(READ(&w, 0, "\0\10\0\0\1a\0\0\1b")); /* two names */
    assert_int_equal(w.tls.c->tls.sni.len, 0);
    assert_true(read_one(&w, 0, "", 0, false)); /* nothing to misread: tolerated by an observer */
    assert_int_equal(w.tls.c->tls.sni.len, 0);
    assert_true(READ(&w, 0, "\0\7\0\0\4a\0.b"));
    assert_true(bytes_equal(wire_bytes(&w, w.tls.c->tls.sni), bytes_of("a\0.b", 4)));
    /* the extension twice: none of its names counts */
    assert_false(READ(&w, 0, "\0\4\0\0\1c"));
    assert_int_equal(w.tls.c->tls.sni.len, 0);
    wire_fini(&w);
}

static void test_kept_extensions(void **unused)
{
    struct wire w;
    struct case_tls *tls;

    wire_init(&w, false);
    tls = &w.tls.c->tls;
    assert_true(READ(&w, 10, "\0\2\0\27"));
    assert_true(bytes_equal(wire_bytes(&w, tls->groups), bytes_of("\0\27", 2)));
    assert_true(READ(&w, 13, "\0\4\4\3\10\4"));
    assert_int_equal(tls->schemes.len, 4);
    assert_true(READ(&w, 43, "\2\3\4"));
    assert_int_equal(tls->versions.len, 2);
    assert_true(READ(&w, 16, "\0\3\2h2"));
    assert_true(bytes_equal(wire_bytes(&w, tls->alpn), bytes_of("\2h2", 3)));
    assert_true(READ(&w, 35, ""));
    assert_int_equal(tls->ticket.at, 0);
    assert_true(READ(&w, 35, "ticket"));
    assert_true(bytes_equal(wire_bytes(&w, tls->ticket), bytes_of("ticket", 6)));
    assert_int_equal(tls->ech, 0);
    assert_true(READ(&w, 0xfe0d, "x"));
    assert_int_equal(tls->ech, 1);
    assert_true(READ(&w, 0x2a2a, "anything"));
    assert_false(READ(&w, 10, "\0\3\0\27x"));
    assert_false(READ(&w, 13, "\0\0"));
    assert_false(READ(&w, 43, "\3\3\4\3"));
    assert_false(READ(&w, 16, "\0\3\3h2"));
    assert_false(READ(&w, 16, "\0\3\2h2x"));
    wire_fini(&w);
}

static void test_renegotiation_info_is_empty(void **unused)
{
    struct wire w;

    wire_init(&w, false);
    assert_true(READ(&w, 0xff01, "\0"));
    assert_false(READ(&w, 0xff01, ""));
    assert_false(READ(&w, 0xff01, "\1x"));
    assert_true(read_one(&w, 0xff01, "\1x", 2, false));
    wire_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk_and_find),
        cmocka_unit_test(test_twice_is_refused),
        cmocka_unit_test(test_their_number_is_bounded),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_server_name),
        cmocka_unit_test(test_kept_extensions),
        cmocka_unit_test(test_renegotiation_info_is_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
