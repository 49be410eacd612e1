/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static bool takes(const void *data, size_t len)
{
    struct bytes in = bytes_of(data, len);
    struct bytes content = bytes_of(data, 0);
    uint8_t tag = 0xee;
    bool good = val_der_next(&in, &tag, &content);

    if (!good) {
        assert_int_equal(in.left, len);
        assert_int_equal(tag, 0xee);
    }
    return good;
}

static void test_elements_one_after_the_other(void **state)
{
    const uint8_t raw[] = {0x02, 1, 5, 0x30, 3, 0x06, 1, 9, 0x04, 0};
    struct bytes in = bytes_of(raw, sizeof(raw));
    struct bytes content;
    struct bytes inner;
    uint8_t tag;

    assert_true(val_der_next(&in, &tag, &content));
    assert_int_equal(tag, DER_INTEGER);
    assert_int_equal(content.left, 1);
    assert_false(val_der_take(&in, DER_SET, &content));
    assert_true(val_der_next_is(&in, DER_SEQUENCE));
    assert_true(val_der_take(&in, DER_SEQUENCE, &content));
    assert_true(val_der_take(&content, DER_OID, &inner) && bytes_done(&content));
    assert_true(val_der_take(&in, DER_OCTET_STRING, &content));
    assert_int_equal(content.left, 0);
    assert_true(bytes_done(&in));
    assert_false(val_der_next_is(&in, DER_SEQUENCE));
}

static void test_refused(void **state)
{
    uint8_t longer[2 + 2 + 0x100] = {0x04, 0x82, 0x01, 0x00};

    assert_true(takes(longer, sizeof(longer)));
    assert_false(takes(longer, sizeof(longer) - 1));
    assert_false(takes("", 0));
    assert_false(takes("\x04", 1));
    assert_false(takes("\x04\x02\x01", 3));
    assert_false(takes("\x04\x80\x00\x00", 4)); /* indefinite */
    assert_false(takes("\x04\x81\x01\x07", 4)); /* not the shortest */
    assert_false(takes("\x04\x82\x00\x81", 4));
    assert_false(takes("\x1f\x01\x00", 3));                 /* tag of several bytes */
    assert_false(takes("\x04\x85\x01\x00\x00\x00\x00", 7)); /* wider than we read */
    assert_false(takes("\x04\x84\xff\xff\xff\xff", 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements_one_after_the_other),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
