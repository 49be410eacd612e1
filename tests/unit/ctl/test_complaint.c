/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/complaint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void test_place_stands_before_the_text(void **state)
{
    struct ctl_complaints complaints;
    char line[256];

    ctl_complaints_init(&complaints, "p.yaml");
    ctl_complain(&complaints, 12, 3, "unknown %s '%s'", "zone", "plnt");
    ctl_complain(&complaints, 0, 0, "cannot be read");
    assert_int_equal(complaints.num, 2);
    ctl_complaints_line(&complaints, 0, line, sizeof(line));
    assert_string_equal(line, "p.yaml:12:3: unknown zone 'plnt'");
    ctl_complaints_line(&complaints, 1, line, sizeof(line));
    assert_string_equal(line, "p.yaml: cannot be read");
}

static void test_hostile_text_is_escaped(void **state)
{
    struct ctl_complaints complaints;
    char line[256];

    ctl_complaints_init(&complaints, "a\nb");
    ctl_complain(&complaints, 1, 1, "key '%s'", "x\x1b[2J\np.yaml:1:1: fine");
    ctl_complaints_line(&complaints, 0, line, sizeof(line));
    assert_string_equal(line, "a\\x0ab:1:1: key 'x\\x1b[2J\\x0ap.yaml:1:1: fine'");
}

static void test_past_the_bound_they_are_counted(void **state)
{
    struct ctl_complaints complaints;
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);

    ctl_complaints_init(&complaints, "p");
    for (unsigned i = 0; i < CTL_COMPLAINTS_MAX + 3; i++)
        ctl_complain(&complaints, i + 1, 1, "wrong");
    ctl_complaints_print(&complaints, to);
    fclose(to);
    assert_int_equal(complaints.num, CTL_COMPLAINTS_MAX);
    assert_non_null(strstr(text, "p:10:1: wrong\np: and 3 more\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_place_stands_before_the_text),
        cmocka_unit_test(test_hostile_text_is_escaped),
        cmocka_unit_test(test_past_the_bound_they_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
