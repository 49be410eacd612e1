/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of `cellgate validate`. */
#include "base/clock.h"
#include "ctl/command.h"
#include "ctl/help.h"
#include "ctl/validate.h"
#include "validator/case.h"

#include <getopt.h>

static const struct option words[] = {
    {"policy", required_argument, NULL, 'p'}, {"side", required_argument, NULL, 's'},
    {"domain", required_argument, NULL, 'd'}, {"name", required_argument, NULL, 'n'},
    {"time", required_argument, NULL, 't'},   {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
};

static bool read_side(int *side, const char *word)
{
    *side = strcmp(word, "server") == 0 ? CASE_SERVER : strcmp(word, "client") == 0 ? CASE_CLIENT : -1;
    return *side >= 0;
}

/* One option; a text that says what is wrong with it, or NULL. */
static const char *read_option(struct ctl_validate_options *options, int option)
{
    switch (option) {
    case 'p':
        options->policy = optarg;
        return NULL;
    case 'd':
        options->domain = optarg;
        return NULL;
    case 'n':
        options->name = optarg;
        return NULL;
    case 'j':
        options->json = true;
        return NULL;
    case 's':
        return read_side(&options->side, optarg) ? NULL : "--side is 'server' or 'client'";
    case 't':
        return ctl_validate_time(&options->time_us, optarg)
                   ? NULL
                   : "--time is 2026-01-31, 2026-01-31T12:00:00 (UTC) or @ and seconds since 1970";
    default:
        return "an option that there is not, or one without its value";
    }
}

static const char *missing(const struct ctl_validate_options *options, int num_files)
{
    if (!options->policy)
        return "--policy is missing";
    if (options->side < 0)
        return "--side is missing";
    if (options->name && options->side == CASE_CLIENT)
        return "--name is for --side server: nobody asks for a client by name";
    if (num_files != 1)
        return "one chain file is wanted";
    return NULL;
}

int ctl_command_validate(int argc, char **argv)
{
    struct ctl_validate_options options = {.side = -1, .time_us = clock_wall_us()};
    const char *problem = NULL;
    int option;

    opterr = 0;
    while (!problem && (option = getopt_long(argc, argv, "", words, NULL)) != -1) {
        if (option == 'h')
            return ctl_help_print("validate", stdout);
        problem = read_option(&options, option);
    }
    if (!problem)
        problem = missing(&options, argc - optind);
    if (problem)
        return ctl_help_usage("validate", problem);
    options.chain = argv[optind];
    return ctl_validate_run(&options, stdout, stderr);
}
