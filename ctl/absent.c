/* SPDX-License-Identifier: BSD-3-Clause */
/* In place of the commands that need the data plane, in builds without it. */
#include "ctl/command.h"

#include <stdio.h>

static int absent(const char *command)
{
    (void)fprintf(stderr, "cellgate %s: this program was built without DPDK and so without the data plane\n", command);
    return CTL_EXIT_USAGE;
}

int ctl_command_replay(int argc, char **argv)
{
    return absent(argv[0]);
}

int ctl_command_settings(int argc, char **argv)
{
    return absent(argv[0]);
}
