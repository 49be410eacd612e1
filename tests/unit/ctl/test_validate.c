/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/validate.h"

#include "chain.h"
#include "ctl/command.h"
#include "validator/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define IN_2026 (1769860800 * (int64_t)1000000)

static const char policy_text[] = "cellgate: 1\ncell: c\nzones:\n  - {name: in, side: inside, networks: [10.0.0.0/8]}\n"
                                  "domains:\n  - {name: producer, anchors: [root.pem]}\n";

struct place {
    char folder[32];
    char policy[64];
    char root[64];
    char chain[64];
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_true(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/test_validate.XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->policy, sizeof(place->policy), "%s/policy.yaml", place->folder);
    (void)snprintf(place->root, sizeof(place->root), "%s/root.pem", place->folder);
    (void)snprintf(place->chain, sizeof(place->chain), "%s/chain.pem", place->folder);
    write_file(place->policy, policy_text);
    write_file(place->root, chain_root);
    write_file(place->chain, chain_machine);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    unlink(place->policy);
    unlink(place->root);
    unlink(place->chain);
    rmdir(place->folder);
    free(place);
    return 0;
}

static struct ctl_validate_options question(const struct place *place)
{
    return (struct ctl_validate_options){
        .policy = place->policy, .chain = place->chain, .side = CASE_SERVER, .time_us = IN_2026};
}

/* Runs it; what it printed must begin as wanted, on the one stream or on the other. */
static void answers(const struct ctl_validate_options *options, int status, const char *out_wanted,
                    const char *errors_wanted)
{
    char *out = NULL;
    char *errors = NULL;
    size_t out_len;
    size_t errors_len;
    FILE *to = open_memstream(&out, &out_len);
    FILE *complaints = open_memstream(&errors, &errors_len);
    int got = ctl_validate_run(options, to, complaints);

    fclose(to);
    fclose(complaints);
    if (strncmp(out, out_wanted, strlen(out_wanted)) != 0)
        assert_string_equal(out, out_wanted);
    if (!strstr(errors, errors_wanted))
        assert_string_equal(errors, errors_wanted);
    assert_int_equal(got, status);
    assert_true((out_len == 0) == (status == CTL_EXIT_USAGE));
    free(out);
    free(errors);
}

static void test_accepted(void **state)
{
    struct ctl_validate_options options = question(*state);

    answers(&options, CTL_EXIT_OK, "accept: ok: ", "");
    options.domain = "producer";
    options.name = "machine-7.producer.example";
    answers(&options, CTL_EXIT_OK, "accept: ok: ", "");
    options.json = true;
    answers(&options, CTL_EXIT_OK, "{\"action\":\"accept\",\"reason\":\"ok\",\"reasons\":[]", "");
}

static void test_refused(void **state)
{
    struct place *place = *state;
    struct ctl_validate_options options = question(place);

    options.name = "machine-8.producer.example";
    answers(&options, CTL_EXIT_REFUSED, "block: name_mismatch: ", "");
    options.name = NULL;
    options.time_us = 4000000000 * (int64_t)1000000;
    answers(&options, CTL_EXIT_REFUSED, "block: expired: ", "");
    options.json = true;
    answers(&options, CTL_EXIT_REFUSED, "{\"action\":\"block\",\"reason\":\"expired\",\"reasons\":[\"expired\"]", "");
    options = question(place);
    options.side = CASE_CLIENT;
    answers(&options, CTL_EXIT_REFUSED, "block: wrong_usage: ", "");
    write_file(place->chain, chain_self_signed);
    options.side = CASE_SERVER;
    answers(&options, CTL_EXIT_REFUSED, "block: self_signed: ", "");
}

static void test_bad_input(void **state)
{
    struct place *place = *state;
    struct ctl_validate_options options = question(place);

    options.domain = "brand";
    answers(&options, CTL_EXIT_USAGE, "", "the policy has no such domain; it has: producer\n");
    options = question(place);
    options.chain = "/nonexistent";
    answers(&options, CTL_EXIT_USAGE, "", "cannot read the chain: No such file or directory");
    write_file(place->chain, "nothing\n");
    options.chain = place->chain;
    answers(&options, CTL_EXIT_USAGE, "", "the chain is of no use: no certificate in it");
    write_file(place->policy, "cellgate: 1\n");
    answers(&options, CTL_EXIT_USAGE, "", "policy.yaml:1:1: the policy lacks the key 'cell'");
}

static void test_times(void **state)
{
    static const char *const bad[] = {"",
                                      "@",
                                      "@x",
                                      "@12x",
                                      "now",
                                      "2026-01",
                                      "2026-02-30",
                                      "2026-13-01",
                                      "2026-01-31T12:00",
                                      "2026-01-31T25:00:00",
                                      "2026-01-31 12:00:00",
                                      "2026-01-31T12:00:00+01:00",
                                      "@99999999999999999999"};
    int64_t time_us = 5;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(ctl_validate_time(&time_us, bad[i]));
    assert_true(ctl_validate_time(&time_us, "@0"));
    assert_int_equal(time_us, 0);
    assert_true(ctl_validate_time(&time_us, "2026-01-31T12:00:00Z"));
    assert_int_equal(time_us, IN_2026);
    assert_true(ctl_validate_time(&time_us, "2026-01-31T12:00:00"));
    assert_int_equal(time_us, IN_2026);
    assert_true(ctl_validate_time(&time_us, "2026-01-31"));
    assert_int_equal(time_us, IN_2026 - 12 * 3600 * (int64_t)1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accepted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_input, set_up, tear_down),
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
