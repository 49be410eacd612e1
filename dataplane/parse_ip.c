/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 791, RFC 8200. A packet whose real destination is not the one in its header (source routes, a routing header with
 * segments left) is malformed for our purposes: what we would judge is not what its last receiver takes it for.
 */
#include "dataplane/parse.h"

#include <rte_ip.h>

#define IPV4_HEADER_MIN 20
#define IPV6_HEADER     40

#define OPTION_END           0
#define OPTION_NOP           1
#define OPTION_LOOSE_SOURCE  131
#define OPTION_STRICT_SOURCE 137

#define EXTENSION_HOP_BY_HOP  0
#define EXTENSION_ROUTING     43
#define EXTENSION_FRAGMENT    44
#define EXTENSION_DESTINATION 60

#define PTP_EVENT_PORT   319
#define PTP_GENERAL_PORT 320

/* The options of an IPv4 header: well-formed, and no source route (RFC 791 3.1). */
BYTES_MUST_CHECK static bool options_fit(struct bytes in)
{
    uint8_t kind;
    uint8_t len;

    while (bytes_u8(&in, &kind) && kind != OPTION_END) {
        if (kind == OPTION_NOP)
            continue;
        if (kind == OPTION_LOOSE_SOURCE || kind == OPTION_STRICT_SOURCE)
            return false;
        if (!bytes_u8(&in, &len) || len < 2 || !bytes_skip(&in, len - 2U))
            return false;
    }
    return true;
}

/* IEEE 1588 annexes C and D: groups 224.0.1.129 to 132 and 224.0.0.107; ff0x::181 to 184 and ff02::6b. */
static bool is_ptp_group(struct bytes address)
{
    static const uint8_t zero[12] = {0};
    const uint8_t *at = address.at;

    if (address.left == 4)
        return at[0] == 224 && at[1] == 0 &&
               ((at[2] == 1 && at[3] >= 129 && at[3] <= 132) || (at[2] == 0 && at[3] == 107));
    return at[0] == 0xff && (at[1] & 0xf0U) == 0 && memcmp(at + 2, zero, sizeof(zero)) == 0 &&
           ((at[14] == 1 && at[15] >= 0x81 && at[15] <= 0x84) || (at[14] == 0 && at[15] == 0x6b));
}

static void parse_udp(struct dp_parse *parse)
{
    struct dp_packet *p = parse->p;
    size_t left = (size_t)p->frame_len - p->l4_at;
    uint16_t source_port;
    uint16_t destination_port;
    uint16_t len;

    if (!bytes_u16(&parse->rest, &source_port) || !bytes_u16(&parse->rest, &destination_port) ||
        !bytes_u16(&parse->rest, &len) || !bytes_skip(&parse->rest, 2) || len < 8 || len > left) {
        dp_parse_bad(parse, COUNTER_MALFORMED_FRAME);
        return;
    }
    p->kind = DP_KIND_OTHER;
    if ((destination_port == PTP_EVENT_PORT || destination_port == PTP_GENERAL_PORT) &&
        is_ptp_group(parse->destination))
        p->kind = DP_KIND_CONTROL;
    if (!dp_parse_ends(parse, parse->source, parse->destination, source_port, destination_port))
        dp_parse_bad(parse, COUNTER_MALFORMED_FRAME);
}

/* What is above IP; `rest` stands at it and ends with the packet, or with the window. */
static void parse_above(struct dp_parse *parse)
{
    struct dp_packet *p = parse->p;

    p->l4_at = dp_parse_at(parse);
    switch (p->protocol) {
    case DP_PROTOCOL_TCP:
        dp_parse_tcp(parse);
        break;
    case DP_PROTOCOL_UDP:
        parse_udp(parse);
        break;
    default:
        /* The ports are 0: any two hosts are one flow of such packets, which keeps them in order. */
        (void)!dp_parse_ends(parse, parse->source, parse->destination, 0, 0);
        p->kind = DP_KIND_OTHER;
        if (p->protocol == (p->key.family == 4 ? DP_PROTOCOL_ICMP : DP_PROTOCOL_ICMPV6))
            dp_parse_icmp(parse);
    }
}

/* Cuts what is left to the IP packet of `ip_len` bytes from l3_at; false when the frame is shorter than that. */
BYTES_MUST_CHECK static bool cut_to_packet(struct dp_parse *parse, uint32_t ip_len)
{
    struct dp_packet *p = parse->p;
    uint32_t end = p->l3_at + ip_len;
    uint32_t at = dp_parse_at(parse);

    if (end > parse->frame_len)
        return false;
    p->frame_len = (uint16_t)end;
    parse->rest.left = RTE_MIN(parse->rest.left, (size_t)(end - at));
    return true;
}

/* A length of 0 is what a host's own capture shows of a packet that its network card is to cut up: the frame says where it
 * ends. Only where checksums are not looked at either, which such a host leaves to the card as well. */
static uint32_t length_of(const struct dp_parse *parse, uint32_t length, uint32_t header_len)
{
    uint32_t rest = parse->frame_len - parse->p->l3_at;

    return length == 0 && parse->checksum == DP_CHECKSUM_IGNORE && rest >= header_len ? rest - header_len : length;
}

static bool header_sums_up(const struct dp_parse *parse, struct bytes header)
{
    if (parse->checksum == DP_CHECKSUM_IGNORE ||
        (parse->m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD)
        return true;
    return rte_raw_cksum(header.at, header.left) == 0xffff;
}

void dp_parse_ipv4(struct dp_parse *parse)
{
    struct dp_packet *p = parse->p;
    struct bytes header;
    struct bytes options;
    uint8_t first = parse->rest.left > 0 ? parse->rest.at[0] : 0;
    size_t header_len = (first & 0x0fU) * 4U;
    uint32_t total_len;
    uint32_t fragment;

    if (first >> 4 != 4 || header_len < IPV4_HEADER_MIN || !bytes_take(&parse->rest, header_len, &header)) {
        dp_parse_bad(parse, COUNTER_MALFORMED_FRAME);
        return;
    }
    total_len = length_of(parse, (uint32_t)header.at[2] << 8 | header.at[3], 0);
    fragment = (uint32_t)header.at[6] << 8 | header.at[7];
    options = bytes_of(header.at + IPV4_HEADER_MIN, header_len - IPV4_HEADER_MIN);
    parse->hop_limit = header.at[8];
    p->protocol = header.at[9];
    parse->source = bytes_of(header.at + 12, 4);
    parse->destination = bytes_of(header.at + 16, 4);
    if (total_len < header_len || !options_fit(options))
        dp_parse_bad(parse, COUNTER_MALFORMED_FRAME);
    else if (!cut_to_packet(parse, total_len))
        dp_parse_bad(parse, COUNTER_TRUNCATED);
    else if (!header_sums_up(parse, header))
        dp_parse_bad(parse, COUNTER_CHECKSUM_BAD);
    else if ((fragment & 0x3fffU) != 0) /* more fragments, or an offset */
        dp_parse_bad(parse, COUNTER_FRAGMENT);
    else
        parse_above(parse);
}

/* One extension header that is not a fragment's: its successor, and whether it may be passed over. */
BYTES_MUST_CHECK static bool skip_extension(struct bytes *in, uint8_t *protocol)
{
    struct bytes body;
    uint8_t next;
    uint8_t units;
    uint8_t segments_left;

    if (!bytes_u8(in, &next) || !bytes_u8(in, &units) || !bytes_take(in, 6U + 8U * units, &body))
        return false;
    if (*protocol == EXTENSION_ROUTING) {
        /* RFC 8200 4.4: segments left is the fourth byte; the checksum counts the last address (8.1). */
        if (!bytes_skip(&body, 1) || !bytes_u8(&body, &segments_left) || segments_left != 0)
            return false;
    }
    *protocol = next;
    return true;
}

bool dp_parse_extensions(struct bytes *in, uint8_t *protocol, enum counter *fault)
{
    size_t left = in->left;

    *fault = COUNTER_MALFORMED_FRAME;
    for (int num = 0;; num++) {
        switch (*protocol) {
        case EXTENSION_HOP_BY_HOP:
            if (num != 0) /* RFC 8200 4.1: immediately after the IPv6 header only */
                return false;
            break;
        case EXTENSION_ROUTING:
        case EXTENSION_DESTINATION:
            break;
        case EXTENSION_FRAGMENT:
            *fault = COUNTER_FRAGMENT;
            return false;
        default:
            return true;
        }
        if (num == DP_EXTENSIONS_MAX || !skip_extension(in, protocol) || left - in->left > DP_EXTENSION_BYTES_MAX)
            return false;
    }
}

void dp_parse_ipv6(struct dp_parse *parse)
{
    struct dp_packet *p = parse->p;
    enum counter fault;
    struct bytes header;
    uint32_t payload_len;

    if (!bytes_take(&parse->rest, IPV6_HEADER, &header) || header.at[0] >> 4 != 6) {
        dp_parse_bad(parse, COUNTER_MALFORMED_FRAME);
        return;
    }
    payload_len = length_of(parse, (uint32_t)header.at[4] << 8 | header.at[5], IPV6_HEADER);
    p->protocol = header.at[6];
    parse->hop_limit = header.at[7];
    parse->source = bytes_of(header.at + 8, 16);
    parse->destination = bytes_of(header.at + 24, 16);
    if (!cut_to_packet(parse, IPV6_HEADER + payload_len))
        dp_parse_bad(parse, COUNTER_TRUNCATED);
    else if (!dp_parse_extensions(&parse->rest, &p->protocol, &fault))
        dp_parse_bad(parse, fault);
    else
        parse_above(parse);
}
