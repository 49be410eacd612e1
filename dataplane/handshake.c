/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/handshake.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool dp_handshakes_init(struct dp_handshakes *handshakes, uint32_t max)
{
    memset(handshakes, 0, sizeof(*handshakes));
    TAILQ_INIT(&handshakes->spare);
    TAILQ_INIT(&handshakes->deadlines);
    TAILQ_INIT(&handshakes->stalls);
    TAILQ_INIT(&handshakes->due);
    handshakes->max = max;
    handshakes->all = calloc(max, sizeof(*handshakes->all));
    return handshakes->all != NULL;
}

void dp_handshakes_fini(struct dp_handshakes *handshakes)
{
    free(handshakes->all);
    handshakes->all = NULL;
}

/* Those that were never used are not touched before they are needed: memory grows with use. */
static struct dp_handshake *take_spare(struct dp_handshakes *handshakes)
{
    struct dp_handshake *handshake = TAILQ_FIRST(&handshakes->spare);

    if (handshake != NULL) {
        TAILQ_REMOVE(&handshakes->spare, handshake, by_deadline);
        return handshake;
    }
    return handshakes->used < handshakes->max ? &handshakes->all[handshakes->used] : NULL;
}

struct dp_handshake *dp_handshake_get(struct dp_handshakes *handshakes, struct dp_flow *flow, int64_t deadline_us)
{
    struct dp_handshake *handshake = take_spare(handshakes);

    if (handshake == NULL)
        return NULL;
    memset(handshake, 0, sizeof(*handshake));
    handshake->flow = flow;
    handshake->deadline_us = deadline_us;
    TAILQ_INSERT_TAIL(&handshakes->deadlines, handshake, by_deadline);
    handshakes->used++;
    return handshake;
}

void dp_handshake_put(struct dp_handshakes *handshakes, struct dp_handshake *handshake, struct dp_blocks *blocks)
{
    for (int side = 0; side < CASE_SIDES; side++) {
        assert(handshake->half[side].hold.num == 0);
        dp_stream_fini(&handshake->half[side].stream, blocks);
    }
    if (handshake->tls.c != NULL)
        dp_blocks_put(blocks, handshake->tls.c, handshake->tls.c->capacity);
    handshake->tls.c = NULL;
    dp_handshake_unstall(handshakes, handshake);
    dp_handshake_undue(handshakes, handshake);
    TAILQ_REMOVE(&handshakes->deadlines, handshake, by_deadline);
    TAILQ_INSERT_HEAD(&handshakes->spare, handshake, by_deadline);
    handshakes->used--;
}

void dp_handshake_deadline(struct dp_handshakes *handshakes, struct dp_handshake *handshake, int64_t deadline_us)
{
    TAILQ_REMOVE(&handshakes->deadlines, handshake, by_deadline);
    handshake->deadline_us = deadline_us;
    TAILQ_INSERT_TAIL(&handshakes->deadlines, handshake, by_deadline);
}

void dp_handshake_stall(struct dp_handshakes *handshakes, struct dp_handshake *handshake, int64_t stall_us)
{
    dp_handshake_unstall(handshakes, handshake);
    handshake->stall_us = stall_us;
    handshake->is_stalling = 1;
    TAILQ_INSERT_TAIL(&handshakes->stalls, handshake, by_stall);
}

void dp_handshake_unstall(struct dp_handshakes *handshakes, struct dp_handshake *handshake)
{
    if (handshake->is_stalling == 0)
        return;
    handshake->is_stalling = 0;
    TAILQ_REMOVE(&handshakes->stalls, handshake, by_stall);
}

void dp_handshake_due(struct dp_handshakes *handshakes, struct dp_handshake *handshake)
{
    if (handshake->is_due != 0)
        return;
    handshake->is_due = 1;
    TAILQ_INSERT_TAIL(&handshakes->due, handshake, by_due);
}

void dp_handshake_undue(struct dp_handshakes *handshakes, struct dp_handshake *handshake)
{
    if (handshake->is_due == 0)
        return;
    handshake->is_due = 0;
    TAILQ_REMOVE(&handshakes->due, handshake, by_due);
}
