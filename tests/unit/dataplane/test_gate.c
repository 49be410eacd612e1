/* SPDX-License-Identifier: BSD-3-Clause */
/* The rules of the gate, seen from two hosts that talk through it. */
#include "ends.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct flight hello, server, client, finished, client_data, server_data;

/* A mutual TLS 1.2 handshake with a server flight of about `certificate` bytes, then data both ways. */
static struct ends *mutual(struct world *world, size_t certificate, size_t record)
{
    struct ends *ends = ends_new(world);

    hello.len = server.len = client.len = finished.len = client_data.len = server_data.len = 0;
    flight_client_hello(&hello, 200);
    flight_server(&server, certificate, true, record);
    flight_client(&client, 900, true, record);
    flight_finished(&finished);
    flight_data(&client_data, 3000);
    flight_data(&server_data, 40000);
    ends_say(ends, 0, 0, &hello);
    ends_say(ends, 1, (uint32_t)hello.len, &server);
    ends_say(ends, 0, (uint32_t)server.len, &client);
    ends_say(ends, 1, (uint32_t)(hello.len + client.len), &finished);
    ends_say(ends, 0, (uint32_t)(server.len + finished.len), &client_data);
    ends_say(ends, 1, (uint32_t)(hello.len + client.len + client_data.len), &server_data);
    return ends;
}

static void assert_accepted(struct ends *ends)
{
    assert_true(ends_delivered(ends, 0));
    assert_true(ends_delivered(ends, 1));
    assert_int_equal(ends->world->num_records, 1);
    assert_int_equal(ends->world->last.action, VAL_ACTION_ACCEPT);
    assert_int_equal(ends->alerts_seen, 0);
    assert_int_equal(world_fill(ends->world).held_packets, 0);
    assert_int_equal(world_fill(ends->world).handshakes, 0);
    assert_int_equal(world_fill(ends->world).handshake_bytes, 0);
}

static void accepts_mutual_handshake(void **state)
{
    struct world *world = world_new(&(struct world_config){0});
    struct ends *ends = mutual(world, 3000, 16384);

    ends_connect(ends);
    ends_run(ends, 2000000);
    assert_accepted(ends);
    ends_free(ends);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_mutual_handshake),
    };

    world_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
