/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of `cellgate replay`: what is refused before anything is opened, and what cannot be opened. */
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
    return ctl_command_replay(num, words);
}

#define RUN(...) run((char *[]){"replay", __VA_ARGS__, NULL})

static void test_bad_words(void **state)
{
    assert_int_equal(RUN("a.pcap"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("--policy", "p"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("--policy", "p", "--checksums", "some", "a.pcap"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("--policy", "p", "--frobnicate", "a.pcap"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("a.pcap", "--policy"), CTL_EXIT_USAGE);
}

static void test_what_cannot_be_read(void **state)
{
    assert_int_equal(RUN("--policy", "/nonexistent", "--json", "--checksums", "ignore", "a.pcap"), CTL_EXIT_USAGE);
    assert_int_equal(RUN("--policy", "/nonexistent", "--settings", "/nonexistent", "a.pcap"), CTL_EXIT_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_words),
        cmocka_unit_test(test_what_cannot_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
