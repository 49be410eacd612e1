/* SPDX-License-Identifier: BSD-3-Clause */
#include "ends.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define RTO_FIRST_US 200000

uint32_t ends_random(struct ends *ends, uint32_t limit)
{
    ends->seed ^= ends->seed << 13;
    ends->seed ^= ends->seed >> 7;
    ends->seed ^= ends->seed << 17;
    return limit == 0 ? 0 : (uint32_t)(ends->seed >> 20) % limit;
}

struct ends *ends_new(struct world *world)
{
    struct ends *ends = calloc(1, sizeof(*ends));

    assert(ends != NULL);
    ends->world = world;
    ends->delay_us = 500;
    ends->seed = 88172645463325252ULL;
    for (uint8_t i = 0; i < 2; i++) {
        struct end *end = &ends->end[i];

        end->index = i;
        end->isn = i == 0 ? 1000 : 5000000;
        end->mss = 1460;
        end->first_window = 10;
        end->window = 1U << 20;
        end->scale = 7;
        end->timestamps = true;
    }
    return ends;
}

void ends_free(struct ends *ends)
{
    for (size_t i = 0; i < ends->num_transit; i++)
        free(ends->transit[i].frame);
    world_drain(ends->world);
    free(ends);
}

void ends_say(struct ends *ends, int end, uint32_t received, const struct flight *flight)
{
    for (int i = 0; i < ENDS_SCRIPT_MAX; i++)
        if (ends->end[end].script[i].say == NULL) {
            ends->end[end].script[i] = (struct line){.received = received, .say = flight};
            return;
        }
    abort();
}

/* ---- wires ---- */

static void put_on_wire(struct ends *ends, bool to_box, uint8_t side, const uint8_t *frame, uint32_t len)
{
    struct transit *transit = &ends->transit[ends->num_transit];

    if (ends_random(ends, 1000) < (to_box ? ends->lost_before : ends->lost_behind))
        return;
    assert(ends->num_transit < ENDS_TRANSIT);
    *transit = (struct transit){.at_us = ends->world->now_us + ends->delay_us +
                                         (to_box ? ends_random(ends, (uint32_t)ends->jitter_us) : 0),
                                .order = ends->order++,
                                .to_box = to_box,
                                .side = side,
                                .len = len,
                                .frame = malloc(len)};
    memcpy(transit->frame, frame, len);
    ends->num_transit++;
}

static void send_frame(struct ends *ends, const struct segment *segment)
{
    uint8_t frame[12 * 1024];
    uint32_t len = world_frame(frame, segment);
    uint8_t side = segment->from == 0 ? DP_OUTSIDE : DP_INSIDE;

    put_on_wire(ends, true, side, frame, len);
    if (ends_random(ends, 1000) < ends->repeated)
        put_on_wire(ends, true, side, frame, len);
}

static uint32_t window_of(const struct end *end)
{
    uint32_t window = end->scaled ? end->window >> end->scale : end->window;

    return window > 65535 ? 65535 : window;
}

static uint32_t receive_next(const struct end *end)
{
    return end->peer_isn + 1 + end->in_len + (end->peer_fin && end->in_len == end->peer_fin_at ? 1 : 0);
}

static void send_segment(struct ends *ends, struct end *end, uint8_t flags, uint32_t seq, const uint8_t *payload,
                         uint32_t len)
{
    bool syn = (flags & DP_TCP_SYN) != 0;
    struct segment segment = {
        .from = end->index,
        .ipv6 = ends->ipv6,
        .vlan = {ends->vlan[0], ends->vlan[1]},
        .client_port = ends->client_port,
        .flags = flags,
        .seq = seq,
        .ack = (flags & DP_TCP_ACK) != 0 ? receive_next(end) : 0,
        .window = (uint16_t)(syn ? (end->window > 65535 ? 65535 : end->window) : window_of(end)),
        .mss = (uint16_t)(syn ? end->mss : 0),
        .scale = (uint8_t)(syn && end->scale != 0 ? end->scale + 1 : 0),
        .has_timestamp = syn ? end->timestamps : end->stamped,
        .timestamp = (uint32_t)(ends->world->now_us / 1000),
        .timestamp_echo = end->timestamp_recent,
        .payload = payload,
        .payload_len = len,
    };

    send_frame(ends, &segment);
}

static void send_ack(struct ends *ends, struct end *end)
{
    send_segment(ends, end, DP_TCP_ACK, end->isn + 1 + end->highest, NULL, 0);
}

/* ---- sending ---- */

static void arm(struct ends *ends, struct end *end)
{
    end->rto_at_us = ends->world->now_us + end->rto_us;
}

static void say_lines(struct end *end)
{
    while (end->next_line < ENDS_SCRIPT_MAX && end->script[end->next_line].say != NULL &&
           end->in_len >= end->script[end->next_line].received) {
        const struct flight *say = end->script[end->next_line++].say;

        assert(end->out_len + say->len <= ENDS_BYTES_MAX);
        memcpy(end->out + end->out_len, say->byte, say->len);
        end->out_len += (uint32_t)say->len;
    }
}

static bool all_said(const struct end *end)
{
    return end->next_line == ENDS_SCRIPT_MAX || end->script[end->next_line].say == NULL;
}

static void send_data(struct ends *ends, struct end *end)
{
    uint64_t limit = end->cwnd < end->peer_window ? end->cwnd : end->peer_window;

    while (end->nxt < end->out_len && end->nxt - end->una < limit) {
        uint32_t len = end->out_len - end->nxt;

        len = len < end->mss ? len : end->mss;
        if (len > limit - (end->nxt - end->una))
            len = (uint32_t)(limit - (end->nxt - end->una));
        send_segment(ends, end, DP_TCP_ACK | DP_TCP_PSH, end->isn + 1 + end->nxt, end->out + end->nxt, len);
        end->nxt += len;
        if (end->rto_at_us == 0)
            arm(ends, end);
    }
    if (end->closes && all_said(end) && end->nxt == end->out_len && end->in_len >= end->closes_after) {
        send_segment(ends, end, DP_TCP_FIN | DP_TCP_ACK, end->isn + 1 + end->nxt, NULL, 0);
        end->nxt++;
        if (end->rto_at_us == 0)
            arm(ends, end);
    }
    end->highest = end->nxt > end->highest ? end->nxt : end->highest;
}

static void send_what_may(struct ends *ends, struct end *end)
{
    if (end->state != END_UP)
        return;
    say_lines(end);
    send_data(ends, end);
    /* a zero window: probe it (RFC 9293 3.8.6.1) */
    if (end->peer_window == 0 && end->nxt == end->una && end->nxt < end->out_len && end->rto_at_us == 0)
        arm(ends, end);
}

static void time_out(struct ends *ends, struct end *end)
{
    end->rto_us = end->rto_us < 3200000 ? 2 * end->rto_us : end->rto_us;
    arm(ends, end);
    switch (end->state) {
    case END_SYN_SENT:
        send_segment(ends, end, DP_TCP_SYN, end->isn, NULL, 0);
        return;
    case END_SYN_RECEIVED:
        send_segment(ends, end, DP_TCP_SYN | DP_TCP_ACK, end->isn, NULL, 0);
        return;
    case END_UP:
        break;
    default:
        end->rto_at_us = 0;
        return;
    }
    end->retransmissions++;
    if (end->peer_window == 0 && end->una < end->out_len) {
        send_segment(ends, end, DP_TCP_ACK, end->isn + 1 + end->una, end->out + end->una, 1);
        end->nxt = end->una + 1;
        return;
    }
    end->nxt = end->una;
    end->cwnd = end->mss;
    send_data(ends, end);
}

void ends_connect(struct ends *ends)
{
    struct end *client = &ends->end[0];

    ends->end[1].state = END_LISTEN;
    client->state = END_SYN_SENT;
    client->rto_us = RTO_FIRST_US;
    send_segment(ends, client, DP_TCP_SYN, client->isn, NULL, 0);
    arm(ends, client);
}

void ends_reset(struct ends *ends, int index)
{
    struct end *end = &ends->end[index];

    send_segment(ends, end, DP_TCP_RST | DP_TCP_ACK, end->isn + 1 + end->highest, NULL, 0);
    end->state = END_RESET;
}

/* ---- receiving ---- */

static void come_up(struct ends *ends, struct end *end, const struct dp_packet *p)
{
    end->state = END_UP;
    end->rto_us = RTO_FIRST_US;
    end->rto_at_us = 0;
    end->cwnd = (uint64_t)end->first_window * end->mss;
    end->peer_window =
        (p->tcp_flags & DP_TCP_SYN) != 0 || !end->scaled ? p->window : (uint32_t)p->window << end->peer_scale;
}

static void take_syn(struct end *end, const struct dp_packet *p)
{
    end->peer_isn = p->seq;
    end->scaled = end->scale != 0 && p->window_scale != 0;
    end->peer_scale = p->window_scale != 0 ? (uint8_t)(p->window_scale - 1) : 0;
    end->stamped = end->timestamps && p->has_timestamp;
    end->timestamp_recent = p->timestamp;
    if (p->mss != 0 && p->mss < end->mss)
        end->mss = p->mss;
}

static void receive_syn(struct ends *ends, struct end *end, const struct dp_packet *p)
{
    bool ack = (p->tcp_flags & DP_TCP_ACK) != 0;

    if (end->state == END_LISTEN && !ack) {
        take_syn(end, p);
        end->state = END_SYN_RECEIVED;
        end->rto_us = RTO_FIRST_US;
        arm(ends, end);
        send_segment(ends, end, DP_TCP_SYN | DP_TCP_ACK, end->isn, NULL, 0);
    } else if (end->state == END_SYN_RECEIVED && !ack) {
        send_segment(ends, end, DP_TCP_SYN | DP_TCP_ACK, end->isn, NULL, 0);
    } else if (end->state == END_SYN_SENT && ack && p->ack == end->isn + 1) {
        take_syn(end, p);
        come_up(ends, end, p);
        send_ack(ends, end);
    } else if (end->state == END_UP) {
        send_ack(ends, end);
    }
}

static void receive_ack(struct ends *ends, struct end *end, const struct dp_packet *p)
{
    uint32_t acked = p->ack - end->isn - 1;

    end->peer_window = end->scaled ? (uint32_t)p->window << end->peer_scale : p->window;
    if (acked > end->highest || acked <= end->una)
        return;
    end->cwnd += acked - end->una;
    end->una = acked;
    end->nxt = end->nxt < acked ? acked : end->nxt;
    end->rto_us = RTO_FIRST_US;
    end->rto_at_us = end->una == end->nxt ? 0 : ends->world->now_us + end->rto_us;
}

static bool receive_bytes(struct end *end, const struct dp_packet *p, const uint8_t *payload)
{
    int64_t offset = (int32_t)(p->seq - end->peer_isn - 1);
    bool fin = (p->tcp_flags & DP_TCP_FIN) != 0;

    if (p->payload_len == 0 && !fin)
        return offset != receive_next(end) - end->peer_isn - 1 && offset < end->in_len;
    if (offset + p->payload_len > (int64_t)end->in_len + end->window + 1)
        return true;
    for (uint32_t i = 0; i < p->payload_len; i++) {
        int64_t at = offset + i;

        if (at < end->in_len)
            continue;
        assert(at < ENDS_BYTES_MAX);
        if (at >= (int64_t)end->in_len + end->window)
            break;
        end->in[at] = payload[i];
        end->have[at] = true;
    }
    while (end->have[end->in_len])
        end->in_len++;
    if (fin) {
        end->peer_fin = true;
        end->peer_fin_at = (uint32_t)(offset + p->payload_len);
    }
    return true;
}

static void receive_reset(struct ends *ends, struct end *end, const struct dp_packet *p)
{
    uint32_t expected = receive_next(end);

    end->resets_seen++;
    if (end->state == END_SYN_SENT) {
        if ((p->tcp_flags & DP_TCP_ACK) != 0 && p->ack == end->isn + 1)
            end->state = END_RESET;
    } else if (p->seq == expected) {
        end->state = END_RESET;
    } else if (p->seq - expected < end->window) {
        send_ack(ends, end); /* RFC 5961 3.2 */
    }
}

static bool is_outdated(const struct end *end, const struct dp_packet *p)
{
    return end->stamped && p->has_timestamp && (int32_t)(p->timestamp - end->timestamp_recent) < 0;
}

static void receive(struct ends *ends, struct end *end, const struct dp_packet *p, const uint8_t *frame)
{
    if (end->state == END_CLOSED || end->state == END_RESET)
        return;
    if ((p->tcp_flags & DP_TCP_RST) != 0) {
        receive_reset(ends, end, p);
        return;
    }
    if ((p->tcp_flags & DP_TCP_SYN) != 0) {
        receive_syn(ends, end, p);
        return;
    }
    if (end->state == END_SYN_RECEIVED && p->ack == end->isn + 1)
        come_up(ends, end, p);
    if (end->state != END_UP)
        return;
    if (is_outdated(end, p)) {
        send_ack(ends, end);
        return;
    }
    if (end->stamped && p->has_timestamp && (int32_t)(p->seq - receive_next(end)) <= 0)
        end->timestamp_recent = p->timestamp;
    receive_ack(ends, end, p);
    if (p->payload_len == 7 && memcmp(frame + p->payload_at, "\25\3\3\0\2\2", 6) == 0)
        ends->alerts_seen++;
    if (receive_bytes(end, p, frame + p->payload_at))
        send_ack(ends, end);
}

/* ---- the world turns ---- */

static void collect(struct ends *ends)
{
    static struct sight sight;

    for (uint8_t side = 0; side < DP_SIDES; side++)
        while (world_next(ends->world, side, &sight)) {
            assert(sight.p.kind == DP_KIND_TCP);
            put_on_wire(ends, false, side, sight.frame, sight.len);
        }
}

static void through_box(struct ends *ends, const struct transit *transit)
{
    struct dp_box *box = ends->world->box;
    struct rte_mbuf *m;
    uint8_t *whole;

    world_push_frame(ends->world, transit->side, transit->frame, transit->len);
    if (!ends->identity)
        return;
    if (dp_box_send(box, transit->side == DP_INSIDE ? DP_OUTSIDE : DP_INSIDE, &m, 1) != 1)
        abort();
    whole = malloc(transit->len);
    assert(rte_pktmbuf_pkt_len(m) == transit->len);
    assert(memcmp(rte_pktmbuf_read(m, 0, transit->len, whole), transit->frame, transit->len) == 0);
    free(whole);
    rte_pktmbuf_free(m);
    assert(world_drain(ends->world) == 0);
    put_on_wire(ends, false, transit->side == DP_INSIDE ? DP_OUTSIDE : DP_INSIDE, transit->frame, transit->len);
}

static void deliver(struct ends *ends, struct transit transit)
{
    struct sight sight;
    struct end *end;

    if (transit.to_box) {
        through_box(ends, &transit);
        free(transit.frame);
        return;
    }
    memset(&sight.p, 0, sizeof(sight.p));
    end = &ends->end[transit.side == DP_OUTSIDE ? 0 : 1];
    {
        struct rte_mbuf *m = aligned_alloc(64, RTE_ALIGN(sizeof(*m) + DP_PACKET_PRIVATE, 64));

        memset(m, 0, sizeof(*m) + DP_PACKET_PRIVATE);
        m->priv_size = DP_PACKET_PRIVATE;
        m->buf_addr = transit.frame;
        m->buf_len = m->data_len = (uint16_t)transit.len;
        m->pkt_len = transit.len;
        m->nb_segs = 1;
        dp_parse(m, DP_INSIDE, DP_CHECKSUM_VERIFY, 7);
        sight.p = *dp_packet_of(m);
        free(m);
    }
    if (sight.p.kind == DP_KIND_TCP)
        receive(ends, end, &sight.p, transit.frame);
    free(transit.frame);
}

/* The packet that arrives next, at or before now. */
static bool arrived(struct ends *ends, struct transit *out)
{
    size_t best = ends->num_transit;

    for (size_t i = 0; i < ends->num_transit; i++) {
        const struct transit *transit = &ends->transit[i];

        if (transit->at_us > ends->world->now_us)
            continue;
        if (best == ends->num_transit || transit->at_us < ends->transit[best].at_us ||
            (transit->at_us == ends->transit[best].at_us && transit->order < ends->transit[best].order))
            best = i;
    }
    if (best == ends->num_transit)
        return false;
    *out = ends->transit[best];
    ends->transit[best] = ends->transit[--ends->num_transit];
    return true;
}

void ends_run(struct ends *ends, int64_t us)
{
    struct world *world = ends->world;
    int64_t end_us = world->now_us + us;
    struct transit transit;

    while (world->now_us < end_us) {
        world->now_us += 500;
        world_turn(world);
        if (!ends->identity)
            collect(ends);
        while (arrived(ends, &transit)) {
            deliver(ends, transit);
            if (!ends->identity)
                collect(ends);
        }
        for (int i = 0; i < 2; i++) {
            if (ends->end[i].rto_at_us != 0 && ends->end[i].rto_at_us <= world->now_us)
                time_out(ends, &ends->end[i]);
            send_what_may(ends, &ends->end[i]);
        }
    }
}

bool ends_prefix(const struct ends *ends, int to)
{
    const struct end *end = &ends->end[to];

    return end->in_len <= ends->end[!to].out_len && memcmp(end->in, ends->end[!to].out, end->in_len) == 0;
}

bool ends_delivered(const struct ends *ends, int to)
{
    const struct end *from = &ends->end[!to];

    return all_said(from) && ends->end[to].in_len == from->out_len && ends_prefix(ends, to);
}
