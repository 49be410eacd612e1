/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/spread.h"

#include <rte_byteorder.h>
#include <rte_ring.h>
#include <rte_thash.h>
#include <stdlib.h>

#define RING_SIZE 4096
/* The card's table has this period, see dataplane/port. */
#define RETA_PERIOD 128
#define KEY_LEN     52

struct lanes {
    struct rte_ring *in[DP_SIDES];  /* to the worker's box */
    struct rte_ring *out[DP_SIDES]; /* to the worker's queue */
};

struct dp_spread {
    uint32_t num_workers;
    uint16_t num_queues[DP_SIDES];
    uint32_t hash_seed;
    bool hardware;
    _Alignas(4) uint8_t rss_key[KEY_LEN]; /* rte_softrss() reads it by words */
    struct lanes lanes[];
};

/* Several producers that may be preempted while they enqueue (RTS: nobody spins for them), one consumer. */
static struct rte_ring *ring_new(void)
{
    size_t size = RTE_ALIGN_CEIL((size_t)rte_ring_get_memsize(RING_SIZE), (size_t)RTE_CACHE_LINE_SIZE);
    struct rte_ring *ring = aligned_alloc(RTE_CACHE_LINE_SIZE, size);

    if (ring != NULL && rte_ring_init(ring, "spread", RING_SIZE, RING_F_MP_RTS_ENQ | RING_F_SC_DEQ) != 0) {
        free(ring);
        return NULL;
    }
    return ring;
}

struct dp_spread *dp_spread_new(const struct dp_spread_config *config)
{
    struct dp_spread *spread = calloc(1, sizeof(*spread) + config->num_workers * sizeof(spread->lanes[0]));

    if (spread == NULL)
        return NULL;
    spread->num_workers = config->num_workers;
    spread->hash_seed = config->hash_seed;
    spread->hardware = config->rss_key != NULL;
    if (spread->hardware)
        memcpy(spread->rss_key, config->rss_key, KEY_LEN);
    for (int side = 0; side < DP_SIDES; side++) {
        spread->num_queues[side] = config->num_queues[side];
        for (uint32_t worker = 0; worker < spread->num_workers; worker++) {
            struct lanes *lanes = &spread->lanes[worker];

            lanes->in[side] = ring_new();
            lanes->out[side] = ring_new();
            if (lanes->in[side] == NULL || lanes->out[side] == NULL) {
                dp_spread_free(spread);
                return NULL;
            }
        }
    }
    return spread;
}

static void ring_free(struct rte_ring *ring)
{
    void *packet;

    if (ring == NULL)
        return;
    while (rte_ring_dequeue(ring, &packet) == 0)
        rte_pktmbuf_free(packet);
    free(ring);
}

void dp_spread_free(struct dp_spread *spread)
{
    if (spread == NULL)
        return;
    for (uint32_t worker = 0; worker < spread->num_workers; worker++) {
        for (int side = 0; side < DP_SIDES; side++) {
            ring_free(spread->lanes[worker].in[side]);
            ring_free(spread->lanes[worker].out[side]);
        }
    }
    free(spread);
}

/* What a card computes over a TCP segment of this flow (RTE_ETH_RSS_NONFRAG_IPV4_TCP, _IPV6_TCP). */
static uint32_t card_hash(const struct dp_spread *spread, const struct dp_key *key)
{
    uint32_t words = key->family == 4 ? 1 : 4;
    uint32_t tuple[9];
    uint32_t word;

    for (uint32_t i = 0; i < 2 * words; i++) {
        memcpy(&word, key->address[i / words] + i % words * 4, sizeof(word));
        tuple[i] = rte_be_to_cpu_32(word);
    }
    tuple[2 * words] = (uint32_t)key->port[0] << 16 | key->port[1];
    return rte_softrss(tuple, 2 * words + 1, spread->rss_key);
}

uint32_t dp_spread_home(const struct dp_spread *spread, const struct dp_packet *p, uint32_t here)
{
    if (!spread->hardware)
        return p->hash % spread->num_workers;
    if (p->kind != DP_KIND_ICMP_ERROR)
        return here;
    return card_hash(spread, &p->key) % RETA_PERIOD % spread->num_workers;
}

static void enqueue(struct rte_ring *ring, struct rte_mbuf *packets[], unsigned num, struct counters *counters)
{
    unsigned taken = rte_ring_enqueue_burst(ring, (void **)packets, num, NULL);

    if (taken == num)
        return;
    counter_add(counters, COUNTER_DROPPED_BACKLOG, num - taken);
    rte_pktmbuf_free_bulk(packets + taken, num - taken);
}

uint16_t dp_spread_scatter(struct dp_spread *spread, uint32_t worker, enum dp_side side, struct rte_mbuf *packets[],
                           uint16_t num, struct counters *counters)
{
    uint16_t kept = 0;

    for (uint16_t i = 0; i < num; i++) {
        uint32_t home;

        /* The checksum is the home worker's business: it costs the most, and is not needed to find the way. */
        dp_parse(packets[i], side, DP_CHECKSUM_IGNORE, spread->hash_seed);
        home = dp_spread_home(spread, dp_packet_of(packets[i]), worker);
        if (home == worker)
            packets[kept++] = packets[i];
        else
            enqueue(spread->lanes[home].in[side], &packets[i], 1, counters);
    }
    return kept;
}

uint16_t dp_spread_gather(struct dp_spread *spread, uint32_t worker, enum dp_side side, struct rte_mbuf *packets[],
                          uint16_t max)
{
    return (uint16_t)rte_ring_dequeue_burst(spread->lanes[worker].in[side], (void **)packets, max, NULL);
}

void dp_spread_hand_over(struct dp_spread *spread, uint32_t worker, enum dp_side side, struct rte_mbuf *packets[],
                         uint16_t num, struct counters *counters)
{
    enqueue(spread->lanes[worker % spread->num_queues[side]].out[side], packets, num, counters);
}

uint16_t dp_spread_to_send(struct dp_spread *spread, uint32_t worker, enum dp_side side, struct rte_mbuf *packets[],
                           uint16_t max)
{
    return (uint16_t)rte_ring_dequeue_burst(spread->lanes[worker].out[side], (void **)packets, max, NULL);
}
