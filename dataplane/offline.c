/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/offline.h"

#include "validator/judge.h"

#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <stdlib.h>

/* Packets that the box makes itself (alerts, resets) need room of their own; the others bring theirs along. */
#define MADE_ROOM (RTE_PKTMBUF_HEADROOM + 512)
/* Packets between steps: one that came in, those that wait to be taken out. */
#define IN_HAND  1024
#define MADE_MAX 1023

struct dp_offline {
    struct dp_box *box;
    struct val_judge *judge;
    const struct val_policy *policy;
    struct rte_mempool *frames; /* headers only: the bytes are outside */
    struct rte_mempool *made;
    int64_t time_us; /* never runs back */
    struct counters counters;
};

/* The bytes of one frame, with what DPDK wants to know to give them back. */
struct outside {
    struct rte_mbuf_ext_shared_info shared;
    _Alignas(16) uint8_t data[];
};

static void outside_free(void *address, void *opaque)
{
    free(opaque);
}

static struct rte_mempool *pool_new(const char *name, const char *what, unsigned num, uint16_t room)
{
    char full[RTE_MEMPOOL_NAMESIZE];

    snprintf(full, sizeof(full), "%.16s-%s", name, what);
    return rte_pktmbuf_pool_create(full, num, 0, DP_PACKET_PRIVATE, room, SOCKET_ID_ANY);
}

struct dp_offline *dp_offline_new(const struct dp_box_config *config, size_t chains_max, const char *name)
{
    struct dp_box_config own = *config;
    struct dp_offline *offline = aligned_alloc(64, sizeof(*offline));

    if (offline == NULL)
        return NULL;
    memset(offline, 0, sizeof(*offline));
    offline->policy = config->policy;
    offline->frames = pool_new(name, "in", config->held_packets_max + IN_HAND, 0);
    offline->made = pool_new(name, "made", MADE_MAX, MADE_ROOM);
    offline->judge = val_judge_new(chains_max);
    own.pool = offline->made;
    if (offline->frames != NULL && offline->made != NULL && offline->judge != NULL)
        offline->box = dp_box_new(&own, &offline->counters);
    if (offline->box == NULL) {
        dp_offline_free(offline);
        return NULL;
    }
    return offline;
}

void dp_offline_free(struct dp_offline *offline)
{
    if (offline == NULL)
        return;
    dp_box_free(offline->box);
    val_judge_free(offline->judge);
    rte_mempool_free(offline->frames);
    rte_mempool_free(offline->made);
    free(offline);
}

/* packet_of: the frame as a packet over memory of exactly its length; NULL without memory. */
static struct rte_mbuf *packet_of(struct dp_offline *offline, struct bytes frame)
{
    struct rte_mbuf *m;
    struct outside *outside;

    if (frame.left == 0 || frame.left > UINT16_MAX)
        return NULL;
    outside = malloc(sizeof(*outside) + frame.left);
    if (outside == NULL)
        return NULL;
    m = rte_pktmbuf_alloc(offline->frames);
    if (m == NULL) {
        free(outside);
        return NULL;
    }
    memcpy(outside->data, frame.at, frame.left);
    outside->shared.free_cb = outside_free;
    outside->shared.fcb_opaque = outside;
    rte_mbuf_ext_refcnt_set(&outside->shared, 1);
    rte_pktmbuf_attach_extbuf(m, outside->data, RTE_BAD_IOVA, (uint16_t)frame.left, &outside->shared);
    m->data_off = 0;
    m->data_len = (uint16_t)frame.left;
    m->pkt_len = (uint32_t)frame.left;
    return m;
}

/* judge_due: everything that waits for a verdict gets it now. */
static void judge_due(struct dp_offline *offline)
{
    struct val_case *cases[VAL_BURST_MAX];
    struct val_verdict verdicts[VAL_BURST_MAX];
    size_t num;

    while ((num = dp_box_cases(offline->box, cases, VAL_BURST_MAX)) != 0) {
        val_judge_burst(offline->judge, offline->policy, cases, verdicts, num);
        dp_box_verdicts(offline->box, cases, verdicts, num, offline->time_us, offline->time_us);
    }
}

void dp_offline_frame(struct dp_offline *offline, enum dp_side side, struct bytes frame, int64_t time_us)
{
    struct rte_mbuf *m = packet_of(offline, frame);

    if (time_us > offline->time_us)
        offline->time_us = time_us;
    /* Time has passed since the last frame: what timed out meanwhile did so before this frame came. */
    dp_box_tick(offline->box, offline->time_us, offline->time_us);
    if (m == NULL) {
        counter_add(&offline->counters, COUNTER_DROPPED_NO_MEMORY, 1);
        return;
    }
    dp_box_step(offline->box, side, &m, 1, offline->time_us, time_us);
    judge_due(offline);
}

size_t dp_offline_take(struct dp_offline *offline, enum dp_side side, uint8_t *out, size_t size)
{
    const void *data;
    struct rte_mbuf *m;
    size_t len;

    if (dp_box_send(offline->box, side, &m, 1) == 0)
        return 0;
    len = RTE_MIN((size_t)rte_pktmbuf_pkt_len(m), size);
    data = rte_pktmbuf_read(m, 0, (uint32_t)len, out);
    if (data == NULL)
        len = 0;
    else if (data != out)
        memcpy(out, data, len);
    rte_pktmbuf_free(m);
    return len;
}

void dp_offline_discard(struct dp_offline *offline)
{
    struct rte_mbuf *packets[DP_BURST];
    uint16_t num;

    for (int side = 0; side < DP_SIDES; side++)
        while ((num = dp_box_send(offline->box, (enum dp_side)side, packets, DP_BURST)) != 0)
            rte_pktmbuf_free_bulk(packets, num);
}

bool dp_offline_end(struct dp_offline *offline)
{
    size_t left = dp_box_end(offline->box, offline->time_us, offline->time_us);

    judge_due(offline);
    return left != 0;
}

struct dp_record_ring *dp_offline_records(struct dp_offline *offline)
{
    return dp_box_records(offline->box);
}

const struct counters *dp_offline_counters(const struct dp_offline *offline)
{
    return &offline->counters;
}

size_t dp_offline_memory(const struct dp_box_config *config, size_t chains_max)
{
    size_t header = sizeof(struct rte_mbuf) + DP_PACKET_PRIVATE + 2 * RTE_CACHE_LINE_SIZE;
    size_t held = (size_t)config->held_packets_max * (header + sizeof(struct outside) + 2048);

    return dp_box_memory(config) + val_judge_memory(chains_max) + held + (size_t)IN_HAND * header +
           (size_t)MADE_MAX * (header + MADE_ROOM) + sizeof(struct dp_offline);
}
