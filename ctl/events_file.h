/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * events_file: the file that verdict lines are appended to, in the hands of the one thread that may wait for a disk.
 *
 * The file is created with mode 0640 and appended to; a symbolic link in its place is refused. A file that ends in
 * half a line (a crash) gets a line break first. A disk that is full or fails loses nothing at once: the bytes stay
 * in hand and are tried again, and only the queue before this may overflow. A reopen (after a rotation) repeats
 * the line that stood half written, so that each file has whole lines to read; if the new file cannot be opened, the old one
 * stays in use.
 *
 * Threads: one owner. Errors are returned, not logged.
 */
#ifndef CELLGATE_CTL_EVENTS_FILE_H
#define CELLGATE_CTL_EVENTS_FILE_H

#include "base/bytes.h"

#define CTL_EVENTS_BATCH_MAX (256 * 1024) /* bytes written at once, and the longest line */

struct ctl_events_file {
    int fd;                           /* -1: not open */
    size_t num;                       /* bytes in `batch` */
    size_t written;                   /* of these */
    char batch[CTL_EVENTS_BATCH_MAX]; /* whole lines */
};

/* ctl_events_file_init: not open, nothing in hand. */
void ctl_events_file_init(struct ctl_events_file *file);
void ctl_events_file_fini(struct ctl_events_file *file);

/* ctl_events_file_open: opens `path`, in place of what was open; 0 or a negative errno, and then nothing has changed. */
BYTES_MUST_CHECK int ctl_events_file_open(struct ctl_events_file *file, const char *path);

/* ctl_events_file_write: writes what it has in hand, as far as that goes without waiting longer than `wait_ms`. 0: all of
 * it; -EAGAIN: the file takes no more for now; another negative errno: it failed, and may be tried again. */
BYTES_MUST_CHECK int ctl_events_file_write(struct ctl_events_file *file, int wait_ms);

#endif
