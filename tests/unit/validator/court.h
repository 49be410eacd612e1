/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * court: whole handshakes with the keys and chains of tests/pki, and a judge with a policy for them.
 *
 * setup() makes a court of two conduits from the brand to the plant; a test changes `conduit` and calls court_compile().
 * show_all() makes a case of what two sides show; show_server() and show_client() do it in two steps.
 */
#ifndef CELLGATE_TESTS_VALIDATOR_COURT_H
#define CELLGATE_TESTS_VALIDATOR_COURT_H

#include "validator/judge.h"

#include <string.h>

#include "handshake.h"
#include "pki.h"

#define SNI          "machine-7.producer.example"
#define ECDHE_ECDSA  0xc02b
#define ECDHE_RSA    0xc02f
#define STATIC_RSA   0x002f
#define ECDSA_SHA256 0x0403
#define RSA_SHA256   0x0401
#define PORT         8883

enum { PRODUCER, BRAND };

/* What the two sides of a flow show; names of leaves of tests/pki. */
struct flow {
    const char *server;
    const char *server_key; /* leaf whose key signs; NULL: the server's own */
    const char *client;     /* NULL: the client shows nothing */
    const char *client_key;
    const char *sni;
    uint16_t cipher;
    uint16_t server_scheme;
    uint16_t port;
    bool unasked; /* no CertificateRequest */
};

static const struct flow plain = {.server = "machine",
                                  .client = "ordering",
                                  .sni = SNI,
                                  .cipher = ECDHE_ECDSA,
                                  .server_scheme = ECDSA_SHA256,
                                  .port = PORT};

struct court {
    struct val_judge *judge;
    struct val_policy *policy;
    struct val_conduit_spec conduit[2];
    size_t num_conduits;
    struct pki_chain root[2];
    const char *brand_name; /* the names that the brand's certificates may bear lie below it; NULL: any */
};

static inline void court_compile(struct court *court)
{
    const struct val_anchor_spec anchor[] = {{"producer", court->root[0].der[0]}, {"brand", court->root[1].der[0]}};
    const struct val_domain_spec domain[] = {{"producer", &anchor[0], 1, NULL, 0},
                                             {"brand", &anchor[1], 1, &court->brand_name, court->brand_name != NULL}};
    const struct val_network network[] = {{4, 8, {10}}, {4, 8, {203}}};
    const struct val_zone_spec zone[] = {{"plant", VAL_SIDE_INSIDE, &network[0], 1},
                                         {"partner", VAL_SIDE_OUTSIDE, &network[1], 1}};
    const struct val_policy_spec spec = {.cell = "cell",
                                         .otherwise = VAL_ACTION_BLOCK,
                                         .overload = VAL_ACTION_BLOCK,
                                         .mid_stream = VAL_ACTION_BLOCK,
                                         .epoch = 5,
                                         .algorithms = {2048, 256, 1, 1},
                                         .zones = zone,
                                         .num_zones = 2,
                                         .domains = domain,
                                         .num_domains = 2,
                                         .conduits = court->conduit,
                                         .num_conduits = court->num_conduits};
    struct val_policy_error error;

    val_policy_free(court->policy);
    court->policy = val_policy_new(&spec, &error);
    if (court->policy == NULL)
        fail_msg("%s", error.text);
}

static inline int setup(void **state)
{
    static struct court court;
    static const struct val_port_range port = {PORT, PORT};

    court = (struct court){.judge = val_judge_new(64),
                           .num_conduits = 2,
                           .root = {pki_load("producer", "root.pem"), pki_load("brand", "root.pem")}};
    court.conduit[0] = (struct val_conduit_spec){.name = "orders",
                                                 .from = {1, BRAND, VAL_GRADE_4},
                                                 .to = {0, PRODUCER, VAL_GRADE_4},
                                                 .ports = &port,
                                                 .num_ports = 1,
                                                 .version_min = 0x0303,
                                                 .not_tls = VAL_ACTION_BLOCK};
    court.conduit[1] = court.conduit[0];
    court.conduit[1].name = "second";
    court.conduit[1].to.domain = BRAND; /* where no server of these tests stands */
    court_compile(&court);
    *state = &court;
    return court.judge == NULL;
}

static inline int teardown(void **state)
{
    struct court *court = *state;

    val_judge_free(court->judge);
    val_policy_free(court->policy);
    pki_free(&court->root[0]);
    pki_free(&court->root[1]);
    return 0;
}

static inline void show_chain(int side, const char *domain, const char *leaf)
{
    struct case_party *party = &the_case()->party[side];
    struct pki_chain chain = pki_leaf(domain, leaf);

    add("\x0b\0\0\0", 4);
    for (size_t i = 0; i < chain.num; i++)
        party->certificate[i] = add(chain.der[i].at, chain.der[i].left);
    party->num_certificates = (uint8_t)chain.num;
    party->certificate_sent = 1;
    pki_free(&chain);
}

static inline void sign_server(const struct flow *flow)
{
    static const uint8_t ecdhe[36] = {3, 0, 29, 32, 9, 9, 9};
    struct case_party *server = &the_case()->party[CASE_SERVER];
    EVP_PKEY *key = pki_key("producer", flow->server_key == NULL ? flow->server : flow->server_key);
    uint8_t joined[256];
    uint8_t signature[1024];
    size_t len;

    add("\x0c\0\0\0", 4);
    server->covered = add(ecdhe, sizeof(ecdhe));
    the_case()->tls.curve_type = 3;
    the_case()->tls.group = 29;
    len = sign(signature, sizeof(signature), key, 0x0303, flow->server_scheme, signed_by_server(joined));
    server->signature = add(signature, len);
    server->signature_sent = 1;
    server->scheme = flow->server_scheme;
    EVP_PKEY_free(key);
}

static inline void sign_client(const struct flow *flow)
{
    struct val_case *c = the_case();
    struct case_party *client = &c->party[CASE_CLIENT];
    EVP_PKEY *key = pki_key("brand", flow->client_key == NULL ? flow->client : flow->client_key);
    uint8_t signature[1024];
    size_t len;

    client->covered = c->transcript;
    len = sign(signature, sizeof(signature), key, 0x0303, ECDSA_SHA256, case_bytes(c, client->covered));
    add("\x0f\0\0\0", 4);
    client->signature = add(signature, len);
    client->signature_sent = 1;
    client->scheme = ECDSA_SHA256;
    EVP_PKEY_free(key);
}

/* The hellos and the server's part; the client owes its own. */
static inline struct val_case *show_server(const struct flow *flow)
{
    const struct show hellos = {.version = 0x0303, .cipher = flow->cipher};
    struct val_case *c = the_case();

    case_init(c, BLOCK_LEN);
    c->flow = (struct case_flow){.flow_id = 1,
                                 .time_us = PKI_TIME_US,
                                 .family = 4,
                                 .initiator_side = 1,
                                 .client_port = 50000,
                                 .server_port = flow->port,
                                 .client_address = {203, 0, 113, 20},
                                 .server_address = {10, 4, 0, 7}};
    c->tls.kind = CASE_KIND_FULL;
    add_hellos(&hellos);
    if (flow->sni != NULL)
        c->tls.sni = add(flow->sni, strlen(flow->sni));
    show_chain(CASE_SERVER, "producer", flow->server);
    if (flow->server_scheme != 0)
        sign_server(flow);
    c->tls.certificate_requested = !flow->unasked;
    c->party[CASE_SERVER].complete = 1;
    return c;
}

static inline struct val_case *show_client(const struct flow *flow)
{
    struct val_case *c = the_case();

    if (flow->client != NULL) {
        show_chain(CASE_CLIENT, "brand", flow->client);
        add("\x10\0\0\0", 4);
        sign_client(flow);
    }
    c->party[CASE_CLIENT].complete = 1;
    assert_true(case_check(c, BLOCK_LEN));
    return c;
}

static inline struct val_case *show_all(const struct flow *flow)
{
    show_server(flow);
    return show_client(flow);
}

static inline struct val_verdict judge(struct court *court, struct val_case *c)
{
    struct val_verdict verdict;

    memset(&verdict, 0xaa, sizeof(verdict));
    val_judge_burst(court->judge, court->policy, &c, &verdict, 1);
    assert_true(verdict.action == VAL_ACTION_ACCEPT || verdict.action == VAL_ACTION_BLOCK);
    assert_int_equal(verdict.action == VAL_ACTION_ACCEPT, verdict.reason == REASON_OK);
    assert_int_equal(verdict.policy_epoch, 5);
    return verdict;
}

static inline void expect(struct court *court, struct val_case *c, uint64_t reasons, uint8_t side_refused)
{
    struct val_verdict verdict = judge(court, c);

    if (verdict.action != VAL_ACTION_BLOCK || verdict.reasons != reasons)
        fail_msg("first reason %s, reasons %llx; expected %s, %llx", reason_name((enum reason)verdict.reason),
                 (unsigned long long)verdict.reasons, reason_name(reason_first(reasons)), (unsigned long long)reasons);
    assert_int_equal(verdict.covers, VAL_COVERS_FLOW);
    assert_int_equal(verdict.reason, reason_first(reasons));
    assert_int_equal(verdict.side_refused, side_refused);
}

static inline void expect_one(struct court *court, struct val_case *c, enum reason reason, uint8_t side_refused)
{
    expect(court, c, reason_bit(reason), side_refused);
}

#define FLOW(...)                                                                                                      \
    ({                                                                                                                 \
        struct flow changed = plain;                                                                                   \
        struct flow *f = &changed;                                                                                     \
        __VA_ARGS__;                                                                                                   \
        changed;                                                                                                       \
    })

#endif
