/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/corridor.h"

#include "base/clock.h"
#include "base/log.h"
#include "dataplane/eal.h"
#include "dataplane/judging.h"
#include "dataplane/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define POLICY_WAIT_US 1000000
#define POLICY_REST_NS 1000000

struct worker {
    struct counters counters;
    struct dp_box *box;
    struct dp_judging *judging;
    struct dp_loop *loop;
};

struct dp_corridor {
    struct dp_corridor_config config;
    struct dp_published published;
    struct rte_mempool *pool;
    struct dp_port *ports[DP_SIDES];
    struct dp_spread *spread;
    struct dp_judging_core **judges; /* num_judges */
    struct worker *workers;          /* num_workers */
    uint8_t rss_key[DP_PORT_KEY_LEN];
};

/* Ids of flows stay apart between workers, and mostly between runs, and below 2^53, which JSON readers can hold. */
static uint64_t flow_id_base(uint32_t worker)
{
    uint64_t start_s = (uint64_t)(clock_wall_us() / CLOCK_US_PER_S) & 0x7fffffffU;

    return ((uint64_t)worker << 46) | start_s << 14;
}

static bool random_seed(uint32_t *out)
{
    return getrandom(out, sizeof(*out), 0) == (ssize_t)sizeof(*out);
}

static bool open_ports(struct dp_corridor *corridor)
{
    static const char *const labels[DP_SIDES] = {"inside", "outside"};
    const struct dp_corridor_config *config = &corridor->config;

    if (dp_port_key(corridor->rss_key) != 0)
        return false;
    for (int side = 0; side < DP_SIDES; side++) {
        struct dp_port_config port = {
            .device = config->device[side],
            .label = labels[side],
            .pool = corridor->pool,
            .rss_key = corridor->rss_key,
            .num_queues = (uint16_t)config->num_workers,
            .mtu = config->mtu,
        };

        corridor->ports[side] = dp_port_open(&port);
        if (corridor->ports[side] == NULL)
            return false;
    }
    return true;
}

static bool make_spread(struct dp_corridor *corridor)
{
    bool hardware = dp_port_spreads(corridor->ports[0]) && dp_port_spreads(corridor->ports[1]);
    struct dp_spread_config config = {
        .num_workers = corridor->config.num_workers,
        .num_queues = {dp_port_queues(corridor->ports[0]), dp_port_queues(corridor->ports[1])},
        .rss_key = hardware ? corridor->rss_key : NULL,
    };

    if (config.num_workers == 1)
        return true;
    if (!random_seed(&config.hash_seed))
        return false;
    log_info("workers=%u queues=%u,%u flows are spread by %s", config.num_workers, config.num_queues[0],
             config.num_queues[1], hardware ? "the network cards" : "software");
    corridor->spread = dp_spread_new(&config);
    return corridor->spread != NULL;
}

static bool make_judges(struct dp_corridor *corridor)
{
    const struct dp_corridor_config *config = &corridor->config;
    uint32_t seats;

    if (config->num_judges == 0)
        return true;
    seats = (config->num_workers + config->num_judges - 1) / config->num_judges;
    corridor->judges = (struct dp_judging_core **)calloc(config->num_judges, sizeof(corridor->judges[0]));
    for (uint32_t i = 0; corridor->judges != NULL && i < config->num_judges; i++) {
        corridor->judges[i] = dp_judging_core_new(config->chains_max, seats, &corridor->published, config->busy);
        if (corridor->judges[i] == NULL)
            return false;
    }
    return corridor->judges != NULL;
}

static bool make_worker(struct dp_corridor *corridor, uint32_t index)
{
    const struct dp_corridor_config *config = &corridor->config;
    struct worker *worker = &corridor->workers[index];
    struct dp_box_config box = config->box;
    struct dp_loop_config loop = {
        .worker = index,
        .ports = {corridor->ports[0], corridor->ports[1]},
        .spread = corridor->spread,
        .policy = &corridor->published,
        .counters = &worker->counters,
        .busy = config->busy,
    };

    box.pool = corridor->pool;
    box.flow_id_base = flow_id_base(index);
    if (!random_seed(&box.hash_seed))
        return false;
    worker->box = dp_box_new(&box, &worker->counters);
    worker->judging = config->num_judges == 0
                          ? dp_judging_inline(config->chains_max)
                          : dp_judging_remote(corridor->judges[index % config->num_judges], index / config->num_judges);
    if (worker->box == NULL || worker->judging == NULL)
        return false;
    loop.box = worker->box;
    loop.judging = worker->judging;
    worker->loop = dp_loop_new(&loop);
    return worker->loop != NULL;
}

static bool make_workers(struct dp_corridor *corridor)
{
    size_t size = corridor->config.num_workers * sizeof(corridor->workers[0]);

    corridor->workers = aligned_alloc(64, size);
    if (corridor->workers == NULL)
        return false;
    memset(corridor->workers, 0, size);
    for (uint32_t i = 0; i < corridor->config.num_workers; i++)
        if (!make_worker(corridor, i))
            return false;
    return true;
}

struct dp_corridor *dp_corridor_new(const struct dp_corridor_config *config)
{
    struct dp_corridor *corridor = calloc(1, sizeof(*corridor));

    if (corridor == NULL)
        return NULL;
    corridor->config = *config;
    dp_published_set(&corridor->published, config->box.policy);
    corridor->pool = dp_port_pool("packets", config->packets, config->packet_bytes);
    if (corridor->pool == NULL || !open_ports(corridor)) {
        dp_corridor_free(corridor);
        return NULL;
    }
    if (make_spread(corridor) && make_judges(corridor) && make_workers(corridor))
        return corridor;
    log_error("no memory for %u workers with %u flows and %u handshakes each; lower flows_max, handshakes_max or "
              "handshake_memory_mb",
              config->num_workers, config->box.flows_max, config->box.handshakes_max);
    dp_corridor_free(corridor);
    return NULL;
}

int dp_corridor_start(struct dp_corridor *corridor)
{
    uint32_t num_workers = corridor->config.num_workers;
    int status = 0;

    for (uint32_t i = 0; status == 0 && i < corridor->config.num_judges; i++)
        status = dp_eal_launch(num_workers + i, dp_judging_core_run, corridor->judges[i]);
    for (uint32_t i = 0; status == 0 && i < num_workers; i++)
        status = dp_eal_launch(i, dp_loop_run, corridor->workers[i].loop);
    if (status == 0)
        return 0;
    log_error("a poll loop could not be launched: %s", strerror(-status));
    dp_corridor_stop(corridor);
    return status;
}

void dp_corridor_stop(struct dp_corridor *corridor)
{
    uint32_t num_workers = corridor->config.num_workers;

    for (uint32_t i = 0; i < num_workers; i++)
        dp_loop_stop(corridor->workers[i].loop);
    for (uint32_t i = 0; i < num_workers; i++)
        dp_eal_join(i);
    for (uint32_t i = 0; i < corridor->config.num_judges; i++)
        dp_judging_core_stop(corridor->judges[i]);
    for (uint32_t i = 0; i < corridor->config.num_judges; i++)
        dp_eal_join(num_workers + i);
}

void dp_corridor_free(struct dp_corridor *corridor)
{
    if (corridor == NULL)
        return;
    for (uint32_t i = 0; corridor->workers != NULL && i < corridor->config.num_workers; i++) {
        dp_loop_free(corridor->workers[i].loop);
        dp_judging_free(corridor->workers[i].judging);
        dp_box_free(corridor->workers[i].box);
    }
    free(corridor->workers);
    for (uint32_t i = 0; corridor->judges != NULL && i < corridor->config.num_judges; i++)
        dp_judging_core_free(corridor->judges[i]);
    free((void *)corridor->judges);
    dp_spread_free(corridor->spread);
    for (int side = DP_SIDES - 1; side >= 0; side--)
        dp_port_close(corridor->ports[side]);
    rte_mempool_free(corridor->pool);
    free(corridor);
}

static bool all_follow(const struct dp_corridor *corridor, const struct val_policy *policy)
{
    for (uint32_t i = 0; i < corridor->config.num_workers; i++)
        if (dp_loop_policy(corridor->workers[i].loop) != policy)
            return false;
    for (uint32_t i = 0; i < corridor->config.num_judges; i++)
        if (dp_judging_core_policy(corridor->judges[i]) != policy)
            return false;
    return true;
}

bool dp_corridor_policy(struct dp_corridor *corridor, const struct val_policy *policy)
{
    const struct timespec rest = {.tv_nsec = POLICY_REST_NS};
    int64_t until_us = clock_mono_us() + POLICY_WAIT_US;

    dp_published_set(&corridor->published, policy);
    while (!all_follow(corridor, policy)) {
        if (clock_mono_us() > until_us)
            return false;
        (void)nanosleep(&rest, NULL);
    }
    return true;
}

struct dp_record_ring *dp_corridor_ring(struct dp_corridor *corridor, uint32_t worker)
{
    return dp_box_records(corridor->workers[worker].box);
}

const struct counters *dp_corridor_counters(const struct dp_corridor *corridor, uint32_t worker)
{
    return &corridor->workers[worker].counters;
}

void dp_corridor_fill(const struct dp_corridor *corridor, struct dp_box_fill *out)
{
    struct dp_box_fill one;

    *out = (struct dp_box_fill){0};
    for (uint32_t i = 0; i < corridor->config.num_workers; i++) {
        dp_loop_fill(corridor->workers[i].loop, &one);
        out->flows += one.flows;
        out->handshakes += one.handshakes;
        out->held_packets += one.held_packets;
        out->handshake_bytes += one.handshake_bytes;
    }
}

void dp_corridor_losses(const struct dp_corridor *corridor, enum dp_side side, struct dp_port_losses *out)
{
    dp_port_losses_get(corridor->ports[side], out);
}

void dp_corridor_link(struct dp_corridor *corridor)
{
    for (int side = 0; side < DP_SIDES; side++)
        dp_port_link(corridor->ports[side]);
}
