/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <openssl/err.h>

/* FIPS 180-2 B.1 and the empty string; RFC 1321 A.5. */
static void test_known_answers(void **state)
{
    static const uint8_t sha256_abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                         0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                         0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    static const uint8_t sha256_empty[] = {0xe3, 0xb0, 0xc4, 0x42};
    static const uint8_t md5_abc[] = {0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0,
                                      0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72};
    uint8_t out[VAL_SHA256_LEN];

    assert_true(val_digest_sha256(out, bytes_of("abc", 3)));
    assert_memory_equal(out, sha256_abc, sizeof(sha256_abc));
    assert_true(val_digest_sha256(out, bytes_of(NULL, 0)));
    assert_memory_equal(out, sha256_empty, sizeof(sha256_empty));
    assert_true(val_digest_md5(out, bytes_of("abc", 3)));
    assert_memory_equal(out, md5_abc, sizeof(md5_abc));
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_answers)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
