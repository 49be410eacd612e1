/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/chains.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "pki.h"

struct shelf {
    struct pki_chain chain;
    struct val_certificate *leaf;
};

static int setup(void **state)
{
    static struct shelf shelf;

    shelf.chain = pki_leaf("producer", "machine");
    shelf.leaf = val_certificate_new(shelf.chain.der[0]);
    *state = &shelf;
    return shelf.leaf == NULL;
}

static int teardown(void **state)
{
    struct shelf *shelf = *state;

    val_certificate_free(shelf->leaf);
    pki_free(&shelf->chain);
    return 0;
}

/* Keys of one set differ in their last bytes only; `set` picks the set. */
static const uint8_t *key(uint8_t set, uint8_t number)
{
    static uint8_t out[VAL_SHA256_LEN];

    memset(out, 0, sizeof(out));
    out[0] = set;
    out[VAL_SHA256_LEN - 1] = number;
    return out;
}

static void test_found_within_its_window(void **state)
{
    struct shelf *shelf = *state;
    struct val_chains *chains = val_chains_new(100);
    struct val_chain chain;

    val_chains_turn(chains);
    assert_false(val_chains_find(chains, &chain, key(1, 1), 150));
    val_chains_keep(chains, key(1, 1), shelf->leaf, 100, 200);
    assert_true(val_chains_find(chains, &chain, key(1, 1), 100));
    assert_true(val_chains_find(chains, &chain, key(1, 1), 200));
    assert_false(val_chains_find(chains, &chain, key(1, 1), 99));
    assert_false(val_chains_find(chains, &chain, key(1, 1), 201));
    assert_false(val_chains_find(chains, &chain, key(1, 2), 150));
    assert_false(val_chains_find(chains, &chain, key(2, 1), 150));
    val_chains_free(chains);
    val_chains_free(NULL);
}

static void test_the_leaf_is_kept(void **state)
{
    struct shelf *shelf = *state;
    struct val_chains *chains = val_chains_new(1);
    struct val_certificate *leaf = val_certificate_new(shelf->chain.der[0]);
    struct val_chain chain;

    val_chains_keep(chains, key(0, 1), leaf, 0, 10);
    val_certificate_free(leaf); /* what is remembered stands by itself */
    val_chains_turn(chains);
    assert_true(val_chains_find(chains, &chain, key(0, 1), 5));
    assert_true(val_names_bear_host(chain.names, "machine-7.producer.example"));
    assert_int_equal(val_key_kind_of(chain.key), VAL_KEY_EC);
    assert_int_equal(val_key_bits(chain.key), 256);
    val_chains_free(chains);
}

static void test_the_oldest_makes_room(void **state)
{
    struct shelf *shelf = *state;
    struct val_chains *chains = val_chains_new(VAL_CHAINS_WAYS);
    struct val_chain chain;

    for (uint8_t i = 0; i < VAL_CHAINS_WAYS; i++) {
        val_chains_turn(chains);
        val_chains_keep(chains, key(0, i), shelf->leaf, 0, 10);
    }
    val_chains_turn(chains);
    assert_true(val_chains_find(chains, &chain, key(0, 0), 5)); /* so 1 is the oldest */
    val_chains_turn(chains);
    val_chains_keep(chains, key(0, 100), shelf->leaf, 0, 10);
    for (uint8_t i = 0; i < VAL_CHAINS_WAYS; i++)
        assert_int_equal(val_chains_find(chains, &chain, key(0, i), 5), i != 1);
    assert_true(val_chains_find(chains, &chain, key(0, 100), 5));
    val_chains_free(chains);
}

/* What was handed out in a burst stays: its places are not given away within it. */
static void test_a_burst_keeps_what_it_found(void **state)
{
    struct shelf *shelf = *state;
    struct val_chains *chains = val_chains_new(VAL_CHAINS_WAYS);
    struct val_chain chain;

    val_chains_turn(chains);
    for (uint8_t i = 0; i < VAL_CHAINS_WAYS + 3; i++)
        val_chains_keep(chains, key(0, i), shelf->leaf, 0, 10);
    for (uint8_t i = 0; i < VAL_CHAINS_WAYS + 3; i++)
        assert_int_equal(val_chains_find(chains, &chain, key(0, i), 5), i < VAL_CHAINS_WAYS);
    val_chains_free(chains);
}

static void test_another_window_replaces_the_first(void **state)
{
    struct shelf *shelf = *state;
    struct val_chains *chains = val_chains_new(8);
    struct val_chain chain;

    val_chains_keep(chains, key(0, 1), shelf->leaf, 0, 10);
    val_chains_turn(chains);
    val_chains_keep(chains, key(0, 1), shelf->leaf, 20, 30);
    assert_false(val_chains_find(chains, &chain, key(0, 1), 5));
    assert_true(val_chains_find(chains, &chain, key(0, 1), 25));
    val_chains_free(chains);
}

static void test_too_many_names(void **state)
{
    struct pki_chain many = pki_leaf("producer", "many_names");
    struct val_certificate *leaf = val_certificate_new(many.der[0]);
    struct val_chains *chains = val_chains_new(8);
    struct val_chain chain;

    assert_true(leaf->names->len > VAL_CHAINS_NAMES_MAX);
    val_chains_keep(chains, key(0, 1), leaf, 0, 10);
    assert_false(val_chains_find(chains, &chain, key(0, 1), 5));
    val_chains_free(chains);
    val_certificate_free(leaf);
    pki_free(&many);
}

static void test_sizes(void **state)
{
    struct val_chains *chains = val_chains_new(0);

    assert_non_null(chains);
    val_chains_free(chains);
    assert_int_equal(val_chains_memory(1), val_chains_memory(VAL_CHAINS_WAYS));
    assert_true(val_chains_memory(1000) > val_chains_memory(100));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_found_within_its_window),
        TEST(test_the_leaf_is_kept),
        TEST(test_the_oldest_makes_room),
        TEST(test_a_burst_keeps_what_it_found),
        TEST(test_another_window_replaces_the_first),
        TEST(test_too_many_names),
        TEST(test_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
