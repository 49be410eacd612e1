/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "scene.h"

#define FORGE(...)      forge(&(struct forge_spec){__VA_ARGS__})
#define LEAF_EXTENSIONS {"subjectAltName", "DNS:a.example"}, {"extendedKeyUsage", "serverAuth"}

static void test_leaf_intermediate_root(void **state)
{
    struct scene *scene = *state;
    struct val_path_answer answer;

    trust(scene, forge_ca("root", NULL));
    send(scene, forge_server("a.example", "ca"));
    send(scene, FORGE(.subject = "ca", .issuer = "root", .not_before = "20250101000000Z",
                      .not_after = "20270101000000Z", .extension = {FORGE_CA}));
    answer = ask(scene);
    assert_int_equal(answer.reasons, 0);
    assert_int_equal(answer.not_before_s, INT64_C(1735689600)); /* the narrowest: 2025-01-01 to 2027-01-01 */
    assert_int_equal(answer.not_after_s, INT64_C(1798761600));
    scene->side = CASE_CLIENT;
    expect_one(scene, REASON_WRONG_USAGE);
    scene->side = CASE_SERVER;
    scene->floor.ec_bits_min = 384;
    expect_one(scene, REASON_WEAK_KEY);
}

static void test_order_duplicates_and_strangers(void **state)
{
    struct scene *scene = *state;
    struct bytes root = forge_ca("root", NULL);
    struct bytes ca = forge_ca("ca 2", "ca 1");

    trust(scene, root);
    send(scene, forge_server("a.example", "ca 2"));
    send(scene, forge_ca("stranger", NULL));
    send(scene, forge_ca("ca 1", "root"));
    send(scene, ca);
    send(scene, bytes_of(OPENSSL_memdup(ca.at, ca.left), ca.left));
    send(scene, bytes_of(OPENSSL_memdup(root.at, root.left), root.left));
    scene->sent[scene->num_sent++] = NULL; /* one that did not parse */
    expect(scene, 0);
}

static void test_no_way_to_an_anchor(void **state)
{
    struct scene *scene = *state;

    trust(scene, forge_ca("root", NULL));
    send(scene, forge_server("a.example", "ca"));
    expect_one(scene, REASON_UNKNOWN_ISSUER);
    send(scene, forge_ca("ca", "stranger"));
    expect_one(scene, REASON_UNKNOWN_ISSUER);
    send(scene, forge_ca("stranger", NULL));
    expect_one(scene, REASON_SELF_SIGNED);
    scene->sent[scene->num_sent++] = NULL;
    expect(scene, reason_bit(REASON_SELF_SIGNED) | reason_bit(REASON_MALFORMED));
}

static void test_a_self_signed_leaf(void **state)
{
    struct scene *scene = *state;

    trust(scene, forge_ca("root", NULL));
    send(scene, FORGE(.subject = "a.example", .extension = {LEAF_EXTENSIONS, {"subjectKeyIdentifier", "hash"}}));
    expect_one(scene, REASON_SELF_SIGNED);
}

static void test_several_faults_are_all_named(void **state)
{
    struct scene *scene = *state;

    trust(scene, forge_ca("root", NULL));
    send(scene, FORGE(.subject = "a.example", .issuer = "root", .not_after = "20210101000000Z", .digest = "SHA1",
                      .extension = {{"extendedKeyUsage", "clientAuth"}}));
    expect(scene, reason_bit(REASON_EXPIRED) | reason_bit(REASON_WRONG_USAGE) | reason_bit(REASON_WEAK_ALGORITHM));
    scene->num_anchors = 0;
    expect(scene, reason_bit(REASON_EXPIRED) | reason_bit(REASON_WRONG_USAGE) | reason_bit(REASON_WEAK_ALGORITHM) |
                      reason_bit(REASON_UNKNOWN_ISSUER));
    scene->num_anchors = 1;
}

/* RFC 5280 4.1.2.5: both ends of the validity are included. */
static void test_the_ends_of_validity(void **state)
{
    struct scene *scene = *state;

    trust(scene, forge_ca("root", NULL));
    send(scene, FORGE(.subject = "a.example", .issuer = "root", .not_before = "20260101000000Z",
                      .not_after = "20260201000000Z", .extension = {LEAF_EXTENSIONS}));
    scene->time_s = INT64_C(1767225600);
    expect(scene, 0);
    scene->time_s--;
    expect_one(scene, REASON_NOT_YET_VALID);
    scene->time_s = INT64_C(1769904000);
    expect(scene, 0);
    scene->time_s++;
    expect_one(scene, REASON_EXPIRED);
    scene->time_s = -1; /* 1969 */
    expect_one(scene, REASON_NOT_YET_VALID);
}

static void test_the_anchor_has_dates_too(void **state)
{
    struct scene *scene = *state;
    struct val_path_answer answer;

    trust(scene, FORGE(.subject = "root", .not_after = "20250101000000Z", .extension = {FORGE_CA}));
    send(scene, forge_server("a.example", "root"));
    answer = ask(scene);
    assert_int_equal(answer.reasons, reason_bit(REASON_EXPIRED));
    assert_int_equal(answer.at, VAL_PATH_AT_ANCHOR);
    scene->time_s = INT64_C(1700000000);
    expect(scene, 0);
    drop(scene->anchor[0]);
    scene->num_anchors = 0;
    scene->time_s = NOW;
    trust(scene, FORGE(.subject = "root", .not_before = "20300101000000Z", .extension = {FORGE_CA}));
    expect_one(scene, REASON_NOT_YET_VALID);
}

/* OpenSSL alone follows the first issuer that fits and gives up there. */
static void test_other_paths_are_tried(void **state)
{
    struct scene *scene = *state;

    trust(scene, forge_ca("root", NULL));
    send(scene, forge_server("a.example", "ca"));
    send(scene, FORGE(.subject = "ca", .issuer = "root", .not_after = "20210101000000Z", .extension = {FORGE_CA}));
    send(scene, FORGE(.subject = "ca", .issuer = "nowhere", .extension = {FORGE_CA}));
    expect_one(scene, REASON_EXPIRED);
    send(scene, FORGE(.subject = "ca", .issuer = "root", .extension = {{"basicConstraints", "critical,CA:FALSE"}}));
    expect_one(scene, REASON_EXPIRED);
    send(scene, FORGE(.subject = "ca", .issuer = "root 2", .extension = {FORGE_CA}));
    trust(scene, forge_ca("root 2", NULL));
    expect(scene, 0);
}

/* Same name and no key identifiers: only the signature tells which one it was. */
static void test_lookalikes(void **state)
{
    struct scene *scene = *state;

    trust(scene, FORGE(.subject = "root", .key = "other key", .signer = "other key", .extension = {FORGE_CA}));
    send(scene,
         FORGE(.subject = "a.example", .issuer = "root", .no_key_identifiers = true, .extension = {LEAF_EXTENSIONS}));
    expect_one(scene, REASON_BAD_SIGNATURE);
    trust(scene, forge_ca("root", NULL));
    expect_one(scene, REASON_MALFORMED); /* the leaf lacks its key identifier, and now that is all */
}

static void test_key_rollover(void **state)
{
    struct scene *scene = *state;

    trust(scene, FORGE(.subject = "root", .key = "old", .signer = "old", .extension = {FORGE_CA}));
    send(scene, FORGE(.subject = "a.example", .issuer = "root", .signer = "new", .extension = {LEAF_EXTENSIONS}));
    send(scene, FORGE(.subject = "root", .key = "new", .signer = "old", .extension = {FORGE_CA}));
    expect(scene, 0);
}

/* Without key identifiers OpenSSL would take the anchor for the issuer of everything that bears its name. */
static void test_key_rollover_by_signature_alone(void **state)
{
    struct scene *scene = *state;

    trust(scene, FORGE(.subject = "root", .key = "old", .signer = "old", .extension = {FORGE_CA}));
    send(scene, FORGE(.subject = "a.example", .issuer = "root", .signer = "new", .no_key_identifiers = true,
                      .extension = {LEAF_EXTENSIONS}));
    send(scene, FORGE(.subject = "root", .key = "new", .signer = "old", .extension = {FORGE_CA}));
    expect_one(scene, REASON_MALFORMED); /* the leaf lacks its key identifier, and that is all */
}

/* One bad certificate below five that may have issued it below eight anchors: more paths than are tried. */
static void test_what_is_bad_is_bad_in_every_path(void **state)
{
    struct scene *scene = *state;
    char oid[16];

    for (int i = 0; i < VAL_PATH_ANCHORS_MAX; i++) {
        snprintf(oid, sizeof(oid), "1.2.3.%d", i);
        trust(scene, FORGE(.subject = "root", .extension = {FORGE_CA, {oid, "DER:0500"}}));
    }
    send(scene, forge_server("a.example", "ca"));
    send(scene, FORGE(.subject = "ca", .issuer = "mid", .not_after = "20210101000000Z", .extension = {FORGE_CA}));
    for (int i = 0; i < 5; i++) {
        snprintf(oid, sizeof(oid), "1.2.3.%d", i);
        send(scene, FORGE(.subject = "mid", .issuer = "root", .extension = {FORGE_CA, {oid, "DER:0500"}}));
    }
    expect_one(scene, REASON_EXPIRED);
    send(scene, forge_ca("ca", "mid"));
    expect(scene, 0);
}

static void test_an_intermediate_as_anchor(void **state)
{
    struct scene *scene = *state;

    trust(scene, forge_ca("ca", "root"));
    send(scene, forge_server("a.example", "ca"));
    expect(scene, 0);
    drop(scene->anchor[0]);
    scene->num_anchors = 0;
    trust(scene, FORGE(.subject = "ca", .issuer = "root",
                       .extension = {FORGE_CA, {"nameConstraints", "critical,excluded;DNS:a.example"}}));
    expect_one(scene, REASON_NAME_CONSTRAINT);
}

static void test_the_anchor_itself_is_shown(void **state)
{
    struct scene *scene = *state;
    struct bytes root =
        FORGE(.subject = "a.example", .extension = {{"basicConstraints", "critical,CA:TRUE"},
                                                    {"keyUsage", "critical,keyCertSign,digitalSignature"},
                                                    {"subjectKeyIdentifier", "hash"},
                                                    {"subjectAltName", "DNS:a.example"}});

    trust(scene, root);
    send(scene, bytes_of(OPENSSL_memdup(root.at, root.left), root.left));
    expect(scene, 0);
    scene->time_s = INT64_C(4102444800); /* 2100 */
    expect_one(scene, REASON_EXPIRED);
}

/* `openssl req -x509` makes roots without KeyUsage. */
static void test_an_anchor_without_key_usage(void **state)
{
    struct scene *scene = *state;

    trust(scene, FORGE(.subject = "root",
                       .extension = {{"basicConstraints", "critical,CA:TRUE"}, {"subjectKeyIdentifier", "hash"}}));
    send(scene, forge_server("a.example", "root"));
    expect(scene, 0);
    drop(scene->sent[0]);
    scene->num_sent = 0;
    send(scene, forge_server("a.example", "ca"));
    send(scene, FORGE(.subject = "ca", .issuer = "root",
                      .extension = {{"basicConstraints", "critical,CA:TRUE"}, {"subjectKeyIdentifier", "hash"}}));
    expect_one(scene, REASON_MALFORMED);
}

static void test_issuers_that_are_none(void **state)
{
    struct scene *scene = *state;

    trust(scene, forge_ca("root", NULL));
    send(scene, forge_server("a.example", "ca"));
    send(scene, FORGE(.subject = "ca", .issuer = "root",
                      .extension = {{"basicConstraints", "critical,CA:FALSE"}, {"subjectKeyIdentifier", "hash"}}));
    expect_one(scene, REASON_WRONG_USAGE);
    drop(scene->sent[--scene->num_sent]);
    send(scene, FORGE(.subject = "ca", .issuer = "root",
                      .extension = {{"basicConstraints", "critical,CA:TRUE"},
                                    {"keyUsage", "critical,digitalSignature"},
                                    {"subjectKeyIdentifier", "hash"}}));
    expect_one(scene, REASON_WRONG_USAGE);
    drop(scene->sent[--scene->num_sent]);
    send(scene, FORGE(.subject = "ca", .issuer = "root", .extension = {{"subjectKeyIdentifier", "hash"}}));
    expect_one(scene, REASON_WRONG_USAGE);
}

static void test_path_length(void **state)
{
    struct scene *scene = *state;

    trust(scene, FORGE(.subject = "root", .extension = {{"basicConstraints", "critical,CA:TRUE,pathlen:0"},
                                                        {"keyUsage", "critical,keyCertSign"},
                                                        {"subjectKeyIdentifier", "hash"}}));
    send(scene, forge_server("a.example", "ca"));
    send(scene, forge_ca("ca", "root"));
    expect_one(scene, REASON_PATH_LENGTH);
}

static void test_longer_than_we_follow(void **state)
{
    struct scene *scene = *state;
    char name[16];
    char issuer[16];

    trust(scene, forge_ca("ca 0", NULL));
    for (int longest = VAL_CANDIDATE_MAX - 2; longest <= VAL_CANDIDATE_MAX - 1; longest++) {
        while (scene->num_sent > 0)
            drop(scene->sent[--scene->num_sent]);
        snprintf(name, sizeof(name), "ca %d", longest);
        send(scene, forge_server("a.example", name));
        for (int i = 1; i <= longest; i++) {
            snprintf(name, sizeof(name), "ca %d", i);
            snprintf(issuer, sizeof(issuer), "ca %d", i - 1);
            send(scene, forge_ca(name, issuer));
        }
        if (longest == VAL_CANDIDATE_MAX - 2)
            expect(scene, 0);
        else
            expect_one(scene, REASON_PATH_LENGTH);
    }
}

static void test_the_floor(void **state)
{
    struct scene *scene = *state;

    trust(scene, FORGE(.subject = "root", .key = "rsa2048 root", .signer = "rsa2048 root", .digest = "SHA1",
                       .extension = {FORGE_CA}));
    send(scene, FORGE(.subject = "a.example", .issuer = "root", .signer = "rsa2048 root", .key = "rsa1024 leaf",
                      .extension = {LEAF_EXTENSIONS}));
    expect_one(scene, REASON_WEAK_KEY); /* the anchor's own SHA-1 proves nothing, so it is no weakness */
    scene->floor.rsa_bits_min = 1024;
    expect(scene, 0);
    scene->floor.rsa_bits_min = 3072; /* the anchor's key counts */
    expect_one(scene, REASON_WEAK_KEY);
    drop(scene->sent[0]);
    scene->num_sent = 0;
    scene->floor.rsa_bits_min = 2048;
    send(scene, FORGE(.subject = "a.example", .issuer = "root", .signer = "rsa2048 root", .key = "rsa2050 leaf",
                      .extension = {LEAF_EXTENSIONS}));
    expect_one(scene, REASON_WEAK_KEY);
    drop(scene->sent[0]);
    scene->num_sent = 0;
    send(scene, FORGE(.subject = "a.example", .issuer = "root", .signer = "rsa2048 root", .digest = "MD5",
                      .extension = {LEAF_EXTENSIONS}));
    expect_one(scene, REASON_WEAK_ALGORITHM);
    scene->floor.forbid_md5 = 0;
    expect(scene, 0);
}

static void test_edwards_curves_and_the_floor(void **state)
{
    struct scene *scene = *state;

    trust(scene, FORGE(.subject = "root", .key = "ed25519 root", .signer = "ed25519 root", .extension = {FORGE_CA}));
    send(scene, FORGE(.subject = "a.example", .issuer = "root", .signer = "ed25519 root", .key = "ed25519 leaf",
                      .extension = {LEAF_EXTENSIONS}));
    expect(scene, 0);
    scene->floor.ec_bits_min = 257;
    expect_one(scene, REASON_WEAK_KEY);
}

static void constrained(struct scene *scene, const char *constraints, const char *san)
{
    while (scene->num_sent > 0)
        drop(scene->sent[--scene->num_sent]);
    send(scene, FORGE(.subject = "leaf", .issuer = "ca",
                      .extension = {{"subjectAltName", san}, {"extendedKeyUsage", "serverAuth"}}));
    send(scene, FORGE(.subject = "ca", .issuer = "root", .extension = {FORGE_CA, {"nameConstraints", constraints}}));
}

/* RFC 5280 4.2.1.10 */
static void test_name_constraints(void **state)
{
    struct scene *scene = *state;

    trust(scene, forge_ca("root", NULL));
    constrained(scene, "critical,permitted;DNS:example", "DNS:a.example");
    expect(scene, 0);
    constrained(scene, "critical,permitted;DNS:b.example", "DNS:a.example");
    expect_one(scene, REASON_NAME_CONSTRAINT);
    constrained(scene, "critical,excluded;DNS:a.example", "DNS:a.example");
    expect_one(scene, REASON_NAME_CONSTRAINT);
    constrained(scene, "critical,permitted;IP:10.4.0.0/255.255.0.0", "IP:10.5.0.1");
    expect_one(scene, REASON_NAME_CONSTRAINT);
    constrained(scene, "critical,permitted;IP:10.4.0.0/255.255.0.0", "IP:10.4.0.1");
    expect(scene, 0);
    /* what OpenSSL lets pass */
    constrained(scene, "critical,excluded;DNS:secret.b.example", "DNS:*.b.example");
    expect_one(scene, REASON_NAME_CONSTRAINT);
    constrained(scene, "critical,excluded;DNS:x.secret.b.example", "DNS:*.b.example");
    expect(scene, 0);
    constrained(scene, "critical,excluded;DNS:b.example", "DNS:a_b.example");
    expect_one(scene, REASON_NAME_CONSTRAINT);
    constrained(scene, "critical,permitted;email:example", "email:a@b@example");
    expect_one(scene, REASON_NAME_CONSTRAINT);
}

static void test_unhandled_critical(void **state)
{
    struct scene *scene = *state;

    trust(scene, forge_ca("root", NULL));
    send(scene,
         FORGE(.subject = "leaf", .issuer = "root", .extension = {LEAF_EXTENSIONS, {"1.2.3.4", "critical,DER:0500"}}));
    expect_one(scene, REASON_UNHANDLED_CRITICAL);
    drop(scene->sent[0]);
    scene->num_sent = 0;
    send(scene, FORGE(.subject = "leaf", .issuer = "root",
                      .extension = {LEAF_EXTENSIONS,
                                    {"2.5.29.32", "critical,DER:3011300f06022a0330093007060355"
                                                  "1d090500"}}));
    expect_one(scene, REASON_UNHANDLED_CRITICAL);
}

/* requireExplicitPolicy: any policy will do, but there must be one (RFC 5280 6.1.1, 4.2.1.11). */
static void test_explicit_policy(void **state)
{
    struct scene *scene = *state;

    trust(scene, forge_ca("root", NULL));
    send(scene, forge_server("a.example", "ca"));
    send(scene, FORGE(.subject = "ca", .issuer = "root",
                      .extension = {FORGE_CA,
                                    {"policyConstraints", "critical,requireExplicitPolicy:0"},
                                    {"2.5.29.32", "DER:3006300406022a03"}}));
    expect_one(scene, REASON_WRONG_USAGE);
    drop(scene->sent[0]);
    scene->sent[0] = val_certificate_new(FORGE(.subject = "leaf", .issuer = "ca",
                                               .extension = {LEAF_EXTENSIONS, {"2.5.29.32", "DER:3006300406022a03"}}));
    expect(scene, 0);
}

/* Netscape's step-up: OpenSSL takes it for "server". */
static void test_a_usage_that_only_counts_as_server(void **state)
{
    struct scene *scene = *state;

    trust(scene, forge_ca("root", NULL));
    send(scene, FORGE(.subject = "leaf", .issuer = "root",
                      .extension = {{"subjectAltName", "DNS:a.example"}, {"extendedKeyUsage", "nsSGC"}}));
    expect_one(scene, REASON_WRONG_USAGE);
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Certificates of one name that all may have issued one another, and none of them did. */
static void test_a_crowd_of_lookalikes_costs_little(void **state)
{
    struct scene *scene = *state;
    int64_t start;
    char key[24];

    trust(scene, FORGE(.subject = "crowd", .key = "crowd key", .signer = "crowd key", .extension = {FORGE_CA}));
    send(scene, FORGE(.subject = "a.example", .issuer = "crowd", .no_key_identifiers = true, .signer = "liar 1",
                      .extension = {LEAF_EXTENSIONS}));
    for (int i = 0; i < 31; i++) {
        snprintf(key, sizeof(key), "liar %d", 2 + i % 8);
        send(scene, FORGE(.subject = "crowd", .key = key, .signer = "liar 1", .no_key_identifiers = true,
                          .extension = {{"basicConstraints", "critical,CA:TRUE"},
                                        {"keyUsage", "critical,keyCertSign"},
                                        {"1.2.3.4", i % 2 ? "DER:0500" : "DER:0400"}}));
    }
    start = now_us();
    assert_true(ask(scene).reasons & reason_bit(REASON_BAD_SIGNATURE));
    if (now_us() - start > 500000)
        fail_msg("%lld us", (long long)(now_us() - start));
}

static void test_more_than_a_case_holds(void **state)
{
    struct scene *scene = *state;

    trust(scene, forge_ca("root", NULL));
    send(scene, forge_server("a.example", "ca"));
    while (scene->num_sent < VAL_PATH_SENT_MAX - 1)
        send(scene, forge_ca("noise", "noise 2"));
    send(scene, forge_ca("ca", "root"));
    expect(scene, 0);
}

static void test_reaching_by_name(void **state)
{
    struct scene *scene = *state;
    struct val_path_query query;

    trust(scene, forge_ca("root", NULL));
    send(scene, forge_server("a.example", "ca"));
    query = (struct val_path_query){.sent = scene->sent,
                                    .num_sent = 1,
                                    .anchors = scene->anchor,
                                    .num_anchors = 1,
                                    .floor = &scene->floor,
                                    .side = CASE_SERVER,
                                    .time_s = NOW};
    assert_false(val_path_reaches(scene->path, &query));
    send(scene, forge_ca("ca", "root"));
    query.num_sent = 2;
    assert_true(val_path_reaches(scene->path, &query));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_leaf_intermediate_root),
        TEST(test_order_duplicates_and_strangers),
        TEST(test_no_way_to_an_anchor),
        TEST(test_a_self_signed_leaf),
        TEST(test_several_faults_are_all_named),
        TEST(test_the_ends_of_validity),
        TEST(test_the_anchor_has_dates_too),
        TEST(test_other_paths_are_tried),
        TEST(test_lookalikes),
        TEST(test_key_rollover),
        TEST(test_key_rollover_by_signature_alone),
        TEST(test_what_is_bad_is_bad_in_every_path),
        TEST(test_an_intermediate_as_anchor),
        TEST(test_the_anchor_itself_is_shown),
        TEST(test_an_anchor_without_key_usage),
        TEST(test_issuers_that_are_none),
        TEST(test_path_length),
        TEST(test_longer_than_we_follow),
        TEST(test_the_floor),
        TEST(test_edwards_curves_and_the_floor),
        TEST(test_name_constraints),
        TEST(test_unhandled_critical),
        TEST(test_explicit_policy),
        TEST(test_a_usage_that_only_counts_as_server),
        TEST(test_a_crowd_of_lookalikes_costs_little),
        TEST(test_more_than_a_case_holds),
        TEST(test_reaching_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
