/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/pem.h"

#include "chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END   "-----END CERTIFICATE-----\n"

/* From a copy of exactly its length, so that a sanitizer sees a read behind it. */
static bool init(struct ctl_pem *pem, char problem[CTL_PEM_PROBLEM_MAX], const char *text, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    bool good;

    memcpy(copy, text, len);
    good = ctl_pem_init(pem, problem, bytes_of(copy, len));
    free(copy);
    return good;
}

static void refused(const char *text, const char *wanted)
{
    char problem[CTL_PEM_PROBLEM_MAX] = "";
    struct ctl_pem pem;

    assert_false(init(&pem, problem, text, strlen(text)));
    assert_string_equal(problem, wanted);
    assert_null(pem.memory);
}

static void test_a_chain_in_its_order(void **state)
{
    char problem[CTL_PEM_PROBLEM_MAX];
    struct ctl_pem pem;

    assert_true(init(&pem, problem, chain_machine, sizeof(chain_machine) - 1));
    assert_int_equal(pem.num, 2);
    for (size_t i = 0; i < pem.num; i++) { /* SEQUENCE with a length of two bytes that fits */
        assert_int_equal(pem.certificate[i].at[0], 0x30);
        assert_int_equal(pem.certificate[i].at[1], 0x82);
        assert_int_equal(pem.certificate[i].left, 4 + pem.certificate[i].at[2] * 256 + pem.certificate[i].at[3]);
    }
    ctl_pem_fini(&pem);
}

static void test_what_stands_around_is_passed_over(void **state)
{
    static const char text[] = "subject: x\r\n-----BEGIN PRIVATE KEY-----\r\nAAAA\r\n-----END PRIVATE KEY-----\r\n"
                               "-----BEGIN CERTIFICATE-----\r\nQUJD \r\nREU=\t\r\n-----END CERTIFICATE-----";
    char problem[CTL_PEM_PROBLEM_MAX];
    struct ctl_pem pem;

    assert_true(init(&pem, problem, text, sizeof(text) - 1));
    assert_int_equal(pem.num, 1);
    assert_int_equal(pem.certificate[0].left, 5);
    assert_memory_equal(pem.certificate[0].at, "ABCDE", 5);
    ctl_pem_fini(&pem);
}

static void test_der(void **state)
{
    char problem[CTL_PEM_PROBLEM_MAX];
    struct ctl_pem pem;

    assert_true(init(&pem, problem, "\x30\x82\x00", 3));
    assert_int_equal(pem.num, 1);
    assert_int_equal(pem.certificate[0].left, 3);
    ctl_pem_fini(&pem);
}

static void test_what_is_no_pem(void **state)
{
    refused("", "no certificate in it, neither PEM nor DER");
    refused("0", "no certificate in it, neither PEM nor DER");
    refused("0 s:CN=x\n", "no certificate in it, neither PEM nor DER");
    refused(BEGIN, "the certificate that begins in line 1 has no end");
    refused("\n" BEGIN "QUJD\n" BEGIN "QUJD\n" END, "the certificate that begins in line 2 has no end");
    refused(BEGIN END, "the certificate in line 1 is no whole base64");
    refused(BEGIN "QUJ\n" END, "the certificate in line 1 is no whole base64");
    refused(BEGIN "QUJDQ===\n" END, "the certificate in line 1 is no whole base64");
    refused(BEGIN "QQ===\n" END, "the certificate in line 1 is no whole base64");
    refused(BEGIN "QUJD\nQ=JD\n" END, "line 3 is not base64");
    refused(BEGIN "QU\x80"
                  "D\n" END,
            "line 2 is not base64");
    refused(BEGIN "Proc-Type: 4\n" END, "line 2 is not base64");
}

static void test_number_is_bounded(void **state)
{
    static const char one[] = BEGIN "QUJD\n" END;
    size_t len = (sizeof(one) - 1) * (CTL_PEM_CERTIFICATES_MAX + 1);
    char problem[CTL_PEM_PROBLEM_MAX];
    char *text = malloc(len);
    struct ctl_pem pem;

    for (size_t i = 0; i < len; i++)
        text[i] = one[i % (sizeof(one) - 1)];
    assert_false(init(&pem, problem, text, len));
    assert_string_equal(problem, "more than 1024 certificates");
    assert_true(init(&pem, problem, text, len - (sizeof(one) - 1)));
    assert_int_equal(pem.num, CTL_PEM_CERTIFICATES_MAX);
    ctl_pem_fini(&pem);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_chain_in_its_order),
        cmocka_unit_test(test_what_stands_around_is_passed_over),
        cmocka_unit_test(test_der),
        cmocka_unit_test(test_what_is_no_pem),
        cmocka_unit_test(test_number_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
