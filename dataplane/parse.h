/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * parse: the steps of dp_parse(), one for each layer. Private to parse*.c; everybody else includes dataplane/packet.h.
 *
 *     parse.c: Ethernet, VLAN  ->  parse_ip.c: IPv4, IPv6, ports  ->  parse_tcp.c: TCP, checksum
 *                                                                 ->  parse_icmp.c: errors, neighbour discovery
 *
 * A step reads from `rest` and sets the packet's kind. `rest` is what is left of the header window: the first
 * DP_PARSE_WINDOW bytes of the frame, contiguous (copied when they are split over segments), cut to the IP packet
 * once its length is known. Headers that do not fit the window are malformed.
 *
 * Threads: none of this has state.
 */
#ifndef CELLGATE_DATAPLANE_PARSE_H
#define CELLGATE_DATAPLANE_PARSE_H

#include "base/bytes.h"
#include "dataplane/packet.h"

#define DP_EXTENSIONS_MAX      8
#define DP_EXTENSION_BYTES_MAX 256
/* Ethernet, two tags, IPv6, its extension headers, TCP with all its options. */
#define DP_PARSE_WINDOW (14 + 8 + 40 + DP_EXTENSION_BYTES_MAX + 60)

#define DP_PROTOCOL_ICMP   1
#define DP_PROTOCOL_TCP    6
#define DP_PROTOCOL_UDP    17
#define DP_PROTOCOL_ICMPV6 58

struct dp_parse {
    struct rte_mbuf *m;
    struct dp_packet *p;
    const uint8_t *start; /* of the frame, in the window */
    struct bytes rest;
    uint32_t frame_len;  /* bytes of the frame, padding included */
    struct bytes source; /* addresses, 4 or 16 bytes */
    struct bytes destination;
    uint8_t hop_limit;
    uint8_t checksum; /* enum dp_checksum */
};

/* dp_parse_bad: the frame is to be dropped, counted by `fault`. */
void dp_parse_bad(struct dp_parse *parse, enum counter fault);

/* dp_parse_at: the offset in the frame of the next byte of `rest`. */
static inline uint16_t dp_parse_at(const struct dp_parse *parse)
{
    return (uint16_t)(parse->rest.at - parse->start);
}

/* dp_parse_ends: fills the key's addresses and ports from what the sender (`source`) says of itself and the receiver, and
 * `from`. Returns false where both ends are the same, which no honest sender does and no key can express. */
BYTES_MUST_CHECK bool dp_parse_ends(struct dp_parse *parse, struct bytes source, struct bytes destination,
                                    uint16_t source_port, uint16_t destination_port);

/* dp_parse_ipv4, dp_parse_ipv6: from the first byte of the IP header. */
void dp_parse_ipv4(struct dp_parse *parse);
void dp_parse_ipv6(struct dp_parse *parse);

/* dp_parse_extensions: walks IPv6 extension headers in `in`, starting with `protocol`, which becomes the protocol of the
 * first header that is none. False with `fault` where they are malformed, or where this is a fragment. */
BYTES_MUST_CHECK bool dp_parse_extensions(struct bytes *in, uint8_t *protocol, enum counter *fault);

/* dp_parse_tcp: from the first byte of the TCP header to the end of the segment. */
void dp_parse_tcp(struct dp_parse *parse);

/* dp_parse_icmp: ICMP and ICMPv6: errors about TCP flows, neighbour discovery, the rest. */
void dp_parse_icmp(struct dp_parse *parse);

#endif
