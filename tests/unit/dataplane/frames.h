/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frames: frames built by hand, header by header, and put into mbufs whose bytes are mallocs of exactly their length, so
 * that a sanitizer sees any read past a segment's end. No pool and no EAL is needed.
 */
#ifndef CELLGATE_TESTS_FRAMES_H
#define CELLGATE_TESTS_FRAMES_H

#include "dataplane/packet.h"

#include <rte_ip.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_MAX 10000

struct frame {
    uint8_t byte[FRAME_MAX];
    size_t len;
    size_t l3_at;
    size_t l4_at;
};

static inline void frame_bytes(struct frame *frame, const void *data, size_t len)
{
    memcpy(frame->byte + frame->len, data, len);
    frame->len += len;
}

static inline void frame_u8(struct frame *frame, unsigned value)
{
    frame->byte[frame->len++] = (uint8_t)value;
}

static inline void frame_u16(struct frame *frame, unsigned value)
{
    frame_u8(frame, value >> 8 & 0xff);
    frame_u8(frame, value & 0xff);
}

static inline void frame_u32(struct frame *frame, uint32_t value)
{
    frame_u16(frame, value >> 16);
    frame_u16(frame, value & 0xffff);
}

static inline void frame_put_u16(struct frame *frame, size_t at, unsigned value)
{
    frame->byte[at] = (uint8_t)(value >> 8);
    frame->byte[at + 1] = (uint8_t)value;
}

/* Ethernet without its type. */
static inline void frame_ethernet(struct frame *frame)
{
    static const uint8_t macs[12] = {0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1};

    memset(frame, 0, sizeof(*frame));
    frame_bytes(frame, macs, sizeof(macs));
}

static inline void frame_vlan(struct frame *frame, unsigned type, unsigned id)
{
    frame_u16(frame, type);
    frame_u16(frame, 0xa000 | id); /* a priority, which is not part of the id */
}

/* From 10.4.0.7 to 203.0.113.20; lengths and checksums come with frame_finish(). */
static inline void frame_ipv4(struct frame *frame, unsigned protocol, const void *options, size_t options_len)
{
    static const uint8_t addresses[8] = {10, 4, 0, 7, 203, 0, 113, 20};

    frame_u16(frame, 0x0800);
    frame->l3_at = frame->len;
    frame_u8(frame, 0x45 + (unsigned)options_len / 4);
    frame_u8(frame, 0);
    frame_u32(frame, 0);
    frame_u16(frame, 0x4000);
    frame_u8(frame, 64);
    frame_u8(frame, protocol);
    frame_u16(frame, 0);
    frame_bytes(frame, addresses, 8);
    frame_bytes(frame, options, options_len);
    frame->l4_at = frame->len;
}

/* From fd00:4::7 to 2001:db8:b::20. */
static inline void frame_ipv6(struct frame *frame, unsigned next)
{
    static const uint8_t addresses[32] = {0xfd, 0,    0,    4,    0, 0,   0, 0, 0, 0, 0, 0, 0, 0, 0, 7,
                                          0x20, 0x01, 0x0d, 0xb8, 0, 0xb, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20};

    frame_u16(frame, 0x86dd);
    frame->l3_at = frame->len;
    frame_u32(frame, 0x60000000);
    frame_u16(frame, 0);
    frame_u8(frame, next);
    frame_u8(frame, 64);
    frame_bytes(frame, addresses, 32);
    frame->l4_at = frame->len;
}

/* An extension header of 8 * (units + 1) bytes. */
static inline void frame_extension(struct frame *frame, unsigned next, unsigned units)
{
    frame_u8(frame, next);
    frame_u8(frame, units);
    frame->len += 6 + 8 * (size_t)units; /* zeros: type 0, no segments left; Pad1 */
    frame->l4_at = frame->len;
}

/* From port 40000 to 8883; seq 1000, ack 2000, window 500. */
static inline void frame_tcp(struct frame *frame, unsigned flags, const void *options, size_t options_len)
{
    frame->l4_at = frame->len;
    frame_u16(frame, 40000);
    frame_u16(frame, 8883);
    frame_u32(frame, 1000);
    frame_u32(frame, 2000);
    frame_u8(frame, (5 + (unsigned)options_len / 4) << 4);
    frame_u8(frame, flags);
    frame_u16(frame, 500);
    frame_u16(frame, 0);
    frame_u16(frame, 0);
    frame_bytes(frame, options, options_len);
}

static inline void frame_udp(struct frame *frame, unsigned source, unsigned destination, unsigned payload_len)
{
    frame->l4_at = frame->len;
    frame_u16(frame, source);
    frame_u16(frame, destination);
    frame_u16(frame, 8 + payload_len);
    frame_u16(frame, 0);
    frame->len += payload_len;
}

static inline void frame_payload(struct frame *frame, size_t len)
{
    for (size_t i = 0; i < len; i++)
        frame_u8(frame, (unsigned)(i * 7 + 1) & 0xff);
}

static inline uint32_t frame_sum(const uint8_t *data, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i++)
        sum += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
    return sum;
}

static inline uint16_t frame_fold(uint32_t sum)
{
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* The sum of the pseudo-header (RFC 9293 3.1, RFC 8200 8.1) for TCP. */
static inline uint16_t frame_pseudo(const struct frame *frame)
{
    bool is4 = frame->byte[frame->l3_at] >> 4 == 4;
    const uint8_t *addresses = frame->byte + frame->l3_at + (is4 ? 12 : 8);
    uint32_t sum = frame_sum(addresses, is4 ? 8 : 32, 0);

    return frame_fold(sum + 6 + (uint32_t)(frame->len - frame->l4_at));
}

static inline void frame_finish_ip(struct frame *frame)
{
    if (frame->byte[frame->l3_at] >> 4 == 6) {
        frame_put_u16(frame, frame->l3_at + 4, (unsigned)(frame->len - frame->l3_at - 40));
        return;
    }
    frame_put_u16(frame, frame->l3_at + 2, (unsigned)(frame->len - frame->l3_at));
    frame_put_u16(frame, frame->l3_at + 10, 0);
    frame_put_u16(frame, frame->l3_at + 10,
                  0xffffU &
                      ~frame_fold(frame_sum(frame->byte + frame->l3_at, (frame->byte[frame->l3_at] & 0xfU) * 4, 0)));
}

/* Lengths and checksums of IP and TCP. */
static inline void frame_finish(struct frame *frame)
{
    uint32_t sum;

    frame_finish_ip(frame);
    frame_put_u16(frame, frame->l4_at + 16, 0);
    sum = frame_sum(frame->byte + frame->l4_at, frame->len - frame->l4_at, frame_pseudo(frame));
    frame_put_u16(frame, frame->l4_at + 16, 0xffffU & ~frame_fold(sum));
}

/* A whole TCP segment over IPv4 with `payload_len` bytes. */
static inline void frame_segment4(struct frame *frame, unsigned flags, size_t payload_len)
{
    frame_ethernet(frame);
    frame_ipv4(frame, 6, "", 0);
    frame_tcp(frame, flags, "", 0);
    frame_payload(frame, payload_len);
    frame_finish(frame);
}

/* frame_mbuf: an mbuf chain of segments of `segment_len` bytes (the last may be shorter). */
static inline struct rte_mbuf *frame_mbuf(const uint8_t *data, size_t len, size_t segment_len)
{
    struct rte_mbuf *first = NULL;
    struct rte_mbuf **link = &first;
    size_t at = 0;

    do {
        size_t part = len - at < segment_len ? len - at : segment_len;
        struct rte_mbuf *m = aligned_alloc(64, RTE_ALIGN(sizeof(*m) + DP_PACKET_PRIVATE, 64));

        memset(m, 0, sizeof(*m) + DP_PACKET_PRIVATE);
        m->priv_size = DP_PACKET_PRIVATE;
        m->buf_addr = malloc(part);
        memcpy(m->buf_addr, data + at, part);
        m->buf_len = m->data_len = (uint16_t)part;
        m->refcnt = 1;
        *link = m;
        link = &m->next;
        first->nb_segs++;
        first->pkt_len += (uint32_t)part;
        at += part;
    } while (at < len);
    return first;
}

static inline void frame_mbuf_free(struct rte_mbuf *m)
{
    while (m != NULL) {
        struct rte_mbuf *next = m->next;

        free(m->buf_addr);
        free(m);
        m = next;
    }
}

#endif
