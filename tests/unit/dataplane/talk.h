/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * talk: one connection through a box, said packet by packet: the numbers that are right, and the steps that most tests share.
 */
#ifndef CELLGATE_TESTS_TALK_H
#define CELLGATE_TESTS_TALK_H

#include "flights.h"
#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define CLIENT_ISN 1000U
#define SERVER_ISN 9000U
#define FIRST      (CLIENT_ISN + 1)
#define SERVED     (SERVER_ISN + 1)

static struct flight hello, server, client, junk;

static inline void setup_flights(void)
{
    flight_client_hello(&hello, 100);
    flight_server(&server, 2000, false, 16384);
    flight_client(&client, 0, false, 16384);
    flight_fill(&junk, 1000);
    junk.byte[0] = 'S';
}

/* A segment of either end (0: client) with usual numbers. */
static inline struct segment segment_of(uint8_t from, uint8_t flags, uint32_t seq, uint32_t ack, const uint8_t *payload,
                                        uint32_t len)
{
    return (struct segment){
        .from = from, .flags = flags, .seq = seq, .ack = ack, .window = 60000, .payload = payload, .payload_len = len};
}

static inline void push(struct world *world, uint8_t from, uint8_t flags, uint32_t seq, uint32_t ack,
                        const uint8_t *payload, uint32_t len)
{
    struct segment segment = segment_of(from, flags, seq, ack, payload, len);

    world->now_us += 100;
    world_push(world, &segment);
}

/* Frames that leave by the port of `to`, and no other. */
static inline uint32_t passed_to(struct world *world, int to)
{
    static struct sight sight;
    uint32_t num = 0;

    while (world_next(world, to == 0 ? DP_OUTSIDE : DP_INSIDE, &sight))
        num++;
    return num;
}

#define assert_passes(world, to)                                                                                       \
    do {                                                                                                               \
        assert_int_equal(passed_to(world, to), 1);                                                                     \
        assert_int_equal(world_drain(world), 0);                                                                       \
    } while (0)
#define assert_nothing(world) assert_int_equal(world_drain(world), 0)

static inline struct sight next_to(struct world *world, int to)
{
    static struct sight sight;

    assert_true(world_next(world, to == 0 ? DP_OUTSIDE : DP_INSIDE, &sight));
    return sight;
}

static inline void connect_ends(struct world *world)
{
    push(world, 0, DP_TCP_SYN, CLIENT_ISN, 0, NULL, 0);
    assert_passes(world, 1);
    push(world, 1, DP_TCP_SYN | DP_TCP_ACK, SERVER_ISN, FIRST, NULL, 0);
    assert_passes(world, 0);
    push(world, 0, DP_TCP_ACK, FIRST, SERVED, NULL, 0);
    assert_passes(world, 1);
}

static inline uint32_t hello_end(void)
{
    return FIRST + (uint32_t)hello.len;
}

static inline void say_hello(struct world *world)
{
    push(world, 0, DP_TCP_ACK, FIRST, SERVED, hello.byte, (uint32_t)hello.len);
    assert_passes(world, 1);
    push(world, 1, DP_TCP_ACK, SERVED, hello_end(), NULL, 0);
    assert_passes(world, 0);
}

/* Bytes [from, to) of the server's flight. */
static inline void serve(struct world *world, uint32_t from, uint32_t to)
{
    push(world, 1, DP_TCP_ACK, SERVED + from, hello_end(), server.byte + from, to - from);
}

static inline void accept_flow(struct world *world)
{
    connect_ends(world);
    say_hello(world);
    serve(world, 0, (uint32_t)server.len);
    assert_passes(world, 0);
    push(world, 0, DP_TCP_ACK, hello_end(), SERVED + (uint32_t)server.len, client.byte, (uint32_t)client.len);
    if (world->num_records == 0)
        fail();
    assert_passes(world, 1);
    push(world, 1, DP_TCP_ACK, SERVED + (uint32_t)server.len, hello_end() + (uint32_t)client.len, NULL, 0);
    assert_passes(world, 0);
}

#endif
