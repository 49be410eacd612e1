/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void gives_what_was_asked_for(void **state)
{
    struct dp_blocks *blocks = dp_blocks_new(1U << 20);
    uint32_t capacity = 0;

    for (size_t min = 0; min <= DP_BLOCK_MAX; min = min * 2 + 1) {
        uint8_t *block = dp_blocks_get(blocks, min, &capacity);

        assert_non_null(block);
        assert_true(capacity >= min);
        assert_int_equal((uintptr_t)block % 64, 0);
        memset(block, 0xee, capacity);
        assert_int_equal(dp_blocks_used(blocks), capacity);
        dp_blocks_put(blocks, block, capacity);
        assert_int_equal(dp_blocks_used(blocks), 0);
    }
    assert_null(dp_blocks_get(blocks, DP_BLOCK_MAX + 1, &capacity));
    dp_blocks_put(blocks, NULL, 0);
    dp_blocks_free(blocks);
}

/* Every size gets at all of the memory, whatever size had it before. */
static void no_class_starves_another(void **state)
{
    enum { KB = 1027 }; /* not a multiple of the largest block */
    struct dp_blocks *blocks = dp_blocks_new(KB * 1024);
    static void *block[KB + 1];
    uint32_t capacity = 0;

    for (size_t size = 1024; size <= 131072; size *= 2) {
        size_t num = 0;

        while ((block[num] = dp_blocks_get(blocks, size, &capacity)) != NULL)
            num++;
        assert_int_equal(num, KB * 1024 / size);
        for (size_t i = 0; i < num; i++)
            dp_blocks_put(blocks, block[i % 2 == 0 ? i / 2 : num - 1 - i / 2], capacity);
        assert_int_equal(dp_blocks_used(blocks), 0);
    }
    dp_blocks_free(blocks);
}

static void blocks_never_overlap(void **state)
{
    enum { SLOTS = 64 };
    struct dp_blocks *blocks = dp_blocks_new(700 * 1024);
    uint8_t *block[SLOTS] = {NULL};
    uint32_t capacity[SLOTS];
    size_t used = 0;
    uint32_t random = 1;

    for (int step = 0; step < 20000; step++) {
        unsigned i;

        random = random * 1103515245U + 12345U;
        i = random >> 16 & (SLOTS - 1);
        if (block[i] != NULL) {
            for (uint32_t at = 0; at < capacity[i]; at += 97)
                assert_int_equal(block[i][at], i);
            used -= capacity[i];
            dp_blocks_put(blocks, block[i], capacity[i]);
            block[i] = NULL;
        } else {
            block[i] = dp_blocks_get(blocks, random >> 8 & 0x7fff, &capacity[i]);
            if (block[i] == NULL)
                continue;
            memset(block[i], (int)i, capacity[i]);
            used += capacity[i];
        }
        assert_int_equal(dp_blocks_used(blocks), used);
    }
    dp_blocks_free(blocks);
}

static void too_small_an_arena_is_refused(void **state)
{
    assert_null(dp_blocks_new(0));
    assert_null(dp_blocks_new(1023));
    dp_blocks_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_was_asked_for),
        cmocka_unit_test(no_class_starves_another),
        cmocka_unit_test(blocks_never_overlap),
        cmocka_unit_test(too_small_an_arena_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
