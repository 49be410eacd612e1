/* SPDX-License-Identifier: BSD-3-Clause */
/* The program `cellgate`: finds the sub-command and hands over to it. */
#include "ctl/command.h"
#include "ctl/help.h"

#include <signal.h>
#include <string.h>

static int command_help(int argc, char **argv)
{
    return ctl_help_print(argc > 1 ? argv[1] : NULL, stdout);
}

static int command_version(int argc, char **argv)
{
    (void)printf("cellgate %s\n", CELLGATE_VERSION);
    return CTL_EXIT_OK;
}

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    {"replay", ctl_command_replay}, {"validate", ctl_command_validate}, {"settings", ctl_command_settings},
    {"help", command_help},         {"--help", command_help},           {"version", command_version},
    {"--version", command_version},
};

static int run(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (argc > 1)
        (void)fprintf(stderr, "cellgate: there is no such sub-command\n");
    (void)ctl_help_print(NULL, stderr);
    return CTL_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    int status;

    /* A reader that has seen enough (head) closes its pipe; a result that is only half written must not look like success. */
    (void)signal(SIGPIPE, SIG_IGN);
    status = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fprintf(stderr, "cellgate: standard output cannot be written\n");
        return CTL_EXIT_USAGE;
    }
    return status;
}
