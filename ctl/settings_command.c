/* SPDX-License-Identifier: BSD-3-Clause */
/* `cellgate settings`: what holds, where it comes from, and the memory that it may take. */
#include "ctl/command.h"
#include "ctl/help.h"
#include "ctl/memory.h"
#include "ctl/replay.h"

#include <getopt.h>
#include <stdlib.h>

struct words {
    const char *file;
    bool json;
    bool replay;
};

static const struct option options[] = {
    {"json", no_argument, NULL, 'j'},
    {"replay", no_argument, NULL, 'r'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int show(const struct words *words, struct ctl_settings *settings)
{
    struct ctl_complaints complaints;
    struct ctl_memory memory;
    char line[CTL_MEMORY_LINE_MAX];

    ctl_settings_default(settings);
    if (words->replay)
        ctl_replay_settings(settings);
    if (words->file && ctl_settings_load(settings, &complaints, words->file) != 0) {
        ctl_complaints_print(&complaints, stderr);
        return CTL_EXIT_USAGE;
    }
    ctl_settings_print(settings, stdout, words->json);
    if (words->json)
        return CTL_EXIT_OK;
    if (words->replay)
        settings->packets = settings->held_packets_max; /* replay has no ports: what it keeps is what it holds */
    ctl_memory_add_up(&memory, settings);
    ctl_memory_line(line, &memory);
    (void)printf("%s\n", line);
    return CTL_EXIT_OK;
}

int ctl_command_settings(int argc, char **argv)
{
    struct words words = {.file = NULL};
    struct ctl_settings *settings;
    int option;
    int status;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return ctl_help_print("settings", stdout);
        if (option == '?')
            return ctl_help_usage("settings", "an option that there is not");
        words.json = words.json || option == 'j';
        words.replay = words.replay || option == 'r';
    }
    if (argc - optind > 1)
        return ctl_help_usage("settings", "one settings file is wanted, or none");
    words.file = argv[optind];
    settings = malloc(sizeof(*settings));
    if (!settings)
        return CTL_EXIT_USAGE;
    status = show(&words, settings);
    free(settings);
    return status;
}
