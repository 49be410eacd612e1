/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/strict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "pki.h"

struct row {
    const char *what;
    const char *bytes;
    size_t len;
};

#define ROW(what, bytes) {what, bytes, sizeof(bytes) - 1}

static const struct row good[] = {
    ROW("empty sequence", "\x30\x00"),
    ROW("nested", "\x30\x05\x31\x03\x02\x01\x05"),
    ROW("boolean", "\x01\x01\xff"),
    ROW("false", "\x01\x01\x00"),
    ROW("null", "\x05\x00"),
    ROW("negative", "\x02\x02\xff\x7f"),
    ROW("padded for its sign", "\x02\x02\x00\x80"),
    ROW("bit string", "\x03\x02\x01\xfe"),
    ROW("empty bit string", "\x03\x01\x00"),
    ROW("object identifier", "\x06\x03\x2a\x86\x48"),
    ROW("UTCTime", "\x17\x0d"
                   "260101000000Z"),
    ROW("GeneralizedTime", "\x18\x0f"
                           "20500101000000Z"),
    ROW("context, primitive, opaque", "\x80\x03\x30\x80\x00"),
    ROW("context, constructed", "\xa0\x03\x02\x01\x05"),
    ROW("octet string, opaque", "\x04\x02\x30\x80"),
    ROW("long tag", "\x9f\x1f\x00"),
};

static const struct row bad[] = {
    ROW("nothing", ""),
    ROW("half a header", "\x30"),
    ROW("content cut short", "\x04\x03\x00\x00"),
    ROW("something behind", "\x05\x00\x00"),
    ROW("indefinite length", "\x30\x80\x00\x00"),
    ROW("length in more bytes than needed", "\x04\x81\x01\x00"),
    ROW("length with a leading zero", "\x04\x82\x00\x80"),
    ROW("length of five bytes", "\x04\x85\x00\x00\x00\x00\x01\x00"),
    ROW("constructed octet string", "\x24\x03\x04\x01\x00"),
    ROW("constructed integer", "\x22\x03\x02\x01\x00"),
    ROW("primitive sequence", "\x10\x00"),
    ROW("boolean of two bytes", "\x01\x02\xff\xff"),
    ROW("boolean that is neither", "\x01\x01\x01"),
    ROW("integer without a byte", "\x02\x00"),
    ROW("integer with a needless zero", "\x02\x02\x00\x7f"),
    ROW("integer with a needless ff", "\x02\x02\xff\x80"),
    ROW("null with content", "\x05\x01\x00"),
    ROW("bit string without a byte", "\x03\x00"),
    ROW("bit string with padding of nothing", "\x03\x01\x01"),
    ROW("bit string with eight padding bits", "\x03\x02\x08\x00"),
    ROW("bit string with padding that is set", "\x03\x02\x01\xff"),
    ROW("object identifier without a byte", "\x06\x00"),
    ROW("object identifier cut in an arc", "\x06\x02\x2a\x86"),
    ROW("object identifier with a padded arc", "\x06\x03\x2a\x80\x01"),
    ROW("UTCTime without seconds", "\x17\x0b"
                                   "2601010000Z"),
    ROW("UTCTime with a zone", "\x17\x11"
                               "260101000000+0100"),
    ROW("GeneralizedTime with a fraction", "\x18\x11"
                                           "20500101000000.5Z"),
    ROW("time with letters", "\x17\x0d"
                             "26010100000AZ"),
    ROW("short tag in the long form", "\x9f\x1e\x00"),
    ROW("long tag with a leading zero", "\x9f\x80\x1f\x00"),
    ROW("end of contents", "\x00\x00"),
    ROW("bad value deep inside", "\x30\x05\x31\x03\x01\x01\x05"),
};

static void test_good(void **state)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!val_strict_check(bytes_of(good[i].bytes, good[i].len)))
            fail_msg("%s was refused", good[i].what);
}

static void test_bad(void **state)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (val_strict_check(bytes_of(bad[i].bytes, bad[i].len)))
            fail_msg("%s was taken", bad[i].what);
}

static void test_depth_is_bounded(void **state)
{
    uint8_t nested[2 * VAL_STRICT_DEPTH_MAX + 2];

    for (size_t depth = 1; depth <= VAL_STRICT_DEPTH_MAX + 1; depth++) {
        for (size_t i = 0; i < depth; i++) {
            nested[2 * i] = 0x30;
            nested[2 * i + 1] = (uint8_t)(2 * (depth - i - 1));
        }
        assert_int_equal(val_strict_check(bytes_of(nested, 2 * depth)), depth <= VAL_STRICT_DEPTH_MAX);
    }
}

/* Every prefix of a real certificate is refused, and read no further than it is long (exact copies show that to ASan). */
static void test_every_cut_of_a_certificate(void **state)
{
    struct pki_chain chain = pki_leaf("producer", "machine");

    assert_true(val_strict_check(chain.der[0]));
    for (size_t len = 0; len < chain.der[0].left; len++) {
        uint8_t *copy = malloc(len + (len == 0));

        assert_non_null(copy);
        memcpy(copy, chain.der[0].at, len);
        assert_false(val_strict_check(bytes_of(copy, len)));
        free(copy);
    }
    pki_free(&chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_every_cut_of_a_certificate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
