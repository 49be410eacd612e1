/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/case.h"
#include "validator/certificate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "forge.h"
#include "pki.h"

static void der_free(struct bytes der)
{
    OPENSSL_free((void *)(uintptr_t)der.at);
}

/* True when a certificate like this is taken. */
static bool takes(const struct forge_spec *spec)
{
    struct bytes der = forge(spec);
    struct val_certificate *certificate = val_certificate_new(der);
    bool taken = certificate != NULL;

    val_certificate_free(certificate);
    der_free(der);
    return taken;
}

#define TAKES(...) takes(&(struct forge_spec){.subject = "leaf", .issuer = "ca", .extension = {__VA_ARGS__}})
#define CA         {"basicConstraints", "critical,CA:TRUE"}

static void test_a_plain_certificate(void **state)
{
    struct pki_chain chain = pki_leaf("producer", "with_address");
    struct val_certificate *leaf = val_certificate_new(chain.der[0]);
    struct val_certificate *ca = val_certificate_new(chain.der[1]);
    const uint8_t address[] = {10, 4, 0, 7};

    assert_non_null(leaf);
    assert_non_null(ca);
    assert_int_equal(leaf->not_before_s, INT64_C(1577836800)); /* 2020-01-01 */
    assert_int_equal(leaf->not_after_s, INT64_C(2524607999));  /* 2049-12-31T23:59:59 */
    assert_int_equal(leaf->signed_with, VAL_SIGNED_SOUND);
    assert_int_equal(leaf->is_ca, 0);
    assert_int_equal(ca->is_ca, 1);
    assert_int_equal(leaf->self_issued, 0);
    assert_int_equal(leaf->num_names, 3);
    assert_null(leaf->excluded);
    assert_true(val_names_bear_host(leaf->names, "machine-7.producer.example"));
    assert_true(val_names_bear_address(leaf->names, bytes_of(address, 4)));
    assert_int_equal(val_key_kind_of(leaf->key), VAL_KEY_EC);
    assert_true(val_certificate_purpose(leaf, CASE_SERVER));
    assert_false(val_certificate_purpose(leaf, CASE_CLIENT));
    val_certificate_free(leaf);
    val_certificate_free(ca);
    val_certificate_free(NULL);
    pki_free(&chain);
}

static void test_bytes_that_are_none(void **state)
{
    struct pki_chain chain = pki_leaf("producer", "malformed");
    struct pki_chain good = pki_leaf("producer", "machine");
    uint8_t *behind = calloc(1, good.der[0].left + 1);

    assert_null(val_certificate_new(chain.der[0]));
    assert_null(val_certificate_new(bytes_of(NULL, 0)));
    assert_null(val_certificate_new(bytes_of("\x30\x00", 2)));
    memcpy(behind, good.der[0].at, good.der[0].left);
    assert_null(val_certificate_new(bytes_of(behind, good.der[0].left + 1)));
    free(behind);
    behind = calloc(1, VAL_CERTIFICATE_LEN_MAX + 1);
    assert_null(val_certificate_new(bytes_of(behind, VAL_CERTIFICATE_LEN_MAX + 1)));
    free(behind);
    pki_free(&chain);
    pki_free(&good);
}

/* Every cut, and every byte of a certificate flipped: never a crash; what is taken is still a certificate. */
static void test_flipped_bytes(void **state)
{
    struct pki_chain chain = pki_leaf("producer", "with_address");
    struct bytes der = chain.der[0];

    for (size_t i = 0; i < der.left; i++) {
        uint8_t *copy = malloc(der.left);

        memcpy(copy, der.at, der.left);
        copy[i] ^= 0xff;
        val_certificate_free(val_certificate_new(bytes_of(copy, der.left)));
        memcpy(copy, der.at, der.left);
        copy[i] ^= 0x01;
        val_certificate_free(val_certificate_new(bytes_of(copy, der.left)));
        free(copy);
    }
    pki_free(&chain);
}

/* A certificate of another version than OpenSSL would sign: the number is put into its bytes. */
static bool takes_version(uint8_t version, bool with_extension)
{
    struct bytes der =
        forge(&(struct forge_spec){.subject = "leaf", .issuer = "ca", .no_key_identifiers = !with_extension});
    static const uint8_t version_3[] = {0xa0, 0x03, 0x02, 0x01, 0x02};
    uint8_t *copy = malloc(der.left);
    uint8_t *at = memmem(memcpy(copy, der.at, der.left), der.left, version_3, sizeof(version_3));
    struct val_certificate *certificate;
    bool taken;

    assert_non_null(at);
    at[4] = version;
    certificate = val_certificate_new(bytes_of(copy, der.left));
    taken = certificate != NULL;
    val_certificate_free(certificate);
    free(copy);
    der_free(der);
    return taken;
}

/* RFC 5280 4.1.2.1: extensions are of version 3. */
static void test_versions(void **state)
{
    assert_true(takes_version(2, true));
    assert_true(takes_version(2, false));
    assert_true(takes_version(0, false));
    assert_true(takes_version(1, false));
    assert_false(takes_version(0, true));
    assert_false(takes_version(1, true));
    assert_false(takes_version(3, true));
    assert_false(takes_version(3, false));
    assert_false(takes_version(0xff, false));
}

static void test_extensions_have_their_form(void **state)
{
    assert_true(TAKES({"subjectAltName", "DNS:a.example"}));
    assert_false(TAKES({"subjectAltName", "DNS:a.example"}, {"subjectAltName", "DNS:b.example"}));
    assert_false(TAKES({"1.2.3.4", "DER:0500"}, {"1.2.3.4", "DER:0500"}));
    assert_false(TAKES({"2.5.29.17", "DER:0500"}));           /* SubjectAltName that is NULL */
    assert_false(TAKES({"2.5.29.17", "DER:3000"}));           /* 4.2.1.6: at least one name */
    assert_false(TAKES({"2.5.29.17", "DER:30058703010203"})); /* an address of three bytes */
    assert_false(TAKES({"2.5.29.17", "DER:30800000"}));       /* BER */
    assert_false(TAKES({"2.5.29.15", "DER:03020700"}));       /* 4.2.1.3: at least one bit */
    assert_false(TAKES({"2.5.29.37", "DER:3000"}));           /* 4.2.1.12: at least one purpose */
    assert_false(TAKES({"2.5.29.36", "DER:04"}));             /* policyConstraints cut short */
    assert_true(TAKES({"1.2.3.4", "DER:ffff"}));              /* nobody knows it: anything goes */
}

/* RFC 5280 4.2.1.10 */
static void test_name_constraints_have_their_form(void **state)
{
    assert_true(TAKES(CA, {"nameConstraints", "permitted;DNS:a.example"}));
    assert_true(TAKES(CA, {"nameConstraints", "excluded;IP:10.4.0.0/255.255.0.0"}));
    assert_true(TAKES(CA, {"nameConstraints", "excluded;email:a.example"}));
    assert_false(TAKES({"nameConstraints", "permitted;DNS:a.example"}));
    assert_false(TAKES({"basicConstraints", "CA:FALSE"}, {"nameConstraints", "permitted;DNS:a.example"}));
    assert_false(TAKES(CA, {"nameConstraints", "permitted;DNS:.a.example"}));
    assert_false(TAKES(CA, {"nameConstraints", "permitted;DNS:a_b.example"}));
    assert_false(TAKES(CA, {"nameConstraints", "permitted;DNS:*.a.example"}));
    assert_false(TAKES(CA, {"nameConstraints", "excluded;IP:10.4.0.0/255.0.255.0"}));
    assert_false(TAKES(CA, {"2.5.29.30", "DER:3000"}));                     /* neither list */
    assert_false(TAKES(CA, {"2.5.29.30", "DER:3002a000"}));                 /* an empty list */
    assert_false(TAKES(CA, {"2.5.29.30", "DER:3006a00430028200"}));         /* an empty name */
    assert_false(TAKES(CA, {"2.5.29.30", "DER:3006a00430028600"}));         /* an empty URI */
    assert_false(TAKES(CA, {"2.5.29.30", "DER:300aa0083006820161800101"})); /* a minimum */
}

static void test_serial_numbers(void **state)
{
    struct bytes der = forge(&(struct forge_spec){.subject = "leaf", .issuer = "ca"});
    uint8_t *copy = malloc(der.left);
    static const uint8_t serial[] = {0x02, 0x02, 0x12, 0x67}; /* 4711 */
    uint8_t *at = memmem(memcpy(copy, der.at, der.left), der.left, serial, sizeof(serial));
    struct val_certificate *anchor;

    assert_non_null(at);
    at[2] = 0x92; /* negative */
    assert_null(val_certificate_new(bytes_of(copy, der.left)));
    anchor = val_certificate_new_anchor(bytes_of(copy, der.left));
    assert_non_null(anchor);
    assert_int_equal(anchor->anchor, 1);
    val_certificate_free(anchor);
    free(copy);
    der_free(der);
}

/* RFC 5280 4.1.1.2: the algorithm stands twice, and is the same. */
static void test_two_algorithms(void **state)
{
    struct bytes der = forge(&(struct forge_spec){.subject = "leaf", .issuer = "ca"});
    static const uint8_t ecdsa_sha256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
    uint8_t *copy = malloc(der.left);
    uint8_t *at = memmem(memcpy(copy, der.at, der.left), der.left, ecdsa_sha256, sizeof(ecdsa_sha256));

    assert_non_null(at);
    at[7] = 0x03; /* SHA-384, inside only */
    assert_null(val_certificate_new(bytes_of(copy, der.left)));
    free(copy);
    der_free(der);
}

static void check_key(const char *leaf, uint64_t reasons, enum val_key_kind kind)
{
    struct pki_chain chain = pki_leaf("producer", leaf);
    struct val_certificate *certificate = val_certificate_new(chain.der[0]);

    assert_non_null(certificate);
    assert_int_equal(certificate->key_reasons, reasons);
    if (reasons == 0)
        assert_int_equal(val_key_kind_of(certificate->key), kind);
    else
        assert_null(certificate->key);
    val_certificate_free(certificate);
    pki_free(&chain);
}

static void test_keys(void **state)
{
    check_key("rsa2048", 0, VAL_KEY_RSA);
    check_key("rsa_pss", 0, VAL_KEY_RSA_PSS);
    check_key("ed25519", 0, VAL_KEY_ED25519);
    check_key("mldsa44", 0, VAL_KEY_ML_DSA);
    check_key("explicit", reason_bit(REASON_UNSUPPORTED_ALGORITHM), VAL_KEY_UNKNOWN);
}

static void check_signed_with(const char *leaf, enum val_signed_with expected)
{
    struct pki_chain chain = pki_leaf("producer", leaf);
    struct val_certificate *certificate = val_certificate_new(chain.der[0]);

    assert_non_null(certificate);
    assert_int_equal(certificate->signed_with, expected);
    val_certificate_free(certificate);
    pki_free(&chain);
}

static void test_signature_algorithms(void **state)
{
    struct bytes der = forge(&(struct forge_spec){.subject = "leaf", .issuer = "ca", .signer = "ed25519 ca"});
    struct val_certificate *certificate = val_certificate_new(der);

    assert_int_equal(certificate->signed_with, VAL_SIGNED_SOUND);
    val_certificate_free(certificate);
    der_free(der);
    check_signed_with("sha1_signed", VAL_SIGNED_SHA1);
    check_signed_with("md5_signed", VAL_SIGNED_MD5);
}

static void test_names_that_are_none(void **state)
{
    static const struct {
        const char *san;
        uint8_t uncomparable;
    } rows[] = {{"DNS:a.example", 0},
                {"DNS:a_b.example", 1},
                {"email:a@b.example", 0},
                {"email:a@b@c.example", 1},
                {"email:b.example", 1}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes der = forge(
            &(struct forge_spec){.subject = "leaf", .issuer = "ca", .extension = {{"subjectAltName", rows[i].san}}});
        struct val_certificate *certificate = val_certificate_new(der);

        assert_non_null(certificate);
        assert_int_equal(certificate->uncomparable, rows[i].uncomparable);
        val_certificate_free(certificate);
        der_free(der);
    }
}

static void test_excluded_subtrees(void **state)
{
    struct bytes der = forge(&(struct forge_spec){
        .subject = "ca",
        .extension = {
            CA, {"nameConstraints", "excluded;DNS:a.example,permitted;DNS:example,excluded;IP:10.0.0.0/255.0.0.0"}}});
    struct val_certificate *certificate = val_certificate_new(der);

    assert_non_null(certificate);
    assert_int_equal(certificate->self_issued, 1);
    assert_int_equal(certificate->num_subtrees, 3);
    assert_int_equal(certificate->excluded->num, 1);
    assert_true(val_names_bear_host(certificate->excluded, "a.example"));
    val_certificate_free(certificate);
    der_free(der);
}

/* RFC 5280 4.2.1.4: "If this extension is critical ..." */
static void test_policy_qualifiers(void **state)
{
    struct bytes der = forge(&(struct forge_spec){
        .subject = "leaf", .issuer = "ca", .extension = {{"2.5.29.32", "critical,DER:3006300406022a03"}}});
    struct val_certificate *certificate = val_certificate_new(der);

    assert_int_equal(certificate->unhandled, 0);
    val_certificate_free(certificate);
    der_free(der);
    /* { 1.2.3, { { 2.5.29.9, NULL } } } */
    der = forge(
        &(struct forge_spec){.subject = "leaf",
                             .issuer = "ca",
                             .extension = {{"2.5.29.32", "critical,DER:3011300f06022a03300930070603551d090500"}}});
    certificate = val_certificate_new(der);
    assert_non_null(certificate);
    assert_int_equal(certificate->unhandled, 1);
    val_certificate_free(certificate);
    der_free(der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_plain_certificate),
        cmocka_unit_test(test_bytes_that_are_none),
        cmocka_unit_test(test_flipped_bytes),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_extensions_have_their_form),
        cmocka_unit_test(test_name_constraints_have_their_form),
        cmocka_unit_test(test_serial_numbers),
        cmocka_unit_test(test_two_algorithms),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_signature_algorithms),
        cmocka_unit_test(test_names_that_are_none),
        cmocka_unit_test(test_excluded_subtrees),
        cmocka_unit_test(test_policy_qualifiers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
