/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: the whole box, driven by a script of packets.
 *
 * The first byte sets the world (see world_of()), then come steps: time passes, or one TCP segment of one of two connections
 * with small distances from the numbers that would be right, and bytes either from a real handshake, at whatever offset and
 * length the script says, or the script's own. What holds whatever the script does is checked after each step:
 * enforce mode never shows a receiver two contents of a byte before its verdict, and accepts only what the judge
 * accepts; monitor mode forwards every frame at once and unchanged; every flow gets one record; all memory comes back.
 */
#include "base/bytes.h"
#include "flights.h"
#include "harness.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PORTS    2
#define SEEN_MAX 8192U

/* What a receiver was shown. */
struct shown {
    uint8_t byte[SEEN_MAX];
    bool known[SEEN_MAX];
    uint32_t end;   /* of what it was shown */
    uint32_t acked; /* by it, as far as it is true */
};

struct script {
    struct world *world;
    bool monitor;
    bool may_accept; /* the judge, or the policy for what cannot be judged */
    bool accepted;
    uint32_t next[PORTS][2];      /* offset that each end would send next */
    struct shown shown[PORTS][2]; /* by sender */
};

static struct flight flights[2];

static void demand(bool condition)
{
    if (!condition)
        abort();
}

static void start_once(void)
{
    static bool started;

    if (started)
        return;
    started = true;
    world_start();
    flight_client_hello(&flights[0], 60);
    flight_server(&flights[1], 900, true, 16384);
    flight_client(&flights[0], 500, true, 16384);
    flight_finished(&flights[1]);
    flight_data(&flights[0], 300);
    flight_data(&flights[1], 300);
}

static uint32_t isn_of(int port, int from)
{
    return (port == 0 ? 0xfffffe00U : 4000U) + (from == 0 ? 0U : 77777U);
}

/* Worlds are kept for the next input: each ends with an empty box, which is checked. */
static struct world *world_of(struct script *script, uint8_t setting)
{
    static struct world *worlds[16];
    struct world_config config = {.monitor = (setting & 1) != 0,
                                  .follow_mid_stream = (setting & 2) != 0,
                                  .mid_stream_passes = (setting & 2) != 0,
                                  .overload_passes = (setting & 4) != 0,
                                  .not_tls_passes = (setting & 4) != 0,
                                  .flows_max = 8,
                                  .handshakes_max = 2,
                                  .handshake_memory = (setting & 8) != 0 ? 6 * 1024 : 128 * 1024,
                                  .handshake_bytes_max = (setting & 8) != 0 ? 2000 : 16384,
                                  .held_packets_max = (setting & 8) != 0 ? 3 : 64,
                                  .held_per_flow_max = 16};
    struct world *world = worlds[setting & 15];

    if (world == NULL)
        world = worlds[setting & 15] = world_new(&config);
    memset(&world->counters, 0, sizeof(world->counters));
    memset(&world->last, 0, sizeof(world->last));
    world->num_records = 0;
    world->answer = (enum answer)(setting >> 4 & 3);
    world->segment_len = (setting & 0x40) != 0 ? 50 : 0;
    world->judge_us = (setting & 0x80) != 0 ? 30000 : 0;
    script->monitor = config.monitor;
    script->may_accept = world->answer == ANSWER_ACCEPT || config.mid_stream_passes || config.overload_passes;
    return world;
}

/* One truth: before a verdict, no byte is shown twice with different content, unless its receiver has it already. */
static void look_at(struct script *script, const struct sight *sight)
{
    int port = sight->p.key.port[0] == 40001 || sight->p.key.port[1] == 40001;
    int from = sight->side == DP_INSIDE ? 0 : 1;
    struct shown *shown = &script->shown[port][from];
    uint32_t offset = sight->p.seq - isn_of(port, from) - 1;
    bool made = sight->p.payload_len == 7 && (sight->p.tcp_flags & DP_TCP_FIN) != 0;

    demand(sight->p.kind == DP_KIND_TCP);
    if (script->accepted || script->may_accept || made)
        return;
    for (uint32_t i = 0; i < sight->p.payload_len && offset + i < SEEN_MAX; i++) {
        uint32_t at = offset + i;
        uint8_t byte = sight->frame[sight->p.payload_at + i];

        demand(!shown->known[at] || shown->byte[at] == byte || at < shown->acked);
        shown->known[at] = true;
        shown->byte[at] = byte;
        shown->end = at + 1 > shown->end ? at + 1 : shown->end;
    }
}

static void collect(struct script *script)
{
    static struct sight sight;

    for (uint8_t side = 0; side < DP_SIDES; side++)
        while (world_next(script->world, side, &sight))
            look_at(script, &sight);
    if (script->world->last.action == VAL_ACTION_ACCEPT)
        script->accepted = true;
    demand(script->may_accept || !script->accepted);
}

/* The receiver says what it has; the box may hold the packet that says so. */
static void note_ack(struct script *script, int port, const struct segment *segment)
{
    struct shown *shown = &script->shown[port][!segment->from];
    uint32_t acked = segment->ack - isn_of(port, !segment->from) - 1;

    if ((segment->flags & DP_TCP_ACK) != 0 && acked <= shown->end && acked > shown->acked)
        shown->acked = acked;
}

/* Rule 8. */
static void collect_same(struct script *script, uint8_t in, const uint8_t *frame, uint32_t len)
{
    static struct sight sight;

    demand(world_next(script->world, in == DP_INSIDE ? DP_OUTSIDE : DP_INSIDE, &sight));
    demand(sight.len == len && memcmp(sight.frame, frame, len) == 0);
    demand(world_drain(script->world) == 0);
}

static void push(struct script *script, const struct segment *segment)
{
    static uint8_t frame[12 * 1024];
    uint32_t len = world_frame(frame, segment);
    uint8_t side = (segment->from == 0) != segment->wrong_side ? DP_OUTSIDE : DP_INSIDE;

    script->world->now_us += 10;
    world_push_frame(script->world, side, frame, len);
    if (script->monitor)
        collect_same(script, side, frame, len);
    else
        collect(script);
}

/* A step's bytes: kind, what is sent, distances, length. */
BYTES_MUST_CHECK static bool step(struct script *script, struct bytes *in)
{
    static const uint8_t flags[] = {DP_TCP_ACK,
                                    DP_TCP_ACK | DP_TCP_PSH,
                                    DP_TCP_SYN,
                                    DP_TCP_SYN | DP_TCP_ACK,
                                    DP_TCP_ACK | DP_TCP_FIN,
                                    DP_TCP_RST,
                                    DP_TCP_RST | DP_TCP_ACK,
                                    DP_TCP_ACK | DP_TCP_URG};
    struct segment segment = {.window = 40000};
    struct bytes own;
    uint8_t kind;
    uint8_t ahead;
    uint8_t acked;
    uint16_t len;
    int port;
    uint32_t at;
    uint32_t *next;

    if (!bytes_u8(in, &kind) || !bytes_u8(in, &ahead) || !bytes_u8(in, &acked) || !bytes_u16(in, &len))
        return false;
    if (kind == 0xff) {
        for (int i = 0; i < 20; i++) {
            script->world->now_us += (int64_t)ahead * 1000;
            world_turn(script->world);
        }
        collect(script);
        return true;
    }
    port = kind >> 4 & 1;
    segment.from = kind >> 3 & 1;
    segment.client_port = (uint16_t)(40000 + port);
    segment.flags = flags[kind & 7];
    segment.wrong_side = (kind & 0xe0) == 0x40;
    segment.has_timestamp = (kind & 0x80) != 0;
    segment.timestamp = ahead;
    next = &script->next[port][segment.from];
    at = *next + (uint32_t)(int32_t)(int8_t)ahead * 16;
    len &= 0x0fff;
    if ((segment.flags & DP_TCP_SYN) != 0) {
        segment.seq = isn_of(port, segment.from) + (ahead > 250 ? 1U << 20 : 0);
        memset(script->shown[port], 0, sizeof(script->shown[port]));
    } else {
        segment.seq = isn_of(port, segment.from) + 1 + at;
    }
    segment.ack = isn_of(port, !segment.from) + 1 + (acked == 0 ? script->next[port][!segment.from] : acked * 32U);
    if ((segment.flags & DP_TCP_SYN) != 0)
        segment.ack = isn_of(port, !segment.from) + 1;
    if ((kind & 0x20) != 0 && bytes_take(in, len < in->left ? len : in->left, &own)) {
        segment.payload = own.at;
        segment.payload_len = (uint32_t)own.left;
    } else if (at < flights[segment.from].len) {
        segment.payload = flights[segment.from].byte + at;
        segment.payload_len = len < flights[segment.from].len - at ? len : (uint32_t)flights[segment.from].len - at;
    }
    if (segment.payload_len > 9000)
        segment.payload_len = 9000;
    note_ack(script, port, &segment);
    push(script, &segment);
    if ((segment.flags & (DP_TCP_SYN | DP_TCP_RST)) == 0 && at + segment.payload_len > *next && at < SEEN_MAX)
        *next = at + segment.payload_len;
    return true;
}

static void check_bounds(const struct world *world)
{
    struct dp_box_fill fill = world_fill(world);

    demand(fill.flows <= 8 && fill.handshakes <= 2 && fill.held_packets <= 64 && fill.handshake_bytes <= 128 * 1024);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct script script;
    struct bytes in = bytes_of(data, size);
    uint8_t setting;

    start_once();
    memset(&script, 0, sizeof(script));
    if (!bytes_u8(&in, &setting))
        return 0;
    script.world = world_of(&script, setting);
    for (int i = 0; i < 200 && step(&script, &in); i++)
        check_bounds(script.world);
    script.world->answer = script.world->answer == ANSWER_NEVER ? ANSWER_BLOCK_SERVER : script.world->answer;
    world_later(script.world, 50000);
    world_end(script.world);
    world_drain(script.world);
    demand(script.world->num_records == world_count(script.world, COUNTER_FLOWS_OPENED));
    for (int i = 0; i < 20; i++) { /* all time-outs together, tombstones too */
        script.world->now_us += 10000000;
        world_turn(script.world);
    }
    demand(world_fill(script.world).flows == 0 && world_fill(script.world).handshakes == 0);
    demand(world_fill(script.world).held_packets == 0 && world_fill(script.world).handshake_bytes == 0);
    world_drain(script.world);
    return 0;
}
