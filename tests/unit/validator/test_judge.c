/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whole handshakes with the keys and chains of tests/pki, through the whole judge. What each stage says of each thing is
 * the business of the stages' own tests; here every reason is reached once, by the way that a flow takes.
 */
#include "validator/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "court.h"

static void test_brand_to_machine(void **state)
{
    struct val_verdict verdict;

    for (int i = 0; i < 2; i++) { /* judged anew, then from memory */
        verdict = judge(*state, show_all(&plain));
        assert_int_equal(verdict.reason, REASON_OK);
        assert_int_equal(verdict.reasons, 0);
        assert_int_equal(verdict.covers, VAL_COVERS_FLOW);
        assert_int_equal(verdict.grade[CASE_CLIENT], VAL_GRADE_4);
        assert_int_equal(verdict.grade[CASE_SERVER], VAL_GRADE_4);
        assert_int_equal(verdict.possession[CASE_CLIENT], VAL_POSSESSION_PROVED);
        assert_int_equal(verdict.possession[CASE_SERVER], VAL_POSSESSION_PROVED);
        assert_int_equal(verdict.conduit, 0);
        assert_int_equal(verdict.side_refused, 0);
    }
}

static void test_key_types(void **state)
{
    static const struct {
        const char *leaf;
        uint16_t cipher;
        uint16_t scheme;
    } rows[] = {{"p384", ECDHE_ECDSA, 0x0503},  {"p521", ECDHE_ECDSA, 0x0603},  {"rsa2048", ECDHE_RSA, 0x0401},
                {"rsa2048", ECDHE_RSA, 0x0804}, {"rsa_pss", ECDHE_RSA, 0x0809}, {"ed25519", ECDHE_ECDSA, 0x0807},
                {"ed448", ECDHE_ECDSA, 0x0808}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct flow flow =
            FLOW(f->server = rows[i].leaf, f->cipher = rows[i].cipher, f->server_scheme = rows[i].scheme);
        struct val_verdict verdict = judge(*state, show_all(&flow));

        if (verdict.reason != REASON_OK)
            fail_msg("%s: %s", rows[i].leaf, reason_name((enum reason)verdict.reason));
        assert_int_equal(verdict.grade[CASE_SERVER], VAL_GRADE_4);
    }
}

/* The point of the box: a certificate is no proof without its key. */
static void test_stolen_certificates(void **state)
{
    struct flow server = FLOW(f->server_key = "wildcard"); /* any other key of the kind */
    struct flow client = FLOW(f->client_key = "wildcard");
    struct flow replayed = plain;
    struct val_case *c;

    server.server_key = "p384";
    server.server_scheme = ECDSA_SHA256;
    expect_one(*state, show_all(&server), REASON_POSSESSION_FAILED, 2);
    client.client_key = "p384";
    expect_one(*state, show_all(&client), REASON_POSSESSION_FAILED, 1);
    c = show_all(&replayed); /* a good signature, over another flow's random */
    *at(c->tls.server_random, 5) ^= 1;
    expect(*state, c, reason_bit(REASON_POSSESSION_FAILED), 3);
    assert_int_equal(judge(*state, c).possession[CASE_SERVER], VAL_POSSESSION_FAILED);
}

static void test_messages_that_must_come(void **state)
{
    struct val_case *c = show_all(&plain);

    c->party[CASE_SERVER].signature_sent = 0;
    c->party[CASE_SERVER].signature = (struct case_span){0, 0};
    expect_one(*state, c, REASON_POSSESSION_FAILED, 2);
    c = show_all(&plain);
    c->party[CASE_CLIENT].signature_sent = 0;
    c->party[CASE_CLIENT].signature = (struct case_span){0, 0};
    expect_one(*state, c, REASON_POSSESSION_FAILED, 1);
    c = show_all(&plain);
    c->party[CASE_SERVER].num_certificates = 0;
    expect_one(*state, c, REASON_MALFORMED_HANDSHAKE, 0);
    c = show_all(&plain);
    c->party[CASE_SERVER].complete = 0;
    expect_one(*state, c, REASON_MALFORMED_HANDSHAKE, 0);
    c = show_all(&plain);
    c->tls.kind = CASE_KIND_UNDECIDED;
    expect_one(*state, c, REASON_MALFORMED_HANDSHAKE, 0);
    c->tls.kind = 99;
    expect_one(*state, c, REASON_MALFORMED_HANDSHAKE, 0);
}

static void test_server_chains(void **state)
{
    static const struct {
        const char *leaf;
        enum reason reason;
    } rows[] = {{"expired", REASON_EXPIRED},
                {"not_yet_valid", REASON_NOT_YET_VALID},
                {"below_expired", REASON_EXPIRED},
                {"unknown_ca", REASON_UNKNOWN_ISSUER},
                {"self_signed", REASON_SELF_SIGNED},
                {"missing_intermediate", REASON_UNKNOWN_ISSUER},
                {"broken_leaf", REASON_BAD_SIGNATURE},
                {"sha1_signed", REASON_WEAK_ALGORITHM},
                {"below_not_a_ca", REASON_WRONG_USAGE},
                {"below_pathlen", REASON_PATH_LENGTH},
                {"below_constrained_away", REASON_NAME_CONSTRAINT},
                {"unhandled_critical", REASON_UNHANDLED_CRITICAL},
                {"other_usage", REASON_WRONG_USAGE},
                {"wrong_name", REASON_NAME_MISMATCH},
                {"cn_only", REASON_NAME_MISMATCH},
                {"nul_in_name", REASON_NAME_MISMATCH},
                {"explicit", REASON_UNSUPPORTED_ALGORITHM}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct flow flow = FLOW(f->server = rows[i].leaf);
        struct val_verdict verdict = judge(*state, show_all(&flow));

        if (verdict.reason != rows[i].reason || verdict.side_refused != 2)
            fail_msg("%s: %s, side %u", rows[i].leaf, reason_name((enum reason)verdict.reason), verdict.side_refused);
        assert_int_equal(verdict.grade[CASE_SERVER] == VAL_GRADE_4, rows[i].reason == REASON_NAME_MISMATCH);
    }
}

static void test_a_certificate_that_is_none(void **state)
{
    struct val_case *c = show_all(&plain);

    *at(c->party[CASE_SERVER].certificate[0], 1) ^= 0x40; /* the length of its outermost SEQUENCE */
    /* no leaf, so no key: nothing was asked of the signature. The client signed what it saw before. */
    expect(*state, c, reason_bit(REASON_MALFORMED) | reason_bit(REASON_POSSESSION_FAILED), 3);
    assert_int_equal(judge(*state, c).possession[CASE_SERVER], VAL_POSSESSION_NONE);
}

static void test_weak_keys(void **state)
{
    struct flow flow = FLOW(f->server = "rsa1024", f->cipher = ECDHE_RSA, f->server_scheme = RSA_SHA256);

    expect_one(*state, show_all(&flow), REASON_WEAK_KEY, 2);
}

static void test_no_sni(void **state)
{
    struct court *court = *state;
    static const char *const names[] = {"*.producer.example"};
    struct flow flow = FLOW(f->sni = NULL);

    expect_one(court, show_all(&flow), REASON_NAME_MISMATCH, 2);
    flow.server = "with_address";
    assert_int_equal(judge(court, show_all(&flow)).reason, REASON_OK);
    flow.server = "machine";
    for (int i = 0; i < 2; i++) {
        court->conduit[i].names = names;
        court->conduit[i].num_names = 1;
    }
    court_compile(court);
    assert_int_equal(judge(court, show_all(&flow)).reason, REASON_OK);
    flow.sni = "other.example";
    expect(court, show_all(&flow), reason_bit(REASON_SNI_MISMATCH) | reason_bit(REASON_NAME_MISMATCH), 2);
}

static void test_client_chains(void **state)
{
    static const struct {
        const char *leaf;
        enum reason reason;
    } rows[] = {{"expired", REASON_EXPIRED},
                {"unknown_ca", REASON_UNKNOWN_ISSUER},
                {"other_usage", REASON_WRONG_USAGE},
                {"self_signed", REASON_SELF_SIGNED},
                {"cn_only", REASON_OK}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct flow flow = FLOW(f->client = rows[i].leaf);
        struct val_verdict verdict = judge(*state, show_all(&flow));

        assert_int_equal(verdict.reason, rows[i].reason);
        assert_int_equal(verdict.side_refused, rows[i].reason == REASON_OK ? 0 : 1);
        assert_int_equal(verdict.grade[CASE_SERVER], VAL_GRADE_4);
    }
}

static void test_client_without_certificate(void **state)
{
    struct court *court = *state;
    struct flow flow = FLOW(f->client = NULL);

    expect_one(court, show_all(&flow), REASON_CLIENT_CERTIFICATE_MISSING, 0);
    flow.unasked = true;
    expect_one(court, show_all(&flow), REASON_CLIENT_CERTIFICATE_MISSING, 0);
    show_server(&flow); /* nobody asked, so nothing is owed: the verdict is due at once */
    expect_one(court, the_case(), REASON_CLIENT_CERTIFICATE_MISSING, 0);
    court->conduit[0].from.grade = VAL_GRADE_0;
    court_compile(court);
    assert_int_equal(judge(court, show_all(&flow)).reason, REASON_OK);
    flow = FLOW(f->client = "expired"); /* needed by nobody, and bad */
    expect_one(court, show_all(&flow), REASON_EXPIRED, 1);
}

static void test_a_domain_that_is_not_asked_for(void **state)
{
    struct court *court = *state;

    court->conduit[0].from.domain = PRODUCER;
    court_compile(court);
    expect_one(court, show_all(&plain), REASON_DOMAIN_NOT_RECOGNISED, 1);
}

static void test_static_rsa(void **state)
{
    struct court *court = *state;
    struct flow flow = FLOW(f->server = "rsa2048", f->cipher = STATIC_RSA, f->server_scheme = 0);
    struct val_verdict verdict;

    expect(court, show_all(&flow), reason_bit(REASON_GRADE_TOO_LOW) | reason_bit(REASON_POSSESSION_UNOBSERVABLE), 0);
    court->conduit[0].to.grade = VAL_GRADE_2;
    court_compile(court);
    verdict = judge(court, show_all(&flow));
    assert_int_equal(verdict.reason, REASON_OK);
    assert_int_equal(verdict.reasons, reason_bit(REASON_POSSESSION_UNOBSERVABLE));
    assert_int_equal(verdict.grade[CASE_SERVER], VAL_GRADE_2);
    assert_int_equal(verdict.grade[CASE_CLIENT], VAL_GRADE_4);
    flow = FLOW(f->server = "rsa_sign_only", f->cipher = STATIC_RSA, f->server_scheme = 0);
    expect_one(court, show_all(&flow), REASON_WRONG_USAGE, 2);
}

static void test_what_cannot_be_seen(void **state)
{
    struct court *court = *state;
    struct val_case *c = show_server(&plain);

    c->tls.kind = CASE_KIND_TLS13;
    c->tls.version = 0x0304;
    expect_one(court, c, REASON_ENCRYPTED_HANDSHAKE, 0);
    c->tls.kind = CASE_KIND_RESUMED;
    c->tls.version = 0x0303;
    expect_one(court, c, REASON_RESUMPTION_UNBOUND, 0);
    c->tls.kind = CASE_KIND_FULL;
    c->tls.version = 0x0302;
    assert_int_equal(judge(court, c).reason, REASON_VERSION_NOT_ALLOWED);
    c->tls.version = 0x0303;
    c->tls.cipher = 0x0002; /* RSA_WITH_NULL_SHA */
    assert_true(judge(court, c).reasons & reason_bit(REASON_CIPHER_NOT_ALLOWED));
}

static void test_what_the_data_plane_found(void **state)
{
    struct court *court = *state;
    struct val_case *c = show_all(&plain);
    struct flow elsewhere = FLOW(f->port = 1);

    for (int i = 1; i < REASON_OK; i++) {
        c->reasons = reason_bit((enum reason)i);
        expect_one(court, c, (enum reason)i, 0);
    }
    expect_one(court, show_all(&elsewhere), REASON_NO_CONDUIT, 0);
    assert_int_equal(judge(court, the_case()).conduit, VAL_NO_CONDUIT);
}

/* First the server's part, then the client's: the first is not judged again. */
static void test_two_looks(void **state)
{
    struct court *court = *state;
    struct val_case *c = show_server(&plain);
    struct val_verdict verdict;

    court->num_conduits = 1;
    court_compile(court);
    verdict = judge(court, c);
    assert_int_equal(verdict.action, VAL_ACTION_ACCEPT);
    assert_int_equal(verdict.covers, VAL_COVERS_SERVER);
    assert_int_equal(verdict.grade[CASE_SERVER], VAL_GRADE_4);
    assert_int_equal(c->policy_epoch, 5);
    assert_int_equal(c->num_facts, 1);
    show_client(&plain);
    *at(c->party[CASE_SERVER].signature, 9) ^= 1; /* nobody looks at it again, but the client signed what it saw */
    verdict = judge(court, c);
    assert_int_equal(verdict.reason, REASON_POSSESSION_FAILED);
    assert_int_equal(verdict.side_refused, 1);
    *at(c->party[CASE_SERVER].signature, 9) ^= 1;
    verdict = judge(court, c);
    assert_int_equal(verdict.reason, REASON_OK);
    assert_int_equal(verdict.covers, VAL_COVERS_FLOW);
    assert_int_equal(verdict.grade[CASE_SERVER], VAL_GRADE_4);
    assert_int_equal(verdict.grade[CASE_CLIENT], VAL_GRADE_4);
    assert_int_equal(verdict.possession[CASE_SERVER], VAL_POSSESSION_PROVED);
}

/* What the first look did not ask, the second asks anew: here the client is none of the first conduit's. */
static void test_the_second_look_goes_on(void **state)
{
    struct court *court = *state;
    struct val_verdict verdict;

    court->conduit[0].from.domain = PRODUCER;
    court->conduit[1].to.domain = PRODUCER;
    court_compile(court);
    verdict = judge(court, show_server(&plain));
    assert_int_equal(verdict.covers, VAL_COVERS_SERVER);
    assert_int_equal(verdict.conduit, 0);
    verdict = judge(court, show_client(&plain));
    assert_int_equal(verdict.reason, REASON_OK);
    assert_int_equal(verdict.conduit, 1);
    assert_int_equal(verdict.grade[CASE_SERVER], VAL_GRADE_4);
    assert_int_equal(verdict.grade[CASE_CLIENT], VAL_GRADE_4);
}

static void test_facts_of_another_policy_are_forgotten(void **state)
{
    struct court *court = *state;
    struct val_case *c;

    court->num_conduits = 1;
    court_compile(court);
    c = show_server(&plain);
    assert_int_equal(judge(court, c).covers, VAL_COVERS_SERVER);
    show_client(&plain);
    c->policy_epoch = 4;
    *at(c->party[CASE_SERVER].signature, 9) ^= 1;
    expect(court, c, reason_bit(REASON_POSSESSION_FAILED), 3);
}

static void test_the_second_look_at_static_rsa(void **state)
{
    struct court *court = *state;
    struct flow flow = FLOW(f->server = "rsa2048", f->cipher = STATIC_RSA, f->server_scheme = 0);
    struct val_verdict verdict;

    court->conduit[0].to.grade = VAL_GRADE_2;
    court_compile(court);
    assert_int_equal(judge(court, show_server(&flow)).covers, VAL_COVERS_SERVER);
    verdict = judge(court, show_client(&flow));
    assert_int_equal(verdict.reason, REASON_OK);
    assert_int_equal(verdict.grade[CASE_SERVER], VAL_GRADE_2);
    assert_int_equal(verdict.possession[CASE_SERVER], VAL_POSSESSION_UNOBSERVABLE);
    assert_int_equal(verdict.reasons, reason_bit(REASON_POSSESSION_UNOBSERVABLE));
}

static void test_a_bad_server_ends_it_at_once(void **state)
{
    struct flow flow = FLOW(f->server = "expired");

    expect_one(*state, show_server(&flow), REASON_EXPIRED, 2);
}

static void test_several_conduits(void **state)
{
    struct court *court = *state;

    court->conduit[0].to.domain = BRAND; /* the first does not accept, the second does */
    court->conduit[1].to.domain = PRODUCER;
    court_compile(court);
    assert_int_equal(judge(court, show_all(&plain)).conduit, 1);
    assert_int_equal(judge(court, the_case()).reason, REASON_OK);
}

/* A whole burst: good and bad ones side by side, each with its own verdict. */
static void test_a_burst(void **state)
{
    static const char *const leaves[] = {"machine", "expired", "wildcard", "unknown_ca"};
    static const enum reason expected[] = {REASON_OK, REASON_EXPIRED, REASON_OK, REASON_UNKNOWN_ISSUER};
    struct court *court = *state;
    struct val_case *cases[VAL_BURST_MAX];
    struct val_verdict verdicts[VAL_BURST_MAX];

    for (size_t i = 0; i < VAL_BURST_MAX; i++) {
        struct flow flow = FLOW(f->server = leaves[i % 4], f->port = i % 8 == 7 ? 1 : PORT);

        cases[i] = malloc(BLOCK_LEN);
        case_grow(cases[i], BLOCK_LEN, show_all(&flow));
    }
    val_judge_burst(court->judge, court->policy, cases, verdicts, VAL_BURST_MAX);
    for (size_t i = 0; i < VAL_BURST_MAX; i++) {
        assert_int_equal(verdicts[i].reason, i % 8 == 7 ? REASON_NO_CONDUIT : expected[i % 4]);
        free(cases[i]);
    }
    val_judge_burst(court->judge, court->policy, NULL, NULL, 0);
}

/* Spans that lead nowhere, counts that are too high: no crash, no accept. */
static void test_a_case_full_of_nonsense(void **state)
{
    unsigned seed = 3;

    for (int i = 0; i < 300; i++) {
        struct val_case *c = show_all(&plain);
        uint8_t *bytes = (uint8_t *)c;
        struct val_verdict verdict;
        struct case_span *span = &c->party[i % 2].certificate[0];

        *span = (struct case_span){(uint32_t)rand_r(&seed), (uint32_t)rand_r(&seed)};
        c->party[CASE_SERVER].num_certificates = (uint8_t)rand_r(&seed);
        for (size_t j = offsetof(struct val_case, tls) + sizeof(struct case_tls); j < sizeof(*c); j += 97)
            if (j < offsetof(struct val_case, num_facts))
                bytes[j] = (uint8_t)rand_r(&seed);
        c->tls.kind = CASE_KIND_FULL;
        verdict = judge(*state, c);
        assert_int_equal(verdict.action, VAL_ACTION_BLOCK);
    }
}

static void test_key_usage_and_suite(void **state)
{
    struct flow flow = FLOW(f->server = "no_signing");

    expect_one(*state, show_all(&flow), REASON_WRONG_USAGE, 2);
}

static void test_memory_is_bounded(void **state)
{
    assert_true(val_judge_memory(1000) > val_judge_memory(10));
    assert_true(val_judge_memory(1000) < 16 * 1024 * 1024);
    val_judge_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_brand_to_machine),
        TEST(test_key_types),
        TEST(test_stolen_certificates),
        TEST(test_messages_that_must_come),
        TEST(test_server_chains),
        TEST(test_a_certificate_that_is_none),
        TEST(test_weak_keys),
        TEST(test_no_sni),
        TEST(test_client_chains),
        TEST(test_client_without_certificate),
        TEST(test_a_domain_that_is_not_asked_for),
        TEST(test_static_rsa),
        TEST(test_what_cannot_be_seen),
        TEST(test_what_the_data_plane_found),
        TEST(test_two_looks),
        TEST(test_the_second_look_goes_on),
        TEST(test_facts_of_another_policy_are_forgotten),
        TEST(test_the_second_look_at_static_rsa),
        TEST(test_a_bad_server_ends_it_at_once),
        TEST(test_several_conduits),
        TEST(test_a_burst),
        TEST(test_a_case_full_of_nonsense),
        TEST(test_key_usage_and_suite),
        TEST(test_memory_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
