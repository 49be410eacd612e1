/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * complaint: what is wrong with a file that a person wrote, and where.
 *
 * A reader of a file collects complaints instead of stopping at the first one, so that its author mends several mistakes
 * in one round; past CTL_COMPLAINTS_MAX they are only counted. Each is one line of text, "FILE:LINE:COLUMN: what is
 * wrong, and what to do", with lines and columns from 1; line 0 means that the complaint is about the file as a whole.
 *
 * Order of calls: ctl_complaints_init(), any number of ctl_complain(), then ctl_complaints_print() or a look at `num`.
 * `num` is 0 exactly when nothing is wrong.
 *
 * Threads: none of this has state beside the struct. Ownership: nothing to free. What comes from the file is made
 * printable before it gets into a text, so that a hostile file cannot write to the terminal.
 *
 * It does not decide what is wrong and does not end the program.
 */
#ifndef CELLGATE_CTL_COMPLAINT_H
#define CELLGATE_CTL_COMPLAINT_H

#include <stddef.h>
#include <stdio.h>

#define CTL_COMPLAINTS_MAX     10
#define CTL_COMPLAINT_TEXT_MAX 400
#define CTL_COMPLAINT_FILE_MAX 512

struct ctl_complaint {
    unsigned line;   /* from 1; 0: the file as a whole */
    unsigned column; /* from 1 */
    char text[CTL_COMPLAINT_TEXT_MAX];
};

struct ctl_complaints {
    char file[CTL_COMPLAINT_FILE_MAX]; /* as it is printed before each complaint */
    size_t num;                        /* in `list` */
    size_t num_more;                   /* counted only */
    struct ctl_complaint list[CTL_COMPLAINTS_MAX];
};

/* ctl_complaints_init: no complaints yet, about `file` (its name, cut at the array's size). */
void ctl_complaints_init(struct ctl_complaints *complaints, const char *file);

/* ctl_complain: adds one complaint at a place; what is not printable in the resulting text is escaped. */
void ctl_complain(struct ctl_complaints *complaints, unsigned line, unsigned column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ctl_complaints_line: the complaint `index` (< num) as one line without its newline, into `out` of `size` bytes. */
void ctl_complaints_line(const struct ctl_complaints *complaints, size_t index, char *out, size_t size);

/* ctl_complaints_print: all of them to `to`, a line each, then how many more there were. */
void ctl_complaints_print(const struct ctl_complaints *complaints, FILE *to);

#endif
