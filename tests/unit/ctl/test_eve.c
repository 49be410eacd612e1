/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/eve.h"

#include "chain.h"
#include "ctl/pem.h"
#include "ctl/policy_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include <yyjson.h>

#define CASE_MAX 131072

static const char policy_head[] = "cellgate: 1\ncell: c\nzones:\n"
                                  "  - {name: in, side: inside, networks: [10.0.0.0/8]}\n"
                                  "  - {name: out, side: outside, networks: [192.0.2.0/24]}\nconduits:\n";

static struct val_policy *make_policy(const char *conduits, uint32_t epoch)
{
    struct ctl_complaints complaints;
    struct val_policy *policy = NULL;
    char text[2048];

    (void)snprintf(text, sizeof(text), "%s%s", policy_head, conduits);
    assert_int_equal(ctl_policy_read(&policy, &complaints, "p", bytes_of(text, strlen(text)), NULL, epoch), 0);
    return policy;
}

#define CONDUIT(name) "  - {name: " name ", from: {zone: out, grade: G0}, to: {zone: in, grade: G0}, ports: any}\n"

/* One case in a block of its own. */
static struct val_case *make_case(void)
{
    struct val_case *c = malloc(CASE_MAX);

    case_init(c, CASE_MAX);
    c->flow = (struct case_flow){.flow_id = 4711,
                                 .time_us = 1769860800123456, /* 2026-01-31T12:00:00.123456Z */
                                 .family = 4,
                                 .num_vlans = 2,
                                 .vlan = {10, 20},
                                 .client_port = 40000,
                                 .server_port = 8883,
                                 .client_address = {192, 0, 2, 20},
                                 .server_address = {10, 4, 0, 7}};
    return c;
}

static void add(struct val_case *c, struct case_span *span, const void *data, size_t len)
{
    assert_true(case_append(c, span, bytes_of(data, len)));
}

static void add_chain(struct val_case *c, struct case_party *party, const char *pem_text)
{
    char problem[CTL_PEM_PROBLEM_MAX];
    struct ctl_pem pem;

    assert_true(ctl_pem_init(&pem, problem, bytes_of(pem_text, strlen(pem_text))));
    for (size_t i = 0; i < pem.num; i++)
        add(c, &party->certificate[i], pem.certificate[i].at, pem.certificate[i].left);
    party->num_certificates = (uint8_t)pem.num;
    party->certificate_sent = 1;
    ctl_pem_fini(&pem);
}

static struct val_verdict accepted(void)
{
    return (struct val_verdict){.action = VAL_ACTION_ACCEPT,
                                .covers = VAL_COVERS_FLOW,
                                .reason = REASON_OK,
                                .grade = {VAL_GRADE_4, VAL_GRADE_2},
                                .possession = {VAL_POSSESSION_PROVED, VAL_POSSESSION_UNOBSERVABLE},
                                .conduit = 0,
                                .policy_epoch = 3,
                                .held_us = 250};
}

/* One record as JSON; checks that it is one line of printable ASCII or UTF-8. */
static yyjson_doc *record(const struct val_policy *policy, const struct val_verdict *verdict, const struct val_case *c)
{
    struct ctl_eve *eve = ctl_eve_new(policy, true);
    size_t len = 0;
    const char *line = ctl_eve_line(eve, verdict, c, &len);
    yyjson_doc *doc;

    assert_non_null(line);
    assert_int_equal(line[len - 1], '\n');
    for (size_t i = 0; i < len - 1; i++)
        assert_true((unsigned char)line[i] >= 0x20 && line[i] != 0x7f);
    doc = yyjson_read(line, len, 0);
    assert_non_null(doc);
    ctl_eve_free(eve);
    return doc;
}

static const char *text_at(yyjson_doc *doc, const char *pointer)
{
    return yyjson_get_str(yyjson_doc_ptr_get(doc, pointer));
}

static uint64_t number_at(yyjson_doc *doc, const char *pointer)
{
    yyjson_val *value = yyjson_doc_ptr_get(doc, pointer);

    assert_true(yyjson_is_uint(value));
    return yyjson_get_uint(value);
}

static bool nothing_at(yyjson_doc *doc, const char *pointer)
{
    return !yyjson_doc_ptr_get(doc, pointer);
}

static void test_a_full_record(void **state)
{
    static const uint8_t hello[] = {1, 0, 0, 45, 3, 1, [38] = 0, 0, 6, 0, 0x2f, 0, 0x35, 0, 0x0a, 1, 0};
    struct val_policy *policy = make_policy(CONDUIT("orders"), 3);
    struct val_verdict verdict = accepted();
    struct val_case *c = make_case();
    yyjson_doc *doc;

    c->tls.client_hello_seen = 1;
    c->tls.server_hello_seen = 1;
    c->tls.version = 0x0303;
    c->tls.cipher = 0xc02b;
    add(c, &c->tls.client_hello, hello, sizeof(hello));
    add(c, &c->tls.sni, "machine-7.producer.example", 26);
    add_chain(c, &c->party[CASE_SERVER], chain_machine);
    add_chain(c, &c->party[CASE_CLIENT], chain_self_signed);
    doc = record(policy, &verdict, c);
    assert_string_equal(text_at(doc, "/timestamp"), "2026-01-31T12:00:00.123456+0000");
    assert_int_equal(number_at(doc, "/flow_id"), 4711);
    assert_string_equal(text_at(doc, "/event_type"), "verdict");
    assert_int_equal(number_at(doc, "/vlan/0"), 10);
    assert_int_equal(number_at(doc, "/vlan/1"), 20);
    assert_string_equal(text_at(doc, "/src_ip"), "192.0.2.20");
    assert_int_equal(number_at(doc, "/src_port"), 40000);
    assert_string_equal(text_at(doc, "/dest_ip"), "10.4.0.7");
    assert_int_equal(number_at(doc, "/dest_port"), 8883);
    assert_string_equal(text_at(doc, "/proto"), "TCP");
    assert_string_equal(text_at(doc, "/verdict/action"), "accept");
    assert_true(nothing_at(doc, "/verdict/would"));
    assert_string_equal(text_at(doc, "/verdict/reason"), "ok");
    assert_int_equal(yyjson_arr_size(yyjson_doc_ptr_get(doc, "/verdict/reasons")), 0);
    assert_string_equal(text_at(doc, "/verdict/grade/client"), "G4");
    assert_string_equal(text_at(doc, "/verdict/grade/server"), "G2");
    assert_string_equal(text_at(doc, "/verdict/conduit"), "orders");
    assert_int_equal(number_at(doc, "/verdict/policy_epoch"), 3);
    assert_int_equal(number_at(doc, "/verdict/held_us"), 250);
    assert_string_equal(text_at(doc, "/tls/version"), "TLS 1.2");
    assert_string_equal(text_at(doc, "/tls/sni"), "machine-7.producer.example");
    assert_string_equal(text_at(doc, "/tls/cipher"), "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    assert_string_equal(text_at(doc, "/tls/ja3/string"), "769,47-53-10,,,");
    assert_string_equal(text_at(doc, "/tls/ja3/hash"), "7bc4acc37e8095387bed8c0b30a6081a");
    assert_string_equal(text_at(doc, "/tls/ja4"), "t10i030000_5704bdfc91c6_000000000000");
    assert_string_equal(text_at(doc, "/tls/subject"), "O=Shoe Producer, CN=machine-7.producer.example");
    assert_string_equal(text_at(doc, "/tls/issuerdn"), "O=Shoe Producer, CN=Shoe Producer intermediate");
    assert_string_equal(text_at(doc, "/tls/notbefore"), "2020-01-01T00:00:00");
    assert_string_equal(text_at(doc, "/tls/notafter"), "2049-12-31T23:59:59");
    assert_string_equal(text_at(doc, "/tls/san/0"), "machine-7.producer.example");
    assert_int_equal(yyjson_arr_size(yyjson_doc_ptr_get(doc, "/tls/chain")), 2);
    assert_int_equal(strlen(text_at(doc, "/tls/serial")), 59);
    assert_int_equal(strlen(text_at(doc, "/tls/fingerprint")), 95);
    assert_string_equal(text_at(doc, "/tls/chain/0"), text_at(doc, "/tls/fingerprint"));
    assert_string_equal(text_at(doc, "/tls/possession"), "unobservable");
    assert_string_equal(text_at(doc, "/tls/client/possession"), "proved");
    assert_non_null(text_at(doc, "/tls/client/subject"));
    assert_int_equal(yyjson_arr_size(yyjson_doc_ptr_get(doc, "/tls/client/chain")), 1);
    yyjson_doc_free(doc);
    free(c);
    val_policy_free(policy);
}

static void test_only_what_was_seen(void **state)
{
    struct val_policy *policy = make_policy(CONDUIT("orders"), 3);
    struct val_verdict verdict = {.action = VAL_ACTION_BLOCK,
                                  .reason = REASON_NO_CONDUIT,
                                  .reasons = reason_bit(REASON_NO_CONDUIT) | reason_bit(REASON_MID_STREAM),
                                  .conduit = VAL_NO_CONDUIT,
                                  .policy_epoch = 3};
    struct val_case *c = make_case();
    yyjson_doc *doc;

    c->flow.num_vlans = 0;
    c->flow.family = 6;
    c->flow.client_address[0] = 0x20;
    doc = record(policy, &verdict, c);
    assert_true(nothing_at(doc, "/tls"));
    assert_true(nothing_at(doc, "/vlan"));
    assert_true(nothing_at(doc, "/verdict/conduit"));
    assert_string_equal(text_at(doc, "/verdict/action"), "block");
    assert_string_equal(text_at(doc, "/verdict/reasons/0"), "mid_stream");
    assert_string_equal(text_at(doc, "/verdict/reasons/1"), "no_conduit");
    assert_non_null(strchr(text_at(doc, "/src_ip"), ':'));
    yyjson_doc_free(doc);
    c->tls.client_hello_seen = 1;
    doc = record(policy, &verdict, c);
    assert_false(nothing_at(doc, "/tls"));
    assert_true(nothing_at(doc, "/tls/version"));
    assert_true(nothing_at(doc, "/tls/cipher"));
    assert_true(nothing_at(doc, "/tls/ja3"));
    assert_true(nothing_at(doc, "/tls/possession"));
    yyjson_doc_free(doc);
    free(c);
    val_policy_free(policy);
}

static void test_monitor_and_undecided(void **state)
{
    struct val_policy *policy = make_policy(CONDUIT("orders"), 3);
    struct val_verdict verdict = accepted();
    struct val_case *c = make_case();
    yyjson_doc *doc;

    verdict.monitor = 1;
    verdict.action = VAL_ACTION_BLOCK;
    verdict.reason = REASON_EXPIRED;
    doc = record(policy, &verdict, c);
    assert_string_equal(text_at(doc, "/verdict/action"), "accept");
    assert_string_equal(text_at(doc, "/verdict/would"), "block");
    yyjson_doc_free(doc);
    memset(&verdict, 0, sizeof(verdict)); /* never means good */
    doc = record(policy, &verdict, c);
    assert_string_equal(text_at(doc, "/verdict/action"), "block");
    assert_string_equal(text_at(doc, "/verdict/reason"), "undecided");
    yyjson_doc_free(doc);
    free(c);
    val_policy_free(policy);
}

static void test_hostile_names(void **state)
{
    static const char sni[] = "a\nb\"c\\d\x1b[2J\0e\xff\xe2\x80\xae\x7f\xc2\x9b\xc3\xa9";
    struct val_policy *policy = make_policy(CONDUIT("orders"), 3);
    struct val_verdict verdict = accepted();
    struct val_case *c = make_case();
    struct ctl_eve *table = ctl_eve_new(policy, false);
    const char *row;
    size_t len;
    yyjson_doc *doc;

    c->tls.client_hello_seen = 1;
    add(c, &c->tls.sni, sni, sizeof(sni) - 1);
    doc = record(policy, &verdict, c);
    assert_string_equal(text_at(doc, "/tls/sni"),
                        "a\\x0ab\"c\\\\d\\x1b[2J\\x00e\\xff\\xe2\\x80\\xae\\x7f\\xc2\\x9b\xc3\xa9");
    yyjson_doc_free(doc);
    row = ctl_eve_line(table, &verdict, c, &len);
    for (size_t i = 0; i < len - 1; i++)
        assert_true((unsigned char)row[i] >= 0x20 && row[i] != 0x7f);
    assert_int_equal(row[len - 1], '\n');
    ctl_eve_free(table);
    free(c);
    val_policy_free(policy);
}

/* Everything as large as the wire allows: it still fits, and names are cut. */
static void test_the_largest_record(void **state)
{
    struct val_policy *policy = make_policy(CONDUIT("orders"), 3);
    struct val_verdict verdict = accepted();
    struct val_case *c = make_case();
    static char sni[2000];
    yyjson_doc *doc;

    memset(sni, 0x1b, sizeof(sni));
    verdict.reasons = UINT64_MAX;
    c->tls.client_hello_seen = c->tls.server_hello_seen = 1;
    c->tls.cipher = 0xfefe;
    c->tls.version = 0x7f1c;
    add(c, &c->tls.sni, sni, sizeof(sni));
    for (int side = 0; side < CASE_SIDES; side++) {
        struct case_party *party = &c->party[side];

        add_chain(c, party, chain_machine);
        for (size_t i = 2; i < CASE_CERTIFICATES_MAX; i++)
            party->certificate[i] = party->certificate[1];
        party->num_certificates = CASE_CERTIFICATES_MAX;
    }
    doc = record(policy, &verdict, c);
    assert_int_equal(strlen(text_at(doc, "/tls/sni")), 256 * 4);
    assert_string_equal(text_at(doc, "/tls/cipher"), "0xfefe");
    assert_string_equal(text_at(doc, "/tls/version"), "TLS 1.3 draft-28");
    assert_int_equal(yyjson_arr_size(yyjson_doc_ptr_get(doc, "/tls/client/chain")), CASE_CERTIFICATES_MAX);
    assert_int_equal(yyjson_arr_size(yyjson_doc_ptr_get(doc, "/verdict/reasons")), REASON_COUNT - 1);
    yyjson_doc_free(doc);
    free(c);
    val_policy_free(policy);
}

static void test_what_is_no_certificate(void **state)
{
    struct val_policy *policy = make_policy(CONDUIT("orders"), 3);
    struct val_verdict verdict = accepted();
    struct val_case *c = make_case();
    yyjson_doc *doc;

    c->tls.server_hello_seen = 1;
    c->party[CASE_SERVER].certificate_sent = 1;
    c->party[CASE_SERVER].num_certificates = 1;
    add(c, &c->party[CASE_SERVER].certificate[0], "garbage", 7);
    c->party[CASE_CLIENT].certificate_sent = 1; /* an empty list */
    doc = record(policy, &verdict, c);
    assert_true(nothing_at(doc, "/tls/subject"));
    assert_int_equal(strlen(text_at(doc, "/tls/fingerprint")), 95);
    assert_int_equal(yyjson_arr_size(yyjson_doc_ptr_get(doc, "/tls/chain")), 1);
    assert_int_equal(yyjson_arr_size(yyjson_doc_ptr_get(doc, "/tls/client/chain")), 0);
    assert_true(nothing_at(doc, "/tls/client/fingerprint"));
    yyjson_doc_free(doc);
    free(c);
    val_policy_free(policy);
}

/* A verdict's conduit is a number of the policy that it was judged by. */
static void test_names_follow_the_epoch(void **state)
{
    struct val_policy *old = make_policy(CONDUIT("orders"), 3);
    struct val_policy *new = make_policy(CONDUIT("repairs") CONDUIT("orders"), 4);
    struct val_policy *newest = make_policy(CONDUIT("none"), 5);
    struct ctl_eve *eve = ctl_eve_new(old, true);
    struct val_verdict verdict = accepted();
    struct val_case *c = make_case();
    size_t len;

    assert_true(ctl_eve_policy(eve, new));
    val_policy_free(old); /* names are copies */
    assert_non_null(strstr(ctl_eve_line(eve, &verdict, c, &len), "\"conduit\":\"orders\""));
    verdict.policy_epoch = 4;
    assert_non_null(strstr(ctl_eve_line(eve, &verdict, c, &len), "\"conduit\":\"repairs\""));
    assert_true(ctl_eve_policy(eve, newest));
    assert_non_null(strstr(ctl_eve_line(eve, &verdict, c, &len), "\"conduit\":\"repairs\""));
    verdict.policy_epoch = 3;
    assert_null(strstr(ctl_eve_line(eve, &verdict, c, &len), "\"conduit\""));
    ctl_eve_free(eve);
    val_policy_free(new);
    val_policy_free(newest);
    free(c);
}

static void test_table(void **state)
{
    struct val_policy *policy = make_policy(CONDUIT("orders"), 3);
    struct ctl_eve *eve = ctl_eve_new(policy, false);
    struct val_verdict verdict = accepted();
    struct val_case *c = make_case();
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);

    c->tls.server_hello_seen = 1;
    c->tls.version = 0x0303;
    add(c, &c->tls.sni, "m.example", 9);
    ctl_eve_print(eve, to, &verdict, c);
    verdict.monitor = 1;
    verdict.action = VAL_ACTION_BLOCK;
    verdict.reason = REASON_EXPIRED;
    ctl_eve_print(eve, to, &verdict, c);
    fclose(to);
    assert_string_equal(text, "verdict      reason                     grades version      conduit          client     "
                              "           -> server                name\n"
                              "accept       ok                         G4/G2  TLS 1.2      orders           "
                              "192.0.2.20:40000      -> 10.4.0.7:8883         m.example\n"
                              "would block  expired                    G4/G2  TLS 1.2      orders           "
                              "192.0.2.20:40000      -> 10.4.0.7:8883         m.example\n");
    free(text);
    ctl_eve_free(eve);
    val_policy_free(policy);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_record),          cmocka_unit_test(test_only_what_was_seen),
        cmocka_unit_test(test_monitor_and_undecided),  cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_the_largest_record),     cmocka_unit_test(test_what_is_no_certificate),
        cmocka_unit_test(test_names_follow_the_epoch), cmocka_unit_test(test_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
