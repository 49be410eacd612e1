/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pool: packets from a real mempool, for tests of code that frees packets or hands them to a device. EAL is started once
 * per test program.
 */
#ifndef CELLGATE_TESTS_POOL_H
#define CELLGATE_TESTS_POOL_H

#include "dataplane/eal.h"
#include "frames.h"

#include <rte_mempool.h>

static inline struct rte_mempool *pool_start(uint32_t num, uint16_t room)
{
    if (dp_eal_plain(128) != 0)
        return NULL;
    return rte_pktmbuf_pool_create("test", num, 0, DP_PACKET_PRIVATE, room, SOCKET_ID_ANY);
}

static inline struct rte_mbuf *pool_packet(struct rte_mempool *pool, const struct frame *frame)
{
    struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
    char *data = m == NULL ? NULL : rte_pktmbuf_append(m, (uint16_t)frame->len);

    if (data != NULL)
        memcpy(data, frame->byte, frame->len);
    return m;
}

/* The same in segments of `segment_len` bytes. */
static inline struct rte_mbuf *pool_packet_split(struct rte_mempool *pool, const struct frame *frame,
                                                 size_t segment_len)
{
    struct rte_mbuf *first = NULL;

    for (size_t at = 0; at < frame->len; at += segment_len) {
        size_t len = frame->len - at < segment_len ? frame->len - at : segment_len;
        struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

        memcpy(rte_pktmbuf_append(m, (uint16_t)len), frame->byte + at, len);
        if (first == NULL)
            first = m;
        else
            (void)rte_pktmbuf_chain(first, m);
    }
    return first;
}

#endif
