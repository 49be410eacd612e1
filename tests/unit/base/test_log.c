/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* logged: what log_line() wrote to standard error, as a string in `out`. */
static void logged(char *out, size_t len, const char *text)
{
    int ends[2];
    int kept = dup(STDERR_FILENO);
    ssize_t got;

    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_warning("%s", text);
    dup2(kept, STDERR_FILENO);
    close(ends[1]);
    got = read(ends[0], out, len - 1);
    close(ends[0]);
    close(kept);
    assert_true(got > 0);
    out[got] = '\0';
}

static void test_one_line_with_its_level(void **state)
{
    char out[256];

    logged(out, sizeof(out), "port=inside link is down");
    assert_string_equal(out, "<4>cellgate: port=inside link is down\n");
}

static void test_a_peer_cannot_forge_a_line(void **state)
{
    char out[256];

    logged(out, sizeof(out), "a\n<3>cellgate: forged\x1b[2J");
    assert_string_equal(out, "<4>cellgate: a?<3>cellgate: forged?[2J\n");
}

static void test_a_long_text_is_cut_and_still_one_line(void **state)
{
    char text[4000];
    char out[5000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    logged(out, sizeof(out), text);
    assert_true(strlen(out) < 1100);
    assert_int_equal(out[strlen(out) - 1], '\n');
    assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_line_with_its_level),
        cmocka_unit_test(test_a_peer_cannot_forge_a_line),
        cmocka_unit_test(test_a_long_text_is_cut_and_still_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
