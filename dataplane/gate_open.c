/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/gate.h"

#include <string.h>

/* A case with room for a ClientHello; it grows when certificates come. */
#define CASE_FIRST_BYTES 2048

struct dp_flow_syn dp_gate_syn_of(const struct dp_packet *p)
{
    return (struct dp_flow_syn){.seq = p->seq,
                                .timestamp = p->timestamp,
                                .window = p->window,
                                .window_scale = p->window_scale,
                                .has_timestamp = p->has_timestamp};
}

void dp_gate_case_flow(const struct dp_box *box, const struct dp_flow *flow, struct case_flow *out)
{
    uint8_t client = dp_flow_client_end(flow);

    memset(out, 0, sizeof(*out));
    out->flow_id = flow->flow_id;
    out->time_us = box->wall_us;
    out->start_us = flow->start_wall_us;
    out->family = (uint8_t)flow->key.family;
    out->initiator_side = dp_flow_client_side(flow) == DP_INSIDE ? VAL_SIDE_INSIDE : VAL_SIDE_OUTSIDE;
    for (int i = 0; i < DP_VLANS_MAX && flow->key.vlan[i] != 0xffff; i++)
        out->vlan[out->num_vlans++] = flow->key.vlan[i];
    out->client_port = flow->key.port[client];
    out->server_port = flow->key.port[!client];
    memcpy(out->client_address, flow->key.address[client], sizeof(out->client_address));
    memcpy(out->server_address, flow->key.address[!client], sizeof(out->server_address));
}

static enum dp_fate refuse(struct dp_box *box)
{
    counter_add(box->counters, COUNTER_OUT_OF_WINDOW, 1);
    return DP_FATE_DROP;
}

/* A SYN, retried or new; one with data (RFC 7413) would reach the server unread. */
static enum dp_fate opening_syn(struct dp_box *box, struct dp_flow *flow, const struct dp_packet *p)
{
    struct dp_flow_syn syn = dp_gate_syn_of(p);

    if (p->payload_len != 0 || p->from != dp_flow_client_end(flow))
        return refuse(box);
    if (syn.seq != flow->syn[CASE_CLIENT].seq && (flow->marks & DP_FLOW_SYN_SERVER) != 0)
        return refuse(box);
    flow->syn[CASE_CLIENT] = syn;
    flow->marks |= DP_FLOW_SYN_CLIENT;
    return DP_FATE_PASS;
}

/* A server may answer a retried SYN with another number (SYN cookies change with time): the newest counts. */
static enum dp_fate opening_syn_ack(struct dp_box *box, struct dp_flow *flow, const struct dp_packet *p)
{
    bool answers = (flow->marks & DP_FLOW_SYN_CLIENT) == 0 || p->ack == flow->syn[CASE_CLIENT].seq + 1;

    if (p->payload_len != 0 || p->from == dp_flow_client_end(flow) || !answers)
        return refuse(box);
    if ((flow->marks & DP_FLOW_SYN_CLIENT) == 0) /* monitor mode: it says where the client begins */
        flow->syn[CASE_CLIENT].seq = p->ack - 1;
    flow->syn[CASE_SERVER] = dp_gate_syn_of(p);
    flow->marks |= DP_FLOW_SYN_SERVER;
    return DP_FATE_PASS;
}

static enum dp_fate opening_reset(struct dp_box *box, struct dp_flow *flow, const struct dp_packet *p)
{
    bool from_client = p->from == dp_flow_client_end(flow);
    bool good;

    if (dp_gate_observed(flow)) {
        flow->marks |= DP_FLOW_RESET;
        return DP_FATE_PASS;
    }
    if (from_client)
        good = p->seq - flow->syn[CASE_CLIENT].seq <= 1;
    else if ((p->tcp_flags & DP_TCP_ACK) != 0) /* RFC 9293 3.10.7.3: it must acknowledge the SYN */
        good = p->ack == flow->syn[CASE_CLIENT].seq + 1;
    else
        good = (flow->marks & DP_FLOW_SYN_SERVER) != 0 && p->seq == flow->syn[CASE_SERVER].seq + 1;
    if (!good || p->payload_len != 0)
        return refuse(box);
    dp_gate_ended(box, flow, DP_GATE_EVENT_RESET, REASON_HANDSHAKE_TIMEOUT);
    return DP_FATE_PASS;
}

/* Whether this packet completes the TCP handshake: the client's, with the right numbers. */
static bool connects(const struct dp_flow *flow, const struct dp_packet *p)
{
    if (dp_gate_observed(flow))
        return true;
    return p->from == dp_flow_client_end(flow) && (flow->marks & DP_FLOW_SYN_SERVER) != 0 &&
           (p->tcp_flags & DP_TCP_ACK) != 0 && p->ack == flow->syn[CASE_SERVER].seq + 1 &&
           p->seq - flow->syn[CASE_CLIENT].seq - 1 <= flow->syn[CASE_SERVER].window;
}

enum dp_fate dp_gate_opening(struct dp_box *box, struct dp_flow *flow, struct rte_mbuf *m)
{
    const struct dp_packet *p = dp_packet_of(m);

    if ((p->tcp_flags & DP_TCP_SYN) != 0)
        return (p->tcp_flags & DP_TCP_ACK) != 0 ? opening_syn_ack(box, flow, p) : opening_syn(box, flow, p);
    if ((p->tcp_flags & DP_TCP_RST) != 0)
        return opening_reset(box, flow, p);
    if (!connects(flow, p))
        return refuse(box);
    dp_gate_connect(box, flow, p);
    if (flow->handshake != NULL)
        return dp_gate_data(box, flow, m);
    if (flow->state == DP_GATE_PASSING)
        return DP_FATE_PASS;
    dp_gate_reply_reset(box, m);
    return DP_FATE_DROP;
}

/* Where both SYNs were seen, all numbers are known; otherwise what can be told from the packet in hand. */
static void set_base(const struct dp_flow *flow, struct dp_half *half, int side, const struct dp_packet *p)
{
    bool seen = (flow->marks & (side == CASE_CLIENT ? DP_FLOW_SYN_CLIENT : DP_FLOW_SYN_SERVER)) != 0;
    bool told = side == CASE_CLIENT && (flow->marks & DP_FLOW_SYN_SERVER) != 0;

    half->at_record = 1;
    if (seen || told) {
        half->base = flow->syn[side].seq + 1;
        half->has_base = 1;
    } else if (dp_gate_sender(flow, p) != side && (flow->marks & DP_FLOW_SYN_CLIENT) != 0) {
        half->base = p->ack; /* the client's first acknowledgement; the server's SYN-ACK was not heard */
        half->has_base = 1;
    }
}

static void set_numbers(const struct dp_flow *flow, struct dp_handshake *handshake)
{
    const struct dp_flow_syn *client = &flow->syn[CASE_CLIENT];
    const struct dp_flow_syn *server = &flow->syn[CASE_SERVER];

    handshake->strict = 1;
    handshake->timestamps = client->has_timestamp && server->has_timestamp;
    for (int side = 0; side < CASE_SIDES; side++) {
        handshake->half[side].timestamp = flow->syn[side].timestamp;
        /* RFC 7323 2.2: both must have sent the option */
        if (client->window_scale != 0 && server->window_scale != 0)
            handshake->half[side].scale = (uint8_t)(flow->syn[side].window_scale - 1);
    }
    handshake->half[CASE_CLIENT].window_edge = server->window;
}

void dp_gate_connect(struct dp_box *box, struct dp_flow *flow, const struct dp_packet *p)
{
    const uint16_t both = DP_FLOW_SYN_CLIENT | DP_FLOW_SYN_SERVER;
    int64_t deadline_us = box->now_us + box->config.handshake_timeout_us;
    uint32_t capacity = 0;
    struct val_case *c = dp_blocks_get(box->blocks, CASE_FIRST_BYTES, &capacity);
    struct dp_handshake *handshake = c == NULL ? NULL : dp_handshake_get(&box->handshakes, flow, deadline_us);

    if (handshake == NULL) {
        dp_blocks_put(box->blocks, c, capacity);
        counter_add(box->counters, COUNTER_HANDSHAKES_REFUSED, 1);
        dp_gate_found(box, flow, reason_bit(REASON_OVERLOAD));
        return;
    }
    case_init(c, capacity);
    dp_gate_case_flow(box, flow, &c->flow);
    if ((flow->marks & DP_FLOW_MID_STREAM) != 0)
        c->reasons |= reason_bit(REASON_MID_STREAM);
    dp_tls_init(&handshake->tls, c, box->blocks, dp_gate_observed(flow));
    for (int side = 0; side < CASE_SIDES; side++)
        set_base(flow, &handshake->half[side], side, p);
    if ((flow->marks & both) == both)
        set_numbers(flow, handshake);
    flow->handshake = handshake;
    dp_gate_event(box, flow, DP_GATE_EVENT_OPEN, NULL);
}
