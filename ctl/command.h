/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * command: the sub-commands of the program `cellgate`, one function each.
 *
 * Each gets its own words (argv[0] is the sub-command) and returns the exit status. Statuses mean the same everywhere:
 * 0 done (validate: accepted), 1 validate: refused, 2 bad input or bad words. Errors are said on standard error,
 * results on standard output.
 *
 * Threads: the main thread; one command in a process.
 */
#ifndef CELLGATE_CTL_COMMAND_H
#define CELLGATE_CTL_COMMAND_H

#define CTL_EXIT_OK      0
#define CTL_EXIT_REFUSED 1
#define CTL_EXIT_USAGE   2

/* ctl_command_replay: `cellgate replay` (ctl/replay_command.c; without the data plane ctl/absent.c, which says so). */
int ctl_command_replay(int argc, char **argv);

/* ctl_command_settings: `cellgate settings` (ctl/settings_command.c; without the data plane as above). */
int ctl_command_settings(int argc, char **argv);

/* ctl_command_validate: `cellgate validate` (ctl/validate.c). */
int ctl_command_validate(int argc, char **argv);

#endif
