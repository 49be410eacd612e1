/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/ja.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define HELLO_MAX 70000

/* Hellos made for this test, and what tshark 4.4 says of them. */
struct vector {
    const char *what;
    const char *hello; /* hexadecimal */
    const char *ja3;   /* NULL: too long to be worth repeating here */
    const char *ja3_hash;
    const char *ja4;
};

static const struct vector vectors[] = {
    {"modern",
     "010000930303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f00000c0a0a13011302c02bc0"
     "2f009c0100005e1a1a000000000011000f00000c73686f702e6578616d706c6500170000000a000800062a2a001d0017000b"
     "00030200010010000e000c02683208687474702f312e31000d00080006040308040401002b0007063a3a03040303fafa0001"
     "00",
     "771,4865-4866-49195-49199-156,0-23-10-11-16-13-43,29-23,0-1", "08c0fa0ec14a2b0a1a4342c7bafd56d9",
     "t13d0507h2_c03c18a8b7cd_1fdf4de06b7e"},
    {"bare", "0100002d0301000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f000006002f0035000a0100",
     "769,47-53-10,,,", "7bc4acc37e8095387bed8c0b30a6081a", "t10i030000_5704bdfc91c6_000000000000"},
    {"sni only",
     "0100003d0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f000002c02b01000012000000"
     "0e000c000009782e6578616d706c65",
     "771,49195,0,,", "7a042f1b1744c7c7fd732a57e57807ba", "t12d010100_648b5c445417_000000000000"},
    {"binary ALPN",
     "010001100303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0000dec02b40004001400240"
     "03400440054006400740084009400a400b400c400d400e400f4010401140124013401440154016401740184019401a401b40"
     "1c401d401e401f4020402140224023402440254026402740284029402a402b402c402d402e402f4030403140324033403440"
     "354036403740384039403a403b403c403d403e403f4040404140424043404440454046404740484049404a404b404c404d40"
     "4e404f4050405140524053405440554056405740584059405a405b405c405d405e405f406040614062406340644065406640"
     "6740684069406a406b406c406d0100000900100005000302abcd",
     NULL, "2fc24e90caaf45c202b0b317e9a09dbd", "t12i9901ad_4c73ebd24bbd_000000000000"},
    {"one letter ALPN",
     "0100003b0302000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f000002c01301000010001000"
     "0400020171000d000400020201",
     "770,49171,16-13,,", "0909060eff7ac3685b8c7974f09351be", "t11i0102qq_5761f4ffd59f_cd0ce857a356"},
    {"nothing offered", "010000270300000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f0000000100",
     "768,,,,", "ba12b548d225aa7163af96c47205964e", "ts3i000000_000000000000_000000000000"},
};

/* From memory of exactly its length, so that a sanitizer sees a read behind it. */
static bool fingerprint(struct ctl_ja *out, const uint8_t *hello, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    bool good;

    memcpy(copy, hello, len);
    good = ctl_ja_hello(out, bytes_of(copy, len));
    free(copy);
    return good;
}

static size_t from_hex(uint8_t *out, const char *hex)
{
    size_t len = strlen(hex) / 2;

    for (size_t i = 0; i < len; i++) {
        char digits[] = {hex[2 * i], hex[2 * i + 1], 0};

        out[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return len;
}

static void test_vectors(void **state)
{
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        static struct ctl_ja ja;
        uint8_t hello[1024];
        size_t len = from_hex(hello, vectors[i].hello);

        assert_true(fingerprint(&ja, hello, len));
        if (vectors[i].ja3)
            assert_string_equal(ja.ja3, vectors[i].ja3);
        assert_string_equal(ja.ja3_hash, vectors[i].ja3_hash);
        assert_string_equal(ja.ja4, vectors[i].ja4);
    }
}

/* A hello may end behind its compression methods or behind its extensions, nowhere else. */
static void test_cut_hellos_have_none(void **state)
{
    static struct ctl_ja ja;
    uint8_t hello[1024];
    size_t len = from_hex(hello, vectors[0].hello);
    size_t without_extensions = len - 0x5e - 2;

    for (size_t i = 0; i < len; i++)
        assert_int_equal(fingerprint(&ja, hello, i), i == without_extensions);
}

/* A hello with `num` suites that are all 0x4001. */
static size_t many_suites(uint8_t *hello, size_t num)
{
    size_t len = from_hex(hello, "0100000003030000000000000000000000000000000000000000000000000000000000000000"
                                 "00");

    hello[len++] = (uint8_t)(num * 2 >> 8);
    hello[len++] = (uint8_t)(num * 2);
    for (size_t i = 0; i < num; i++) {
        hello[len++] = 0x40;
        hello[len++] = 0x01;
    }
    hello[len++] = 1;
    hello[len++] = 0;
    return len;
}

static void test_bounds(void **state)
{
    static struct ctl_ja ja;
    static uint8_t hello[HELLO_MAX];

    assert_true(fingerprint(&ja, hello, many_suites(hello, CTL_JA_ITEMS_MAX)));
    assert_memory_equal(ja.ja4, "t12i990000_", 11);
    assert_false(fingerprint(&ja, hello, many_suites(hello, CTL_JA_ITEMS_MAX + 1)));
    assert_false(fingerprint(&ja, hello, many_suites(hello, 32767)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_cut_hellos_have_none),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
