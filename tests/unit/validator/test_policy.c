/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "forge.h"
#include "pki.h"

/* A policy that is right in everything; each test spoils one thing. */
struct draft {
    struct pki_chain root;
    struct val_anchor_spec anchor;
    struct val_network network[3];
    struct val_zone_spec zone[3];
    const char *domain_names[2];
    struct val_domain_spec domain[2];
    struct val_port_range port[2];
    const char *conduit_names[2];
    struct val_conduit_spec conduit[3];
    struct val_pass_spec pass[2];
    struct val_policy_spec spec;
};

static int setup(void **state)
{
    static struct draft d;

    memset(&d, 0, sizeof(d));
    d.root = pki_load("producer", "root.pem");
    d.anchor = (struct val_anchor_spec){"anchors/producer-root.pem", d.root.der[0]};
    d.network[0] = (struct val_network){4, 16, {10, 4}};
    d.network[1] = (struct val_network){4, 0, {0}};
    d.network[2] = (struct val_network){6, 32, {0x20, 0x01, 0x0d, 0xb8}};
    d.zone[0] = (struct val_zone_spec){"plant", VAL_SIDE_INSIDE, &d.network[0], 1};
    d.zone[1] = (struct val_zone_spec){"partner", VAL_SIDE_OUTSIDE, &d.network[1], 1};
    d.zone[2] = (struct val_zone_spec){"far", VAL_SIDE_OUTSIDE, &d.network[2], 1};
    d.domain_names[0] = "Producer.example";
    d.domain[0] = (struct val_domain_spec){"producer", &d.anchor, 1, d.domain_names, 1};
    d.domain[1] = (struct val_domain_spec){"brand", &d.anchor, 1, NULL, 0};
    d.port[0] = (struct val_port_range){8883, 8883};
    d.port[1] = (struct val_port_range){4000, 4999};
    d.conduit_names[0] = "*.producer.example";
    d.conduit[0] = (struct val_conduit_spec){.name = "orders",
                                             .from = {1, 1, VAL_GRADE_4},
                                             .to = {0, 0, VAL_GRADE_4},
                                             .ports = d.port,
                                             .num_ports = 2,
                                             .names = d.conduit_names,
                                             .num_names = 1,
                                             .version_min = 0x0303,
                                             .not_tls = VAL_ACTION_BLOCK};
    d.conduit[1] = d.conduit[0];
    d.conduit[1].name = "anything";
    d.conduit[1].num_ports = 0;
    d.conduit[1].not_tls = VAL_ACTION_ACCEPT;
    d.conduit[2] = d.conduit[1];
    d.conduit[2].name = "out";
    d.conduit[2].from = (struct val_end_spec){0, VAL_NO_DOMAIN, VAL_GRADE_0};
    d.conduit[2].to = (struct val_end_spec){1, VAL_NO_DOMAIN, VAL_GRADE_0};
    d.pass[0] = (struct val_pass_spec){.ethertype = 0x88f7};
    d.pass[1] = (struct val_pass_spec){.protocol = 17, .port = 123};
    d.spec = (struct val_policy_spec){.cell = "welding-4",
                                      .otherwise = VAL_ACTION_BLOCK,
                                      .overload = VAL_ACTION_BLOCK,
                                      .mid_stream = VAL_ACTION_BLOCK,
                                      .epoch = 7,
                                      .algorithms = {2048, 256, 1, 1},
                                      .zones = d.zone,
                                      .num_zones = 3,
                                      .domains = d.domain,
                                      .num_domains = 2,
                                      .conduits = d.conduit,
                                      .num_conduits = 3,
                                      .pass = d.pass,
                                      .num_pass = 2};
    *state = &d;
    return 0;
}

static int teardown(void **state)
{
    pki_free(&((struct draft *)*state)->root);
    return 0;
}

static struct val_policy *compile(const struct draft *d)
{
    struct val_policy_error error;
    struct val_policy *policy = val_policy_new(&d->spec, &error);

    if (policy == NULL)
        fail_msg("refused: %s", error.text);
    return policy;
}

/* The draft is refused, the sentence holds `word`, and it speaks of this object. */
static void refused(const struct draft *d, const char *word, int object, size_t index)
{
    struct val_policy_error error;
    struct val_policy *policy = val_policy_new(&d->spec, &error);

    if (policy != NULL) {
        val_policy_free(policy);
        fail_msg("taken, but \"%s\" was expected", word);
    }
    if (strstr(error.text, word) == NULL)
        fail_msg("\"%s\" does not hold \"%s\"", error.text, word);
    assert_int_equal((int)error.object, object);
    assert_int_equal(error.index, index);
}

static struct case_flow flow(uint8_t initiator_side, uint8_t c0, uint8_t c1, uint8_t s0, uint8_t s1, uint16_t port)
{
    return (struct case_flow){.family = 4,
                              .initiator_side = initiator_side,
                              .client_address = {c0, c1, 0, 1},
                              .server_address = {s0, s1, 0, 2},
                              .server_port = port,
                              .client_port = 50000};
}

static void test_what_it_says_of_itself(void **state)
{
    struct val_policy *policy = compile(*state);

    assert_int_equal(val_policy_epoch(policy), 7);
    assert_false(val_policy_monitor(policy));
    assert_string_equal(val_policy_cell(policy), "welding-4");
    assert_string_equal(val_policy_conduit_name(policy, 0), "orders");
    assert_string_equal(val_policy_conduit_name(policy, 2), "out");
    assert_null(val_policy_conduit_name(policy, 3));
    assert_null(val_policy_conduit_name(policy, VAL_NO_CONDUIT));
    val_policy_free(policy);
    val_policy_free(NULL);
}

static void test_match(void **state)
{
    struct val_policy *policy = compile(*state);
    struct case_flow f = flow(1, 203, 0, 10, 4, 8883);
    struct val_match match;

    val_policy_match(policy, &match, &f);
    assert_int_equal(match.num, 2); /* in the order of the file */
    assert_int_equal(match.conduit[0], 0);
    assert_int_equal(match.conduit[1], 1);
    f.server_port = 4500;
    val_policy_match(policy, &match, &f);
    assert_int_equal(match.num, 2);
    f.server_port = 5000;
    val_policy_match(policy, &match, &f);
    assert_int_equal(match.num, 1);
    assert_int_equal(match.conduit[0], 1);
    f = flow(0, 10, 4, 203, 0, 8883); /* the other way round: another conduit */
    val_policy_match(policy, &match, &f);
    assert_int_equal(match.num, 1);
    assert_int_equal(match.conduit[0], 2);
    f = flow(1, 203, 0, 10, 5, 8883); /* no zone */
    val_policy_match(policy, &match, &f);
    assert_int_equal(match.num, 0);
    f = flow(0, 203, 0, 10, 4, 8883); /* these addresses stand on the other sides */
    val_policy_match(policy, &match, &f);
    assert_int_equal(match.num, 0);
    val_policy_free(policy);
}

static void test_matches_are_bounded(void **state)
{
    static struct val_conduit_spec many[VAL_MATCH_MAX + 5];
    static char name[VAL_MATCH_MAX + 5][8];
    struct draft *d = *state;
    struct case_flow f = flow(1, 203, 0, 10, 4, 1);
    struct val_match match;
    struct val_policy *policy;

    for (size_t i = 0; i < VAL_MATCH_MAX + 5; i++) {
        many[i] = d->conduit[1];
        snprintf(name[i], sizeof(name[i]), "c%zu", i);
        many[i].name = name[i];
    }
    d->spec.conduits = many;
    d->spec.num_conduits = VAL_MATCH_MAX + 5;
    policy = compile(d);
    val_policy_match(policy, &match, &f);
    assert_int_equal(match.num, VAL_MATCH_MAX);
    for (uint16_t i = 0; i < VAL_MATCH_MAX; i++)
        assert_int_equal(match.conduit[i], i);
    val_policy_free(policy);
}

static void test_prefix(void **state)
{
    struct val_policy *policy = compile(*state);
    const uint8_t plant[16] = {10, 4, 0, 7};
    const uint8_t far[16] = {0x20, 0x01, 0x0d, 0xb8};

    assert_int_equal(val_policy_prefix(policy, VAL_SIDE_INSIDE, 4, plant), 16);
    assert_int_equal(val_policy_prefix(policy, VAL_SIDE_OUTSIDE, 4, plant), 0);
    assert_int_equal(val_policy_prefix(policy, VAL_SIDE_OUTSIDE, 6, far), 32);
    assert_int_equal(val_policy_prefix(policy, VAL_SIDE_INSIDE, 6, far), -1);
    val_policy_free(policy);
}

static void test_what_passes(void **state)
{
    struct draft *d = *state;
    struct val_policy *policy = compile(d);

    assert_true(val_policy_passes(policy, 0x88f7, 0, 0, 0));
    assert_true(val_policy_passes(policy, 0x0800, 17, 50000, 123));
    assert_true(val_policy_passes(policy, 0x86dd, 17, 123, 50000));
    assert_false(val_policy_passes(policy, 0x0800, 17, 50000, 53));
    assert_false(val_policy_passes(policy, 0x0800, 1, 0, 0));
    assert_false(val_policy_passes(policy, 0x8892, 0, 0, 0));
    val_policy_free(policy);
    d->spec.otherwise = VAL_ACTION_ACCEPT;
    policy = compile(d);
    assert_true(val_policy_passes(policy, 0x0800, 1, 0, 0));
    val_policy_free(policy);
}

static struct val_verdict react(const struct val_policy *policy, const struct case_flow *f, uint64_t reasons)
{
    struct val_verdict verdict;

    val_policy_react(policy, &verdict, f, reasons);
    assert_int_equal(verdict.covers, VAL_COVERS_FLOW);
    assert_int_equal(verdict.policy_epoch, 7);
    assert_int_equal(verdict.action == VAL_ACTION_ACCEPT, verdict.reason == REASON_OK);
    assert_int_not_equal(verdict.action, VAL_ACTION_UNDECIDED);
    return verdict;
}

static void test_reactions_block_by_default(void **state)
{
    struct val_policy *policy = compile(*state);
    struct case_flow f = flow(1, 203, 0, 10, 5, 1);
    struct val_verdict verdict;

    for (int i = 1; i < REASON_COUNT; i++) {
        if (i == REASON_OK)
            continue;
        verdict = react(policy, &f, reason_bit((enum reason)i));
        assert_int_equal(verdict.action, VAL_ACTION_BLOCK);
        assert_int_equal(verdict.reason, i);
        assert_int_equal(verdict.conduit, VAL_NO_CONDUIT);
    }
    verdict = react(policy, &f, 0); /* a question without a reason is no reason to let pass */
    assert_int_equal(verdict.action, VAL_ACTION_BLOCK);
    val_policy_free(policy);
}

static void test_reactions_as_the_policy_says(void **state)
{
    struct draft *d = *state;
    struct case_flow f = flow(1, 203, 0, 10, 4, 8883);
    struct val_policy *policy;
    struct val_verdict verdict;

    d->spec.otherwise = VAL_ACTION_ACCEPT;
    d->spec.mid_stream = VAL_ACTION_ACCEPT;
    d->spec.monitor = 1;
    policy = compile(d);
    verdict = react(policy, &f, reason_bit(REASON_NO_CONDUIT));
    assert_int_equal(verdict.action, VAL_ACTION_ACCEPT);
    assert_int_equal(verdict.reasons, reason_bit(REASON_NO_CONDUIT));
    assert_int_equal(verdict.monitor, 1);
    assert_int_equal(react(policy, &f, reason_bit(REASON_MID_STREAM)).action, VAL_ACTION_ACCEPT);
    verdict = react(policy, &f, reason_bit(REASON_MID_STREAM) | reason_bit(REASON_OVERLOAD));
    assert_int_equal(verdict.action, VAL_ACTION_BLOCK);
    assert_int_equal(verdict.reason, REASON_OVERLOAD);
    assert_int_equal(verdict.reasons, reason_bit(REASON_MID_STREAM) | reason_bit(REASON_OVERLOAD));
    /* the second conduit of the flow lets pass what is not TLS */
    verdict = react(policy, &f, reason_bit(REASON_NOT_TLS));
    assert_int_equal(verdict.action, VAL_ACTION_ACCEPT);
    assert_int_equal(verdict.conduit, 1);
    val_policy_free(policy);
    d->spec.overload = VAL_ACTION_ACCEPT;
    d->spec.num_conduits = 1;
    policy = compile(d);
    assert_int_equal(react(policy, &f, reason_bit(REASON_OVERLOAD)).action, VAL_ACTION_ACCEPT);
    verdict = react(policy, &f, reason_bit(REASON_NOT_TLS));
    assert_int_equal(verdict.action, VAL_ACTION_BLOCK);
    assert_int_equal(verdict.conduit, 0);
    val_policy_free(policy);
}

static void test_refused_zones(void **state)
{
    struct draft *d = *state;

    d->zone[1].name = "";
    refused(d, "name", VAL_ERROR_ZONE, 1);
    d->zone[1].name = "plant";
    refused(d, "two objects", VAL_ERROR_POLICY, 0);
    d->zone[1].name = "partner";
    d->zone[2].side = 2;
    refused(d, "inside or outside", VAL_ERROR_ZONE, 2);
    d->zone[2].side = VAL_SIDE_OUTSIDE;
    d->network[0].prefix = 33;
    refused(d, "network 1", VAL_ERROR_ZONE, 0);
    d->network[0].prefix = 13;
    refused(d, "network 1", VAL_ERROR_ZONE, 0);
    d->network[0].prefix = 16;
    d->network[0].family = 5;
    refused(d, "network 1", VAL_ERROR_ZONE, 0);
    d->network[0].family = 4;
    d->network[2] = d->network[1];
    refused(d, "twice", VAL_ERROR_ZONE, 2);
    d->spec.num_zones = VAL_ZONES_MAX + 1;
    refused(d, "more than", VAL_ERROR_POLICY, 0);
}

static void test_refused_domains(void **state)
{
    struct draft *d = *state;
    struct pki_chain leaf = pki_leaf("producer", "machine");
    struct val_anchor_spec two[2] = {d->anchor, d->anchor};

    d->domain[1].num_anchors = 0;
    refused(d, "anchors", VAL_ERROR_DOMAIN, 1);
    d->domain[1].num_anchors = 1;
    d->domain_names[0] = "*.producer.example";
    refused(d, "not a DNS name: *.producer.example", VAL_ERROR_DOMAIN, 0);
    d->domain_names[0] = "producer.example";
    d->domain[0].name = "a name that is longer than all names that anybody would ever give one";
    refused(d, "name", VAL_ERROR_DOMAIN, 0);
    d->domain[0].name = "brand";
    refused(d, "two objects are called brand", VAL_ERROR_POLICY, 0);
    d->domain[0].name = "producer";
    two[1].der = bytes_of("nonsense", 8);
    d->domain[0].anchors = two;
    d->domain[0].num_anchors = 2;
    refused(d, "no well-formed certificate", VAL_ERROR_ANCHOR, 0);
    two[1].der = leaf.der[0];
    refused(d, "no CA", VAL_ERROR_ANCHOR, 0);
    d->domain[0].num_anchors = 0xffff;
    refused(d, "anchors", VAL_ERROR_DOMAIN, 0);
    pki_free(&leaf);
}

static void test_which_anchor_is_refused(void **state)
{
    struct draft *d = *state;
    struct val_anchor_spec three[3] = {d->anchor, d->anchor, d->anchor};
    struct val_policy_error error;

    three[2].der = bytes_of("\x30\x00", 2);
    d->domain[1].anchors = three;
    d->domain[1].num_anchors = 3;
    assert_null(val_policy_new(&d->spec, &error));
    assert_int_equal((int)error.object, VAL_ERROR_ANCHOR);
    assert_int_equal(error.index, 1);
    assert_int_equal(error.inner, 2);
}

static void test_refused_conduits(void **state)
{
    struct draft *d = *state;

    d->conduit[1].from.zone = 3;
    refused(d, "zone", VAL_ERROR_CONDUIT, 1);
    d->conduit[1].from.zone = 0;
    refused(d, "same side", VAL_ERROR_CONDUIT, 1);
    d->conduit[1].from.zone = 1;
    d->conduit[1].to.domain = 2;
    refused(d, "domain", VAL_ERROR_CONDUIT, 1);
    d->conduit[1].to.domain = VAL_NO_DOMAIN;
    refused(d, "G4", VAL_ERROR_CONDUIT, 1);
    d->conduit[1].to.domain = 0;
    d->conduit[1].to.grade = 5;
    refused(d, "grade", VAL_ERROR_CONDUIT, 1);
    d->conduit[1].to.grade = 4;
    d->conduit[1].name = NULL;
    refused(d, "name", VAL_ERROR_CONDUIT, 1);
    d->conduit[1].name = "out";
    refused(d, "two objects", VAL_ERROR_POLICY, 0);
    d->conduit[1].name = "anything";
    d->conduit[1].version_min = 0x0300;
    refused(d, "TLS version", VAL_ERROR_CONDUIT, 1);
    d->conduit[1].version_min = 0x0301;
    d->conduit[1].not_tls = VAL_ACTION_UNDECIDED;
    refused(d, "not TLS", VAL_ERROR_CONDUIT, 1);
    d->conduit[1].not_tls = VAL_ACTION_BLOCK;
    d->conduit_names[0] = "*.example";
    refused(d, "not a DNS name", VAL_ERROR_CONDUIT, 0);
    d->conduit_names[0] = "a.example";
    d->port[1] = (struct val_port_range){5, 4};
    refused(d, "ports", VAL_ERROR_CONDUIT, 0);
    d->spec.num_conduits = VAL_CONDUITS_MAX + 1;
    refused(d, "more than", VAL_ERROR_POLICY, 0);
}

static void test_refused_as_a_whole(void **state)
{
    struct draft *d = *state;

    d->spec.cell = NULL;
    refused(d, "cell", VAL_ERROR_POLICY, 0);
    d->spec.cell = "welding-4";
    d->spec.otherwise = VAL_ACTION_UNDECIDED;
    refused(d, "otherwise", VAL_ERROR_POLICY, 0);
    d->spec.otherwise = VAL_ACTION_BLOCK;
    d->spec.overload = 3;
    refused(d, "overload", VAL_ERROR_POLICY, 0);
    d->spec.overload = VAL_ACTION_BLOCK;
    d->pass[0] = (struct val_pass_spec){.ethertype = 0x0800};
    refused(d, "all of IP", VAL_ERROR_POLICY, 0);
    d->pass[0] = (struct val_pass_spec){.ethertype = 0x8892, .protocol = 17};
    refused(d, "not both", VAL_ERROR_POLICY, 0);
    d->pass[0] = (struct val_pass_spec){.protocol = 6};
    refused(d, "TCP", VAL_ERROR_POLICY, 0);
    d->pass[0] = (struct val_pass_spec){.protocol = 1, .port = 5};
    refused(d, "UDP", VAL_ERROR_POLICY, 0);
}

static void test_an_empty_policy(void **state)
{
    const struct val_policy_spec empty = {
        .cell = "x", .otherwise = VAL_ACTION_BLOCK, .overload = VAL_ACTION_BLOCK, .mid_stream = VAL_ACTION_BLOCK};
    struct case_flow f = flow(1, 203, 0, 10, 4, 8883);
    struct val_policy_error error;
    struct val_match match;
    struct val_policy *policy = val_policy_new(&empty, &error);

    assert_non_null(policy);
    val_policy_match(policy, &match, &f);
    assert_int_equal(match.num, 0);
    assert_false(val_policy_passes(policy, 0x0800, 17, 1, 2));
    val_policy_free(policy);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_it_says_of_itself),
        TEST(test_match),
        TEST(test_matches_are_bounded),
        TEST(test_prefix),
        TEST(test_what_passes),
        TEST(test_reactions_block_by_default),
        TEST(test_reactions_as_the_policy_says),
        TEST(test_refused_zones),
        TEST(test_refused_domains),
        TEST(test_which_anchor_is_refused),
        TEST(test_refused_conduits),
        TEST(test_refused_as_a_whole),
        TEST(test_an_empty_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
