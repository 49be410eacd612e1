/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CAPACITY (sizeof(struct val_case) + 64)

static struct val_case *fresh(void)
{
    struct val_case *c = malloc(CAPACITY);

    assert_non_null(c);
    case_init(c, CAPACITY);
    c->flow.family = 4;
    return c;
}

static void test_an_empty_case(void **state)
{
    struct val_case *c = fresh();

    assert_true(case_check(c, CAPACITY));
    assert_int_equal(c->tls.kind, CASE_KIND_UNDECIDED);
    assert_int_equal(c->used, sizeof(struct val_case));
    assert_int_equal(case_bytes(c, c->tls.sni).left, 0);
    free(c);
}

static void test_append_until_full(void **state)
{
    struct val_case *c = fresh();
    struct case_span first;
    struct case_span second;
    uint8_t data[60];

    memset(data, 7, sizeof(data));
    assert_true(case_append(c, &first, bytes_of(data, 60)));
    assert_true(case_append(c, &second, bytes_of("abcd", 4)));
    assert_int_equal(c->transcript.len, 64);
    assert_memory_equal(case_bytes(c, second).at, "abcd", 4);
    assert_int_equal(case_bytes(c, c->transcript).left, 64);
    assert_false(case_append(c, &second, bytes_of("x", 1)));
    assert_int_equal(c->transcript.len, 64);
    assert_true(case_append(c, &second, bytes_of(NULL, 0)));
    assert_true(case_check(c, CAPACITY));
    free(c);
}

static void test_growing_keeps_everything(void **state)
{
    struct val_case *c = fresh();
    struct val_case *larger = malloc(4096);
    struct case_span span;

    assert_true(case_append(c, &c->tls.sni, bytes_of("machine", 7)));
    case_grow(larger, 4096, c);
    free(c);
    assert_true(case_check(larger, 4096));
    assert_memory_equal(case_bytes(larger, larger->tls.sni).at, "machine", 7);
    assert_true(case_append(larger, &span, bytes_of("more", 4)));
    free(larger);
}

/* A span from outside never leads out of what is in use, nor into the header. */
static void test_spans_are_not_believed(void **state)
{
    struct val_case *c = fresh();
    const struct case_span wrong[] = {
        {0, 4},
        {sizeof(struct val_case) - 1, 2},
        {sizeof(struct val_case), 9},
        {sizeof(struct val_case) + 9, 1},
        {UINT32_MAX, 1},
        {sizeof(struct val_case), UINT32_MAX},
        {UINT32_MAX, UINT32_MAX},
    };
    struct case_span span;

    assert_true(case_append(c, &span, bytes_of("12345678", 8)));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(case_bytes(c, wrong[i]).left, 0);
        c->tls.ticket = wrong[i];
        assert_false(case_check(c, CAPACITY));
        c->tls.ticket = (struct case_span){0, 0};
        c->party[CASE_CLIENT].certificate[CASE_CERTIFICATES_MAX - 1] = wrong[i];
        assert_false(case_check(c, CAPACITY));
        c->party[CASE_CLIENT].certificate[CASE_CERTIFICATES_MAX - 1] = (struct case_span){0, 0};
        c->party[CASE_SERVER].signature = wrong[i];
        assert_false(case_check(c, CAPACITY));
        c->party[CASE_SERVER].signature = (struct case_span){0, 0};
    }
    assert_true(case_check(c, CAPACITY));
    free(c);
}

static void spoil_and_restore(struct val_case *c, void *field, size_t size, uint8_t value)
{
    uint8_t kept[8];

    memcpy(kept, field, size);
    memset(field, value, size);
    assert_false(case_check(c, CAPACITY));
    memcpy(field, kept, size);
    assert_true(case_check(c, CAPACITY));
}

static void test_a_block_from_outside_is_checked(void **state)
{
    struct val_case *c = fresh();

    assert_false(case_check(c, sizeof(*c) - 1));
    assert_false(case_check(c, CAPACITY - 1));
    spoil_and_restore(c, &c->magic, sizeof(c->magic), 0);
    spoil_and_restore(c, &c->used, sizeof(c->used), 0);
    spoil_and_restore(c, &c->used, sizeof(c->used), 0x7f);
    spoil_and_restore(c, &c->capacity, sizeof(c->capacity), 0x7f);
    spoil_and_restore(c, &c->num_facts, sizeof(c->num_facts), 0x11);
    spoil_and_restore(c, &c->flow.num_vlans, 1, 3);
    spoil_and_restore(c, &c->flow.family, 1, 5);
    spoil_and_restore(c, &c->party[CASE_SERVER].num_certificates, 1, CASE_CERTIFICATES_MAX + 1);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_case),
        cmocka_unit_test(test_append_until_full),
        cmocka_unit_test(test_growing_keeps_everything),
        cmocka_unit_test(test_spans_are_not_believed),
        cmocka_unit_test(test_a_block_from_outside_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
