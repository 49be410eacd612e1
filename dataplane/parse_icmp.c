/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ICMP errors carry the first bytes of the packet that they are about (RFC 792, RFC 4443 2.4): enough to name its flow.
 * An error about a TCP segment gets that flow's key, `from` says which end had sent the segment, and `seq` is the
 * segment's. An error must be addressed to the one who sent the segment; whatever does not fit is an ordinary packet.
 */
#include "dataplane/parse.h"

#include <rte_common.h>

#define ICMP_UNREACHABLE 3
#define ICMP_EXCEEDED    11
#define ICMP_PARAMETER   12

#define ICMPV6_ERROR_FIRST 1
#define ICMPV6_ERROR_LAST  4
#define ND_FIRST           133 /* router solicitation; RFC 4861 4 */
#define ND_LAST            137 /* redirect */

/* The embedded packet up to its TCP header; false where it is not the first part of a TCP segment. */
BYTES_MUST_CHECK static bool read_embedded4(struct bytes *in, struct bytes *source, struct bytes *destination)
{
    uint8_t first = in->left > 0 ? in->at[0] : 0;
    struct bytes header;

    if (first >> 4 != 4 || (first & 0x0fU) < 5 || !bytes_take(in, (first & 0x0fU) * 4U, &header))
        return false;
    *source = bytes_of(header.at + 12, 4);
    *destination = bytes_of(header.at + 16, 4);
    return header.at[9] == DP_PROTOCOL_TCP && (header.at[6] & 0x1fU) == 0 && header.at[7] == 0;
}

BYTES_MUST_CHECK static bool read_embedded6(struct bytes *in, struct bytes *source, struct bytes *destination)
{
    struct bytes header;
    enum counter fault;
    uint8_t protocol;

    if (!bytes_take(in, 40, &header) || header.at[0] >> 4 != 6)
        return false;
    *source = bytes_of(header.at + 8, 16);
    *destination = bytes_of(header.at + 24, 16);
    protocol = header.at[6];
    return dp_parse_extensions(in, &protocol, &fault) && protocol == DP_PROTOCOL_TCP;
}

static void parse_error(struct dp_parse *parse)
{
    struct dp_packet *p = parse->p;
    struct bytes in = parse->rest;
    struct bytes source;
    struct bytes destination;
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t seq;
    bool is4 = parse->source.left == 4;

    if (!bytes_skip(&in, 4) || !(is4 ? read_embedded4 : read_embedded6)(&in, &source, &destination) ||
        !bytes_u16(&in, &source_port) || !bytes_u16(&in, &destination_port) || !bytes_u32(&in, &seq) ||
        !bytes_equal(source, parse->destination))
        return;
    if (!dp_parse_ends(parse, source, destination, source_port, destination_port)) {
        dp_parse_bad(parse, COUNTER_MALFORMED_FRAME);
        return;
    }
    p->seq = seq;
    p->kind = DP_KIND_ICMP_ERROR;
}

static bool is_error(const struct dp_parse *parse, uint8_t type)
{
    if (parse->p->protocol == DP_PROTOCOL_ICMPV6)
        return type >= ICMPV6_ERROR_FIRST && type <= ICMPV6_ERROR_LAST;
    return type == ICMP_UNREACHABLE || type == ICMP_EXCEEDED || type == ICMP_PARAMETER;
}

void dp_parse_icmp(struct dp_parse *parse)
{
    uint8_t type;

    if (!bytes_u8(&parse->rest, &type) || !bytes_skip(&parse->rest, 3)) {
        dp_parse_bad(parse, COUNTER_MALFORMED_FRAME);
        return;
    }
    if (is_error(parse, type))
        parse_error(parse);
    else if (parse->p->protocol == DP_PROTOCOL_ICMPV6 && type >= ND_FIRST && type <= ND_LAST && parse->hop_limit == 255)
        parse->p->kind = DP_KIND_CONTROL;
}
