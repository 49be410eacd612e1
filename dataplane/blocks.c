/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A buddy allocator. The arena is cut into units of 1 kB; a block of level n is 2^n units, aligned to its own size within
 * the arena, and its buddy is the other half of the block of level n + 1 that both were cut from. A block that is put
 * back joins its buddy if that is free too, and so on upwards, so that memory of one size becomes memory of another. Every
 * operation takes at most as many steps as there are levels.
 *
 * One byte for each unit says what starts there; free blocks are linked through their own first bytes. Memory that was
 * never handed out is not touched: it is taken from the frontier only when the lists are empty.
 */
#include "dataplane/blocks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_SHIFT 10
#define LEVELS     9 /* 1 kB to 256 kB */
#define TOP_UNITS  (1U << (LEVELS - 1))
#define NONE       UINT32_MAX

/* What the map says of a unit: nothing starts there, or a block of a level, free or handed out. */
#define MAP_INSIDE 0U
#define MAP_FREE   0x40U
#define MAP_USED   0x80U

_Static_assert(DP_BLOCK_MAX <= TOP_UNITS << UNIT_SHIFT, "the largest block fits the largest class");

struct free_block {
    uint32_t next;
    uint32_t previous;
};

struct dp_blocks {
    uint8_t *arena;
    uint8_t *map;
    uint32_t units;
    uint32_t frontier; /* units from here on were never used; a multiple of TOP_UNITS */
    uint32_t first[LEVELS];
    size_t used;
};

static struct free_block *free_at(const struct dp_blocks *blocks, uint32_t unit)
{
    return (struct free_block *)(void *)(blocks->arena + ((size_t)unit << UNIT_SHIFT));
}

static void list_push(struct dp_blocks *blocks, uint32_t unit, unsigned level)
{
    uint32_t next = blocks->first[level];

    *free_at(blocks, unit) = (struct free_block){.next = next, .previous = NONE};
    if (next != NONE)
        free_at(blocks, next)->previous = unit;
    blocks->first[level] = unit;
    blocks->map[unit] = (uint8_t)(MAP_FREE | level);
}

static void list_remove(struct dp_blocks *blocks, uint32_t unit, unsigned level)
{
    struct free_block block = *free_at(blocks, unit);

    if (block.previous != NONE)
        free_at(blocks, block.previous)->next = block.next;
    else
        blocks->first[level] = block.next;
    if (block.next != NONE)
        free_at(blocks, block.next)->previous = block.previous;
    blocks->map[unit] = MAP_INSIDE;
}

/* The part of the arena behind the last whole block of the top level, as blocks of falling size. */
static void cut_tail(struct dp_blocks *blocks)
{
    uint32_t at = blocks->units - blocks->units % TOP_UNITS;

    for (unsigned level = LEVELS - 1; level-- > 0;)
        if ((blocks->units & (1U << level)) != 0) {
            list_push(blocks, at, level);
            at += 1U << level;
        }
}

struct dp_blocks *dp_blocks_new(size_t bytes)
{
    struct dp_blocks *blocks = calloc(1, sizeof(*blocks));

    if (blocks == NULL || bytes >> UNIT_SHIFT == 0 || bytes >> UNIT_SHIFT >= NONE) {
        free(blocks);
        return NULL;
    }
    blocks->units = (uint32_t)(bytes >> UNIT_SHIFT);
    blocks->arena = aligned_alloc(1U << UNIT_SHIFT, (size_t)blocks->units << UNIT_SHIFT);
    blocks->map = calloc(blocks->units, 1);
    if (blocks->arena == NULL || blocks->map == NULL) {
        dp_blocks_free(blocks);
        return NULL;
    }
    for (unsigned level = 0; level < LEVELS; level++)
        blocks->first[level] = NONE;
    cut_tail(blocks);
    return blocks;
}

void dp_blocks_free(struct dp_blocks *blocks)
{
    if (blocks == NULL)
        return;
    free(blocks->arena);
    free(blocks->map);
    free(blocks);
}

static unsigned level_of(size_t len)
{
    unsigned level = 0;

    while ((size_t)1 << (UNIT_SHIFT + level) < len)
        level++;
    return level;
}

/* A free block of at least `level`, taken off its list; its level in `found`. NONE when there is none. */
static uint32_t take_free(struct dp_blocks *blocks, unsigned level, unsigned *found)
{
    for (*found = level; *found < LEVELS; (*found)++) {
        uint32_t unit = blocks->first[*found];

        if (unit != NONE) {
            list_remove(blocks, unit, *found);
            return unit;
        }
    }
    if (blocks->units - blocks->frontier < TOP_UNITS)
        return NONE;
    *found = LEVELS - 1;
    blocks->frontier += TOP_UNITS;
    return blocks->frontier - TOP_UNITS;
}

void *dp_blocks_get(struct dp_blocks *blocks, size_t min, uint32_t *capacity)
{
    unsigned level;
    unsigned found;
    uint32_t unit;

    if (min > DP_BLOCK_MAX)
        return NULL;
    level = level_of(min);
    unit = take_free(blocks, level, &found);
    if (unit == NONE)
        return NULL;
    while (found > level) {
        found--;
        list_push(blocks, unit + (1U << found), found);
    }
    blocks->map[unit] = (uint8_t)(MAP_USED | level);
    *capacity = 1U << (UNIT_SHIFT + level);
    blocks->used += *capacity;
    return free_at(blocks, unit);
}

void dp_blocks_put(struct dp_blocks *blocks, void *block, uint32_t capacity)
{
    unsigned level = level_of(capacity);
    uint32_t unit;

    if (block == NULL)
        return;
    unit = (uint32_t)((size_t)((uint8_t *)block - blocks->arena) >> UNIT_SHIFT);
    assert(unit < blocks->units && blocks->map[unit] == (MAP_USED | level));
    blocks->map[unit] = MAP_INSIDE;
    blocks->used -= (size_t)1 << (UNIT_SHIFT + level);
    for (; level < LEVELS - 1; level++) {
        uint32_t buddy = unit ^ (1U << level);

        if (buddy >= blocks->units || blocks->map[buddy] != (MAP_FREE | level))
            break;
        list_remove(blocks, buddy, level);
        unit &= ~(1U << level);
    }
    list_push(blocks, unit, level);
}

size_t dp_blocks_used(const struct dp_blocks *blocks)
{
    return blocks->used;
}
