/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * blocks: memory of a fixed total for what handshakes show: cases and streams.
 *
 * One arena, reserved at start and never grown, cut into blocks of a few sizes (the classes). Getting and putting a
 * block takes constant time and makes no system call. When the arena is used up, dp_blocks_get() says so and the caller
 * does what the policy says of `overload`. A class never starves another for good: memory that no block uses
 * goes back to the arena and may be cut anew for another class.
 *
 * Threads: one owner. Blocks hold bytes from the wire and are not cleared when put back.
 */
#ifndef CELLGATE_DATAPLANE_BLOCKS_H
#define CELLGATE_DATAPLANE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#define DP_BLOCK_MAX (192U * 1024U) /* the largest class: no handshake may need more */

struct dp_blocks;

/* dp_blocks_new: an arena of `bytes`; NULL without memory. */
struct dp_blocks *dp_blocks_new(size_t bytes);
void dp_blocks_free(struct dp_blocks *blocks);

/* dp_blocks_get: a block of at least `min` bytes, aligned to 64; its real size in `capacity`. NULL: too large, or used up. */
void *dp_blocks_get(struct dp_blocks *blocks, size_t min, uint32_t *capacity);

/* dp_blocks_put: gives a block back. NULL is allowed. */
void dp_blocks_put(struct dp_blocks *blocks, void *block, uint32_t capacity);

/* dp_blocks_used: bytes handed out now. */
size_t dp_blocks_used(const struct dp_blocks *blocks);

#endif
