/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/suite.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ssl.h>

#define NUM_SUITES (sizeof(suites) / sizeof(suites[0]))

static void test_sorted_without_repetition(void **state)
{
    for (size_t i = 1; i < NUM_SUITES; i++)
        assert_true(suites[i - 1].id < suites[i].id);
    for (size_t i = 0; i < NUM_SUITES; i++)
        assert_ptr_equal(val_suite_find(suites[i].id), &suites[i]);
}

static void test_every_row_says_something(void **state)
{
    for (size_t i = 0; i < NUM_SUITES; i++) {
        assert_int_not_equal(suites[i].key_exchange, VAL_KX_UNKNOWN);
        assert_int_not_equal(suites[i].authentication, VAL_AUTH_UNKNOWN);
        assert_int_equal(suites[i].exported, strstr(suites[i].name, "_EXPORT_") != NULL);
        assert_int_equal(strncmp(suites[i].name, "TLS_", 4), 0);
    }
}

/* The name is the registry's, so each column can be held against it. */
static void test_columns_agree_with_names(void **state)
{
    static const struct {
        const char *name;
        enum val_key_exchange kx;
        enum val_authentication auth;
    } kinds[] = {
        {"TLS_RSA_WITH_", VAL_KX_RSA, VAL_AUTH_RSA},
        {"TLS_RSA_EXPORT_WITH_", VAL_KX_RSA, VAL_AUTH_RSA},
        {"TLS_DHE_RSA_", VAL_KX_DHE, VAL_AUTH_RSA},
        {"TLS_DHE_DSS_", VAL_KX_DHE, VAL_AUTH_DSS},
        {"TLS_DH_RSA_", VAL_KX_DH, VAL_AUTH_RSA},
        {"TLS_DH_DSS_", VAL_KX_DH, VAL_AUTH_DSS},
        {"TLS_DH_anon_", VAL_KX_DHE, VAL_AUTH_NONE},
        {"TLS_ECDHE_RSA_", VAL_KX_ECDHE, VAL_AUTH_RSA},
        {"TLS_ECDHE_ECDSA_", VAL_KX_ECDHE, VAL_AUTH_ECDSA},
        {"TLS_ECDH_RSA_", VAL_KX_ECDH, VAL_AUTH_RSA},
        {"TLS_ECDH_ECDSA_", VAL_KX_ECDH, VAL_AUTH_ECDSA},
        {"TLS_ECDH_anon_", VAL_KX_ECDHE, VAL_AUTH_NONE},
        {"TLS_PSK_", VAL_KX_PSK, VAL_AUTH_PSK},
        {"TLS_DHE_PSK_", VAL_KX_PSK, VAL_AUTH_PSK},
        {"TLS_ECDHE_PSK_", VAL_KX_PSK, VAL_AUTH_PSK},
        {"TLS_RSA_PSK_", VAL_KX_PSK, VAL_AUTH_RSA},
        {"TLS_AES_", VAL_KX_TLS13, VAL_AUTH_TLS13},
        {"TLS_CHACHA20_", VAL_KX_TLS13, VAL_AUTH_TLS13},
    };

    for (size_t i = 0; i < NUM_SUITES; i++)
        for (size_t j = 0; j < sizeof(kinds) / sizeof(kinds[0]); j++)
            if (strncmp(suites[i].name, kinds[j].name, strlen(kinds[j].name)) == 0) {
                assert_int_equal(suites[i].key_exchange, kinds[j].kx);
                assert_int_equal(suites[i].authentication, kinds[j].auth);
                assert_int_equal(suites[i].encrypts, strstr(suites[i].name, "_NULL_") == NULL);
            }
}

/* Somebody else's table: every suite that OpenSSL knows is here, under the same name. */
static void test_agrees_with_openssl(void **state)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    STACK_OF(SSL_CIPHER) * list;

    assert_non_null(ctx);
    assert_int_equal(SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL@SECLEVEL=0"), 1);
    list = SSL_CTX_get_ciphers(ctx);
    assert_true(sk_SSL_CIPHER_num(list) > 100);
    for (int i = 0; i < sk_SSL_CIPHER_num(list); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(list, i);
        const struct val_suite *suite = val_suite_find(SSL_CIPHER_get_protocol_id(cipher));
        int auth = SSL_CIPHER_get_auth_nid(cipher);

        assert_non_null(suite);
        assert_string_equal(suite->name, SSL_CIPHER_standard_name(cipher));
        assert_int_equal(suite->encrypts, SSL_CIPHER_get_cipher_nid(cipher) != NID_undef);
        assert_int_equal(suite->authentication == VAL_AUTH_RSA, auth == NID_auth_rsa);
        assert_int_equal(suite->authentication == VAL_AUTH_ECDSA, auth == NID_auth_ecdsa);
        assert_int_equal(suite->authentication == VAL_AUTH_NONE, auth == NID_auth_null);
        assert_int_equal(suite->key_exchange == VAL_KX_RSA, SSL_CIPHER_get_kx_nid(cipher) == NID_kx_rsa);
    }
    SSL_CTX_free(ctx);
}

static void test_what_must_come(void **state)
{
    assert_true(val_suite_signed(val_suite_find(0xc02b)) && val_suite_certificate(val_suite_find(0xc02b)));
    assert_true(val_suite_certificate(val_suite_find(0x002f)) && !val_suite_signed(val_suite_find(0x002f)));
    assert_false(val_suite_certificate(val_suite_find(0x0034)) || val_suite_signed(val_suite_find(0x0034))); /* anon */
    assert_false(val_suite_certificate(val_suite_find(0x008c)) || val_suite_signed(val_suite_find(0x008c))); /* PSK */
    assert_true(val_suite_certificate(val_suite_find(0x0094)) &&
                !val_suite_signed(val_suite_find(0x0094))); /* RSA_PSK */
    assert_true(val_suite_signed(val_suite_find(0xc01e)));  /* SRP_RSA */
    assert_false(val_suite_certificate(val_suite_find(0x1301)) || val_suite_signed(val_suite_find(0x1301)));
    assert_false(val_suite_certificate(NULL) || val_suite_signed(NULL));
}

static void test_unknown_is_unknown(void **state)
{
    assert_null(val_suite_find(0x00ff)); /* renegotiation SCSV */
    assert_null(val_suite_find(0x5600)); /* fallback SCSV */
    assert_null(val_suite_find(0xffff));
    for (unsigned i = 0; i < 16; i++)
        assert_null(val_suite_find((uint16_t)(0x0a0a + 0x1010 * i)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorted_without_repetition),
        cmocka_unit_test(test_every_row_says_something),
        cmocka_unit_test(test_columns_agree_with_names),
        cmocka_unit_test(test_agrees_with_openssl),
        cmocka_unit_test(test_what_must_come),
        cmocka_unit_test(test_unknown_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
