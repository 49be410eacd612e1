/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What passes because a network dies without it (DP_KIND_CONTROL) is recognised narrowly, by its type and by the group
 * address that its standard gives it, so that it is no way for two hosts to talk past the box: LLDP, LACP and STP go to
 * 01:80:c2:00:00:0x (IEEE 802.1Q table 8-1), PTP to its own groups (IEEE 1588 annexes C, D, E), neighbour discovery has
 * hop limit 255 (RFC 4861). PTP to a single host is ordinary UDP: the policy may list it.
 */
#include "dataplane/parse.h"

#include <assert.h>
#include <rte_jhash.h>

#define TYPE_IPV4  0x0800U
#define TYPE_ARP   0x0806U
#define TYPE_VLAN  0x8100U
#define TYPE_IPV6  0x86ddU
#define TYPE_SLOW  0x8809U
#define TYPE_QINQ  0x88a8U
#define TYPE_LLDP  0x88ccU
#define TYPE_PTP   0x88f7U
#define TYPE_QINQ2 0x9100U
/* IEEE 802.3 3.2.6: below it the field is a length and an LLC header follows. */
#define TYPE_LEAST 0x0600U

#define ARP_LEN 28

void dp_parse_bad(struct dp_parse *parse, enum counter fault)
{
    parse->p->kind = DP_KIND_BAD;
    parse->p->fault = (uint8_t)fault;
}

bool dp_parse_ends(struct dp_parse *parse, struct bytes source, struct bytes destination, uint16_t source_port,
                   uint16_t destination_port)
{
    struct dp_packet *p = parse->p;
    int order = memcmp(source.at, destination.at, source.left);

    if (order == 0)
        order = (int)source_port - (int)destination_port;
    p->from = order > 0;
    memcpy(p->key.address[p->from], source.at, source.left);
    memcpy(p->key.address[!p->from], destination.at, destination.left);
    p->key.port[p->from] = source_port;
    p->key.port[!p->from] = destination_port;
    p->key.family = source.left == 4 ? 4 : 6;
    return order != 0;
}

static bool is_vlan(uint16_t type)
{
    return type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ2;
}

/* Reads up to DP_VLANS_MAX tags; `type` becomes the type behind them. A third tag is left to the policy, by its type. */
BYTES_MUST_CHECK static bool read_vlans(struct dp_parse *parse, uint16_t *type)
{
    struct dp_packet *p = parse->p;
    uint16_t control;

    while (is_vlan(*type) && p->num_vlans < DP_VLANS_MAX) {
        if (!bytes_u16(&parse->rest, &control) || !bytes_u16(&parse->rest, type))
            return false;
        p->key.vlan[p->num_vlans++] = control & 0x0fffU;
    }
    return true;
}

static bool is_bridge_group(struct bytes mac)
{
    static const uint8_t group[] = {0x01, 0x80, 0xc2, 0x00, 0x00};

    return memcmp(mac.at, group, sizeof(group)) == 0 && mac.at[5] <= 0x0f;
}

static bool is_ptp_group(struct bytes mac)
{
    static const uint8_t group[] = {0x01, 0x1b, 0x19, 0x00, 0x00, 0x00};

    return memcmp(mac.at, group, sizeof(group)) == 0;
}

static bool is_control(struct bytes mac, uint16_t type)
{
    switch (type) {
    case TYPE_ARP:
        return true;
    case TYPE_LLDP:
    case TYPE_SLOW:
        return is_bridge_group(mac);
    case TYPE_PTP:
        return is_ptp_group(mac) || is_bridge_group(mac);
    default:
        return type < TYPE_LEAST && is_bridge_group(mac);
    }
}

static void parse_link(struct dp_parse *parse)
{
    struct dp_packet *p = parse->p;
    struct bytes mac;
    uint16_t type;

    if (!bytes_take(&parse->rest, 6, &mac) || !bytes_skip(&parse->rest, 6) || !bytes_u16(&parse->rest, &type) ||
        !read_vlans(parse, &type)) {
        dp_parse_bad(parse, COUNTER_MALFORMED_FRAME);
        return;
    }
    p->ethertype = type < TYPE_LEAST ? 0 : type;
    p->l3_at = dp_parse_at(parse);
    if (type == TYPE_IPV4)
        dp_parse_ipv4(parse);
    else if (type == TYPE_IPV6)
        dp_parse_ipv6(parse);
    else if (type == TYPE_ARP && parse->rest.left < ARP_LEN)
        dp_parse_bad(parse, COUNTER_MALFORMED_FRAME);
    else
        p->kind = is_control(mac, type) ? DP_KIND_CONTROL : DP_KIND_OTHER;
}

void dp_parse(struct rte_mbuf *m, enum dp_side side, enum dp_checksum checksum, uint32_t hash_seed)
{
    uint8_t copy[DP_PARSE_WINDOW];
    uint32_t window = RTE_MIN(rte_pktmbuf_pkt_len(m), (uint32_t)DP_PARSE_WINDOW);
    struct dp_parse parse = {.m = m, .p = dp_packet_of(m), .checksum = (uint8_t)checksum};

    *parse.p = (struct dp_packet){.side = (uint8_t)side, .key.vlan = {0xffff, 0xffff}};
    parse.frame_len = rte_pktmbuf_pkt_len(m);
    parse.start = window == 0 ? NULL : rte_pktmbuf_read(m, 0, window, copy);
    if (parse.start == NULL || parse.frame_len > UINT16_MAX) {
        dp_parse_bad(&parse, COUNTER_MALFORMED_FRAME);
        return;
    }
    parse.p->frame_len = (uint16_t)parse.frame_len;
    parse.rest = bytes_of(parse.start, window);
    parse_link(&parse);
    parse.p->hash = dp_key_hash(&parse.p->key, hash_seed);
}

void dp_packet_copy(const struct rte_mbuf *m, uint32_t at, uint32_t len, uint8_t *out)
{
    const struct dp_packet *p = dp_packet_of((struct rte_mbuf *)(uintptr_t)m);
    const uint8_t *in;

    if (len == 0) /* at the frame's end DPDK would look for a segment that is not there */
        return;
    in = rte_pktmbuf_read(m, p->payload_at + at, len, out);
    assert(in != NULL);
    if (in != out)
        memcpy(out, in, len);
}

uint32_t dp_key_hash(const struct dp_key *key, uint32_t seed)
{
    uint32_t words[sizeof(*key) / sizeof(uint32_t)];

    memcpy(words, key, sizeof(words));
    return rte_jhash_32b(words, sizeof(words) / sizeof(words[0]), seed);
}
