/* SPDX-License-Identifier: BSD-3-Clause */
/* In place of ctl/replay_command.c in builds without the data plane. */
#include "ctl/command.h"

#include <stdio.h>

int ctl_command_replay(int argc, char **argv)
{
    (void)fprintf(stderr, "cellgate replay: this program was built without DPDK and so without the data plane\n");
    return CTL_EXIT_USAGE;
}
