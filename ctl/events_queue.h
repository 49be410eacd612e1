/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * events_queue: verdict lines that wait for the disk, in a bounded number of bytes.
 *
 * Lines leave in the order in which they came. When there is no room for another, old ones go: accepts before blocks, the
 * oldest first; an accept that comes when only blocks are left goes itself. What was dropped is counted, by kind.
 *
 * Threads: any number; one lock, held for a few list operations and one copy, never while anything waits.
 * Ownership: lines are copied in and copied out. It does not know files.
 */
#ifndef CELLGATE_CTL_EVENTS_QUEUE_H
#define CELLGATE_CTL_EVENTS_QUEUE_H

#include "base/bytes.h"

struct ctl_events_queue;

struct ctl_events_queue_fill {
    uint64_t lines; /* waiting now */
    uint64_t bytes; /* taken by them now */
    uint64_t dropped_accepts;
    uint64_t dropped_blocks;
};

/* ctl_events_queue_new: a queue that takes at most `bytes_max`; NULL without memory. */
struct ctl_events_queue *ctl_events_queue_new(size_t bytes_max);
void ctl_events_queue_free(struct ctl_events_queue *queue);

/* ctl_events_queue_push: adds a line of a verdict that accepts or blocks. True when no line was dropped for it. */
bool ctl_events_queue_push(struct ctl_events_queue *queue, struct bytes line, bool block);

/* ctl_events_queue_lose: counts a line that could not be made, so that a record is never missing without a trace. */
void ctl_events_queue_lose(struct ctl_events_queue *queue, bool block);

/* ctl_events_queue_take: moves whole lines, as many as fit, to `out` of `size` bytes; the number of bytes. When there is
 * none it waits for one, up to `wait_ms`. A line longer than `size` would never leave: it is dropped and counted. */
size_t ctl_events_queue_take(struct ctl_events_queue *queue, char *out, size_t size, unsigned wait_ms);

/* ctl_events_queue_look: how full it is, and what it dropped. */
void ctl_events_queue_look(struct ctl_events_queue *queue, struct ctl_events_queue_fill *out);

#endif
