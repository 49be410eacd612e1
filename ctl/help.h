/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * help: what the program says about itself.
 *
 * Threads: constant data. It knows the words of the commands, not what they do; docs/cli.md says the same at more length.
 */
#ifndef CELLGATE_CTL_HELP_H
#define CELLGATE_CTL_HELP_H

#include <stdio.h>

/* ctl_help_print: the help of `topic` (a sub-command, "settings", "reasons"), or where it is NULL the overview; CTL_EXIT_OK.
 * For an unknown topic a line on standard error and CTL_EXIT_USAGE. */
int ctl_help_print(const char *topic, FILE *to);

/* ctl_help_usage: says on standard error what is wrong with the words of `command` and where its help is; returns
 * CTL_EXIT_USAGE. */
int ctl_help_usage(const char *command, const char *problem);

#endif
