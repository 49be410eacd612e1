/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * replay: captures through the same code as the wire, at the capture's own time, with no privileges.
 *
 * Each capture is a world of its own: a fresh box sees its frames in order, and when it ends every flow that is still
 * undecided gets its verdict. One record a flow is printed as it falls due, as JSON lines or as a table. What would have
 * left on each port is written to capture files when asked for.
 *
 * Threads: the caller's. Errors: messages go to standard error; the result says which exit status they deserve.
 * It opens no port and no socket, and changes nothing but its own output files.
 */
#ifndef CELLGATE_CTL_REPLAY_H
#define CELLGATE_CTL_REPLAY_H

#include "ctl/settings.h"
#include "validator/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct ctl_replay_options {
    const struct val_policy *policy;
    const struct ctl_settings *settings; /* bounds, time-outs and checksum; ports and cores are not used */
    const char *out; /* prefix of the files of what left: PREFIX-inside.pcap, PREFIX-outside.pcap; NULL: none */
    bool json;
    FILE *to; /* where the records go */
};

/* ctl_replay_run: all captures, one after the other. 0: every capture was read to its end. 2: one was no capture or was
 * truncated (what could be read is judged and printed all the same), or an output file could not be written. */
int ctl_replay_run(const struct ctl_replay_options *options, char *const captures[], size_t num);

/* ctl_replay_settings: the bounds that replay starts from where no settings file is given. */
void ctl_replay_settings(struct ctl_settings *out);

#endif
