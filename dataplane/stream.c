/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/stream.h"

#include <string.h>

#define COMPARE_CHUNK 512U

void dp_stream_init(struct dp_stream *stream)
{
    memset(stream, 0, sizeof(*stream));
}

void dp_stream_fini(struct dp_stream *stream, struct dp_blocks *blocks)
{
    dp_blocks_put(blocks, stream->block, stream->capacity);
    stream->block = NULL;
    stream->capacity = 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* The part of the piece that lies in [from, to). */
static struct dp_stream_piece clip(struct dp_stream_piece piece, uint32_t from, uint32_t to)
{
    uint32_t end = least(piece.offset + piece.len, to);
    uint32_t begin = most(piece.offset, from);

    if (begin >= end) {
        piece.len = 0;
        return piece;
    }
    piece.at += begin - piece.offset;
    piece.offset = begin;
    piece.len = end - begin;
    return piece;
}

static bool same(const struct dp_stream *stream, struct dp_stream_piece piece)
{
    uint8_t chunk[COMPARE_CHUNK];

    while (piece.len != 0) {
        uint32_t len = least(piece.len, COMPARE_CHUNK);

        dp_packet_copy(piece.packet, piece.at, len, chunk);
        if (memcmp(chunk, stream->block + (piece.offset - stream->start), len) != 0)
            return false;
        piece.at += len;
        piece.offset += len;
        piece.len -= len;
    }
    return true;
}

bool dp_stream_agrees(const struct dp_stream *stream, struct dp_stream_piece piece)
{
    if (!same(stream, clip(piece, stream->start, stream->ready)))
        return false;
    for (uint32_t i = 0; i < stream->num_spans; i++)
        if (!same(stream, clip(piece, stream->span[i].from, stream->span[i].to)))
            return false;
    return true;
}

/* One behind the last byte that is stored. */
static uint32_t stored_to(const struct dp_stream *stream)
{
    return stream->num_spans == 0 ? stream->ready : stream->span[stream->num_spans - 1].to;
}

/* Makes room for `need` bytes from `start` on. */
static bool make_room(struct dp_stream *stream, struct dp_blocks *blocks, uint32_t need)
{
    uint32_t capacity;
    uint8_t *block;

    if (need <= stream->capacity)
        return true;
    block = dp_blocks_get(blocks, need, &capacity);
    if (block == NULL)
        return false;
    if (stream->block != NULL)
        memcpy(block, stream->block, stored_to(stream) - stream->start);
    dp_blocks_put(blocks, stream->block, stream->capacity);
    stream->block = block;
    stream->capacity = capacity;
    return true;
}

/* Islands that touch [from, to): the first of them, and how many. Where there is none, `first` is the place for a new one. */
static uint32_t touching(const struct dp_stream *stream, uint32_t from, uint32_t to, uint32_t *first)
{
    uint32_t i = 0;
    uint32_t num = 0;

    while (i < stream->num_spans && stream->span[i].to < from)
        i++;
    *first = i;
    while (i + num < stream->num_spans && stream->span[i + num].from <= to)
        num++;
    return num;
}

static void remove_spans(struct dp_stream *stream, uint32_t first, uint32_t num)
{
    memmove(&stream->span[first], &stream->span[first + num],
            (stream->num_spans - first - num) * sizeof(stream->span[0]));
    stream->num_spans -= num;
}

/* Notes that [from, to) is stored. */
static void mark(struct dp_stream *stream, uint32_t from, uint32_t to)
{
    uint32_t first;
    uint32_t num = touching(stream, from, to, &first);
    struct dp_stream_span whole = {.from = from, .to = to};

    if (num != 0) {
        whole.from = least(from, stream->span[first].from);
        whole.to = most(to, stream->span[first + num - 1].to);
        remove_spans(stream, first, num);
    }
    if (whole.from <= stream->ready) {
        stream->ready = most(stream->ready, whole.to);
        return;
    }
    memmove(&stream->span[first + 1], &stream->span[first], (stream->num_spans - first) * sizeof(whole));
    stream->span[first] = whole;
    stream->num_spans++;
}

enum dp_stream_result dp_stream_put(struct dp_stream *stream, struct dp_blocks *blocks, struct dp_stream_piece piece,
                                    uint32_t limit)
{
    uint32_t first;
    uint32_t end;

    piece = clip(piece, stream->start, UINT32_MAX);
    if (piece.len == 0)
        return DP_STREAM_TAKEN;
    if (!dp_stream_agrees(stream, piece))
        return DP_STREAM_DIFFERS;
    end = piece.offset + piece.len;
    if (end - stream->start > limit)
        return DP_STREAM_TOO_BIG;
    if (piece.offset > stream->ready && stream->num_spans == DP_STREAM_SPANS &&
        touching(stream, piece.offset, end, &first) == 0)
        return DP_STREAM_SCATTERED;
    if (!make_room(stream, blocks, end - stream->start))
        return DP_STREAM_NO_MEMORY;
    dp_packet_copy(piece.packet, piece.at, piece.len, stream->block + (piece.offset - stream->start));
    mark(stream, piece.offset, end);
    return DP_STREAM_TAKEN;
}

struct bytes dp_stream_from(const struct dp_stream *stream, uint32_t offset)
{
    if (offset < stream->start || offset >= stream->ready)
        return bytes_of(NULL, 0);
    return bytes_of(stream->block + (offset - stream->start), stream->ready - offset);
}

void dp_stream_forget(struct dp_stream *stream, struct dp_blocks *blocks)
{
    if (stream->num_spans != 0)
        return;
    dp_stream_fini(stream, blocks);
    stream->start = stream->ready;
}
