/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/der.h"
#include "validator/describe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

static struct val_description out;

static void add(X509_NAME *name, const char *field, int type, const void *value, int len)
{
    assert_int_equal(X509_NAME_add_entry_by_txt(name, field, type, value, len, -1, 0), 1);
}

static X509 *blank(void)
{
    static const uint8_t serial[] = {0x02, 0x03, 0x00, 0xab, 0x0c};
    const uint8_t *at = serial;
    X509 *x509 = X509_new();
    ASN1_INTEGER *number = d2i_ASN1_INTEGER(NULL, &at, sizeof(serial));

    assert_non_null(x509);
    X509_set_version(x509, X509_VERSION_3);
    X509_set_serialNumber(x509, number);
    ASN1_INTEGER_free(number);
    ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), "20260131120000Z");
    ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), "20510201000059Z");
    return x509;
}

static void add_names(X509 *x509, GENERAL_NAMES *names)
{
    assert_int_equal(X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 0, 0), 1);
    GENERAL_NAMES_free(names);
}

static void add_name(GENERAL_NAMES *names, int type, const void *value, int len)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *string = ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);

    ASN1_STRING_set(string, value, len);
    GENERAL_NAME_set0_value(name, type, string);
    sk_GENERAL_NAME_push(names, name);
}

/* Signs, encodes, frees; the DER is the caller's. */
static uint8_t *finish(X509 *x509, size_t *len)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    uint8_t *der = NULL;
    int size;

    X509_set_pubkey(x509, pkey);
    assert_true(X509_sign(x509, pkey, EVP_sha256()) > 0);
    size = i2d_X509(x509, &der);
    assert_true(size > 0);
    EVP_PKEY_free(pkey);
    X509_free(x509);
    *len = (size_t)size;
    return der;
}

static bool describe(X509 *x509)
{
    size_t len;
    uint8_t *der = finish(x509, &len);
    uint8_t *exact = malloc(len); /* so that a sanitizer sees a read past the end */
    bool good;

    memcpy(exact, der, len);
    good = val_describe(&out, bytes_of(exact, len));
    free(exact);
    OPENSSL_free(der);
    return good;
}

static void test_usual_certificate(void **state)
{
    X509 *x509 = blank();
    GENERAL_NAMES *names = GENERAL_NAMES_new();

    add(X509_get_subject_name(x509), "C", MBSTRING_ASC, "DE", -1);
    add(X509_get_subject_name(x509), "O", MBSTRING_UTF8, "Producer", -1);
    add(X509_get_subject_name(x509), "CN", MBSTRING_UTF8, "machine-7", -1);
    add(X509_get_issuer_name(x509), "DC", MBSTRING_ASC, "example", -1);
    add(X509_get_issuer_name(x509), "1.2.840.99999.5", MBSTRING_ASC, "x", -1);
    add_name(names, GEN_DNS, "machine-7.producer.example", 26);
    add_name(names, GEN_EMAIL, "a@b", 3);
    add_name(names, GEN_IPADD, "\x0a\x04\x00\x07", 4);
    add_name(names, GEN_IPADD, "\xfd\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\x07", 16);
    add_name(names, GEN_URI, "urn:machine:7", 13);
    add_names(x509, names);
    assert_true(describe(x509));
    assert_string_equal(out.subject, "C=DE, O=Producer, CN=machine-7");
    assert_string_equal(out.issuer, "DC=example, 1.2.840.99999.5=x");
    assert_string_equal(out.serial, "00:AB:0C");
    assert_string_equal(out.not_before, "2026-01-31T12:00:00");
    assert_string_equal(out.not_after, "2051-02-01T00:00:59");
    assert_int_equal(out.num_names, 4);
    assert_string_equal(out.names[0], "machine-7.producer.example");
    assert_string_equal(out.names[1], "10.4.0.7");
    assert_string_equal(out.names[2], "fd00:4::7");
    assert_string_equal(out.names[3], "urn:machine:7");
    assert_int_equal(strlen(out.fingerprint), 32 * 3 - 1);
    assert_int_equal(out.truncated, 0);
}

/* Two different names never read the same (RFC 4514 2.4), and no NUL cuts a name short. */
static void test_names_that_deceive(void **state)
{
    X509 *x509 = blank();
    GENERAL_NAMES *names = GENERAL_NAMES_new();

    add(X509_get_subject_name(x509), "O", MBSTRING_UTF8, "a, CN=good", -1);
    add(X509_get_subject_name(x509), "CN", V_ASN1_UTF8STRING, "good.example\0.evil", 18);
    add_name(names, GEN_DNS, "good.example\0.evil.example", 26);
    add_name(names, GEN_DNS, "\xff\\00", 4);
    add_name(names, GEN_IPADD, "\x01\x02\x03", 3);
    add_names(x509, names);
    assert_true(describe(x509));
    assert_string_equal(out.subject, "O=a\\, CN=good, CN=good.example\\00.evil");
    assert_string_equal(out.names[0], "good.example\\00.evil.example");
    assert_string_equal(out.names[1], "\xc3\xbf\\\\00");
    assert_string_equal(out.names[2], "#010203");
}

/* The element of tag `tag` with `len` bytes of `content` (< 128), appended to `at`; returns its length. */
static size_t element(uint8_t *at, uint8_t tag, const void *content, size_t len)
{
    memmove(at + 2, content, len);
    at[0] = tag;
    at[1] = (uint8_t)len;
    return len + 2;
}

/* A certificate by hand whose subject is one common name of string type `tag`: OpenSSL refuses to write the bad ones. */
static const char *subject_of(uint8_t tag, const void *value, size_t len)
{
    static const uint8_t rest[] = {0x30, 0}; /* an empty sequence: algorithm, issuer, key */
    static const char validity[] = "\x17\x0d"
                                   "260131120000Z\x17\x0d"
                                   "360131120000Z";
    uint8_t pair[128] = {0x06, 3, 0x55, 0x04, 0x03};
    uint8_t tbs[256];
    uint8_t whole[256];
    size_t pair_len = 5 + element(pair + 5, tag, value, len);
    size_t at = 0;

    pair_len = element(pair, DER_SEQUENCE, pair, pair_len);
    pair_len = element(pair, DER_SET, pair, pair_len);
    at += element(tbs, DER_INTEGER, "\x01", 1);
    at += element(tbs + at, DER_SEQUENCE, "", 0);
    at += element(tbs + at, DER_SEQUENCE, "", 0);
    at += element(tbs + at, DER_SEQUENCE, validity, sizeof(validity) - 1);
    at += element(tbs + at, DER_SEQUENCE, pair, pair_len);
    at += element(tbs + at, DER_SEQUENCE, "", 0);
    at = element(whole, DER_SEQUENCE, tbs, at);
    memcpy(whole + at, rest, sizeof(rest));
    at = element(tbs, DER_SEQUENCE, whole, at + sizeof(rest));
    assert_true(val_describe(&out, bytes_of(tbs, at)));
    return out.subject;
}

static void test_string_types(void **state)
{
    assert_string_equal(subject_of(0x1e, "\0A\x20\xac", 4), "CN=A\xe2\x82\xac");
    assert_string_equal(subject_of(0x1c, "\0\x01\xf6\x00", 4), "CN=\xf0\x9f\x98\x80");
    assert_string_equal(subject_of(0x14, "\xe4", 1), "CN=\xc3\xa4");
    assert_string_equal(subject_of(0x0c, "\xe2\x82\xac", 3), "CN=\xe2\x82\xac");
    assert_string_equal(subject_of(0x0c, "\xc0\x80", 2), "CN=#c080");             /* NUL, overlong */
    assert_string_equal(subject_of(0x0c, "\xed\xa0\x80", 3), "CN=#eda080");       /* a surrogate */
    assert_string_equal(subject_of(0x0c, "\xf5\x80\x80\x80", 4), "CN=#f5808080"); /* past the last character */
    assert_string_equal(subject_of(0x0c, "a\xe2\x82", 3), "CN=#61e282");          /* cut short */
    assert_string_equal(subject_of(0x1e, "\0A\0", 3), "CN=#004100");              /* half a character */
    assert_string_equal(subject_of(0x1e, "\xd8\x00", 2), "CN=#d800");
    assert_string_equal(subject_of(0x02, "\x01", 1), "CN=#01"); /* no string */
    assert_string_equal(subject_of(0x13, "", 0), "CN=");
}

static void test_cut_at_its_size(void **state)
{
    X509 *x509 = blank();
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    char longer[300];

    memset(longer, 'x', sizeof(longer));
    for (int i = 0; i < 20; i++)
        add(X509_get_subject_name(x509), "OU", V_ASN1_UTF8STRING, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
            12);
    for (int i = 0; i < 40; i++)
        add(X509_get_issuer_name(x509), "OU", V_ASN1_UTF8STRING, "0123456789abcdef", 16);
    for (int i = 0; i < 20; i++)
        add_name(names, GEN_DNS, longer, sizeof(longer));
    add_names(x509, names);
    assert_true(describe(x509));
    assert_int_equal(out.truncated, 1);
    assert_int_equal(out.num_names, VAL_DESCRIBE_NAMES_MAX);
    assert_int_equal(strlen(out.names[0]), 255);
    assert_true(strlen(out.issuer) >= 500 && strlen(out.issuer) < sizeof(out.issuer));
    assert_true(strlen(out.subject) < sizeof(out.subject));
}

static void test_what_does_not_parse(void **state)
{
    size_t len;
    uint8_t *der = finish(blank(), &len);

    for (size_t i = 0; i < len; i++) { /* every truncation, on memory that ends where the data ends */
        uint8_t *exact = malloc(i + 1);

        memcpy(exact, der, i);
        assert_false(val_describe(&out, bytes_of(exact, i)));
        assert_int_equal(out.subject[0], 0);
        assert_int_equal(out.num_names, 0);
        assert_int_equal(strlen(out.fingerprint), 32 * 3 - 1);
        free(exact);
    }
    for (size_t i = 0; i < len * 8; i++) { /* every flipped bit: whatever comes out is bounded text */
        der[i / 8] = (uint8_t)(der[i / 8] ^ (1U << (i % 8)));
        (void)!val_describe(&out, bytes_of(der, len));
        assert_true(memchr(out.subject, 0, sizeof(out.subject)) != NULL && out.num_names <= VAL_DESCRIBE_NAMES_MAX);
        der[i / 8] = (uint8_t)(der[i / 8] ^ (1U << (i % 8)));
    }
    OPENSSL_free(der);
}

static void test_times_that_are_none(void **state)
{
    X509 *x509 = blank();

    ASN1_STRING_set(X509_getm_notBefore(x509), "2601311200+1", 12);
    ASN1_STRING_set(X509_getm_notAfter(x509), "2051020100005xZ", 15);
    assert_true(describe(x509));
    assert_string_equal(out.not_before, "");
    assert_string_equal(out.not_after, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_certificate),   cmocka_unit_test(test_names_that_deceive),
        cmocka_unit_test(test_string_types),        cmocka_unit_test(test_cut_at_its_size),
        cmocka_unit_test(test_what_does_not_parse), cmocka_unit_test(test_times_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
