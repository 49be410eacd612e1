/* SPDX-License-Identifier: BSD-3-Clause */
/* What the judge says of bare chains, as `cellgate validate` asks it. */
#include "validator/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "court.h"
#include "forge.h"

/* Every chain of tests/pki says what the table there expects of it. */
static void test_all_chains(void **state)
{
    struct court *court = *state;
    FILE *index = pki_open(".", "index.tsv");
    char domain[64];
    char leaf[64];
    char usage[64];
    char name[128];
    char reason[64];
    char line[512];
    int rows = 0;

    court->brand_name = "brand.example";
    court_compile(court);
    while (fgets(line, sizeof(line), index) != NULL) {
        struct pki_chain chain;
        struct val_chain_answer answer;
        int side;

        assert_int_equal(
            sscanf(line, "%63[^\t]\t%63[^\t]\t%63[^\t]\t%127[^\t]\t%63[^\t]", domain, leaf, usage, name, reason), 5);
        side = strcmp(usage, "serverAuth") == 0 ? CASE_SERVER : CASE_CLIENT;
        if (strcmp(leaf, "no_signing") == 0)
            continue; /* its fault shows with a suite: test_key_usage_and_suite */
        chain = pki_leaf(domain, leaf);
        val_judge_chain(court->judge, court->policy, &answer, side, strcmp(domain, "producer") == 0 ? PRODUCER : BRAND,
                        chain.der, chain.num, side == CASE_SERVER ? name : NULL, PKI_TIME_US);
        if (strcmp(reason_name((enum reason)answer.reason), reason) != 0)
            fail_msg("%s %s: %s, expected %s (%s)", domain, leaf, reason_name((enum reason)answer.reason), reason,
                     answer.detail);
        pki_free(&chain);
        rows++;
    }
    fclose(index);
    assert_true(rows > 100);
}

static struct val_chain_answer ask(struct court *court, const char *domain_name, const char *leaf, uint16_t domain,
                                   const char *name, int64_t time_us)
{
    struct pki_chain chain = pki_leaf(domain_name, leaf);
    struct val_chain_answer answer;

    val_judge_chain(court->judge, court->policy, &answer, CASE_SERVER, domain, chain.der, chain.num, name, time_us);
    pki_free(&chain);
    return answer;
}

static void test_bare_chains(void **state)
{
    struct court *court = *state;
    struct val_chain_answer answer = ask(court, "producer", "machine", VAL_NO_DOMAIN, NULL, PKI_TIME_US);

    assert_int_equal(answer.reason, REASON_OK);
    assert_int_equal(answer.domain, PRODUCER);
    assert_string_equal(answer.detail, "the chain is good in domain producer");
    answer = ask(court, "producer", "machine", PRODUCER, "10.4.0.7", PKI_TIME_US);
    assert_int_equal(answer.reason, REASON_NAME_MISMATCH);
    assert_non_null(strstr(answer.detail, "certificate 1"));
    assert_int_equal(ask(court, "producer", "with_address", PRODUCER, "10.4.0.7", PKI_TIME_US).reason, REASON_OK);
    assert_int_equal(ask(court, "producer", "with_address", PRODUCER, "fd00:4::7", PKI_TIME_US).reason, REASON_OK);
    answer = ask(court, "producer", "below_expired", VAL_NO_DOMAIN, NULL, PKI_TIME_US);
    assert_int_equal(answer.reason, REASON_EXPIRED);
    assert_non_null(strstr(answer.detail, "certificate 2, domain producer"));
    assert_int_equal(ask(court, "producer", "below_expired", PRODUCER, NULL, INT64_C(1577836800) * 1000000).reason,
                     REASON_OK);
    answer = ask(court, "producer", "machine", PRODUCER, NULL, INT64_C(2600000000) * 1000000);
    assert_int_equal(answer.reasons, reason_bit(REASON_EXPIRED));
    assert_int_equal(ask(court, "producer", "machine", 2, NULL, PKI_TIME_US).reason, REASON_UNKNOWN_ISSUER);
    val_judge_chain(court->judge, court->policy, &answer, CASE_SERVER, PRODUCER, NULL, 0, NULL, PKI_TIME_US);
    assert_int_equal(answer.reason, REASON_MALFORMED);
}

/* Microseconds before a second belong to it, on both sides of 1970. */
static void test_times_between_seconds(void **state)
{
    struct court *court = *state;
    const struct forge_spec root = {.subject = "root", .not_before = "19700101000000Z", .extension = {FORGE_CA}};
    const struct forge_spec leaf = {.subject = "leaf",
                                    .issuer = "root",
                                    .not_before = "19700101000000Z",
                                    .not_after = "19700101000009Z",
                                    .extension = {{"subjectAltName", "DNS:a.example"}}};
    const struct bytes chain[2] = {forge(&leaf), forge(&root)};
    struct pki_chain kept = court->root[0];
    struct val_chain_answer answer;
    static const struct {
        int64_t time_us;
        enum reason reason;
    } rows[] = {{-1, REASON_NOT_YET_VALID}, {0, REASON_OK}, {9999999, REASON_OK}, {10000000, REASON_EXPIRED}};

    court->root[0].der[0] = chain[1];
    court_compile(court);
    court->root[0] = kept;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        val_judge_chain(court->judge, court->policy, &answer, CASE_SERVER, PRODUCER, chain, 2, "a.example",
                        rows[i].time_us);
        assert_int_equal(answer.reason, rows[i].reason);
    }
    for (size_t i = 0; i < 2; i++)
        OPENSSL_free((void *)(uintptr_t)chain[i].at);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_chains),
        TEST(test_bare_chains),
        TEST(test_times_between_seconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
