/* SPDX-License-Identifier: BSD-3-Clause */
/* What a policy file says, and what it leaves unsaid, as the compiler of snapshots gets it. */
#include "validator/policy.h"

/* In place of the compiler: keeps what it was given. */
static struct val_policy *capture_spec(const struct val_policy_spec *spec, struct val_policy_error *error);
#define val_policy_new capture_spec
#include "ctl/policy_file.c" /* NOLINT: with a compiler of the test's own */

#include "chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define HEAD                                                                                                           \
    "cellgate: 1\ncell: c\nzones:\n"                                                                                   \
    "  - {name: in, side: inside, networks: [10.0.0.0/8, 192.0.2.7]}\n"                                                \
    "  - {name: out, side: outside, networks: [\"2001:db8::/32\", \"::1\"]}\n"                                         \
    "domains:\n  - {name: d, anchors: [a.pem, b.pem]}\n  - {name: e, anchors: [a.pem], names: [x.example, "            \
    "y.example]}\n"

/* What a test looks for in the spec: it lives only as long as the call. */
static void (*check)(const struct val_policy_spec *spec);
static struct val_policy_error planted;
static bool plant;

static struct val_policy *capture_spec(const struct val_policy_spec *spec, struct val_policy_error *error)
{
    if (plant) {
        *error = planted;
        return NULL;
    }
    check(spec);
    return (struct val_policy *)&planted; /* a pointer to nothing that is looked at */
}

/* b.pem holds two certificates. */
static int read_anchors_of(const struct ctl_anchor_source *source, uint8_t **data, size_t *len, const char *name)
{
    const char *text = name[0] == 'a' ? chain_root : chain_machine;

    *len = strlen(text);
    *data = malloc(*len);
    memcpy(*data, text, *len);
    return 0;
}

static void read_text(const char *text, void (*look)(const struct val_policy_spec *spec))
{
    static const struct ctl_anchor_source anchors = {.read = read_anchors_of};
    struct ctl_complaints complaints;
    struct val_policy *policy = NULL;

    check = look;
    if (ctl_policy_read(&policy, &complaints, "p", bytes_of(text, strlen(text)), &anchors, 5) != 0)
        ctl_complaints_print(&complaints, stderr);
    assert_non_null(policy);
}

static void look_for_defaults(const struct val_policy_spec *spec)
{
    const struct val_conduit_spec *conduit = &spec->conduits[0];

    assert_int_equal(spec->epoch, 5);
    assert_int_equal(spec->monitor, 0);
    assert_int_equal(spec->otherwise, VAL_ACTION_BLOCK);
    assert_int_equal(spec->overload, VAL_ACTION_BLOCK);
    assert_int_equal(spec->mid_stream, VAL_ACTION_BLOCK);
    assert_int_equal(spec->algorithms.rsa_bits_min, 2048);
    assert_int_equal(spec->algorithms.ec_bits_min, 256);
    assert_int_equal(spec->algorithms.forbid_md5, 1);
    assert_int_equal(spec->algorithms.forbid_sha1, 1);
    assert_int_equal(spec->num_pass, 0);
    assert_int_equal(spec->num_conduits, 1);
    assert_int_equal(conduit->from.grade, VAL_GRADE_4);
    assert_int_equal(conduit->to.grade, VAL_GRADE_4);
    assert_int_equal(conduit->version_min, 0x0303);
    assert_int_equal(conduit->not_tls, VAL_ACTION_BLOCK);
    assert_int_equal(conduit->num_names, 0);
    assert_int_equal(conduit->num_ports, 0);
}

static void test_what_is_unsaid_is_safe(void **state)
{
    read_text(HEAD "conduits: [{name: c, from: {zone: out, domain: d}, to: {zone: in, domain: d}, ports: any}]\n",
              look_for_defaults);
}

static void look_for_all(const struct val_policy_spec *spec)
{
    const struct val_conduit_spec *conduit = &spec->conduits[1];

    assert_int_equal(spec->monitor, 1);
    assert_int_equal(spec->otherwise, VAL_ACTION_ACCEPT);
    assert_int_equal(spec->overload, VAL_ACTION_ACCEPT);
    assert_int_equal(spec->mid_stream, VAL_ACTION_ACCEPT);
    assert_int_equal(spec->algorithms.rsa_bits_min, 3072);
    assert_int_equal(spec->algorithms.ec_bits_min, 384);
    assert_int_equal(spec->algorithms.forbid_md5, 1);
    assert_int_equal(spec->algorithms.forbid_sha1, 0);
    assert_int_equal(spec->num_pass, 3);
    assert_int_equal(spec->pass[0].ethertype, 0x8892);
    assert_int_equal(spec->pass[1].protocol, 17);
    assert_int_equal(spec->pass[1].port, 123);
    assert_int_equal(spec->pass[2].protocol, 58);
    assert_int_equal(spec->num_conduits, 2);
    assert_string_equal(conduit->name, "two");
    assert_int_equal(conduit->from.zone, 0);
    assert_int_equal(conduit->from.domain, 1);
    assert_int_equal(conduit->from.grade, VAL_GRADE_2);
    assert_int_equal(conduit->to.zone, 1);
    assert_int_equal(conduit->to.domain, VAL_NO_DOMAIN);
    assert_int_equal(conduit->to.grade, VAL_GRADE_0);
    assert_int_equal(conduit->num_ports, 2);
    assert_int_equal(conduit->ports[0].first, 443);
    assert_int_equal(conduit->ports[0].last, 443);
    assert_int_equal(conduit->ports[1].first, 8000);
    assert_int_equal(conduit->ports[1].last, 8010);
    assert_int_equal(conduit->num_names, 2);
    assert_string_equal(conduit->names[1], "*.b.example");
    assert_int_equal(conduit->version_min, 0x0301);
    assert_int_equal(conduit->not_tls, VAL_ACTION_ACCEPT);
}

static void test_what_is_said_arrives(void **state)
{
    read_text(HEAD "mode: monitor\notherwise: pass\noverload: pass\nmid_stream: pass\n"
                   "algorithms: {rsa: 3072, ec: 384, forbid: [md5]}\n"
                   "pass: [{ethertype: 0x8892}, {protocol: udp, port: 123}, {protocol: icmpv6}]\n"
                   "conduits:\n"
                   "  - {name: one, from: {zone: out, grade: G0}, to: {zone: in, grade: G0}, ports: any}\n"
                   "  - {name: two, from: {zone: in, domain: e, grade: G2}, to: {zone: out, grade: G0},\n"
                   "     ports: [443, 8000-8010], names: [b.example, \"*.b.example\"], version: 1.0, not_tls: pass}\n",
              look_for_all);
}

static void look_for_zones_and_domains(const struct val_policy_spec *spec)
{
    static const uint8_t ten[16] = {10};
    static const uint8_t doc[16] = {0x20, 0x01, 0x0d, 0xb8};

    assert_int_equal(spec->num_zones, 2);
    assert_int_equal(spec->zones[0].side, VAL_SIDE_INSIDE);
    assert_int_equal(spec->zones[1].side, VAL_SIDE_OUTSIDE);
    assert_int_equal(spec->zones[0].networks[0].family, 4);
    assert_int_equal(spec->zones[0].networks[0].prefix, 8);
    assert_memory_equal(spec->zones[0].networks[0].address, ten, 16);
    assert_int_equal(spec->zones[0].networks[1].prefix, 32);
    assert_int_equal(spec->zones[1].networks[0].family, 6);
    assert_int_equal(spec->zones[1].networks[0].prefix, 32);
    assert_memory_equal(spec->zones[1].networks[0].address, doc, 16);
    assert_int_equal(spec->zones[1].networks[1].prefix, 128);
    assert_int_equal(spec->num_domains, 2);
    assert_int_equal(spec->domains[0].num_anchors, 3);
    assert_string_equal(spec->domains[0].anchors[0].label, "a.pem");
    assert_string_equal(spec->domains[0].anchors[1].label, "b.pem#1");
    assert_string_equal(spec->domains[0].anchors[2].label, "b.pem#2");
    assert_int_equal(spec->domains[0].anchors[2].der.at[0], 0x30);
    assert_int_equal(spec->domains[1].num_names, 2);
    assert_string_equal(spec->domains[1].names[0], "x.example");
}

static void test_zones_and_domains(void **state)
{
    read_text(HEAD, look_for_zones_and_domains);
}

static void complaint_at(int object, size_t index, size_t inner, unsigned line)
{
    static const struct ctl_anchor_source anchors = {.read = read_anchors_of};
    static const char text[] =
        HEAD "conduits:\n"
             "  - {name: c, from: {zone: out, domain: d}, to: {zone: in, domain: d}, ports: any}\n";
    struct ctl_complaints complaints;
    struct val_policy *policy = NULL;

    planted = (struct val_policy_error){.text = "planted", .index = index, .inner = inner};
    planted.object = object;
    plant = true;
    assert_int_equal(ctl_policy_read(&policy, &complaints, "p", bytes_of(text, strlen(text)), &anchors, 1), -1);
    plant = false;
    assert_null(policy);
    assert_int_equal(complaints.num, 1);
    assert_string_equal(complaints.list[0].text, "planted");
    assert_int_equal(complaints.list[0].line, line);
}

static void test_the_compilers_errors_have_places(void **state)
{
    complaint_at(VAL_ERROR_POLICY, 0, 0, 1);
    complaint_at(VAL_ERROR_ZONE, 1, 0, 5);
    complaint_at(VAL_ERROR_DOMAIN, 1, 0, 8);
    complaint_at(VAL_ERROR_ANCHOR, 0, 2, 7);
    complaint_at(VAL_ERROR_CONDUIT, 0, 0, 10);
    complaint_at(VAL_ERROR_ZONE, 2, 0, 1); /* an index that does not exist */
    complaint_at(VAL_ERROR_ANCHOR, 0, 3, 1);
    complaint_at(VAL_ERROR_ANCHOR, 2, 0, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_unsaid_is_safe),
        cmocka_unit_test(test_what_is_said_arrives),
        cmocka_unit_test(test_zones_and_domains),
        cmocka_unit_test(test_the_compilers_errors_have_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
