/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * events: the daemon's verdict records, from the workers' rings into a file.
 *
 *     worker → dp_record ring → collector thread: JSON line → bounded queue → writer thread → file
 *
 * Nobody waits for the disk but the writer. A worker whose ring is full counts `records_dropped`; a queue that is full
 * drops accepts before blocks, oldest first (ctl/events_queue). One log line when that begins and one when the queue
 * is empty again; one when the file cannot be written and one when it can be again.
 *
 * Order of calls: ctl_events_new() before the workers start, ctl_events_free() after they have stopped: what is in the
 * rings and in the queue is then written, for CTL_EVENTS_STOP_MS at most.
 *
 * Threads: ctl_events_reopen(), _policy() and _look() from one control thread. Rings are read by the collector only.
 * Ownership: rings are borrowed; policy and path are copied.
 */
#ifndef CELLGATE_CTL_EVENTS_H
#define CELLGATE_CTL_EVENTS_H

#include "dataplane/record.h"
#include "validator/policy.h"

#define CTL_EVENTS_STOP_MS 300

struct ctl_events;

struct ctl_events_config {
    const char *path;
    size_t queue_bytes;
    struct dp_record_ring *const *rings; /* the array is copied */
    size_t num_rings;
    const struct val_policy *policy; /* for the names of conduits */
};

struct ctl_events_fill {
    uint64_t lines; /* that wait for the disk */
    uint64_t bytes;
    uint64_t dropped_accepts; /* by the queue, since the start */
    uint64_t dropped_blocks;
    uint64_t failed_writes; /* and opens; each was tried again */
};

/* ctl_events_new: opens the file and starts both threads; NULL with a log line that says why. */
struct ctl_events *ctl_events_new(const struct ctl_events_config *config);

/* ctl_events_free: ends both threads as said above. A writer that hangs in the kernel is left behind, with a log line. */
void ctl_events_free(struct ctl_events *events);

/* ctl_events_reopen: from the next batch on, write to `path` (the same path after a rotation). Where it cannot be opened
 * the old file stays in use, with a log line. Returns at once. */
void ctl_events_reopen(struct ctl_events *events, const char *path);

/* ctl_events_policy: names of conduits of a new policy (see ctl_eve_policy()); waits for the record in hand at most. */
BYTES_MUST_CHECK bool ctl_events_policy(struct ctl_events *events, const struct val_policy *policy);

/* ctl_events_look: numbers as of now. */
void ctl_events_look(struct ctl_events *events, struct ctl_events_fill *out);

#endif
