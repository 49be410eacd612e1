/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/zones.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define PREFIXES_MAX 200

static const uint8_t any[16];

static struct val_zone_prefix v4(uint16_t zone, uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint8_t prefix)
{
    return (struct val_zone_prefix){.family = 4, .prefix = prefix, .zone = zone, .address = {a, b, c, d}};
}

static uint16_t find4(const struct val_zones *zones, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    const uint8_t address[16] = {a, b, c, d};

    return val_zones_find(zones, 4, address, NULL);
}

static void test_longest_prefix_decides(void **state)
{
    const struct val_zone_prefix prefixes[] = {
        v4(1, 10, 4, 0, 0, 16),
        v4(0, 10, 0, 0, 0, 8),
        v4(2, 10, 4, 7, 9, 32),
        v4(3, 255, 255, 255, 0, 24),
    };
    uint16_t twice;
    int prefix;
    struct val_zones *zones = val_zones_new(prefixes, 4, &twice);

    assert_non_null(zones);
    assert_int_equal(find4(zones, 9, 255, 255, 255), VAL_NO_ZONE);
    assert_int_equal(find4(zones, 10, 0, 0, 0), 0);
    assert_int_equal(find4(zones, 10, 3, 255, 255), 0);
    assert_int_equal(find4(zones, 10, 4, 0, 0), 1);
    assert_int_equal(find4(zones, 10, 4, 7, 8), 1);
    assert_int_equal(find4(zones, 10, 4, 7, 9), 2);
    assert_int_equal(find4(zones, 10, 4, 7, 10), 1);
    assert_int_equal(find4(zones, 10, 5, 0, 0), 0);
    assert_int_equal(find4(zones, 11, 0, 0, 0), VAL_NO_ZONE);
    assert_int_equal(find4(zones, 255, 255, 255, 255), 3);
    assert_int_equal(val_zones_find(zones, 6, any, NULL), VAL_NO_ZONE);
    assert_int_equal(val_zones_find(zones, 4, prefixes[2].address, &prefix), 2);
    assert_int_equal(prefix, 32);
    val_zones_find(zones, 4, any, &prefix);
    assert_int_equal(prefix, -1);
    val_zones_free(zones);
}

static void test_everything_and_nothing(void **state)
{
    struct val_zone_prefix all[] = {{.family = 6, .prefix = 0, .zone = 5}};
    uint16_t twice;
    struct val_zones *zones = val_zones_new(all, 1, &twice);
    uint8_t last[16];

    memset(last, 0xff, sizeof(last));
    assert_int_equal(val_zones_find(zones, 6, last, NULL), 5);
    assert_int_equal(val_zones_find(zones, 6, any, NULL), 5);
    assert_int_equal(find4(zones, 1, 2, 3, 4), VAL_NO_ZONE);
    val_zones_free(zones);
    zones = val_zones_new(NULL, 0, &twice);
    assert_non_null(zones);
    assert_int_equal(val_zones_find(zones, 6, last, NULL), VAL_NO_ZONE);
    val_zones_free(zones);
    val_zones_free(NULL);
}

/* What stands behind the first four bytes of an IPv4 address is not part of it. */
static void test_ipv4_has_four_bytes(void **state)
{
    const struct val_zone_prefix prefixes[] = {v4(1, 10, 0, 0, 1, 32)};
    uint8_t address[16] = {10, 0, 0, 1, 99, 99};
    uint16_t twice;
    struct val_zones *zones = val_zones_new(prefixes, 1, &twice);

    assert_int_equal(val_zones_find(zones, 4, address, NULL), 1);
    val_zones_free(zones);
}

static void test_a_prefix_stands_once(void **state)
{
    const struct val_zone_prefix prefixes[] = {v4(1, 10, 0, 0, 0, 8), v4(2, 10, 0, 0, 0, 9), v4(3, 10, 0, 0, 0, 8)};
    uint16_t twice;

    assert_null(val_zones_new(prefixes, 3, &twice));
    assert_int_equal(twice, 3);
    assert_null(val_zones_new(prefixes, VAL_NETWORKS_MAX + 1, &twice));
    assert_int_equal(twice, VAL_NO_ZONE);
}

static bool holds(const struct val_zone_prefix *network, const uint8_t address[16])
{
    for (unsigned bit = 0; bit < network->prefix; bit++)
        if (((network->address[bit / 8] ^ address[bit / 8]) >> (7 - bit % 8)) & 1)
            return false;
    return true;
}

static uint16_t find_slowly(const struct val_zone_prefix *prefixes, size_t num, uint8_t family,
                            const uint8_t address[16])
{
    uint16_t best = VAL_NO_ZONE;
    int longest = -1;

    for (size_t i = 0; i < num; i++) {
        if (prefixes[i].family == family && prefixes[i].prefix > longest && holds(&prefixes[i], address)) {
            longest = prefixes[i].prefix;
            best = prefixes[i].zone;
        }
    }
    return best;
}

/* Few values per byte, so that networks meet, hold one another and touch. */
static void random_address(uint8_t out[16], unsigned *seed)
{
    static const uint8_t bytes[] = {0, 0, 1, 0x7f, 0x80, 0xfe, 0xff, 0xff};

    for (int i = 0; i < 16; i++)
        out[i] = bytes[(unsigned)rand_r(seed) % 8];
}

static size_t random_prefixes(struct val_zone_prefix *prefixes, unsigned *seed)
{
    size_t num = 0;
    size_t wanted = (unsigned)rand_r(seed) % PREFIXES_MAX;

    for (size_t i = 0; i < wanted; i++) {
        struct val_zone_prefix *p = &prefixes[num];
        bool twice = false;

        *p = (struct val_zone_prefix){.family = rand_r(seed) % 2 ? 4 : 6, .zone = (uint16_t)i};
        p->prefix = (uint8_t)((unsigned)rand_r(seed) % (p->family == 4 ? 33 : 129));
        random_address(p->address, seed);
        for (unsigned bit = p->prefix; bit < 128; bit++)
            p->address[bit / 8] &= (uint8_t)~(0x80U >> (bit % 8));
        for (size_t j = 0; j < num; j++)
            twice = twice || (prefixes[j].family == p->family && prefixes[j].prefix == p->prefix &&
                              memcmp(prefixes[j].address, p->address, 16) == 0);
        num += !twice;
    }
    return num;
}

static void test_like_a_linear_search(void **state)
{
    static struct val_zone_prefix prefixes[PREFIXES_MAX];
    unsigned seed = 1;

    for (int round = 0; round < 300; round++) {
        size_t num = random_prefixes(prefixes, &seed);
        uint16_t twice;
        struct val_zones *zones = val_zones_new(prefixes, num, &twice);

        assert_non_null(zones);
        for (int i = 0; i < 300; i++) {
            uint8_t family = i % 2 ? 4 : 6;
            uint8_t address[16];

            random_address(address, &seed);
            if (family == 4)
                memset(address + 4, 0, 12);
            assert_int_equal(val_zones_find(zones, family, address, NULL), find_slowly(prefixes, num, family, address));
        }
        val_zones_free(zones);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_longest_prefix_decides), cmocka_unit_test(test_everything_and_nothing),
        cmocka_unit_test(test_ipv4_has_four_bytes),    cmocka_unit_test(test_a_prefix_stands_once),
        cmocka_unit_test(test_like_a_linear_search),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
