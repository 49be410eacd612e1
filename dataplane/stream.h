/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream: the first bytes of one direction of a TCP connection, put in order.
 *
 * Bytes are named by their offset from the direction's first byte (sequence number - initial sequence number - 1). They
 * are copied to a block from dp_blocks at the place that their offset says, in whatever order they come; `ready` is the
 * offset up to which there is no gap. Bytes that come again are compared with what is there, and the first ones stay: what
 * was read once can't be changed afterwards (gate rule 5).
 *
 * Bounds: one block of at most `limit` bytes; at most DP_STREAM_SPANS islands behind the first gap. Past a bound nothing is
 * stored and the caller is told which it was.
 *
 * Threads: the box's owner. It knows no sequence numbers, windows or TLS, and never keeps a packet.
 */
#ifndef CELLGATE_DATAPLANE_STREAM_H
#define CELLGATE_DATAPLANE_STREAM_H

#include "base/bytes.h"
#include "dataplane/blocks.h"
#include "dataplane/packet.h"

#include <stdbool.h>
#include <stdint.h>

#define DP_STREAM_SPANS 32

struct dp_stream_span {
    uint32_t from; /* first offset */
    uint32_t to;   /* one behind the last */
};

struct dp_stream {
    uint8_t *block; /* holds the bytes from offset `start` on; NULL when there are none */
    uint32_t capacity;
    uint32_t start;     /* bytes before it have been forgotten */
    uint32_t ready;     /* bytes before it have all come */
    uint32_t num_spans; /* islands behind the gap at `ready`: rising, disjoint, not adjacent */
    struct dp_stream_span span[DP_STREAM_SPANS];
};

enum dp_stream_result {
    DP_STREAM_TAKEN = 1, /* stored, or there already with the same content */
    DP_STREAM_DIFFERS,   /* some bytes were there with other content; nothing was stored */
    DP_STREAM_TOO_BIG,   /* more than `limit` bytes */
    DP_STREAM_NO_MEMORY,
    DP_STREAM_SCATTERED, /* too many gaps */
};

/* A run of payload bytes of a packet: from payload offset `at`, standing at `offset` in the stream. */
struct dp_stream_piece {
    const struct rte_mbuf *packet;
    uint32_t at;
    uint32_t offset;
    uint32_t len;
};

/* dp_stream_init: an empty stream. */
void dp_stream_init(struct dp_stream *stream);

/* dp_stream_fini: gives the block back. */
void dp_stream_fini(struct dp_stream *stream, struct dp_blocks *blocks);

/* dp_stream_put: stores a piece. What lies before `start` is ignored. offset + len must not exceed UINT32_MAX. */
enum dp_stream_result dp_stream_put(struct dp_stream *stream, struct dp_blocks *blocks, struct dp_stream_piece piece,
                                    uint32_t limit);

/* dp_stream_agrees: true unless some byte of the piece is there with other content. */
BYTES_MUST_CHECK bool dp_stream_agrees(const struct dp_stream *stream, struct dp_stream_piece piece);

/* dp_stream_from: the bytes from `offset` to `ready`, borrowed until the next dp_stream_put(). Empty when there are none. */
struct bytes dp_stream_from(const struct dp_stream *stream, uint32_t offset);

/* dp_stream_forget: forgets everything before `ready`, if nothing lies behind a gap; gives the block back. */
void dp_stream_forget(struct dp_stream *stream, struct dp_blocks *blocks);

#endif
