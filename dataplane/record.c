/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Positions count bytes since the start and never wrap in practice (64 bits); their low bits are the place in the ring. A
 * record never straddles the ring's end: where it would, the rest of the ring is skipped by a record that says so.
 */
#include "dataplane/record.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RING_MIN   (512U * 1024U)
#define ALIGNMENT  8U
#define SKIP       1U /* `reserved` of a record that only fills the ring's end */
#define HEADER_LEN offsetof(struct dp_record, c)

_Static_assert(HEADER_LEN % ALIGNMENT == 0, "the case in a record is aligned");

struct dp_record_ring {
    _Alignas(64) _Atomic uint64_t written; /* the writer's */
    uint64_t read_seen;                    /* the writer's last look at `read` */
    _Alignas(64) _Atomic uint64_t read;    /* the reader's */
    _Alignas(64) size_t size;
    uint8_t *bytes;
};

struct dp_record_ring *dp_record_ring_new(size_t bytes)
{
    struct dp_record_ring *ring;
    size_t size = RING_MIN;

    while (size < bytes)
        size *= 2;
    ring = aligned_alloc(64, sizeof(*ring));
    if (ring == NULL)
        return NULL;
    memset(ring, 0, sizeof(*ring));
    ring->size = size;
    ring->bytes = aligned_alloc(64, size);
    if (ring->bytes == NULL) {
        free(ring);
        return NULL;
    }
    return ring;
}

void dp_record_ring_free(struct dp_record_ring *ring)
{
    if (ring == NULL)
        return;
    free(ring->bytes);
    free(ring);
}

static struct dp_record *record_at(const struct dp_record_ring *ring, uint64_t position)
{
    return (struct dp_record *)(void *)(ring->bytes + (position & (ring->size - 1)));
}

/* Whether `len` bytes behind position `at` are free; looks at the reader's position only when it must. */
static bool has_room(struct dp_record_ring *ring, uint64_t at, uint64_t len)
{
    if (at + len - ring->read_seen <= ring->size)
        return true;
    ring->read_seen = atomic_load_explicit(&ring->read, memory_order_acquire);
    return at + len - ring->read_seen <= ring->size;
}

bool dp_record_push(struct dp_record_ring *ring, const struct val_verdict *verdict, const struct val_case *c)
{
    uint64_t at = atomic_load_explicit(&ring->written, memory_order_relaxed);
    uint64_t len = (HEADER_LEN + c->used + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
    uint64_t rest = ring->size - (at & (ring->size - 1));
    uint64_t skip = len > rest ? rest : 0;
    struct dp_record *record;

    if (len > ring->size / 2 || !has_room(ring, at, skip + len))
        return false;
    if (skip != 0) {
        record = record_at(ring, at);
        record->len = (uint32_t)skip;
        record->reserved = SKIP;
        at += skip;
    }
    record = record_at(ring, at);
    memset(record, 0, HEADER_LEN);
    record->len = (uint32_t)len;
    record->verdict = *verdict;
    memcpy(&record->c, c, c->used);
    record->c.capacity = c->used;
    atomic_store_explicit(&ring->written, at + len, memory_order_release);
    return true;
}

const struct dp_record *dp_record_peek(struct dp_record_ring *ring)
{
    uint64_t at = atomic_load_explicit(&ring->read, memory_order_relaxed);
    const struct dp_record *record;

    if (at == atomic_load_explicit(&ring->written, memory_order_acquire))
        return NULL;
    record = record_at(ring, at);
    if (record->reserved == SKIP) {
        at += record->len;
        atomic_store_explicit(&ring->read, at, memory_order_release);
        record = record_at(ring, at);
    }
    return record;
}

void dp_record_pop(struct dp_record_ring *ring)
{
    const struct dp_record *record = dp_record_peek(ring);
    uint64_t at = atomic_load_explicit(&ring->read, memory_order_relaxed);

    if (record != NULL)
        atomic_store_explicit(&ring->read, at + record->len, memory_order_release);
}
