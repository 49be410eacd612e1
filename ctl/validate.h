/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * validate: what the judge says of a chain of certificates in a file, and why, for a person who asks.
 *
 * There is no flow: possession, grades and conduits play no part. The chain is judged for one side, by the anchors of one
 * domain or of each in turn, at a given time, and for the server side against a name where one is given.
 *
 * Threads: the caller's. It changes nothing and opens nothing but the two files.
 */
#ifndef CELLGATE_CTL_VALIDATE_H
#define CELLGATE_CTL_VALIDATE_H

#include "base/bytes.h"

#include <stdio.h>

#define CTL_VALIDATE_BYTES_MAX (1024 * 1024) /* of a chain file */

struct ctl_validate_options {
    const char *policy; /* file */
    const char *chain;  /* file: PEM, leaf first, or one certificate in DER */
    const char *domain; /* name, or NULL to try each domain of the policy */
    const char *name;   /* server name asked for, or NULL for none to compare */
    int side;           /* enum case_side */
    int64_t time_us;    /* wall time to judge by */
    bool json;
};

/* ctl_validate_run: judges and prints: the answer to `out`, what is wrong with the input to `errors`. The exit status of the
 * command: CTL_EXIT_OK, CTL_EXIT_REFUSED or CTL_EXIT_USAGE (ctl/command.h). */
int ctl_validate_run(const struct ctl_validate_options *options, FILE *out, FILE *errors);

/* ctl_validate_time: "2026-01-31", "2026-01-31T12:00:00" with or without "Z", always UTC, or "@" and seconds since 1970. */
BYTES_MUST_CHECK bool ctl_validate_time(int64_t *time_us, const char *text);

#endif
