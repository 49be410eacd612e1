/* SPDX-License-Identifier: BSD-3-Clause */
/* Rule 6: what a flow that is cut is told, and what answers the packets that still come. */
#include "dataplane/gate.h"

static void send_crafted(struct dp_box *box, const struct dp_template *template, const struct dp_craft *what,
                         enum counter counter)
{
    struct rte_mbuf *m = dp_craft_packet(box->config.pool, template, what);

    if (m == NULL) {
        counter_add(box->counters, COUNTER_DROPPED_NO_MEMORY, 1);
        return;
    }
    counter_add(box->counters, counter, 1);
    dp_act_send(&box->act, what->reversed ? !template->side : template->side, m);
}

void dp_gate_reply_reset(struct dp_box *box, const struct rte_mbuf *m)
{
    const struct dp_packet *p = dp_packet_of((struct rte_mbuf *)(uintptr_t)m);
    uint32_t len = p->payload_len + ((p->tcp_flags & (DP_TCP_SYN | DP_TCP_FIN)) != 0 ? 1 : 0);
    struct dp_craft what = {.reversed = true};
    struct dp_template template = {0};

    if ((p->tcp_flags & DP_TCP_RST) != 0)
        return;
    if (!dp_act_may_reset(&box->act, box->now_us)) {
        counter_add(box->counters, COUNTER_RESETS_LIMITED, 1);
        return;
    }
    /* RFC 9293 3.10.7.1 */
    if ((p->tcp_flags & DP_TCP_ACK) != 0) {
        what.seq = p->ack;
        what.tcp_flags = DP_TCP_RST;
    } else {
        what.ack = p->seq + len;
        what.tcp_flags = DP_TCP_RST | DP_TCP_ACK;
    }
    dp_template_take(&template, m);
    send_crafted(box, &template, &what, COUNTER_RESETS_SENT);
}

/* The record version that a peer takes an alert in: the negotiated one, or before that the one that the hello is sent in. */
static uint16_t alert_version(const struct val_case *c)
{
    uint16_t version = 0x0303;

    if (c != NULL && c->tls.server_hello_seen != 0)
        version = c->tls.version;
    else if (c != NULL && c->tls.client_hello_seen != 0)
        version = c->tls.hello_version;
    return version < 0x0301 || version > 0x0303 ? 0x0303 : version;
}

/* Whether the receiver of this direction is at a point where it reads an alert: TLS was spoken, and it stands at the end
 * of a record. A server that has seen nothing yet needs none. */
static bool alert_readable(const struct dp_handshake *handshake, int sender, uint64_t reasons)
{
    const struct dp_half *half = &handshake->half[sender];

    if ((reasons & reason_bit(REASON_NOT_TLS)) != 0 || half->fin_sent != 0 || half->at_record == 0 ||
        handshake->tls.direction[CASE_CLIENT].taken == 0)
        return false;
    return sender == CASE_SERVER || half->sent != 0;
}

/* Alert and RST to the receiver of what `sender` sends, as if they came from there. */
static void end_direction(struct dp_box *box, const struct dp_handshake *handshake, int sender,
                          const struct val_verdict *verdict, bool may_alert)
{
    const struct dp_half *half = &handshake->half[sender];
    const struct dp_half *back = &handshake->half[!sender];
    bool reversed = half->template.l2_len == 0; /* nothing came from there yet: after what came from the other side */
    const struct dp_template *template = reversed ? &back->template : &half->template;
    uint16_t version = alert_version(handshake->tls.c);
    uint8_t alert[7] = {21, (uint8_t)(version >> 8), (uint8_t)version, 0, 2, 2, val_alert_for(verdict, !sender)};
    struct dp_craft what = {.seq = half->base + half->sent + half->fin_sent,
                            .ack = back->base + back->acked,
                            .reversed = reversed,
                            .payload = bytes_of(alert, sizeof(alert)),
                            .tcp_flags = DP_TCP_FIN | DP_TCP_PSH | DP_TCP_ACK};

    if (may_alert && alert_readable(handshake, sender, verdict->reasons)) {
        send_crafted(box, template, &what, COUNTER_ALERTS_SENT);
        what.seq += (uint32_t)sizeof(alert) + 1;
    }
    what.payload = bytes_of(NULL, 0);
    what.tcp_flags = DP_TCP_RST | DP_TCP_ACK;
    send_crafted(box, template, &what, COUNTER_RESETS_SENT);
}

void dp_gate_cut(struct dp_box *box, const struct dp_handshake *handshake, const struct val_verdict *verdict,
                 bool may_alert)
{
    for (int sender = 0; sender < CASE_SIDES; sender++)
        end_direction(box, handshake, sender, verdict, may_alert);
}
