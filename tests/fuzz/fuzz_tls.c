/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A conversation of two directions for dataplane/tls. The first byte: bit 0 observe, bit 1 one side alone, bit 2 which, bits
 * 3 to 7 the size of the pieces. Then chunks: two bytes, the sender's side in the top bit and the length in the rest, and
 * the bytes that it sends. What must wait is offered again after each chunk, as the gate does.
 *
 * Each conversation is heard twice, in those pieces and in one: the split may change nothing that the judge would see.
 */
#include "base/bytes.h"
#include "dataplane/tls.h"
#include "dataplane/tls_machine.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Blocks of exactly the asked size, so that every byte behind them is seen. */
void *dp_blocks_get(struct dp_blocks *blocks, size_t min, uint32_t *capacity)
{
    if (min > DP_BLOCK_MAX)
        return NULL;
    *capacity = (uint32_t)min;
    return malloc(min);
}

void dp_blocks_put(struct dp_blocks *blocks, void *block, uint32_t capacity)
{
    free(block);
}

#define STREAM_MAX (1U << 20)

struct stream {
    uint8_t *byte;
    uint32_t len;
};

struct listener {
    struct dp_tls tls;
    struct stream stream[CASE_SIDES];
    enum dp_tls_status last;
};

static void insist(bool truth)
{
    if (!truth)
        abort();
}

static void check(const struct listener *l)
{
    for (int side = 0; side < CASE_SIDES; side++) {
        const struct dp_tls_direction *d = &l->tls.direction[side];
        insist(d->taken <= l->stream[side].len && d->record_edge <= d->taken && d->pass_edge <= d->taken);
        insist(d->header_len <= sizeof(d->header));
    }
    insist(l->tls.state < DP_TLS_STATE_COUNT);
    insist(case_check(l->tls.c, l->tls.c->capacity));
    insist((l->tls.state == DP_TLS_STATE_FAULT) <= (l->tls.reasons != 0));
}

/* Offers what `side` has sent and was not taken, in pieces; true when that changed something. */
static bool offer(struct listener *l, int side, uint32_t piece)
{
    struct dp_tls_direction *d = &l->tls.direction[side];
    const uint32_t before = d->taken;
    enum dp_tls_status status = DP_TLS_MORE;

    while (status == DP_TLS_MORE && d->taken < l->stream[side].len) {
        const uint32_t left = l->stream[side].len - d->taken;
        const uint32_t len = left < piece ? left : piece;
        uint8_t *copy = malloc(len);

        memcpy(copy, l->stream[side].byte + d->taken, len);
        status = dp_tls_feed(&l->tls, side, bytes_of(copy, len));
        free(copy);
    }
    check(l);
    if (status == DP_TLS_DUE_SERVER || status == DP_TLS_DUE_FLOW)
        dp_tls_resume(&l->tls, l->tls.c);
    l->last = status;
    return d->taken != before;
}

static void hear(struct listener *l, int side, struct bytes chunk, uint32_t piece)
{
    struct stream *s = &l->stream[side];

    s->byte = realloc(s->byte, s->len + chunk.left + 1);
    memcpy(s->byte + s->len, chunk.at, chunk.left);
    s->len += (uint32_t)chunk.left;
    for (bool moved = true; moved;) {
        moved = offer(l, side, piece);
        moved |= offer(l, !side, piece);
    }
}

static void converse(struct listener *l, uint8_t flags, struct bytes in, uint32_t piece)
{
    uint32_t capacity;
    struct val_case *c = dp_blocks_get(NULL, sizeof(struct val_case) + 64, &capacity);
    uint16_t head;
    struct bytes chunk;

    *l = (struct listener){0};
    case_init(c, capacity);
    c->flow.family = 4;
    dp_tls_init(&l->tls, c, NULL, flags & 1);
    if ((flags & 2) != 0)
        dp_tls_alone(&l->tls, flags >> 2 & 1);
    while (bytes_u16(&in, &head)) {
        const uint32_t len = head & 0x7fffU;
        if (!bytes_take(&in, len < in.left ? len : in.left, &chunk))
            break;
        if (chunk.left != 0 && l->stream[head >> 15].len < STREAM_MAX)
            hear(l, head >> 15, chunk, piece);
    }
}

static void finish(struct listener *l)
{
    free(l->tls.c);
    free(l->stream[0].byte);
    free(l->stream[1].byte);
}

static void compare(const struct listener *a, const struct listener *b)
{
    struct val_case x = *a->tls.c;
    struct val_case y = *b->tls.c;

    insist(a->tls.state == b->tls.state && a->tls.reasons == b->tls.reasons && a->tls.ended == b->tls.ended);
    insist(a->tls.direction[0].pass_edge == b->tls.direction[0].pass_edge);
    insist(a->tls.direction[1].pass_edge == b->tls.direction[1].pass_edge);
    if (a->tls.state == DP_TLS_STATE_FAULT)
        return; /* how much of the faulty message was copied depends on the pieces */
    insist(x.used == y.used);
    x.capacity = y.capacity = 0;
    insist(memcmp(&x, &y, sizeof(x)) == 0);
    insist(memcmp((const uint8_t *)a->tls.c + sizeof(x), (const uint8_t *)b->tls.c + sizeof(x), x.used - sizeof(x)) ==
           0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct listener whole;
    struct listener pieces;
    uint8_t flags;

    if (!bytes_u8(&in, &flags))
        return 0;
    converse(&whole, flags, in, STREAM_MAX);
    converse(&pieces, flags, in, 1U + (flags >> 3) * (uint32_t)(flags >> 3));
    compare(&whole, &pieces);
    finish(&whole);
    finish(&pieces);
    return 0;
}
