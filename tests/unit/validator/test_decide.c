/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define BLOCK_LEN   (sizeof(struct val_case) + 512)
#define ECDHE_ECDSA 0xc02b
#define STATIC_RSA  0x002f
#define NULL_SHA    0x0002
#define ANON        0x0034
#define PSK         0x008c
#define UNKNOWN     0x7777
#define TLS13_SUITE 0x1301

/* Two conduits, two domains, and a flow in which everything is good; each test changes one thing. The snapshot is laid out
 * by hand: nothing here parses or verifies. */
struct desk {
    struct val_policy policy;
    struct val_domain domain[2];
    struct val_conduit conduit[3];
    char *names[2];
    struct val_case *c;
    struct val_evidence evidence;
};

static int setup(void **state)
{
    static struct desk d;
    struct val_shown *shown;

    memset(&d, 0, sizeof(d));
    d.c = calloc(1, BLOCK_LEN);
    case_init(d.c, BLOCK_LEN);
    d.c->flow.family = 4;
    d.c->tls.kind = CASE_KIND_FULL;
    d.c->tls.version = 0x0303;
    d.c->tls.cipher = ECDHE_ECDSA;
    d.c->tls.certificate_requested = 1;
    assert_true(case_append(d.c, &d.c->tls.sni, bytes_of("Machine.producer.example", 24)));
    d.conduit[0] = (struct val_conduit){
        .name = "orders", .from = {0, 0, VAL_GRADE_4}, .to = {1, 1, VAL_GRADE_4}, .version_min = 0x0303};
    d.conduit[1] = d.conduit[0];
    d.conduit[2] = d.conduit[0];
    d.policy =
        (struct val_policy){.epoch = 3, .domain = d.domain, .num_domains = 2, .conduit = d.conduit, .num_conduits = 3};
    d.evidence = (struct val_evidence){.c = d.c, .match = {.conduit = {0}, .num = 1}};
    for (int side = 0; side < CASE_SIDES; side++) {
        shown = &d.evidence.shown[side];
        shown->present = shown->readable = true;
        shown->possession = VAL_POSSESSION_PROVED;
        shown->names_fit = ~0U;
        shown->standing[0] =
            (struct val_standing){.domain = side == CASE_CLIENT ? 0 : 1, .grade = VAL_GRADE_4, .known = true};
        shown->num_standings = 1;
    }
    *state = &d;
    return 0;
}

static int teardown(void **state)
{
    free(((struct desk *)*state)->c);
    return 0;
}

static struct val_verdict decide(struct desk *d)
{
    struct val_verdict verdict;

    val_decide(&d->policy, &verdict, &d->evidence);
    assert_int_equal(verdict.policy_epoch, 3);
    assert_int_equal(verdict.action == VAL_ACTION_ACCEPT, verdict.reason == REASON_OK);
    return verdict;
}

static void accepted(struct desk *d, uint64_t tolerated)
{
    struct val_verdict verdict = decide(d);

    if (verdict.action != VAL_ACTION_ACCEPT)
        fail_msg("blocked: %s", reason_name((enum reason)verdict.reason));
    assert_int_equal(verdict.reasons, tolerated);
    assert_int_equal(verdict.side_refused, 0);
}

static void blocked(struct desk *d, uint64_t reasons, uint8_t side_refused)
{
    struct val_verdict verdict = decide(d);

    assert_int_equal(verdict.action, VAL_ACTION_BLOCK);
    assert_int_equal(verdict.covers, VAL_COVERS_FLOW);
    if (verdict.reasons != reasons)
        fail_msg("reasons %llx (%s), expected %llx", (unsigned long long)verdict.reasons,
                 reason_name((enum reason)verdict.reason), (unsigned long long)reasons);
    assert_int_equal(verdict.side_refused, side_refused);
}

static void blocked_by(struct desk *d, enum reason reason, uint8_t side_refused)
{
    blocked(d, reason_bit(reason), side_refused);
}

static void test_all_is_good(void **state)
{
    struct val_verdict verdict = decide(*state);

    assert_int_equal(verdict.action, VAL_ACTION_ACCEPT);
    assert_int_equal(verdict.covers, VAL_COVERS_FLOW);
    assert_int_equal(verdict.grade[CASE_CLIENT], VAL_GRADE_4);
    assert_int_equal(verdict.grade[CASE_SERVER], VAL_GRADE_4);
    assert_int_equal(verdict.possession[CASE_CLIENT], VAL_POSSESSION_PROVED);
    assert_int_equal(verdict.conduit, 0);
    assert_int_equal(verdict.monitor, 0);
}

static void test_the_client_still_owes(void **state)
{
    struct desk *d = *state;
    struct val_verdict verdict;

    d->evidence.client_owes = true;
    d->evidence.shown[CASE_CLIENT] = (struct val_shown){0};
    verdict = decide(d);
    assert_int_equal(verdict.action, VAL_ACTION_ACCEPT);
    assert_int_equal(verdict.covers, VAL_COVERS_SERVER);
    assert_int_equal(verdict.grade[CASE_CLIENT], VAL_GRADE_0);
    d->evidence.shown[CASE_SERVER].standing[0].reasons = reason_bit(REASON_EXPIRED);
    blocked_by(d, REASON_EXPIRED, 2); /* no need to wait for the client */
}

static void test_chains_and_possession(void **state)
{
    struct desk *d = *state;
    struct val_shown *server = &d->evidence.shown[CASE_SERVER];
    struct val_shown *client = &d->evidence.shown[CASE_CLIENT];

    client->standing[0] =
        (struct val_standing){.known = true, .domain = 0, .reasons = reason_bit(REASON_DOMAIN_NOT_RECOGNISED)};
    blocked_by(d, REASON_DOMAIN_NOT_RECOGNISED, 1);
    server->standing[0] = (struct val_standing){.known = true, .domain = 1, .reasons = reason_bit(REASON_WEAK_KEY)};
    blocked(d, reason_bit(REASON_DOMAIN_NOT_RECOGNISED) | reason_bit(REASON_WEAK_KEY), 3);
    assert_int_equal(decide(d).reason, REASON_DOMAIN_NOT_RECOGNISED);
    client->standing[0] = (struct val_standing){.known = true, .domain = 0, .grade = VAL_GRADE_4};
    server->standing[0] = (struct val_standing){.known = true, .domain = 1};
    server->possession = VAL_POSSESSION_FAILED;
    server->possession_reasons = reason_bit(REASON_MALFORMED_HANDSHAKE);
    blocked_by(d, REASON_MALFORMED_HANDSHAKE, 0); /* that says nothing about the certificate */
    server->possession_reasons = 0;
    blocked_by(d, REASON_POSSESSION_FAILED, 2);
}

static void test_an_unknown_domain_is_not_good(void **state)
{
    struct desk *d = *state;

    d->evidence.shown[CASE_SERVER].standing[0].known = false;
    blocked_by(d, REASON_UNKNOWN_ISSUER, 2);
    d->evidence.shown[CASE_SERVER].num_standings = 0;
    blocked_by(d, REASON_UNKNOWN_ISSUER, 2);
}

static void test_names(void **state)
{
    struct desk *d = *state;

    d->evidence.shown[CASE_SERVER].names_fit = ~1U;
    blocked_by(d, REASON_NAME_MISMATCH, 2);
    d->evidence.shown[CASE_SERVER].readable = false; /* nobody could read a name in it */
    d->evidence.shown[CASE_SERVER].standing[0].reasons = reason_bit(REASON_MALFORMED);
    blocked_by(d, REASON_MALFORMED, 2);
    d->evidence.shown[CASE_CLIENT].names_fit = 0; /* a client's names are not asked for */
    blocked_by(d, REASON_MALFORMED, 2);
}

static void set_sni(struct desk *d, const char *sni, size_t len)
{
    case_init(d->c, BLOCK_LEN);
    d->c->flow.family = 4;
    d->c->tls.kind = CASE_KIND_FULL;
    d->c->tls.version = 0x0303;
    d->c->tls.cipher = ECDHE_ECDSA;
    assert_true(case_append(d->c, &d->c->tls.sni, bytes_of(sni, len)));
}

static void test_sni(void **state)
{
    struct desk *d = *state;

    d->names[0] = (char[]){"*.producer.example"};
    d->conduit[0].names = (struct val_host_list){d->names, 1};
    accepted(d, 0);
    set_sni(d, "producer.example", 16);
    blocked_by(d, REASON_SNI_MISMATCH, 0);
    d->conduit[0].names.num = 0;
    accepted(d, 0);
    set_sni(d, "10.4.0.7", 8); /* RFC 6066 3 */
    blocked_by(d, REASON_SNI_MISMATCH, 0);
    set_sni(d, "machine\0.evil.example", 21);
    blocked_by(d, REASON_SNI_MISMATCH, 0);
    set_sni(d, "", 0);
    d->conduit[0].names.num = 1;
    accepted(d, 0);
}

static void test_version(void **state)
{
    struct desk *d = *state;

    d->c->tls.version = 0x0302;
    blocked_by(d, REASON_VERSION_NOT_ALLOWED, 0);
    d->conduit[0].version_min = 0x0301;
    accepted(d, 0);
    d->c->tls.version = 0x0300;
    blocked_by(d, REASON_VERSION_NOT_ALLOWED, 0);
}

static void open_conduit(struct desk *d)
{
    d->conduit[0].from = (struct val_end_spec){0, VAL_NO_DOMAIN, VAL_GRADE_0};
    d->conduit[0].to = (struct val_end_spec){1, VAL_NO_DOMAIN, VAL_GRADE_0};
}

static void test_suites(void **state)
{
    static const uint16_t weak[] = {NULL_SHA, ANON, 0x0003 /* export */};
    struct desk *d = *state;

    for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
        d->c->tls.cipher = weak[i];
        assert_int_equal(decide(d).reason, REASON_CIPHER_NOT_ALLOWED);
    }
    d->c->tls.cipher = UNKNOWN;
    blocked_by(d, REASON_CIPHER_NOT_ALLOWED, 0);
    open_conduit(d);
    blocked_by(d, REASON_CIPHER_NOT_ALLOWED, 0);
    d->c->tls.cipher = TLS13_SUITE;
    blocked_by(d, REASON_CIPHER_NOT_ALLOWED, 0);
    for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
        d->c->tls.cipher = weak[i];
        accepted(d, reason_bit(REASON_CIPHER_NOT_ALLOWED));
    }
    assert_int_equal(decide(d).grade[CASE_SERVER], VAL_GRADE_0);
}

static void test_static_rsa_is_g2(void **state)
{
    struct desk *d = *state;
    struct val_shown *server = &d->evidence.shown[CASE_SERVER];

    d->c->tls.cipher = STATIC_RSA;
    server->possession = VAL_POSSESSION_UNOBSERVABLE;
    server->possession_reasons = reason_bit(REASON_POSSESSION_UNOBSERVABLE);
    server->standing[0].grade = VAL_GRADE_2;
    blocked(d, reason_bit(REASON_GRADE_TOO_LOW) | reason_bit(REASON_POSSESSION_UNOBSERVABLE), 0);
    assert_int_equal(decide(d).reason, REASON_GRADE_TOO_LOW);
    d->conduit[0].to.grade = VAL_GRADE_3;
    blocked(d, reason_bit(REASON_GRADE_TOO_LOW) | reason_bit(REASON_POSSESSION_UNOBSERVABLE), 0);
    d->conduit[0].to.grade = VAL_GRADE_2;
    accepted(d, reason_bit(REASON_POSSESSION_UNOBSERVABLE));
    assert_int_equal(decide(d).grade[CASE_SERVER], VAL_GRADE_2);
}

static void test_psk_is_g0(void **state)
{
    struct desk *d = *state;

    d->c->tls.cipher = PSK;
    d->evidence.shown[CASE_SERVER] = (struct val_shown){.num_standings = 1, .standing = {{.domain = 1}}};
    blocked_by(d, REASON_GRADE_TOO_LOW, 0);
    d->conduit[0].to.grade = VAL_GRADE_0;
    accepted(d, 0);
    assert_int_equal(decide(d).grade[CASE_SERVER], VAL_GRADE_0);
}

static void test_a_server_without_certificate(void **state)
{
    struct desk *d = *state;

    d->evidence.shown[CASE_SERVER] = (struct val_shown){.num_standings = 1, .standing = {{.domain = 1}}};
    blocked_by(d, REASON_MALFORMED_HANDSHAKE, 0);
    d->conduit[0].to.grade = VAL_GRADE_0;
    blocked_by(d, REASON_MALFORMED_HANDSHAKE, 0);
}

static void test_client_certificates(void **state)
{
    struct desk *d = *state;
    struct val_shown *client = &d->evidence.shown[CASE_CLIENT];

    *client = (struct val_shown){.num_standings = 1, .standing = {{.domain = 0}}};
    blocked_by(d, REASON_CLIENT_CERTIFICATE_MISSING, 0);
    d->conduit[0].from.grade = VAL_GRADE_2;
    blocked_by(d, REASON_CLIENT_CERTIFICATE_MISSING, 0);
    d->conduit[0].from.grade = VAL_GRADE_1;
    blocked_by(d, REASON_GRADE_TOO_LOW, 0);
    d->conduit[0].from.grade = VAL_GRADE_0;
    accepted(d, 0);
    client->possession_reasons = reason_bit(REASON_MALFORMED_HANDSHAKE); /* a signature without a certificate */
    blocked_by(d, REASON_MALFORMED_HANDSHAKE, 0);
    /* shown where none is needed: judged all the same */
    *client = (struct val_shown){.present = true,
                                 .readable = true,
                                 .possession = VAL_POSSESSION_PROVED,
                                 .num_standings = 1,
                                 .standing = {{.known = true, .domain = 0, .reasons = reason_bit(REASON_EXPIRED)}}};
    blocked_by(d, REASON_EXPIRED, 1);
    d->conduit[0].from.domain = VAL_NO_DOMAIN;
    accepted(d, 0);
}

static void test_tls13_and_ech(void **state)
{
    struct desk *d = *state;

    d->c->tls.kind = CASE_KIND_TLS13;
    d->c->tls.version = 0x0304;
    d->c->tls.cipher = TLS13_SUITE;
    blocked_by(d, REASON_ENCRYPTED_HANDSHAKE, 0);
    d->conduit[0].to.grade = VAL_GRADE_0; /* the client's side still asks */
    blocked_by(d, REASON_ENCRYPTED_HANDSHAKE, 0);
    d->conduit[0].from.grade = VAL_GRADE_0;
    accepted(d, reason_bit(REASON_ENCRYPTED_HANDSHAKE));
    assert_int_equal(decide(d).covers, VAL_COVERS_FLOW);
    d->c->tls.ech = 1;
    accepted(d, reason_bit(REASON_ENCRYPTED_HANDSHAKE) | reason_bit(REASON_ECH));
    d->names[0] = (char[]){"*.producer.example"};
    d->conduit[0].names = (struct val_host_list){d->names, 1};
    blocked(d, reason_bit(REASON_ENCRYPTED_HANDSHAKE) | reason_bit(REASON_ECH), 0);
    assert_int_equal(decide(d).reason, REASON_ECH);
}

static void test_resumption(void **state)
{
    struct desk *d = *state;

    d->c->tls.kind = CASE_KIND_RESUMED;
    blocked_by(d, REASON_RESUMPTION_UNBOUND, 0);
    open_conduit(d);
    accepted(d, reason_bit(REASON_RESUMPTION_UNBOUND));
    assert_int_equal(decide(d).grade[CASE_SERVER], VAL_GRADE_0);
    d->c->tls.cipher = UNKNOWN;
    blocked(d, reason_bit(REASON_RESUMPTION_UNBOUND) | reason_bit(REASON_CIPHER_NOT_ALLOWED), 0);
}

static void test_any_conduit_may_accept(void **state)
{
    struct desk *d = *state;

    d->evidence.match = (struct val_match){.conduit = {0, 1, 2}, .num = 3};
    d->conduit[0].to.grade = VAL_GRADE_4;
    d->evidence.shown[CASE_SERVER].standing[0].grade = VAL_GRADE_2;
    d->conduit[1].to.grade = VAL_GRADE_2;
    d->conduit[2].to.grade = VAL_GRADE_0;
    accepted(d, 0);
    assert_int_equal(decide(d).conduit, 1);
}

static void test_the_furthest_conduit_says_why(void **state)
{
    struct desk *d = *state;

    d->evidence.match = (struct val_match){.conduit = {0, 1, 2}, .num = 3};
    d->evidence.shown[CASE_SERVER].num_standings = 2;
    d->evidence.shown[CASE_SERVER].standing[0].reasons = reason_bit(REASON_UNKNOWN_ISSUER);
    d->evidence.shown[CASE_SERVER].standing[1] =
        (struct val_standing){.known = true, .domain = 0, .grade = VAL_GRADE_2};
    d->conduit[1].to.domain = 0;
    d->conduit[2].to.domain = 0;
    d->conduit[1].version_min = 0x0304;
    blocked_by(d, REASON_GRADE_TOO_LOW, 0);
    assert_int_equal(decide(d).conduit, 2);
    d->conduit[2].version_min = 0x0304; /* now 0 got furthest */
    blocked_by(d, REASON_UNKNOWN_ISSUER, 2);
    d->conduit[0].version_min = 0x0304; /* none got far: the first in the file */
    assert_int_equal(decide(d).conduit, 0);
}

static void test_monitor_mode_decides_the_same(void **state)
{
    struct desk *d = *state;

    d->policy.monitor = 1;
    d->c->tls.version = 0x0301;
    blocked_by(d, REASON_VERSION_NOT_ALLOWED, 0);
    assert_int_equal(decide(d).monitor, 1);
}

static bool fits(struct desk *d, const struct val_names *names)
{
    return val_decide_names(&d->policy, &d->conduit[0], d->c, names);
}

/* With SNI nothing but SNI counts; without, the destination, then the conduit's names, then the domain's. */
static void test_which_name_is_asked_for(void **state)
{
    struct desk *d = *state;
    struct val_names *names = val_names_new(256);

    assert_true(val_names_add_host(names, bytes_of("machine.producer.example", 24)));
    assert_true(fits(d, names));
    set_sni(d, "other.producer.example", 22);
    assert_false(fits(d, names));
    set_sni(d, "", 0);
    assert_false(fits(d, names)); /* nothing to compare */
    d->names[0] = (char[]){"producer.example"};
    d->domain[1].names = (struct val_host_list){d->names, 1};
    assert_true(fits(d, names));
    d->names[1] = (char[]){"press.producer.example"};
    d->conduit[0].names = (struct val_host_list){&d->names[1], 1};
    assert_false(fits(d, names)); /* the conduit is closer than the domain */
    d->names[1] = (char[]){"*.producer.example"};
    assert_true(fits(d, names));
    d->names[1] = (char[]){"press.producer.example"};
    memcpy(d->c->flow.server_address, "\x0a\x04\x00\x07", 4);
    assert_true(val_names_add_address(names, bytes_of("\x0a\x04\x00\x07", 4)));
    assert_true(fits(d, names));
    d->c->flow.family = 6;
    assert_false(fits(d, names));
    set_sni(d, "machine.producer.example", 24);
    assert_true(fits(d, names));
    free(names);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_is_good),
        TEST(test_the_client_still_owes),
        TEST(test_chains_and_possession),
        TEST(test_an_unknown_domain_is_not_good),
        TEST(test_names),
        TEST(test_sni),
        TEST(test_version),
        TEST(test_suites),
        TEST(test_static_rsa_is_g2),
        TEST(test_psk_is_g0),
        TEST(test_a_server_without_certificate),
        TEST(test_client_certificates),
        TEST(test_tls13_and_ech),
        TEST(test_resumption),
        TEST(test_any_conduit_may_accept),
        TEST(test_the_furthest_conduit_says_why),
        TEST(test_monitor_mode_decides_the_same),
        TEST(test_which_name_is_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
