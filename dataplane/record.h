/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record: final verdicts on their way from a worker to whoever writes them down.
 *
 * One ring of bytes for each worker; the worker writes, one other thread reads. A record is the verdict and a copy of the
 * used part of the flow's case (a case without a transcript where the flow never got that far). When the ring is full
 * the record is lost and counted (`records_dropped`); the worker never waits.
 *
 * Threads: one writer, one reader; C11 atomics on the two positions, each on a cache line of its own.
 */
#ifndef CELLGATE_DATAPLANE_RECORD_H
#define CELLGATE_DATAPLANE_RECORD_H

#include "validator/case.h"
#include "validator/verdict.h"

#include <stdbool.h>
#include <stddef.h>

struct dp_record {
    uint32_t len; /* of the whole record, padding included */
    uint32_t reserved;
    struct val_verdict verdict;
    uint8_t padding[(8 - sizeof(struct val_verdict) % 8) % 8 + 8];
    struct val_case c; /* followed by its bytes; capacity equals used */
};

struct dp_record_ring;

/* dp_record_ring_new: a ring of `bytes` (rounded up to a power of two, at least 512 kB). NULL without memory. */
struct dp_record_ring *dp_record_ring_new(size_t bytes);
void dp_record_ring_free(struct dp_record_ring *ring);

/* dp_record_push: copies; false when there is no room. Writer only. */
bool dp_record_push(struct dp_record_ring *ring, const struct val_verdict *verdict, const struct val_case *c);

/* dp_record_peek: the oldest record, valid until dp_record_pop(); NULL when empty. Reader only. */
const struct dp_record *dp_record_peek(struct dp_record_ring *ring);
void dp_record_pop(struct dp_record_ring *ring);

#endif
