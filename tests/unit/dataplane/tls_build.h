/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tls_build: TLS messages and records made by hand, and a dp_tls that is fed with them in pieces.
 *
 * Blocks come from malloc with exactly the asked size, so that a sanitizer sees every byte behind a case, and a block that
 * is not given back. Included once per test program: it defines dp_blocks_get() and dp_blocks_put().
 */
#ifndef CELLGATE_TESTS_TLS_BUILD_H
#define CELLGATE_TESTS_TLS_BUILD_H

#include "dataplane/tls.h"
#include "dataplane/tls_machine.h"

#include <stdlib.h>
#include <string.h>

#define BUILD_MAX     (1U << 19)
#define CASE_CAPACITY 3072 /* of a fresh case: small, so that growing is part of every test */

struct build {
    size_t len;
    uint8_t byte[BUILD_MAX];
};

static inline void put_bytes(struct build *b, const void *data, size_t len)
{
    if (len > BUILD_MAX - b->len)
        abort();
    if (len != 0)
        memcpy(b->byte + b->len, data, len);
    b->len += len;
}

static inline void put_uint(struct build *b, size_t width, uint32_t value)
{
    for (size_t i = width; i > 0; i--) {
        const uint8_t byte = (uint8_t)(value >> (8 * (i - 1)));
        put_bytes(b, &byte, 1);
    }
}

static inline void put_fill(struct build *b, uint8_t byte, size_t len)
{
    for (size_t i = 0; i < len; i++)
        put_bytes(b, &byte, 1);
}

/* A vector: put_open(), its content, put_close() with what put_open() gave. */
static inline size_t put_open(struct build *b, size_t width)
{
    put_uint(b, width, 0);
    return b->len;
}

static inline void put_close(struct build *b, size_t width, size_t at)
{
    const size_t len = b->len - at;

    for (size_t i = 0; i < width; i++)
        b->byte[at - 1 - i] = (uint8_t)(len >> (8 * i));
}

static inline void put_vector(struct build *b, size_t width, const void *data, size_t len)
{
    put_uint(b, width, (uint32_t)len);
    put_bytes(b, data, len);
}

/* A handshake message: message_open(), its body, message_close(). */
static inline size_t message_open(struct build *b, uint8_t type)
{
    put_uint(b, 1, type);
    return put_open(b, 3);
}

static inline void message_close(struct build *b, size_t at)
{
    put_close(b, 3, at);
}

static inline void put_extension(struct build *b, uint16_t type, const void *data, size_t len)
{
    put_uint(b, 2, type);
    put_vector(b, 2, data, len);
}

/* An extension whose content is one vector of 2-byte items. */
static inline void put_items_extension(struct build *b, uint16_t type, size_t width, const uint16_t *items, size_t num)
{
    put_uint(b, 2, type);
    size_t whole = put_open(b, 2);
    size_t list = put_open(b, width);
    for (size_t i = 0; i < num; i++)
        put_uint(b, 2, items[i]);
    put_close(b, width, list);
    put_close(b, 2, whole);
}

static inline void put_name_extension(struct build *b, const char *name)
{
    put_uint(b, 2, 0);
    size_t whole = put_open(b, 2);
    size_t list = put_open(b, 2);
    put_uint(b, 1, 0);
    put_vector(b, 2, name, strlen(name));
    put_close(b, 2, list);
    put_close(b, 2, whole);
}

/* One record. */
static inline void put_record(struct build *b, uint8_t type, const void *data, size_t len)
{
    put_uint(b, 1, type);
    put_uint(b, 2, 0x0303);
    put_vector(b, 2, data, len);
}

/* Handshake bytes as records of at most `size` bytes each. */
static inline void put_records(struct build *b, const struct build *messages, size_t size)
{
    for (size_t at = 0; at < messages->len; at += size)
        put_record(b, 22, messages->byte + at, messages->len - at < size ? messages->len - at : size);
}

static inline struct build *build_new(void)
{
    struct build *b = malloc(sizeof(*b));

    if (b == NULL)
        abort();
    b->len = 0;
    return b;
}

/* The double of dataplane/blocks. The "arena" only counts, and refuses when told to. */
struct dp_blocks {
    size_t used;
    size_t limit;
};

void *dp_blocks_get(struct dp_blocks *blocks, size_t min, uint32_t *capacity)
{
    if (min > DP_BLOCK_MAX || blocks->used + min > blocks->limit)
        return NULL;
    blocks->used += min;
    *capacity = (uint32_t)min;
    return malloc(min);
}

void dp_blocks_put(struct dp_blocks *blocks, void *block, uint32_t capacity)
{
    if (block == NULL)
        return;
    blocks->used -= capacity;
    free(block);
}

/* One flow under test. */
struct wire {
    struct dp_blocks blocks;
    struct dp_tls tls;
};

static inline void wire_init(struct wire *w, bool observe)
{
    uint32_t capacity;

    w->blocks = (struct dp_blocks){.limit = 4 * DP_BLOCK_MAX};
    struct val_case *c = dp_blocks_get(&w->blocks, CASE_CAPACITY, &capacity);
    case_init(c, capacity);
    dp_tls_init(&w->tls, c, &w->blocks, observe);
}

static inline void wire_fini(struct wire *w)
{
    dp_blocks_put(&w->blocks, w->tls.c, w->tls.c->capacity);
    if (w->blocks.used != 0)
        abort();
}

/* Feeds `len` bytes of `side` in pieces of `piece` bytes, each a malloc of its own length, until something else than MORE is
 * said. What was not taken stays with the caller, as the gate keeps it. */
static inline enum dp_tls_status wire_feed(struct wire *w, int side, const void *data, size_t len, size_t piece)
{
    enum dp_tls_status status = DP_TLS_MORE;

    for (size_t at = 0; at < len && status == DP_TLS_MORE; at += piece) {
        const size_t n = len - at < piece ? len - at : piece;
        uint8_t *copy = malloc(n);

        memcpy(copy, (const uint8_t *)data + at, n);
        status = dp_tls_feed(&w->tls, side, bytes_of(copy, n));
        free(copy);
    }
    return status;
}

static inline struct bytes wire_bytes(const struct wire *w, struct case_span span)
{
    return case_bytes(w->tls.c, span);
}

#endif
