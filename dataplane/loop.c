/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/loop.h"

#include "base/clock.h"
#include "dataplane/pace.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* At the end: time for the judge and the record writer to keep up, well below the second that a stop may take. */
#define END_US_MAX    500000
#define END_REST_NS   200000
#define FILL_EVERY_US 10000

struct shown_fill {
    _Atomic uint32_t flows;
    _Atomic uint32_t handshakes;
    _Atomic uint32_t held_packets;
    _Atomic size_t handshake_bytes;
};

struct dp_loop {
    struct dp_loop_config config;
    bool has_queue[DP_SIDES];
    int64_t mono_us;
    int64_t wall_us;
    int64_t fill_us;
    const struct val_policy *policy;
    _Alignas(64) atomic_bool stop;
    _Atomic(const struct val_policy *) shown_policy;
    struct shown_fill fill;
};

struct dp_loop *dp_loop_new(const struct dp_loop_config *config)
{
    struct dp_loop *loop = aligned_alloc(64, sizeof(*loop));

    if (loop == NULL)
        return NULL;
    memset(loop, 0, sizeof(*loop));
    loop->config = *config;
    for (int side = 0; side < DP_SIDES; side++)
        loop->has_queue[side] = config->worker < dp_port_queues(config->ports[side]);
    return loop;
}

void dp_loop_free(struct dp_loop *loop)
{
    free(loop);
}

void dp_loop_stop(struct dp_loop *loop)
{
    atomic_store_explicit(&loop->stop, true, memory_order_release);
}

const struct val_policy *dp_loop_policy(const struct dp_loop *loop)
{
    return atomic_load_explicit(&loop->shown_policy, memory_order_acquire);
}

void dp_loop_fill(const struct dp_loop *loop, struct dp_box_fill *out)
{
    out->flows = atomic_load_explicit(&loop->fill.flows, memory_order_relaxed);
    out->handshakes = atomic_load_explicit(&loop->fill.handshakes, memory_order_relaxed);
    out->held_packets = atomic_load_explicit(&loop->fill.held_packets, memory_order_relaxed);
    out->handshake_bytes = atomic_load_explicit(&loop->fill.handshake_bytes, memory_order_relaxed);
}

static void show_fill(struct dp_loop *loop)
{
    struct dp_box_fill fill;

    if (loop->mono_us - loop->fill_us < FILL_EVERY_US)
        return;
    loop->fill_us = loop->mono_us;
    dp_box_fill_get(loop->config.box, &fill);
    atomic_store_explicit(&loop->fill.flows, fill.flows, memory_order_relaxed);
    atomic_store_explicit(&loop->fill.handshakes, fill.handshakes, memory_order_relaxed);
    atomic_store_explicit(&loop->fill.held_packets, fill.held_packets, memory_order_relaxed);
    atomic_store_explicit(&loop->fill.handshake_bytes, fill.handshake_bytes, memory_order_relaxed);
}

static void take_up_policy(struct dp_loop *loop)
{
    const struct val_policy *policy = dp_published_get(loop->config.policy);

    if (policy == loop->policy)
        return;
    loop->policy = policy;
    dp_box_policy(loop->config.box, policy);
    atomic_store_explicit(&loop->shown_policy, policy, memory_order_release);
}

/* What came in by one side, from the port and from other workers; true when there was any. */
static bool receive(struct dp_loop *loop, enum dp_side side)
{
    struct dp_loop_config *config = &loop->config;
    struct rte_mbuf *packets[DP_BURST];
    uint16_t received = 0;
    uint16_t num;

    if (loop->has_queue[side])
        received = dp_port_receive(config->ports[side], (uint16_t)config->worker, packets, DP_BURST);
    num = received;
    if (num != 0 && config->spread != NULL)
        num = dp_spread_scatter(config->spread, config->worker, side, packets, num, config->counters);
    if (num != 0)
        dp_box_step(config->box, side, packets, num, loop->mono_us, loop->wall_us);
    if (config->spread == NULL)
        return received != 0;
    num = dp_spread_gather(config->spread, config->worker, side, packets, DP_BURST);
    if (num != 0)
        dp_box_step(config->box, side, packets, num, loop->mono_us, loop->wall_us);
    return received != 0 || num != 0;
}

static void transmit(struct dp_loop *loop, enum dp_side side, struct rte_mbuf *packets[], uint16_t num)
{
    struct dp_loop_config *config = &loop->config;
    uint16_t refused;

    if (!loop->has_queue[side]) {
        dp_spread_hand_over(config->spread, config->worker, side, packets, num, config->counters);
        return;
    }
    refused = dp_port_transmit(config->ports[side], (uint16_t)config->worker, packets, num);
    if (refused != 0)
        counter_add(config->counters, COUNTER_TX_REFUSED, refused);
}

/* What is to leave by one side: all of the box's, and one burst of other workers'; true when there was any. */
static bool send(struct dp_loop *loop, enum dp_side side)
{
    struct dp_loop_config *config = &loop->config;
    struct rte_mbuf *packets[DP_BURST];
    bool any = false;
    uint16_t num;

    while ((num = dp_box_send(config->box, side, packets, DP_BURST)) != 0) {
        transmit(loop, side, packets, num);
        any = true;
    }
    if (config->spread == NULL || !loop->has_queue[side])
        return any;
    num = dp_spread_to_send(config->spread, config->worker, side, packets, DP_BURST);
    if (num != 0)
        transmit(loop, side, packets, num);
    return any || num != 0;
}

static bool turn(struct dp_loop *loop)
{
    struct dp_loop_config *config = &loop->config;
    bool worked = false;

    loop->mono_us = clock_mono_us();
    loop->wall_us = clock_wall_us();
    take_up_policy(loop);
    for (int side = 0; side < DP_SIDES; side++)
        worked |= receive(loop, (enum dp_side)side);
    dp_box_tick(config->box, loop->mono_us, loop->wall_us);
    worked |= dp_judging_turn(config->judging, config->box, loop->policy, loop->mono_us, loop->wall_us);
    for (int side = 0; side < DP_SIDES; side++)
        worked |= send(loop, (enum dp_side)side);
    show_fill(loop);
    return worked;
}

/* Nothing comes in any more: what is undecided gets its record, as long as there is time for that. */
static void end(struct dp_loop *loop)
{
    struct dp_loop_config *config = &loop->config;
    const struct timespec rest = {.tv_nsec = END_REST_NS};
    int64_t until_us = clock_mono_us() + END_US_MAX;
    bool left;

    do {
        loop->mono_us = clock_mono_us();
        loop->wall_us = clock_wall_us();
        (void)dp_judging_turn(config->judging, config->box, loop->policy, loop->mono_us, loop->wall_us);
        left = dp_box_end(config->box, loop->mono_us, loop->wall_us) != 0 || dp_judging_out(config->judging) != 0;
        if (left)
            (void)nanosleep(&rest, NULL);
    } while (left && loop->mono_us < until_us);
}

int dp_loop_run(void *argument)
{
    struct dp_loop *loop = argument;
    struct dp_pace pace;

    dp_pace_init(&pace, loop->config.busy);
    while (!atomic_load_explicit(&loop->stop, memory_order_acquire))
        dp_pace_turn(&pace, turn(loop));
    end(loop);
    return 0;
}
