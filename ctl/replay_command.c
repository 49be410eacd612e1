/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of `cellgate replay`. */
#include "ctl/command.h"
#include "ctl/help.h"
#include "ctl/policy_file.h"
#include "ctl/replay.h"
#include "ctl/settings.h"

#include <getopt.h>
#include <stdlib.h>

/* What the words said. */
struct words {
    const char *policy;
    const char *settings;
    const char *out;
    int checksum; /* enum ctl_checksum; -1: not said */
    bool json;
};

static const struct option options[] = {
    {"policy", required_argument, NULL, 'p'},
    {"settings", required_argument, NULL, 's'},
    {"out", required_argument, NULL, 'o'},
    {"checksums", required_argument, NULL, 'c'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int checksum_of(const char *word)
{
    static const char *const names[] = {
        [CTL_CHECKSUM_VERIFY] = "verify", [CTL_CHECKSUM_COMPLETE] = "complete", [CTL_CHECKSUM_IGNORE] = "ignore"};

    for (int i = 0; i < 3; i++)
        if (strcmp(word, names[i]) == 0)
            return i;
    return -1;
}

/* One option; a text that says what is wrong with it, or NULL. */
static const char *read_option(struct words *words, int option)
{
    switch (option) {
    case 'p':
        words->policy = optarg;
        return NULL;
    case 's':
        words->settings = optarg;
        return NULL;
    case 'o':
        words->out = optarg;
        return NULL;
    case 'j':
        words->json = true;
        return NULL;
    case 'c':
        words->checksum = checksum_of(optarg);
        return words->checksum < 0 ? "--checksums is verify, complete or ignore" : NULL;
    default:
        return "an option that there is not, or one without its value";
    }
}

static int run(const struct words *words, struct ctl_settings *settings, char **captures, size_t num)
{
    struct ctl_replay_options replay = {.settings = settings, .out = words->out, .json = words->json, .to = stdout};
    struct ctl_complaints complaints;
    struct val_policy *policy = NULL;
    int status;

    ctl_replay_settings(settings);
    if ((words->settings && ctl_settings_load(settings, &complaints, words->settings) != 0) ||
        ctl_policy_load(&policy, &complaints, words->policy, 1) != 0) {
        ctl_complaints_print(&complaints, stderr);
        return CTL_EXIT_USAGE;
    }
    if (words->checksum >= 0)
        settings->checksum = (uint32_t)words->checksum;
    replay.policy = policy;
    status = ctl_replay_run(&replay, captures, num);
    val_policy_free(policy);
    return status == 0 ? CTL_EXIT_OK : CTL_EXIT_USAGE;
}

int ctl_command_replay(int argc, char **argv)
{
    struct words words = {.checksum = -1};
    struct ctl_settings *settings;
    const char *problem = NULL;
    int option;
    int status;

    opterr = 0;
    while (!problem && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return ctl_help_print("replay", stdout);
        problem = read_option(&words, option);
    }
    if (!problem && !words.policy)
        problem = "--policy is missing";
    if (!problem && optind == argc)
        problem = "a capture is missing";
    if (problem)
        return ctl_help_usage("replay", problem);
    settings = malloc(sizeof(*settings));
    if (!settings)
        return CTL_EXIT_USAGE;
    status = run(&words, settings, argv + optind, (size_t)(argc - optind));
    free(settings);
    return status;
}
