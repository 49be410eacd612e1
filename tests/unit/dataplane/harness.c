/* SPDX-License-Identifier: BSD-3-Clause */
#include "harness.h"

#include "dataplane/blocks.h"
#include "dataplane/eal.h"

#include <assert.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_malloc.h>
#include <rte_mempool.h>
#include <rte_tcp.h>
#include <stdlib.h>
#include <string.h>

#define POOL_PACKETS 8191

/* The one pool of the process: packets whose bytes are outside come from it, and those that boxes make. */
static struct rte_mempool *pool;

void world_start(void)
{
    int status = dp_eal_plain(256);

    assert(status == 0);
    pool =
        rte_pktmbuf_pool_create("world", POOL_PACKETS, 0, DP_PACKET_PRIVATE, RTE_PKTMBUF_HEADROOM + 256, SOCKET_ID_ANY);
    assert(pool != NULL);
}

/* ---- the world ---- */

struct val_policy *world_policy(const struct world_config *config)
{
    const struct val_network inside[] = {{.family = 4, .prefix = 8, .address = {10}},
                                         {.family = 6, .prefix = 8, .address = {0xfd}}};
    const struct val_network outside[] = {{.family = 4, .prefix = 0}, {.family = 6, .prefix = 0}};
    const struct val_zone_spec zones[] = {
        {.name = "plant", .side = VAL_SIDE_INSIDE, .networks = inside, .num_networks = 2},
        {.name = "world", .side = VAL_SIDE_OUTSIDE, .networks = outside, .num_networks = 2}};
    const struct val_port_range ports[] = {{.first = SERVER_PORT, .last = SERVER_PORT}};
    const struct val_conduit_spec conduits[] = {
        {.name = "test",
         .from = {.zone = 1, .domain = VAL_NO_DOMAIN},
         .to = {.zone = 0, .domain = VAL_NO_DOMAIN},
         .ports = ports,
         .num_ports = 1,
         .version_min = 0x0301,
         .not_tls = config->not_tls_passes ? VAL_ACTION_ACCEPT : VAL_ACTION_BLOCK}};
    const struct val_policy_spec spec = {.cell = "test",
                                         .monitor = config->monitor,
                                         .otherwise = VAL_ACTION_BLOCK,
                                         .overload = config->overload_passes ? VAL_ACTION_ACCEPT : VAL_ACTION_BLOCK,
                                         .mid_stream = config->mid_stream_passes ? VAL_ACTION_ACCEPT : VAL_ACTION_BLOCK,
                                         .epoch = 1,
                                         .zones = zones,
                                         .num_zones = 2,
                                         .conduits = conduits,
                                         .num_conduits = 1};
    struct val_policy_error error;
    struct val_policy *policy = val_policy_new(&spec, &error);

    if (policy == NULL)
        fprintf(stderr, "%s\n", error.text);
    assert(policy != NULL);
    return policy;
}

static uint32_t usual(uint32_t value, uint32_t otherwise)
{
    return value != 0 ? value : otherwise;
}

struct world *world_new(const struct world_config *config)
{
    struct world *world = aligned_alloc(64, RTE_ALIGN(sizeof(*world), 64));
    struct dp_box_config box;

    assert(world != NULL);
    memset(world, 0, sizeof(*world));
    world->now_us = 1000000;
    world->policy = world_policy(config);
    box = (struct dp_box_config){
        .policy = world->policy,
        .pool = pool,
        .flows_max = usual(config->flows_max, 256),
        .handshakes_max = usual(config->handshakes_max, 64),
        .handshake_memory = config->handshake_memory != 0 ? config->handshake_memory : 4U << 20,
        .handshake_bytes_max = usual(config->handshake_bytes_max, DP_BLOCK_MAX),
        .held_packets_max = usual(config->held_packets_max, 1024),
        .held_per_flow_max = usual(config->held_per_flow_max, 256),
        .records_bytes = 1U << 20,
        .handshake_timeout_us = 10000000,
        .syn_timeout_us = 5000000,
        .hold_stall_us = 200000,
        .flow_idle_us = 60000000,
        .closing_us = 2000000,
        .cut_us = 4000000,
        .resets_per_s = usual(config->resets_per_s, 1000),
        .hash_seed = 7,
        .flow_id_base = 100,
        .checksum = DP_CHECKSUM_VERIFY,
        .follow_mid_stream = config->follow_mid_stream,
    };
    world->box = dp_box_new(&box, &world->counters);
    assert(world->box != NULL);
    return world;
}

void world_free(struct world *world)
{
    for (size_t i = 0; i < world->num_waiting; i++) {
        struct val_verdict verdict = {.action = VAL_ACTION_BLOCK, .covers = VAL_COVERS_FLOW, .reason = REASON_OVERLOAD};

        dp_box_verdicts(world->box, &world->waiting[i].c, &verdict, 1, world->now_us, world->now_us);
    }
    dp_box_free(world->box);
    val_policy_free(world->policy);
    free(world);
    assert(rte_mempool_in_use_count(pool) == 0);
}

struct dp_box_fill world_fill(const struct world *world)
{
    struct dp_box_fill fill;

    dp_box_fill_get(world->box, &fill);
    return fill;
}

uint64_t world_count(const struct world *world, enum counter counter)
{
    return counter_get(&world->counters, counter);
}

/* ---- frames ---- */

struct outside {
    struct rte_mbuf_ext_shared_info shared;
    uint8_t *bytes;
};

static void outside_free(void *address, void *opaque)
{
    struct outside *outside = opaque;

    free(outside->bytes);
    free(outside);
}

static struct rte_mbuf *packet_over(const uint8_t *frame, uint32_t len)
{
    struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
    struct outside *outside = calloc(1, sizeof(*outside));

    assert(m != NULL && outside != NULL);
    outside->bytes = malloc(len);
    assert(outside->bytes != NULL);
    memcpy(outside->bytes, frame, len);
    outside->shared.free_cb = outside_free;
    outside->shared.fcb_opaque = outside;
    rte_mbuf_ext_refcnt_set(&outside->shared, 1);
    rte_pktmbuf_attach_extbuf(m, outside->bytes, RTE_BAD_IOVA, (uint16_t)len, &outside->shared);
    m->data_off = 0;
    m->data_len = (uint16_t)len;
    m->pkt_len = len;
    return m;
}

static struct rte_mbuf *packet_of(const uint8_t *frame, uint32_t len, uint32_t segment_len)
{
    struct rte_mbuf *first = NULL;

    if (segment_len == 0)
        segment_len = len;
    for (uint32_t at = 0; at < len; at += segment_len) {
        struct rte_mbuf *m = packet_over(frame + at, RTE_MIN(segment_len, len - at));

        if (first == NULL)
            first = m;
        else if (rte_pktmbuf_chain(first, m) != 0)
            abort();
    }
    return first;
}

static uint8_t *put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
    return put16(put16(at, value >> 16), value & 0xffff);
}

static uint8_t *put_options(uint8_t *at, const struct segment *segment)
{
    if (segment->mss != 0) {
        at = put16(at, 0x0204);
        at = put16(at, segment->mss);
    }
    if (segment->scale != 0)
        at = put32(at, 0x01030300U | (segment->scale - 1U));
    if (segment->has_timestamp) {
        at = put32(at, 0x0101080a);
        at = put32(at, segment->timestamp);
        at = put32(at, segment->timestamp_echo);
    }
    return at;
}

static uint8_t *put_l2(uint8_t *at, const struct segment *segment)
{
    static const uint8_t macs[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};

    memcpy(at, macs[!segment->from], 6);
    memcpy(at + 6, macs[segment->from], 6);
    at += 12;
    for (int i = 0; i < 2 && segment->vlan[i] != 0; i++) {
        at = put16(at, i == 0 && segment->vlan[1] != 0 ? 0x88a8 : 0x8100);
        at = put16(at, segment->vlan[i]);
    }
    return put16(at, segment->ipv6 ? 0x86dd : 0x0800);
}

static uint8_t *put_l3(uint8_t *at, const struct segment *segment)
{
    static const uint8_t addresses4[2][4] = {{203, 0, 113, 20}, {10, 4, 0, 7}};
    static const uint8_t addresses6[2][16] = {{0x20, 0x01, 0x0d, 0xb8, [15] = 0x20}, {0xfd, 0, 0, 4, [15] = 7}};

    if (segment->ipv6) {
        memset(at, 0, 40);
        at[0] = 0x60;
        at[6] = 6;
        at[7] = 61;
        memcpy(at + 8, addresses6[segment->from], 16);
        memcpy(at + 24, addresses6[!segment->from], 16);
        return at + 40;
    }
    memset(at, 0, 20);
    at[0] = 0x45;
    at[6] = 0x40;
    at[8] = 61;
    at[9] = 6;
    memcpy(at + 12, addresses4[segment->from], 4);
    memcpy(at + 16, addresses4[!segment->from], 4);
    return at + 20;
}

uint32_t world_frame(uint8_t *out, const struct segment *segment)
{
    uint16_t client_port = segment->client_port != 0 ? segment->client_port : 40000;
    uint8_t *l3 = put_l2(out, segment);
    uint8_t *l4 = put_l3(l3, segment);
    uint8_t *at = l4;
    uint16_t checksum;

    at = put16(at, segment->from == 0 ? client_port : SERVER_PORT);
    at = put16(at, segment->from == 0 ? SERVER_PORT : client_port);
    at = put32(at, segment->seq);
    at = put32(at, segment->ack);
    at = put16(at, segment->flags);
    at = put16(at, segment->window);
    at = put32(at, 0);
    at = put_options(at, segment);
    l4[12] = (uint8_t)((at - l4) << 2);
    if (segment->payload_len != 0)
        memcpy(at, segment->payload, segment->payload_len);
    at += segment->payload_len;
    if (segment->ipv6) {
        put16(l3 + 4, (uint32_t)(at - l4));
        checksum = rte_ipv6_udptcp_cksum((const void *)l3, l4);
    } else {
        put16(l3 + 2, (uint32_t)(at - l3));
        checksum = rte_ipv4_cksum((const void *)l3);
        memcpy(l3 + 10, &checksum, 2);
        checksum = rte_ipv4_udptcp_cksum((const void *)l3, l4);
    }
    if (segment->bad_checksum)
        checksum ^= 0x5555;
    memcpy(l4 + 16, &checksum, 2);
    return (uint32_t)(at - out);
}

/* ---- steps ---- */

void world_push_frame(struct world *world, uint8_t side, const uint8_t *frame, uint32_t len)
{
    struct rte_mbuf *m = packet_of(frame, len, world->segment_len);

    dp_box_step(world->box, (enum dp_side)side, &m, 1, world->now_us, world->now_us);
    world_turn(world);
}

void world_push(struct world *world, const struct segment *segment)
{
    uint8_t frame[12 * 1024];
    uint32_t len = world_frame(frame, segment);
    uint8_t side = (segment->from == 0) != segment->wrong_side ? DP_OUTSIDE : DP_INSIDE;

    world_push_frame(world, side, frame, len);
}

void world_push_burst(struct world *world, const struct segment segments[], uint16_t num)
{
    struct rte_mbuf *packets[64];
    uint8_t frame[12 * 1024];

    assert(num <= 64);
    for (uint16_t i = 0; i < num; i++)
        packets[i] = packet_of(frame, world_frame(frame, &segments[i]), world->segment_len);
    dp_box_step(world->box, segments[0].from == 0 ? DP_OUTSIDE : DP_INSIDE, packets, num, world->now_us, world->now_us);
    world_turn(world);
}

static struct val_verdict verdict_for(const struct world *world, const struct val_case *c)
{
    bool client_owes = c->tls.certificate_requested && !c->party[CASE_CLIENT].complete;
    struct val_verdict verdict = {.action = VAL_ACTION_ACCEPT,
                                  .covers = client_owes ? VAL_COVERS_SERVER : VAL_COVERS_FLOW,
                                  .reason = REASON_OK,
                                  .reasons = reason_bit(REASON_OK)};

    if (world->answer == ANSWER_BLOCK_SERVER || (world->answer == ANSWER_BLOCK_CLIENT && !client_owes)) {
        verdict.action = VAL_ACTION_BLOCK;
        verdict.covers = VAL_COVERS_FLOW;
        verdict.reason = REASON_EXPIRED;
        verdict.reasons = reason_bit(REASON_EXPIRED);
        verdict.side_refused = world->answer == ANSWER_BLOCK_SERVER ? 2 : 1;
    }
    return verdict;
}

static void take_cases(struct world *world)
{
    struct val_case *cases[DP_CASES_MAX];
    size_t num = dp_box_cases(world->box, cases, DP_CASES_MAX);

    for (size_t i = 0; i < num; i++) {
        assert(case_check(cases[i], cases[i]->capacity));
        assert(world->num_waiting < WORLD_CASES);
        world->waiting[world->num_waiting++] =
            (struct waiting_case){.c = cases[i], .due_us = world->now_us + world->judge_us};
    }
}

static void give_verdicts(struct world *world)
{
    for (size_t i = 0; i < world->num_waiting && world->answer != ANSWER_NEVER;) {
        struct val_case *c = world->waiting[i].c;
        struct val_verdict verdict = verdict_for(world, c);

        if (world->waiting[i].due_us > world->now_us) {
            i++;
            continue;
        }
        world->waiting[i] = world->waiting[--world->num_waiting];
        dp_box_verdicts(world->box, &c, &verdict, 1, world->now_us, world->now_us);
    }
}

static void read_records(struct world *world)
{
    struct dp_record_ring *ring = dp_box_records(world->box);
    const struct dp_record *record;

    while ((record = dp_record_peek(ring)) != NULL) {
        assert(case_check(&record->c, record->len));
        assert(record->verdict.action != VAL_ACTION_UNDECIDED && record->verdict.reason != REASON_UNDECIDED);
        assert((record->verdict.action == VAL_ACTION_ACCEPT) == (record->verdict.reason == REASON_OK));
        world->last = record->verdict;
        world->last_case_reasons = record->c.reasons;
        world->num_records++;
        dp_record_pop(ring);
    }
}

void world_turn(struct world *world)
{
    dp_box_tick(world->box, world->now_us, world->now_us);
    for (int i = 0; i < 2; i++) {
        take_cases(world);
        give_verdicts(world);
    }
    read_records(world);
}

void world_later(struct world *world, int64_t us)
{
    for (int64_t end_us = world->now_us + us; world->now_us < end_us;) {
        world->now_us += RTE_MIN((int64_t)1000, end_us - world->now_us);
        world_turn(world);
    }
}

bool world_next(struct world *world, uint8_t side, struct sight *out)
{
    struct rte_mbuf *m;
    const void *bytes;

    if (dp_box_send(world->box, (enum dp_side)side, &m, 1) == 0)
        return false;
    out->len = rte_pktmbuf_pkt_len(m);
    assert(out->len <= sizeof(out->frame));
    bytes = rte_pktmbuf_read(m, 0, out->len, out->frame);
    if (bytes != out->frame)
        memcpy(out->frame, bytes, out->len);
    rte_pktmbuf_free(m);
    out->side = side;
    m = packet_over(out->frame, out->len);
    dp_parse(m, side == DP_INSIDE ? DP_OUTSIDE : DP_INSIDE, DP_CHECKSUM_VERIFY, 7);
    out->p = *dp_packet_of(m);
    rte_pktmbuf_free(m);
    return true;
}

uint32_t world_drain(struct world *world)
{
    struct sight sight;
    uint32_t num = 0;

    for (uint8_t side = 0; side < DP_SIDES; side++)
        while (world_next(world, side, &sight))
            num++;
    return num;
}

void world_end(struct world *world)
{
    while (dp_box_end(world->box, world->now_us, world->now_us) != 0) {
        world->now_us += 1000; /* a slow judge */
        world_turn(world);
    }
    world_turn(world);
}
