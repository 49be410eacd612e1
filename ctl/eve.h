/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * eve: a final verdict as the record that people and their tools read (docs/events.md).
 *
 * Two forms: one JSON object on one line after Suricata's EVE conventions, and one row of a table for a person. Every
 * text that came from the wire is made printable first (ctl/printable), so that neither a JSON reader that unquotes it nor a
 * terminal can be fooled; a row has no line break in it whatever a certificate says.
 *
 * Order of calls: ctl_eve_new(), then ctl_eve_line() or ctl_eve_print() for each verdict, ctl_eve_free().
 *
 * Threads: a ctl_eve belongs to one thread: it holds the buffers that a record is made in.
 * Ownership: the line is the ctl_eve's, valid until the next call.
 *
 * It judges nothing and keeps no verdict.
 */
#ifndef CELLGATE_CTL_EVE_H
#define CELLGATE_CTL_EVE_H

#include "validator/case.h"
#include "validator/policy.h"
#include "validator/verdict.h"

#include <stdbool.h>
#include <stdio.h>

struct ctl_eve;

/* ctl_eve_new: conduits have the names of `policy`, which are copied; NULL without memory. `json`: lines of JSON, else a
 * table. */
struct ctl_eve *ctl_eve_new(const struct val_policy *policy, bool json);
void ctl_eve_free(struct ctl_eve *eve);

/* ctl_eve_policy: verdicts of `policy`'s epoch get its names of conduits, which are copied; those of the policy before it
 * keep theirs, and still older ones get none. False without memory; nothing has changed then. */
BYTES_MUST_CHECK bool ctl_eve_policy(struct ctl_eve *eve, const struct val_policy *policy);

/* ctl_eve_line: the record of `c` with its final verdict, its newline included, in `len` bytes; NULL when memory for it
 * is missing. */
const char *ctl_eve_line(struct ctl_eve *eve, const struct val_verdict *verdict, const struct val_case *c, size_t *len);

/* ctl_eve_print: the same, written to `to`; the first row of a table has its heading above it. */
void ctl_eve_print(struct ctl_eve *eve, FILE *to, const struct val_verdict *verdict, const struct val_case *c);

#endif
