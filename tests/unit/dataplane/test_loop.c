/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/loop.h"
#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define PACKETS 200

/* Ports, box and judge in the place of the real ones: they count what they get and check in which order. */
struct dp_port {
    enum dp_side side;
    uint16_t num_queues;
    _Atomic unsigned to_come; /* packets still to be received */
    _Atomic unsigned sent;
    unsigned refuses; /* of each burst */
};

struct dp_box {
    struct rte_mbuf *out[DP_SIDES][PACKETS];
    unsigned num_out[DP_SIDES];
    int64_t mono_us;
    _Atomic unsigned stepped[DP_SIDES];
    _Atomic unsigned ticks;
    _Atomic(const struct val_policy *) policy;
    unsigned undecided;
};

struct dp_judging {
    _Atomic unsigned turns;
    uint32_t out;
};

static struct rte_mempool *pool;
static struct dp_port ports[DP_SIDES];
static struct dp_box box;
static struct dp_judging judging;
static struct counters counters;
static struct dp_published published;

uint16_t dp_port_queues(const struct dp_port *port)
{
    return port->num_queues;
}

uint16_t dp_port_receive(struct dp_port *port, uint16_t queue, struct rte_mbuf *packets[], uint16_t max)
{
    struct frame frame;
    uint16_t num = 0;

    assert_int_equal(queue, 0);
    while (num < max && port->to_come > 0) {
        frame_segment4(&frame, DP_TCP_ACK, port->to_come);
        port->to_come--;
        packets[num++] = pool_packet(pool, &frame);
    }
    return num;
}

uint16_t dp_port_transmit(struct dp_port *port, uint16_t queue, struct rte_mbuf *packets[], uint16_t num)
{
    assert_int_equal(queue, 0);
    rte_pktmbuf_free_bulk(packets, num);
    port->sent += num - port->refuses;
    return (uint16_t)port->refuses;
}

/* A wire: what comes in by one side leaves by the other. */
void dp_box_step(struct dp_box *b, enum dp_side side, struct rte_mbuf *packets[], uint16_t num, int64_t mono_us,
                 int64_t wall_us)
{
    assert_true(mono_us >= b->mono_us && wall_us > 1600000000000000);
    b->mono_us = mono_us;
    b->stepped[side] += num;
    for (uint16_t i = 0; i < num; i++)
        b->out[!side][b->num_out[!side]++] = packets[i];
}

void dp_box_tick(struct dp_box *b, int64_t mono_us, int64_t wall_us)
{
    (void)wall_us;
    assert_true(mono_us >= b->mono_us);
    b->ticks++;
}

uint16_t dp_box_send(struct dp_box *b, enum dp_side side, struct rte_mbuf *packets[], uint16_t max)
{
    uint16_t num = (uint16_t)(b->num_out[side] < max ? b->num_out[side] : max);

    b->num_out[side] -= num;
    memcpy(packets, b->out[side] + b->num_out[side], num * sizeof(packets[0]));
    return num;
}

void dp_box_policy(struct dp_box *b, const struct val_policy *policy)
{
    b->policy = policy;
}

size_t dp_box_end(struct dp_box *b, int64_t mono_us, int64_t wall_us)
{
    assert_true(mono_us >= b->mono_us && wall_us > 0);
    return b->undecided == 0 ? 0 : --b->undecided;
}

void dp_box_fill_get(const struct dp_box *b, struct dp_box_fill *out)
{
    *out = (struct dp_box_fill){.flows = b->stepped[0], .handshakes = 2, .held_packets = 3, .handshake_bytes = 4};
}

bool dp_judging_turn(struct dp_judging *j, struct dp_box *b, const struct val_policy *policy, int64_t mono_us,
                     int64_t wall_us)
{
    (void)mono_us;
    (void)wall_us;
    assert_ptr_equal(policy, b->policy);
    j->turns++;
    if (j->out > 0)
        j->out--;
    return false;
}

uint32_t dp_judging_out(const struct dp_judging *j)
{
    return j->out;
}

static void *run(void *loop)
{
    return dp_loop_run(loop) == 0 ? loop : NULL;
}

static void rest(void)
{
    const struct timespec time = {.tv_nsec = 200000};

    nanosleep(&time, NULL);
}

struct running {
    struct dp_loop *loop;
    pthread_t thread;
};

static struct running begin(void)
{
    struct dp_loop_config config = {
        .box = &box, .ports = {&ports[0], &ports[1]}, .judging = &judging, .policy = &published, .counters = &counters};
    struct running running;

    dp_published_set(&published, (const struct val_policy *)16);
    running.loop = dp_loop_new(&config);
    assert_non_null(running.loop);
    assert_int_equal(pthread_create(&running.thread, NULL, run, running.loop), 0);
    return running;
}

static void finish(struct running running)
{
    void *ended;

    dp_loop_stop(running.loop);
    assert_int_equal(pthread_join(running.thread, &ended), 0);
    assert_ptr_equal(ended, running.loop);
    dp_loop_free(running.loop);
}

static int set_up(void **state)
{
    (void)state;
    memset(&box, 0, sizeof(box));
    memset(&judging, 0, sizeof(judging));
    memset(&counters, 0, sizeof(counters));
    memset(ports, 0, sizeof(ports));
    ports[0].num_queues = ports[1].num_queues = 1;
    ports[1].side = DP_OUTSIDE;
    return 0;
}

static void test_packets_go_through(void **state)
{
    struct running running;
    struct dp_box_fill fill;

    (void)state;
    ports[0].to_come = 70;
    ports[1].to_come = 33;
    running = begin();
    while (ports[1].sent < 70 || ports[0].sent < 33)
        rest();
    while (box.ticks < 1000)
        rest();
    do {
        rest();
        dp_loop_fill(running.loop, &fill);
    } while (fill.flows != 70);
    assert_int_equal(fill.handshake_bytes, 4);
    finish(running);
    assert_int_equal(box.stepped[DP_INSIDE], 70);
    assert_int_equal(box.stepped[DP_OUTSIDE], 33);
    assert_true(judging.turns >= box.ticks);
    assert_int_equal(counter_get(&counters, COUNTER_TX_REFUSED), 0);
    assert_int_equal(rte_mempool_in_use_count(pool), 0);
}

static void test_refused_packets_are_counted(void **state)
{
    struct running running;

    (void)state;
    ports[DP_OUTSIDE].refuses = 5;
    ports[DP_INSIDE].to_come = 20;
    running = begin();
    while (ports[DP_OUTSIDE].sent < 15)
        rest();
    finish(running);
    assert_int_equal(counter_get(&counters, COUNTER_TX_REFUSED), 5);
}

static void test_policy_is_taken_up(void **state)
{
    struct running running = begin();

    (void)state;
    while (dp_loop_policy(running.loop) != (const struct val_policy *)16)
        rest();
    dp_published_set(&published, (const struct val_policy *)32);
    while (dp_loop_policy(running.loop) != (const struct val_policy *)32)
        rest();
    assert_ptr_equal(box.policy, 32);
    finish(running);
}

static void test_end_waits_for_the_judge(void **state)
{
    struct running running;

    (void)state;
    box.undecided = 50;
    judging.out = 1000000; /* comes down by one in each turn: never in time */
    running = begin();
    finish(running);
    assert_int_equal(box.undecided, 0);
    judging.out = 0;
}

static int start(void **state)
{
    (void)state;
    pool = pool_start(1023, 640);
    return pool == NULL ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_packets_go_through, set_up),
        cmocka_unit_test_setup(test_refused_packets_are_counted, set_up),
        cmocka_unit_test_setup(test_policy_is_taken_up, set_up),
        cmocka_unit_test_setup(test_end_waits_for_the_judge, set_up),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
