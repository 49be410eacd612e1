/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of `cellgate validate`: what is refused before anything is opened, and what cannot be opened. */
#include "ctl/command.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The status for some words, the last of which is NULL. */
static int run(char *words[])
{
    int num = 0;

    while (words[num])
        num++;
    optind = 0; /* getopt starts anew */
    return ctl_command_validate(num, words);
}

#define RUN(...) run((char *[]){"validate", __VA_ARGS__, NULL})

static void test_bad_words(void **state)
{
    assert_int_equal(RUN("chain.pem"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("--policy", "p"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("--policy", "p", "chain.pem"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("--policy", "p", "--side", "server"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("--policy", "p", "--side", "middle", "chain.pem"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("--policy", "p", "--side", "server", "a.pem", "b.pem"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("--policy", "p", "--side", "client", "--name", "n", "a.pem"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("--policy", "p", "--side", "server", "--time", "noon", "a.pem"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("--policy", "p", "--side", "server", "--frobnicate", "a.pem"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("--side", "server", "a.pem", "--policy"), CTL_EXIT_USAGE);
}

static void test_what_cannot_be_read(void **state)
{
    assert_int_equal(
        RUN("--policy", "/nonexistent", "--side", "server", "--time", "@0", "--json", "--domain", "d", "/nonexistent"),
        CTL_EXIT_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_words),
        cmocka_unit_test(test_what_cannot_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
