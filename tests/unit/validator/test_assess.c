/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/assess.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "pki.h"

#define NOW (PKI_TIME_US / 1000000)

enum { PRODUCER, BRAND, NARROW };

struct bench {
    struct pki_chain producer;
    struct pki_chain brand;
    struct val_policy *policy;
    struct val_assessor *assessor;
};

static struct val_policy *compile(struct bench *b, uint16_t rsa_bits_min)
{
    const struct val_anchor_spec anchor[] = {{"producer", b->producer.der[0]}, {"brand", b->brand.der[0]}};
    static const char *const narrow[] = {"press.producer.example"};
    const struct val_domain_spec domain[] = {
        {"producer", &anchor[0], 1, NULL, 0}, {"brand", &anchor[1], 1, NULL, 0}, {"narrow", &anchor[0], 1, narrow, 1}};
    const struct val_policy_spec spec = {.cell = "cell",
                                         .otherwise = VAL_ACTION_BLOCK,
                                         .overload = VAL_ACTION_BLOCK,
                                         .mid_stream = VAL_ACTION_BLOCK,
                                         .algorithms = {rsa_bits_min, 256, 1, 1},
                                         .domains = domain,
                                         .num_domains = 3};
    struct val_policy_error error;
    struct val_policy *policy = val_policy_new(&spec, &error);

    assert_non_null(policy);
    return policy;
}

static int setup(void **state)
{
    static struct bench b;

    b.producer = pki_load("producer", "root.pem");
    b.brand = pki_load("brand", "root.pem");
    b.policy = compile(&b, 2048);
    b.assessor = val_assessor_new(64);
    *state = &b;
    return b.assessor == NULL;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    val_policy_free(b->policy);
    val_assessor_free(b->assessor);
    pki_free(&b->producer);
    pki_free(&b->brand);
    return 0;
}

static uint64_t assess_der(struct bench *b, const struct bytes der[], size_t num, int side, uint16_t domain,
                           int64_t time_s, bool *from_memory)
{
    struct val_party party;
    uint64_t reasons;

    val_assessor_turn(b->assessor);
    val_party_init(&party, side, der, num);
    reasons = val_assess(b->assessor, &party, b->policy, domain, time_s);
    if (from_memory != NULL)
        *from_memory = !party.parsed;
    if (reasons == 0) {
        assert_non_null(party.names);
        assert_non_null(party.key);
    }
    val_party_fini(&party);
    return reasons;
}

static uint64_t assess(struct bench *b, const char *domain_name, const char *leaf, int side, uint16_t domain,
                       bool *from_memory)
{
    struct pki_chain chain = pki_leaf(domain_name, leaf);
    uint64_t reasons = assess_der(b, chain.der, chain.num, side, domain, NOW, from_memory);

    pki_free(&chain);
    return reasons;
}

static void test_a_good_chain_is_remembered(void **state)
{
    struct bench *b = *state;
    bool from_memory;

    assert_int_equal(assess(b, "producer", "machine", CASE_SERVER, PRODUCER, &from_memory), 0);
    assert_false(from_memory);
    assert_int_equal(assess(b, "producer", "machine", CASE_SERVER, PRODUCER, &from_memory), 0);
    assert_true(from_memory);
}

static void test_a_bad_chain_is_not(void **state)
{
    struct bench *b = *state;
    bool from_memory;

    for (int i = 0; i < 2; i++) {
        assert_int_equal(assess(b, "producer", "expired", CASE_SERVER, PRODUCER, &from_memory),
                         reason_bit(REASON_EXPIRED));
        assert_false(from_memory);
    }
}

/* What was good for one question is no answer to another. */
static void test_what_the_memory_depends_on(void **state)
{
    struct bench *b = *state;
    struct val_policy *strict = compile(b, 3072);
    struct val_policy *lax = b->policy;
    bool from_memory;

    assert_int_equal(assess(b, "producer", "both_usages", CASE_SERVER, PRODUCER, NULL), 0);
    assert_int_equal(assess(b, "producer", "both_usages", CASE_CLIENT, PRODUCER, &from_memory), 0);
    assert_false(from_memory);
    assert_int_equal(assess(b, "producer", "machine", CASE_SERVER, PRODUCER, NULL), 0);
    assert_int_equal(assess(b, "producer", "machine", CASE_CLIENT, PRODUCER, &from_memory),
                     reason_bit(REASON_WRONG_USAGE));
    assert_int_equal(assess(b, "producer", "machine", CASE_SERVER, BRAND, &from_memory),
                     reason_bit(REASON_DOMAIN_NOT_RECOGNISED));
    assert_false(from_memory);
    assert_int_equal(assess(b, "producer", "rsa2048", CASE_SERVER, PRODUCER, NULL), 0);
    b->policy = strict;
    assert_int_equal(assess(b, "producer", "rsa2048", CASE_SERVER, PRODUCER, NULL), reason_bit(REASON_WEAK_KEY));
    b->policy = lax;
    val_policy_free(strict);
}

/* Two certificates sent as one, or cut elsewhere: the same bytes, but no chain that anybody validated. */
static void test_the_same_bytes_cut_otherwise(void **state)
{
    struct bench *b = *state;
    struct pki_chain chain = pki_leaf("producer", "machine");
    uint8_t *joined = malloc(chain.der[0].left + chain.der[1].left);
    struct bytes one;
    struct bytes elsewhere[2];

    memcpy(joined, chain.der[0].at, chain.der[0].left);
    memcpy(joined + chain.der[0].left, chain.der[1].at, chain.der[1].left);
    one = bytes_of(joined, chain.der[0].left + chain.der[1].left);
    assert_int_equal(assess_der(b, chain.der, chain.num, CASE_SERVER, PRODUCER, NOW, NULL), 0);
    assert_int_equal(assess_der(b, &one, 1, CASE_SERVER, PRODUCER, NOW, NULL), reason_bit(REASON_MALFORMED));
    elsewhere[0] = bytes_of(joined, chain.der[0].left + 1);
    elsewhere[1] = bytes_of(joined + chain.der[0].left + 1, chain.der[1].left - 1);
    assert_int_equal(assess_der(b, elsewhere, 2, CASE_SERVER, PRODUCER, NOW, NULL), reason_bit(REASON_MALFORMED));
    free(joined);
    pki_free(&chain);
}

static void test_time_goes_on(void **state)
{
    struct bench *b = *state;
    struct pki_chain chain = pki_leaf("producer", "machine");

    assert_int_equal(assess_der(b, chain.der, chain.num, CASE_SERVER, PRODUCER, NOW, NULL), 0);
    assert_int_equal(assess_der(b, chain.der, chain.num, CASE_SERVER, PRODUCER, INT64_C(2524607999), NULL), 0);
    assert_int_equal(assess_der(b, chain.der, chain.num, CASE_SERVER, PRODUCER, INT64_C(2524608000), NULL),
                     reason_bit(REASON_EXPIRED));
    assert_int_equal(assess_der(b, chain.der, chain.num, CASE_SERVER, PRODUCER, INT64_C(1577836799), NULL),
                     reason_bit(REASON_NOT_YET_VALID));
    assert_int_equal(assess_der(b, chain.der, chain.num, CASE_SERVER, PRODUCER, NOW, NULL), 0);
    pki_free(&chain);
}

static void test_other_domains_of_the_policy(void **state)
{
    struct bench *b = *state;

    assert_int_equal(assess(b, "brand", "ordering", CASE_CLIENT, PRODUCER, NULL),
                     reason_bit(REASON_DOMAIN_NOT_RECOGNISED));
    assert_int_equal(assess(b, "producer", "with_root", CASE_SERVER, BRAND, NULL),
                     reason_bit(REASON_DOMAIN_NOT_RECOGNISED));
    /* bad there too: then nothing is said about the other domain */
    assert_int_equal(assess(b, "brand", "expired", CASE_CLIENT, PRODUCER, NULL),
                     reason_bit(REASON_UNKNOWN_ISSUER) | reason_bit(REASON_EXPIRED));
    assert_int_equal(assess(b, "producer", "unknown_ca", CASE_SERVER, PRODUCER, NULL),
                     reason_bit(REASON_UNKNOWN_ISSUER));
}

/* Names are asked of a remembered chain as well. */
static void test_names_that_a_domain_may_bear(void **state)
{
    struct bench *b = *state;
    bool from_memory;

    assert_int_equal(assess(b, "producer", "machine", CASE_SERVER, NARROW, NULL), reason_bit(REASON_NAME_CONSTRAINT));
    assert_int_equal(assess(b, "producer", "machine", CASE_SERVER, NARROW, &from_memory),
                     reason_bit(REASON_NAME_CONSTRAINT));
    assert_true(from_memory);
    assert_int_equal(assess(b, "producer", "wildcard", CASE_SERVER, NARROW, NULL), reason_bit(REASON_NAME_CONSTRAINT));
    assert_int_equal(assess(b, "producer", "cn_only", CASE_SERVER, NARROW, NULL), 0);
    assert_int_equal(assess(b, "producer", "nul_in_name", CASE_SERVER, NARROW, NULL),
                     reason_bit(REASON_NAME_CONSTRAINT));
}

static void test_more_than_can_be_remembered(void **state)
{
    struct bench *b = *state;
    bool from_memory;

    assert_int_equal(assess(b, "producer", "many_names", CASE_SERVER, PRODUCER, NULL), 0);
    assert_int_equal(assess(b, "producer", "many_names", CASE_SERVER, PRODUCER, &from_memory), 0);
    assert_false(from_memory);
    assert_int_equal(assess(b, "producer", "chain_64k", CASE_SERVER, PRODUCER, NULL), 0);
    assert_int_equal(assess(b, "producer", "chain_64k", CASE_SERVER, PRODUCER, &from_memory), 0);
    assert_true(from_memory);
}

static void test_certificates_without_bytes(void **state)
{
    struct bench *b = *state;
    const struct bytes empty[2] = {{NULL, 0}, {NULL, 0}};

    assert_int_equal(assess_der(b, empty, 2, CASE_SERVER, PRODUCER, NOW, NULL), reason_bit(REASON_MALFORMED));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_good_chain_is_remembered),
        TEST(test_a_bad_chain_is_not),
        TEST(test_what_the_memory_depends_on),
        TEST(test_the_same_bytes_cut_otherwise),
        TEST(test_time_goes_on),
        TEST(test_other_domains_of_the_policy),
        TEST(test_names_that_a_domain_may_bear),
        TEST(test_more_than_can_be_remembered),
        TEST(test_certificates_without_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
