/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_numbers_are_big_endian(void **state)
{
    const uint8_t raw[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct bytes in = bytes_of(raw, sizeof(raw));
    uint8_t one;
    uint16_t two;
    uint32_t three;
    uint32_t four;

    assert_true(bytes_u8(&in, &one) && bytes_u16(&in, &two) && bytes_u24(&in, &three) && bytes_u32(&in, &four));
    assert_int_equal(one, 1);
    assert_int_equal(two, 0x0203);
    assert_int_equal(three, 0x040506);
    assert_int_equal(four, 0x0708090a);
    assert_true(bytes_done(&in));
}

static void test_short_input_changes_nothing(void **state)
{
    const uint8_t raw[] = {0, 5, 1, 2, 3};
    struct bytes in = bytes_of(raw, sizeof(raw));
    struct bytes out = bytes_of(raw, 1);
    uint32_t value = 77;

    assert_false(bytes_vector(&in, 2, &out)); /* says 5, has 3 */
    assert_false(bytes_take(&in, 6, &out));
    assert_false(bytes_skip(&in, 6));
    assert_ptr_equal(in.at, raw);
    assert_int_equal(in.left, sizeof(raw));
    assert_int_equal(out.left, 1);
    in = bytes_of(raw, 3);
    assert_false(bytes_u32(&in, &value));
    assert_int_equal(value, 77);
    in = bytes_of(NULL, 0);
    assert_false(bytes_vector(&in, 1, &out));
}

static void test_vector_ends_exactly(void **state)
{
    const uint8_t raw[] = {0, 0, 2, 9, 8, 7};
    struct bytes in = bytes_of(raw, sizeof(raw));
    struct bytes out;

    assert_true(bytes_vector(&in, 3, &out));
    assert_true(bytes_equal(out, bytes_of(raw + 3, 2)));
    assert_int_equal(in.left, 1);
    assert_true(bytes_skip(&in, 1));
    assert_false(bytes_skip(&in, 1));
    assert_true(bytes_skip(&in, 0));
}

static void test_equal_compares_lengths_first(void **state)
{
    assert_true(bytes_equal(bytes_of(NULL, 0), bytes_of("", 0)));
    assert_false(bytes_equal(bytes_of("ab", 2), bytes_of("ab", 1)));
    assert_false(bytes_equal(bytes_of("ab", 2), bytes_of("ac", 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_big_endian),
        cmocka_unit_test(test_short_input_changes_nothing),
        cmocka_unit_test(test_vector_ends_exactly),
        cmocka_unit_test(test_equal_compares_lengths_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
