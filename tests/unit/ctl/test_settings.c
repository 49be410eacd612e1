/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/settings.h"

#include "ctl/settings_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static int read_text(struct ctl_settings *settings, struct ctl_complaints *complaints, const char *text)
{
    return ctl_settings_read(settings, complaints, "s.yaml", bytes_of(text, strlen(text)));
}

static void refused(const char *text, const char *wanted)
{
    struct ctl_settings *settings = malloc(sizeof(*settings));
    struct ctl_complaints complaints;
    char line[1024] = "";

    settings->workers = 77;
    assert_int_equal(read_text(settings, &complaints, text), -1);
    assert_int_equal(settings->workers, 77); /* a bad file changes nothing */
    ctl_complaints_line(&complaints, 0, line, sizeof(line));
    if (strncmp(line, wanted, strlen(wanted)) != 0)
        assert_string_equal(line, wanted);
    free(settings);
}

static void test_defaults(void **state)
{
    static struct ctl_settings settings;
    struct ctl_complaints complaints;

    ctl_settings_default(&settings);
    assert_int_equal(settings.workers, 1);
    assert_int_equal(settings.judge, CTL_JUDGE_AUTO);
    assert_int_equal(settings.checksum, CTL_CHECKSUM_VERIFY);
    assert_string_equal(settings.events, "/var/log/cellgate/verdicts.json");
    assert_string_equal(settings.policy, "");
    assert_int_equal(settings.eal.num, 0);
    assert_int_equal(settings.line[CTL_SETTING_workers], 0);
    ctl_complaints_init(&complaints, "s");
    assert_false(ctl_settings_complete(&settings, &complaints));
    assert_int_equal(complaints.num, 3); /* policy, inside, outside */
    assert_true(settings.held_packets_max <= settings.packets / 2);
}

static void test_a_file(void **state)
{
    static struct ctl_settings settings;
    struct ctl_complaints complaints;

    assert_int_equal(
        read_text(&settings, &complaints,
                  "policy: p.yaml\ninside: \"net_af_xdp0,iface=in\"\noutside: 0000:01:00.1\nworkers: 4\n"
                  "judge: core\nchecksum: ignore\npolling: busy\nhugepages: none\neal: [--no-pci, \"-m\", \"64\"]\n"),
        0);
    assert_string_equal(settings.inside, "net_af_xdp0,iface=in");
    assert_string_equal(settings.outside, "0000:01:00.1");
    assert_int_equal(settings.workers, 4);
    assert_int_equal(settings.judge, CTL_JUDGE_CORE);
    assert_int_equal(settings.checksum, CTL_CHECKSUM_IGNORE);
    assert_int_equal(settings.polling, CTL_POLLING_BUSY);
    assert_int_equal(settings.hugepages, CTL_HUGEPAGES_NONE);
    assert_int_equal(settings.eal.num, 3);
    assert_string_equal(settings.eal.item[0], "--no-pci");
    assert_string_equal(settings.eal.item[2], "64");
    assert_int_equal(settings.line[CTL_SETTING_workers], 4);
    assert_int_equal(settings.packets, 65536);
    assert_true(ctl_settings_complete(&settings, &complaints));
}

static void test_complaints(void **state)
{
    refused("", "s.yaml: the file is empty");
    refused("[a]", "s.yaml:1:1: not a settings file");
    refused("worker: 2\n", "s.yaml:1:1: unknown setting 'worker'");
    refused("workers: 2\nworkers: 3\n", "s.yaml:2:1: key 'workers' is repeated");
    refused("workers: 0\n", "s.yaml:1:10: workers must be a whole number from 1 to 64");
    refused("workers: 65\n", "s.yaml:1:10: workers must be a whole number from 1 to 64");
    refused("workers: two\n", "s.yaml:1:10: workers must be a whole number from 1 to 64");
    refused("judge: here\n", "s.yaml:1:8: judge must be one of: auto inline core");
    refused("policy: [a]\n", "s.yaml:1:9: policy must be a text");
    refused("eal: --no-pci\n", "s.yaml:1:6: eal must be a list");
    refused("packets: 2048\nheld_packets_max: 1025\n",
            "s.yaml:2:1: held_packets_max is 1025, more than half of packets (2048)");
    refused("flows_max: 64\n", "s.yaml: handshakes_max is 131072, more than flows_max (64)");
}

static void test_too_long_a_text(void **state)
{
    static struct ctl_settings settings;
    struct ctl_complaints complaints;
    char text[CTL_SETTING_TEXT_MAX + 16] = "cores: ";

    memset(text + 7, '1', CTL_SETTING_TEXT_MAX - 1);
    assert_int_equal(read_text(&settings, &complaints, text), 0);
    assert_int_equal(strlen(settings.cores), CTL_SETTING_TEXT_MAX - 1);
    text[7 + CTL_SETTING_TEXT_MAX - 1] = '1';
    refused(text, "s.yaml:1:8: cores is longer than 511 bytes");
}

static void test_what_needs_a_restart(void **state)
{
    static struct ctl_settings now;
    static struct ctl_settings wanted;
    struct ctl_complaints complaints;

    assert_int_equal(read_text(&now, &complaints, "workers: 2\nevents: /tmp/a\neal: [a]\n"), 0);
    assert_int_equal(read_text(&wanted, &complaints, "eal: [a]\n\nevents: /tmp/b\nworkers: 2\n"), 0);
    assert_null(ctl_settings_restart(&now, &wanted)); /* only `events`, which is live, and the places differ */
    assert_int_equal(read_text(&wanted, &complaints, "workers: 3\neal: [a]\n"), 0);
    assert_string_equal(ctl_settings_restart(&now, &wanted), "workers");
    assert_int_equal(read_text(&wanted, &complaints, "workers: 2\neal: [b]\n"), 0);
    assert_string_equal(ctl_settings_restart(&now, &wanted), "eal");
}

static char *print(const struct ctl_settings *settings, bool json)
{
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);

    ctl_settings_print(settings, to, json);
    fclose(to);
    return text;
}

static void test_print(void **state)
{
    static struct ctl_settings settings;
    struct ctl_complaints complaints;
    char *text;

    assert_int_equal(read_text(&settings, &complaints, "\nworkers: 2\neal: [a, \"b\\ec\"]\njudge: core\n"), 0);
    text = print(&settings, false);
    assert_non_null(strstr(text, "workers: 2\n"));
    assert_non_null(strstr(text, "default 1, range 1-64, restart, from s.yaml:2\n"));
    assert_non_null(strstr(text, "judge: core\n"));
    assert_non_null(strstr(text, "default auto, range auto inline core, restart, from s.yaml:4\n"));
    assert_non_null(strstr(text, "eal: a b\\x1bc\n"));
    assert_non_null(strstr(text, "default /var/log/cellgate/verdicts.json, range text, live, from default\n"));
    free(text);
    text = print(&settings, true);
    assert_non_null(strstr(text, "\"workers\": {\n    \"value\": 2,\n    \"default\": 1,\n"));
    assert_non_null(strstr(text, "\"origin\": \"s.yaml:2\""));
    free(text);
}

static void test_load(void **state)
{
    static struct ctl_settings settings;
    struct ctl_complaints complaints;
    char path[] = "/tmp/test_settings.XXXXXX";
    int fd = mkstemp(path);

    assert_int_equal(write(fd, "workers: 5\n", 11), 11);
    close(fd);
    assert_int_equal(ctl_settings_load(&settings, &complaints, path), 0);
    assert_int_equal(settings.workers, 5);
    assert_string_equal(settings.file, path);
    unlink(path);
    assert_int_equal(ctl_settings_load(&settings, &complaints, path), -1);
    assert_string_equal(complaints.list[0].text, "cannot read the settings: No such file or directory");
}

/* The row of docs/settings.md about a setting begins so. */
static void wanted_row(char *out, size_t size, const struct ctl_setting_row *row)
{
    const char *when = row->live ? "live" : "restart";
    char words[128] = "";
    char first[32] = "";

    switch (row->kind) {
    case CTL_SETTING_NUMBER:
        (void)snprintf(out, size, "| `%s` | %u | %u-%u | %s | %s |\n", row->key, row->value, row->least, row->most,
                       when, row->text);
        return;
    case CTL_SETTING_LIST:
        (void)snprintf(out, size, "| `%s` | none | list of texts | %s | %s |\n", row->key, when, row->text);
        return;
    case CTL_SETTING_TEXT:
        (void)snprintf(words, sizeof(words), row->words[0] ? "`%s`" : "%s",
                       row->must       ? "must be set"
                       : row->words[0] ? row->words
                                       : "empty");
        (void)snprintf(out, size, "| `%s` | %s | text | %s | %s |\n", row->key, words, when, row->text);
        return;
    case CTL_SETTING_WORD:
        break;
    }
    memcpy(first, row->words, strcspn(row->words, " "));
    for (const char *at = row->words; *at; at++) {
        char letter[] = {*at, 0};

        (void)snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s", *at == ' ' ? "`, `" : letter);
    }
    (void)snprintf(out, size, "| `%s` | `%s` | `%s` | %s | %s |\n", row->key, first, words, when, row->text);
}

static void test_the_page_tells_the_truth(void **state)
{
    static char page[65536];
    char path[1024];
    FILE *file;

    if (!getenv("CELLGATE_SOURCE"))
        skip();
    (void)snprintf(path, sizeof(path), "%s/docs/settings.md", getenv("CELLGATE_SOURCE"));
    file = fopen(path, "r");
    assert_non_null(file);
    page[fread(page, 1, sizeof(page) - 1, file)] = 0;
    fclose(file);
    for (size_t i = 0; i < CTL_SETTING_COUNT; i++) {
        char row[512];

        wanted_row(row, sizeof(row), &ctl_setting_rows[i]);
        if (!strstr(page, row))
            fail_msg("docs/settings.md lacks: %s", row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_a_file),
        cmocka_unit_test(test_complaints),
        cmocka_unit_test(test_too_long_a_text),
        cmocka_unit_test(test_what_needs_a_restart),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_the_page_tells_the_truth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
