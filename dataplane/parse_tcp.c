/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 9293 3.1, options of RFC 9293 3.2 and RFC 7323. The checksum is verified over all segments of the mbuf unless the
 * network card says that it has.
 *
 * A checksum that equals the pseudo-header's sum is one that the sender left to offload hardware (Linux:
 * CHECKSUM_PARTIAL). It is seen behind virtual interfaces, where there is no such hardware.
 */
#include "dataplane/parse.h"

#include <rte_ip.h>

#define TCP_HEADER_MIN 20
#define CHECKSUM_AT    16

#define OPTION_END       0
#define OPTION_NOP       1
#define OPTION_MSS       2
#define OPTION_SCALE     3
#define OPTION_TIMESTAMP 8

#define SCALE_MAX 14 /* RFC 7323 2.3: a larger shift counts as 14 */

/* One option's value; false when its length is not the one of its kind. */
BYTES_MUST_CHECK static bool read_option(struct dp_packet *p, uint8_t kind, struct bytes value)
{
    bool syn = (p->tcp_flags & DP_TCP_SYN) != 0;
    uint16_t mss;
    uint8_t shift;

    switch (kind) {
    case OPTION_MSS:
        if (!bytes_u16(&value, &mss))
            return false;
        p->mss = syn ? mss : 0; /* RFC 9293 3.2: sent in SYN segments only */
        break;
    case OPTION_SCALE:
        if (!bytes_u8(&value, &shift))
            return false;
        p->window_scale = syn ? (uint8_t)(RTE_MIN(shift, SCALE_MAX) + 1) : 0;
        break;
    case OPTION_TIMESTAMP:
        if (!bytes_u32(&value, &p->timestamp) || !bytes_u32(&value, &p->timestamp_echo))
            return false;
        p->has_timestamp = 1;
        break;
    default:
        return true;
    }
    return bytes_done(&value);
}

BYTES_MUST_CHECK static bool read_options(struct dp_packet *p, struct bytes in)
{
    struct bytes value;
    uint8_t kind;
    uint8_t len;

    while (bytes_u8(&in, &kind) && kind != OPTION_END) {
        if (kind == OPTION_NOP)
            continue;
        if (!bytes_u8(&in, &len) || len < 2 || !bytes_take(&in, len - 2U, &value) || !read_option(p, kind, value))
            return false;
    }
    return true;
}

/* RFC 9293 3.10: every segment but a SYN or a RST bears ACK; SYN goes with neither FIN nor RST. */
static bool flags_make_sense(uint8_t flags)
{
    if ((flags & DP_TCP_SYN) != 0)
        return (flags & (DP_TCP_FIN | DP_TCP_RST)) == 0;
    return (flags & (DP_TCP_ACK | DP_TCP_RST)) != 0;
}

static uint32_t pseudo_header_sum(const struct dp_parse *parse, uint32_t l4_len)
{
    uint32_t sum = rte_raw_cksum(parse->source.at, parse->source.left);

    sum += rte_raw_cksum(parse->destination.at, parse->destination.left);
    sum += rte_cpu_to_be_16((uint16_t)l4_len);
    sum += rte_cpu_to_be_16(DP_PROTOCOL_TCP);
    sum = (sum & 0xffffU) + (sum >> 16);
    return (sum & 0xffffU) + (sum >> 16);
}

/* rte_raw_cksum_mbuf() would do, but in DPDK 24.11 it loses carries where a segment ends at an odd offset. */
static uint16_t sum_with_segment(const struct dp_parse *parse, uint32_t l4_len, uint32_t sum)
{
    const struct rte_mbuf *m = parse->m;
    uint32_t at = parse->p->l4_at;

    while (at >= m->data_len) {
        at -= m->data_len;
        m = m->next;
    }
    for (uint32_t done = 0; done < l4_len; m = m->next, at = 0) {
        uint32_t len = RTE_MIN(m->data_len - at, l4_len - done);
        uint16_t part = rte_raw_cksum(rte_pktmbuf_mtod_offset(m, const uint8_t *, at), len);

        sum += (done & 1U) != 0 ? rte_bswap16(part) : part;
        done += len;
    }
    sum = (sum & 0xffffU) + (sum >> 16);
    return (uint16_t)((sum & 0xffffU) + (sum >> 16));
}

/* Writes two bytes at `at`, which may lie in two segments. */
static void write_u16(struct rte_mbuf *m, uint32_t at, const uint8_t value[2])
{
    for (int i = 0; i < 2; i++, at++) {
        struct rte_mbuf *segment = m;
        uint32_t offset = at;

        while (offset >= segment->data_len) {
            offset -= segment->data_len;
            segment = segment->next;
        }
        *rte_pktmbuf_mtod_offset(segment, uint8_t *, offset) = value[i];
    }
}

/* In place of the pseudo-header's sum, which is in the segment already, the complement of the whole. */
static void complete(const struct dp_parse *parse, uint32_t l4_len)
{
    uint16_t sum = (uint16_t)~sum_with_segment(parse, l4_len, 0);
    uint8_t value[2];

    memcpy(value, &sum, sizeof(value));
    write_u16(parse->m, parse->p->l4_at + CHECKSUM_AT, value);
}

/* Whether the checksum is right, or made right; sets the fault otherwise. */
BYTES_MUST_CHECK static bool checksum_holds(struct dp_parse *parse, uint16_t checksum)
{
    uint32_t l4_len = (uint32_t)parse->p->frame_len - parse->p->l4_at;
    uint32_t pseudo;

    if (parse->checksum == DP_CHECKSUM_IGNORE ||
        (parse->m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
        return true;
    pseudo = pseudo_header_sum(parse, l4_len);
    if (sum_with_segment(parse, l4_len, pseudo) == 0xffff)
        return true;
    if (checksum != rte_be_to_cpu_16((uint16_t)pseudo)) {
        dp_parse_bad(parse, COUNTER_CHECKSUM_BAD);
        return false;
    }
    if (parse->checksum != DP_CHECKSUM_COMPLETE) {
        dp_parse_bad(parse, COUNTER_CHECKSUM_PARTIAL);
        return false;
    }
    complete(parse, l4_len);
    return true;
}

void dp_parse_tcp(struct dp_parse *parse)
{
    struct dp_packet *p = parse->p;
    struct bytes *rest = &parse->rest;
    uint16_t source_port;
    uint16_t destination_port;
    uint16_t checksum;
    uint8_t offset;
    struct bytes options;

    if (!bytes_u16(rest, &source_port) || !bytes_u16(rest, &destination_port) || !bytes_u32(rest, &p->seq) ||
        !bytes_u32(rest, &p->ack) || !bytes_u8(rest, &offset) || !bytes_u8(rest, &p->tcp_flags) ||
        !bytes_u16(rest, &p->window) || !bytes_u16(rest, &checksum) || !bytes_skip(rest, 2) || offset >> 4 < 5 ||
        !bytes_take(rest, (offset >> 4) * 4U - TCP_HEADER_MIN, &options) ||
        !dp_parse_ends(parse, parse->source, parse->destination, source_port, destination_port)) {
        dp_parse_bad(parse, COUNTER_MALFORMED_FRAME);
        return;
    }
    p->payload_at = dp_parse_at(parse);
    p->payload_len = (uint32_t)p->frame_len - p->payload_at;
    p->tcp_flags &= 0x3fU;
    if (!checksum_holds(parse, checksum))
        return;
    if (!flags_make_sense(p->tcp_flags) || !read_options(p, options))
        dp_parse_bad(parse, COUNTER_MALFORMED_FRAME);
    else
        p->kind = DP_KIND_TCP;
}
