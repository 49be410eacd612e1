/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/help.h"

#include "base/reason.h"
#include "ctl/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char *help(const char *topic)
{
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);

    assert_int_equal(ctl_help_print(topic, to), CTL_EXIT_OK);
    fclose(to);
    return text;
}

static void says(const char *topic, const char *wanted)
{
    char *text = help(topic);

    assert_non_null(strstr(text, wanted));
    free(text);
}

static void test_topics(void **state)
{
    says(NULL, "cellgate replay --policy FILE");
    says("help", "cellgate validate --policy FILE");
    says("replay", "--checksums");
    says("validate", "--side");
    says("settings", "handshake_memory_mb: 1280");
    assert_int_equal(ctl_help_print("nothing", stdout), CTL_EXIT_USAGE);
    assert_int_equal(ctl_help_usage("replay", "--policy is missing"), CTL_EXIT_USAGE);
}

static void test_every_reason_is_told(void **state)
{
    char *text = help("reasons");

    for (int i = 1; i < REASON_COUNT; i++) {
        assert_non_null(strstr(text, reason_name((enum reason)i)));
        assert_non_null(strstr(text, reason_text((enum reason)i)));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_topics),
        cmocka_unit_test(test_every_reason_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
