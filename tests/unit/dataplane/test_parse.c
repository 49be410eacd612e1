/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frames.h"

#define SEED 0x1234abcdU
#define ACK  (DP_TCP_ACK)

/* Parses `frame` in one segment and in segments of several sizes; all must say the same. */
static struct dp_packet parse_as(const struct frame *frame, enum dp_checksum checksum)
{
    static const size_t sizes[] = {FRAME_MAX, 1, 7, 15, 64};
    struct dp_packet first;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct rte_mbuf *m = frame_mbuf(frame->byte, frame->len, sizes[i]);

        dp_parse(m, DP_OUTSIDE, checksum, SEED);
        if (i == 0)
            first = *dp_packet_of(m);
        assert_memory_equal(dp_packet_of(m), &first, sizeof(first));
        frame_mbuf_free(m);
    }
    assert_int_equal(first.side, DP_OUTSIDE);
    return first;
}

static struct dp_packet parse(const struct frame *frame)
{
    return parse_as(frame, DP_CHECKSUM_VERIFY);
}

static void assert_bad(const struct frame *frame, enum counter fault)
{
    struct dp_packet p = parse(frame);

    assert_int_equal(p.kind, DP_KIND_BAD);
    assert_string_equal(counter_name(p.fault), counter_name(fault));
}

static void assert_kind(const struct frame *frame, enum dp_kind kind)
{
    struct dp_packet p = parse(frame);

    assert_int_equal(p.kind, kind);
}

static void test_segment4(void **state)
{
    struct frame frame;
    struct dp_packet p;
    static const uint8_t low[16] = {10, 4, 0, 7};
    static const uint8_t high[16] = {203, 0, 113, 20};

    (void)state;
    frame_segment4(&frame, DP_TCP_ACK | DP_TCP_PSH, 100);
    p = parse(&frame);
    assert_int_equal(p.kind, DP_KIND_TCP);
    assert_memory_equal(p.key.address[0], low, 16);
    assert_memory_equal(p.key.address[1], high, 16);
    assert_int_equal(p.key.port[0], 40000);
    assert_int_equal(p.key.port[1], 8883);
    assert_int_equal(p.key.family, 4);
    assert_int_equal(p.key.vlan[0], 0xffff);
    assert_int_equal(p.key.vlan[1], 0xffff);
    assert_int_equal(p.from, 0);
    assert_int_equal(p.seq, 1000);
    assert_int_equal(p.ack, 2000);
    assert_int_equal(p.window, 500);
    assert_int_equal(p.tcp_flags, DP_TCP_ACK | DP_TCP_PSH);
    assert_int_equal(p.l3_at, 14);
    assert_int_equal(p.l4_at, 34);
    assert_int_equal(p.payload_at, 54);
    assert_int_equal(p.payload_len, 100);
    assert_int_equal(p.frame_len, 154);
    assert_int_equal(p.protocol, 6);
    assert_int_equal(p.ethertype, 0x0800);
    assert_int_equal(p.has_timestamp, 0);
    assert_int_equal(p.mss, 0);
    assert_int_equal(p.window_scale, 0);
    assert_int_equal(p.hash, dp_key_hash(&p.key, SEED));
}

static void swap(uint8_t *a, uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = a[i];

        a[i] = b[i];
        b[i] = byte;
    }
}

static void test_both_directions_have_one_key(void **state)
{
    struct frame frame;
    struct dp_packet there;
    struct dp_packet back;

    (void)state;
    frame_segment4(&frame, ACK, 3);
    there = parse(&frame);
    swap(frame.byte + 26, frame.byte + 30, 4);
    swap(frame.byte + 34, frame.byte + 36, 2);
    back = parse(&frame);
    assert_int_equal(back.kind, DP_KIND_TCP);
    assert_memory_equal(&there.key, &back.key, sizeof(there.key));
    assert_int_equal(there.hash, back.hash);
    assert_int_equal(there.from, 0);
    assert_int_equal(back.from, 1);
}

static void test_ports_order_equal_addresses(void **state)
{
    struct frame frame;
    struct dp_packet p;

    (void)state;
    frame_segment4(&frame, ACK, 0);
    memcpy(frame.byte + 30, frame.byte + 26, 4);
    frame_finish(&frame);
    p = parse(&frame);
    assert_int_equal(p.kind, DP_KIND_TCP);
    assert_int_equal(p.from, 1);
    assert_int_equal(p.key.port[0], 8883);
    memcpy(frame.byte + 36, frame.byte + 34, 2);
    frame_finish(&frame);
    assert_bad(&frame, COUNTER_MALFORMED_FRAME);
}

static void test_options(void **state)
{
    static const uint8_t options[] = {2, 4, 0x05, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 7};
    struct frame frame;
    struct dp_packet p;

    (void)state;
    frame_ethernet(&frame);
    frame_ipv4(&frame, 6, "", 0);
    frame_tcp(&frame, DP_TCP_SYN, options, sizeof(options));
    frame_finish(&frame);
    p = parse(&frame);
    assert_int_equal(p.kind, DP_KIND_TCP);
    assert_int_equal(p.mss, 1460);
    assert_int_equal(p.window_scale, 8);
    assert_int_equal(p.has_timestamp, 1);
    assert_int_equal(p.timestamp, 0x01020304);
    assert_int_equal(p.timestamp_echo, 0x05060708);
    assert_int_equal(p.payload_len, 0);
    /* Not in a SYN: MSS and scale mean nothing, timestamps do. */
    frame.byte[frame.l4_at + 13] = DP_TCP_ACK;
    frame_finish(&frame);
    p = parse(&frame);
    assert_int_equal(p.mss, 0);
    assert_int_equal(p.window_scale, 0);
    assert_int_equal(p.timestamp, 0x01020304);
}

static void test_scale_is_bounded(void **state)
{
    struct frame frame;

    (void)state;
    frame_ethernet(&frame);
    frame_ipv4(&frame, 6, "", 0);
    frame_tcp(&frame, DP_TCP_SYN, "\3\3\377\0", 4);
    frame_finish(&frame);
    assert_int_equal(parse(&frame).window_scale, 15);
}

static void test_malformed_options(void **state)
{
    static const char *const bad[] = {
        "\2\0\1\1",   /* length 0 */
        "\2\1\1\1",   /* length 1 */
        "\2\3\5\1",   /* an MSS of one byte */
        "\1\1\2\4",   /* value outside */
        "\1\1\1\2",   /* length outside */
        "\3\4\1\1",   /* a scale of two bytes */
        "\10\4\1\1",  /* a timestamp of two bytes */
        "\375\5\1\1", /* unknown, outside */
    };
    struct frame frame;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        frame_ethernet(&frame);
        frame_ipv4(&frame, 6, "", 0);
        frame_tcp(&frame, DP_TCP_SYN, bad[i], 4);
        frame_finish(&frame);
        assert_bad(&frame, COUNTER_MALFORMED_FRAME);
    }
    /* Behind the end of options anything may stand. */
    frame_ethernet(&frame);
    frame_ipv4(&frame, 6, "", 0);
    frame_tcp(&frame, DP_TCP_SYN, "\0\2\0\0", 4);
    frame_finish(&frame);
    assert_kind(&frame, DP_KIND_TCP);
}

static void test_flags(void **state)
{
    static const struct {
        uint8_t flags;
        uint8_t kind;
    } table[] = {
        {0, DP_KIND_BAD},
        {DP_TCP_FIN, DP_KIND_BAD},
        {DP_TCP_FIN | DP_TCP_PSH | DP_TCP_URG, DP_KIND_BAD},
        {DP_TCP_SYN | DP_TCP_FIN, DP_KIND_BAD},
        {DP_TCP_SYN | DP_TCP_RST, DP_KIND_BAD},
        {DP_TCP_SYN | DP_TCP_FIN | DP_TCP_ACK, DP_KIND_BAD},
        {DP_TCP_SYN, DP_KIND_TCP},
        {DP_TCP_SYN | DP_TCP_ACK, DP_KIND_TCP},
        {DP_TCP_SYN | 0xc0, DP_KIND_TCP}, /* ECN set-up */
        {DP_TCP_RST, DP_KIND_TCP},
        {DP_TCP_RST | DP_TCP_ACK, DP_KIND_TCP},
        {DP_TCP_FIN | DP_TCP_ACK, DP_KIND_TCP},
        {DP_TCP_URG | DP_TCP_ACK, DP_KIND_TCP},
    };
    struct frame frame;

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        frame_segment4(&frame, table[i].flags, 0);
        assert_kind(&frame, table[i].kind);
        if (table[i].kind == DP_KIND_TCP)
            assert_int_equal(parse(&frame).tcp_flags, table[i].flags & 0x3f);
    }
}

static void test_vlan(void **state)
{
    static const unsigned types[] = {0x8100, 0x88a8, 0x9100};
    struct frame frame;
    struct dp_packet p;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        frame_ethernet(&frame);
        frame_vlan(&frame, types[i], 100);
        frame_ipv4(&frame, 6, "", 0);
        frame_tcp(&frame, ACK, "", 0);
        frame_finish(&frame);
        p = parse(&frame);
        assert_int_equal(p.kind, DP_KIND_TCP);
        assert_int_equal(p.num_vlans, 1);
        assert_int_equal(p.key.vlan[0], 100);
        assert_int_equal(p.key.vlan[1], 0xffff);
        assert_int_equal(p.l3_at, 18);
    }
    frame_ethernet(&frame);
    frame_vlan(&frame, 0x88a8, 4094);
    frame_vlan(&frame, 0x8100, 0);
    frame_ipv6(&frame, 6);
    frame_tcp(&frame, ACK, "", 0);
    frame_finish(&frame);
    p = parse(&frame);
    assert_int_equal(p.kind, DP_KIND_TCP);
    assert_int_equal(p.num_vlans, 2);
    assert_int_equal(p.key.vlan[0], 4094);
    assert_int_equal(p.key.vlan[1], 0);
    assert_int_equal(p.ethertype, 0x86dd);
    /* A third tag is not looked through. */
    frame_ethernet(&frame);
    for (int i = 0; i < 3; i++)
        frame_vlan(&frame, 0x8100, 5);
    frame_ipv4(&frame, 6, "", 0);
    frame_tcp(&frame, ACK, "", 0);
    frame_finish(&frame);
    p = parse(&frame);
    assert_int_equal(p.kind, DP_KIND_OTHER);
    assert_int_equal(p.ethertype, 0x8100);
    assert_int_equal(p.protocol, 0);
}

static void test_padding_is_no_payload(void **state)
{
    struct frame frame;
    struct dp_packet p;

    (void)state;
    frame_segment4(&frame, ACK, 0);
    assert_int_equal(frame.len, 54);
    frame.len = 60;
    memset(frame.byte + 54, 0xee, 6);
    p = parse(&frame);
    assert_int_equal(p.kind, DP_KIND_TCP);
    assert_int_equal(p.payload_len, 0);
    assert_int_equal(p.frame_len, 54);
}

static void test_every_truncation(void **state)
{
    static const uint8_t options[] = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
    struct frame frame;
    size_t whole;

    (void)state;
    for (int family = 4; family <= 6; family += 2) {
        frame_ethernet(&frame);
        frame_vlan(&frame, 0x8100, 7);
        if (family == 4) {
            frame_ipv4(&frame, 6, "\1\1\1\0", 4);
        } else {
            frame_ipv6(&frame, 0);
            frame_extension(&frame, 60, 1);
            frame_extension(&frame, 6, 0);
        }
        frame_tcp(&frame, ACK, options, sizeof(options));
        frame_payload(&frame, 20);
        frame_finish(&frame);
        whole = frame.len;
        assert_kind(&frame, DP_KIND_TCP);
        for (frame.len = 1; frame.len < whole; frame.len++)
            assert_bad(&frame, frame.len < frame.l3_at + (family == 4 ? 24U : 40U) ? COUNTER_MALFORMED_FRAME
                                                                                   : COUNTER_TRUNCATED);
    }
}

/* Cut in the middle with lengths that agree: what does not fit is malformed, whatever remains. */
static void test_every_short_packet(void **state)
{
    static const uint8_t options[] = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
    struct frame frame;
    size_t whole;

    (void)state;
    for (int family = 4; family <= 6; family += 2) {
        frame_ethernet(&frame);
        if (family == 4) {
            frame_ipv4(&frame, 6, "", 0);
        } else {
            frame_ipv6(&frame, 0);
            frame_extension(&frame, 6, 1);
        }
        frame_tcp(&frame, ACK, options, sizeof(options));
        whole = frame.len;
        for (frame.len = frame.l3_at + (family == 4 ? 20U : 40U); frame.len < whole; frame.len++) {
            frame_finish_ip(&frame);
            assert_bad(&frame, COUNTER_MALFORMED_FRAME);
        }
    }
}

static void test_ipv4_header(void **state)
{
    struct frame frame;

    (void)state;
    frame_segment4(&frame, ACK, 10);
    frame.byte[14] = 0x55; /* version 5 */
    assert_bad(&frame, COUNTER_MALFORMED_FRAME);
    frame.byte[14] = 0x44; /* a header of 16 bytes */
    assert_bad(&frame, COUNTER_MALFORMED_FRAME);
    frame_segment4(&frame, ACK, 10);
    frame_put_u16(&frame, 16, 19); /* total length below the header's */
    assert_bad(&frame, COUNTER_MALFORMED_FRAME);
    frame_segment4(&frame, ACK, 10);
    frame_put_u16(&frame, 16, 0); /* as of a segment that hardware would have split */
    assert_bad(&frame, COUNTER_MALFORMED_FRAME);
    frame_segment4(&frame, ACK, 10);
    frame.byte[22] ^= 1; /* TTL, not in the checksum */
    assert_bad(&frame, COUNTER_CHECKSUM_BAD);
    assert_int_equal(parse_as(&frame, DP_CHECKSUM_IGNORE).kind, DP_KIND_TCP);
}

static void test_ipv4_options(void **state)
{
    static const struct {
        const char *options;
        uint8_t kind;
    } table[] = {
        {"\1\1\1\0", DP_KIND_TCP},   {"\224\4\0\0", DP_KIND_TCP}, /* router alert */
        {"\203\4\4\0", DP_KIND_BAD}, {"\211\4\4\0", DP_KIND_BAD}, /* source routes */
        {"\1\1\7\4", DP_KIND_BAD},   {"\7\1\1\1", DP_KIND_BAD},
        {"\1\1\1\7", DP_KIND_BAD},   {"\0\203\4\4", DP_KIND_TCP},
    };
    struct frame frame;

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        frame_ethernet(&frame);
        frame_ipv4(&frame, 6, table[i].options, 4);
        frame_tcp(&frame, ACK, "", 0);
        frame_finish(&frame);
        assert_kind(&frame, table[i].kind);
    }
}

static void test_fragments(void **state)
{
    static const unsigned fields[] = {0x2000, 0x2001, 0x0001, 0x1fff};
    struct frame frame;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        frame_segment4(&frame, ACK, 10);
        frame_put_u16(&frame, 20, fields[i]);
        frame_finish_ip(&frame);
        assert_bad(&frame, COUNTER_FRAGMENT);
    }
    frame_ethernet(&frame);
    frame_ipv6(&frame, 0);
    frame_extension(&frame, 44, 0);
    frame_extension(&frame, 6, 0); /* the fragment header has the same shape */
    frame_tcp(&frame, ACK, "", 0);
    frame_finish(&frame);
    assert_bad(&frame, COUNTER_FRAGMENT);
}

static void test_ipv6(void **state)
{
    struct frame frame;
    struct dp_packet p;

    (void)state;
    frame_ethernet(&frame);
    frame_ipv6(&frame, 0);
    frame_extension(&frame, 60, 0);
    frame_extension(&frame, 43, 1);
    frame_extension(&frame, 60, 2);
    frame_extension(&frame, 6, 1);
    frame_tcp(&frame, ACK, "", 0);
    frame_payload(&frame, 33);
    frame_finish(&frame);
    p = parse(&frame);
    assert_int_equal(p.kind, DP_KIND_TCP);
    assert_int_equal(p.key.family, 6);
    assert_int_equal(p.key.address[0][0], 0x20);
    assert_int_equal(p.from, 1);
    assert_int_equal(p.protocol, 6);
    assert_int_equal(p.l4_at, 14 + 40 + 8 + 16 + 24 + 16);
    assert_int_equal(p.payload_len, 33);
    frame.byte[14] = 0x40;
    assert_bad(&frame, COUNTER_MALFORMED_FRAME);
}

static void test_ipv6_extensions_are_bounded(void **state)
{
    struct frame frame;

    (void)state;
    for (unsigned num = 8; num <= 9; num++) {
        frame_ethernet(&frame);
        frame_ipv6(&frame, 60);
        for (unsigned i = 0; i < num; i++)
            frame_extension(&frame, i + 1 < num ? 60 : 6, 0);
        frame_tcp(&frame, ACK, "", 0);
        frame_finish(&frame);
        assert_kind(&frame, num == 8 ? DP_KIND_TCP : DP_KIND_BAD);
    }
    for (unsigned units = 31; units <= 32; units++) {
        frame_ethernet(&frame);
        frame_ipv6(&frame, 60);
        frame_extension(&frame, 6, units);
        frame_tcp(&frame, ACK, "", 0);
        frame_finish(&frame);
        assert_kind(&frame, units == 31 ? DP_KIND_TCP : DP_KIND_BAD);
    }
}

static void test_ipv6_extensions_refused(void **state)
{
    struct frame frame;

    (void)state;
    /* Hop-by-hop options anywhere but first. */
    frame_ethernet(&frame);
    frame_ipv6(&frame, 60);
    frame_extension(&frame, 0, 0);
    frame_extension(&frame, 6, 0);
    frame_tcp(&frame, ACK, "", 0);
    frame_finish(&frame);
    assert_bad(&frame, COUNTER_MALFORMED_FRAME);
    /* A routing header that still has somewhere to go. */
    frame_ethernet(&frame);
    frame_ipv6(&frame, 43);
    frame_extension(&frame, 6, 2);
    frame.byte[14 + 40 + 3] = 1;
    frame_tcp(&frame, ACK, "", 0);
    frame_finish(&frame);
    assert_bad(&frame, COUNTER_MALFORMED_FRAME);
}

static void test_checksum(void **state)
{
    struct frame frame;

    (void)state;
    for (size_t len = 0; len < 300; len++) {
        frame_segment4(&frame, ACK, len);
        assert_kind(&frame, DP_KIND_TCP);
        frame.byte[frame.l4_at + 4] ^= 0x40;
        assert_bad(&frame, COUNTER_CHECKSUM_BAD);
        assert_int_equal(parse_as(&frame, DP_CHECKSUM_COMPLETE).kind, DP_KIND_BAD);
        assert_int_equal(parse_as(&frame, DP_CHECKSUM_IGNORE).kind, DP_KIND_TCP);
    }
    frame_segment4(&frame, ACK, 8900);
    assert_kind(&frame, DP_KIND_TCP);
    frame.byte[8000] ^= 1;
    assert_bad(&frame, COUNTER_CHECKSUM_BAD);
}

static void test_card_vouches_for_checksum(void **state)
{
    struct frame frame;
    struct rte_mbuf *m;

    (void)state;
    frame_segment4(&frame, ACK, 5);
    frame.byte[frame.l4_at + 20] ^= 1;
    m = frame_mbuf(frame.byte, frame.len, FRAME_MAX);
    m->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_GOOD;
    dp_parse(m, DP_INSIDE, DP_CHECKSUM_VERIFY, SEED);
    assert_int_equal(dp_packet_of(m)->kind, DP_KIND_TCP);
    m->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_BAD;
    dp_parse(m, DP_INSIDE, DP_CHECKSUM_VERIFY, SEED);
    assert_int_equal(dp_packet_of(m)->kind, DP_KIND_BAD);
    frame_mbuf_free(m);
}

static void test_partial_checksum(void **state)
{
    static const size_t sizes[] = {FRAME_MAX, 1, 51, 52, 53};
    struct frame frame;
    struct frame whole;

    (void)state;
    for (int family = 4; family <= 6; family += 2) {
        frame_ethernet(&frame);
        if (family == 4)
            frame_ipv4(&frame, 6, "", 0);
        else
            frame_ipv6(&frame, 6);
        frame_tcp(&frame, ACK, "", 0);
        frame_payload(&frame, 77);
        frame_finish(&frame);
        whole = frame;
        frame_put_u16(&frame, frame.l4_at + 16, frame_pseudo(&frame));
        assert_bad(&frame, COUNTER_CHECKSUM_PARTIAL);
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            struct rte_mbuf *m = frame_mbuf(frame.byte, frame.len, sizes[i]);
            uint8_t out[FRAME_MAX];

            dp_parse(m, DP_INSIDE, DP_CHECKSUM_COMPLETE, SEED);
            assert_int_equal(dp_packet_of(m)->kind, DP_KIND_TCP);
            for (uint32_t at = 0; at < frame.len; at++)
                out[at] = *(const uint8_t *)rte_pktmbuf_read(m, at, 1, out + at);
            assert_memory_equal(out, whole.byte, whole.len);
            frame_mbuf_free(m);
        }
    }
}

static void test_copy(void **state)
{
    struct frame frame;
    uint8_t out[300];

    (void)state;
    frame_segment4(&frame, ACK, 300);
    for (size_t size = 1; size < 400; size += 37) {
        struct rte_mbuf *m = frame_mbuf(frame.byte, frame.len, size);

        dp_parse(m, DP_INSIDE, DP_CHECKSUM_VERIFY, SEED);
        dp_packet_copy(m, 0, 300, out);
        assert_memory_equal(out, frame.byte + 54, 300);
        dp_packet_copy(m, 299, 1, out);
        assert_int_equal(out[0], frame.byte[54 + 299]);
        dp_packet_copy(m, 17, 200, out);
        assert_memory_equal(out, frame.byte + 54 + 17, 200);
        dp_packet_copy(m, 300, 0, out);
        frame_mbuf_free(m);
    }
}

/* A frame of an Ethernet type to a group address, with 46 bytes behind it. */
static void link_frame(struct frame *frame, const char *mac, unsigned type)
{
    frame_ethernet(frame);
    memcpy(frame->byte, mac, 6);
    frame_u16(frame, type);
    frame->len += 46;
}

static void test_control(void **state)
{
    static const struct {
        const char *mac;
        unsigned type;
        uint8_t kind;
    } table[] = {
        {"\377\377\377\377\377\377", 0x0806, DP_KIND_CONTROL}, /* ARP */
        {"\1\200\302\0\0\16", 0x88cc, DP_KIND_CONTROL},        /* LLDP */
        {"\1\200\302\0\0\2", 0x8809, DP_KIND_CONTROL},         /* LACP */
        {"\1\200\302\0\0\0", 0x0026, DP_KIND_CONTROL},         /* STP: a length, then LLC */
        {"\1\33\31\0\0\0", 0x88f7, DP_KIND_CONTROL},           /* PTP */
        {"\1\200\302\0\0\16", 0x88f7, DP_KIND_CONTROL},        /* PTP, peer delay */
        {"\2\0\0\0\0\2", 0x88f7, DP_KIND_OTHER},               /* to a host */
        {"\2\0\0\0\0\2", 0x88cc, DP_KIND_OTHER},
        {"\2\0\0\0\0\2", 0x8809, DP_KIND_OTHER},
        {"\1\200\302\0\0\20", 0x88cc, DP_KIND_OTHER}, /* past the reserved groups */
        {"\1\0\14\314\314\315", 0x0026, DP_KIND_OTHER},
        {"\2\0\0\0\0\2", 0x8847, DP_KIND_OTHER}, /* MPLS */
        {"\2\0\0\0\0\2", 0x8864, DP_KIND_OTHER}, /* PPPoE */
    };
    struct frame frame;

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        link_frame(&frame, table[i].mac, table[i].type);
        assert_kind(&frame, table[i].kind);
        assert_int_equal(parse(&frame).ethertype, table[i].type < 0x600 ? 0 : table[i].type);
    }
    link_frame(&frame, "\377\377\377\377\377\377", 0x0806);
    frame.len = 14 + 27;
    assert_bad(&frame, COUNTER_MALFORMED_FRAME);
}

static void test_udp(void **state)
{
    struct frame frame;
    struct dp_packet p;

    (void)state;
    frame_ethernet(&frame);
    frame_ipv4(&frame, 17, "", 0);
    frame_udp(&frame, 5353, 53, 20);
    frame_finish_ip(&frame);
    p = parse(&frame);
    assert_int_equal(p.kind, DP_KIND_OTHER);
    assert_int_equal(p.protocol, 17);
    assert_int_equal(p.key.port[0], 5353);
    assert_int_equal(p.key.port[1], 53);
    frame_put_u16(&frame, frame.l4_at + 4, 29); /* longer than the packet */
    assert_bad(&frame, COUNTER_MALFORMED_FRAME);
    frame_put_u16(&frame, frame.l4_at + 4, 7);
    assert_bad(&frame, COUNTER_MALFORMED_FRAME);
}

static void test_ptp_over_udp(void **state)
{
    static const struct {
        const char *address;
        uint16_t port;
        uint8_t kind;
    } table[] = {
        {"\340\0\1\201", 319, DP_KIND_CONTROL}, {"\340\0\1\204", 320, DP_KIND_CONTROL},
        {"\340\0\0\153", 319, DP_KIND_CONTROL}, {"\340\0\1\205", 319, DP_KIND_OTHER},
        {"\340\0\1\201", 321, DP_KIND_OTHER},   {"\313\0\161\24", 319, DP_KIND_OTHER},
    };
    struct frame frame;

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        frame_ethernet(&frame);
        frame_ipv4(&frame, 17, "", 0);
        memcpy(frame.byte + frame.l3_at + 16, table[i].address, 4);
        frame_udp(&frame, 319, table[i].port, 44);
        frame_finish_ip(&frame);
        assert_kind(&frame, table[i].kind);
    }
    frame_ethernet(&frame);
    frame_ipv6(&frame, 17);
    memset(frame.byte + frame.l3_at + 24, 0, 16);
    frame_put_u16(&frame, frame.l3_at + 24, 0xff0e);
    frame_put_u16(&frame, frame.l3_at + 38, 0x0181);
    frame_udp(&frame, 319, 319, 44);
    frame_finish_ip(&frame);
    assert_kind(&frame, DP_KIND_CONTROL);
    frame.byte[frame.l3_at + 30] = 1;
    assert_kind(&frame, DP_KIND_OTHER);
}

static void test_neighbour_discovery(void **state)
{
    struct frame frame;

    (void)state;
    for (unsigned type = 132; type <= 138; type++) {
        frame_ethernet(&frame);
        frame_ipv6(&frame, 58);
        frame_u8(&frame, type);
        frame.len += 23;
        frame_finish_ip(&frame);
        frame.byte[frame.l3_at + 7] = 255;
        assert_kind(&frame, type >= 133 && type <= 137 ? DP_KIND_CONTROL : DP_KIND_OTHER);
        frame.byte[frame.l3_at + 7] = 254; /* it came through a router */
        assert_kind(&frame, DP_KIND_OTHER);
    }
    /* ICMPv6 in IPv4 is nothing. */
    frame_ethernet(&frame);
    frame_ipv4(&frame, 58, "", 0);
    frame_u8(&frame, 135);
    frame.len += 23;
    frame_finish_ip(&frame);
    assert_kind(&frame, DP_KIND_OTHER);
}

/* An ICMP error from a router about the segment that 203.0.113.20 (or its IPv6 like) had sent. */
static void icmp_error(struct frame *frame, int family, unsigned type)
{
    struct frame inner;

    frame_ethernet(&inner);
    if (family == 4)
        frame_ipv4(&inner, 6, "", 0);
    else
        frame_ipv6(&inner, 6);
    frame_tcp(&inner, ACK, "", 0);
    frame_finish(&inner);
    frame_ethernet(frame);
    if (family == 4)
        frame_ipv4(frame, 1, "", 0);
    else
        frame_ipv6(frame, 58);
    /* To the sender of the embedded segment, which is our usual source. */
    if (family == 4)
        memcpy(frame->byte + frame->l3_at + 12, "\300\0\2\1\12\4\0\7", 8);
    else
        memcpy(frame->byte + frame->l3_at + 24, frame->byte + frame->l3_at + 8, 16);
    frame_u8(frame, type);
    frame_u8(frame, 0);
    frame->len += 6;
    frame_bytes(frame, inner.byte + 14, (family == 4 ? 20 : 40) + 8);
    frame_finish_ip(frame);
}

static void test_icmp_errors(void **state)
{
    struct frame frame;
    struct frame segment;
    struct dp_packet p;
    struct dp_packet q;

    (void)state;
    for (unsigned type = 0; type < 16; type++) {
        icmp_error(&frame, 4, type);
        assert_kind(&frame, type == 3 || type == 11 || type == 12 ? DP_KIND_ICMP_ERROR : DP_KIND_OTHER);
    }
    icmp_error(&frame, 4, 3);
    frame_segment4(&segment, ACK, 0);
    p = parse(&frame);
    q = parse(&segment);
    assert_memory_equal(&p.key, &q.key, sizeof(p.key));
    assert_int_equal(p.from, q.from);
    assert_int_equal(p.seq, 1000);
    assert_int_equal(p.hash, q.hash);
    for (unsigned type = 0; type < 6; type++) {
        icmp_error(&frame, 6, type);
        assert_kind(&frame, type >= 1 && type <= 4 ? DP_KIND_ICMP_ERROR : DP_KIND_OTHER);
    }
    icmp_error(&frame, 6, 2);
    assert_int_equal(parse(&frame).key.port[1], 40000);
}

static void test_icmp_errors_that_are_none(void **state)
{
    struct frame frame;
    size_t inner = 14 + 20 + 8;

    (void)state;
    icmp_error(&frame, 4, 3);
    frame.byte[frame.l3_at + 16] ^= 1; /* to somebody else */
    frame_finish_ip(&frame);
    assert_kind(&frame, DP_KIND_OTHER);
    icmp_error(&frame, 4, 3);
    frame.byte[inner + 9] = 17; /* about UDP */
    assert_kind(&frame, DP_KIND_OTHER);
    icmp_error(&frame, 4, 3);
    frame.byte[inner + 7] = 1; /* about a later fragment */
    assert_kind(&frame, DP_KIND_OTHER);
    icmp_error(&frame, 4, 3);
    frame.byte[inner] = 0x65;
    assert_kind(&frame, DP_KIND_OTHER);
    icmp_error(&frame, 4, 3);
    memcpy(frame.byte + inner + 16, frame.byte + inner + 12, 4); /* from somebody to himself */
    memcpy(frame.byte + inner + 22, frame.byte + inner + 20, 2);
    assert_bad(&frame, COUNTER_MALFORMED_FRAME);
    for (size_t len = inner - 8; len < inner + 28; len++) {
        icmp_error(&frame, 4, 3);
        frame.len = len;
        frame_finish_ip(&frame);
        assert_kind(&frame, len < inner - 4 ? DP_KIND_BAD : DP_KIND_OTHER);
    }
}

/* Bytes at random, in a frame that starts well: always some kind, and never a read outside (the sanitizer's part). */
static void test_random_bytes(void **state)
{
    struct frame frame;
    uint32_t random = 1;
    unsigned kinds[DP_KIND_OTHER + 1] = {0};

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct dp_packet p;
        struct rte_mbuf *m;

        if (round % 2 == 0) {
            frame_segment4(&frame, ACK, 30);
        } else {
            frame_ethernet(&frame);
            frame_ipv6(&frame, 0);
            frame_extension(&frame, 6, 0);
            frame_tcp(&frame, ACK, "\1\1\1\1", 4);
            frame_finish(&frame);
        }
        for (int i = 0; i < 3; i++) {
            random = random * 1664525 + 1013904223;
            frame.byte[12 + (random >> 8) % (frame.len - 12)] = (uint8_t)(random >> 24);
        }
        m = frame_mbuf(frame.byte, frame.len, 1 + (random >> 4) % frame.len);
        dp_parse(m, DP_INSIDE, DP_CHECKSUM_IGNORE, SEED);
        p = *dp_packet_of(m);
        frame_mbuf_free(m);
        assert_in_range(p.kind, 0, DP_KIND_OTHER);
        kinds[p.kind]++;
        if (p.kind == DP_KIND_TCP) {
            assert_true(p.payload_at + p.payload_len == p.frame_len);
            assert_true(p.frame_len <= frame.len);
        }
        if (p.kind == DP_KIND_BAD)
            assert_int_not_equal(p.fault, 0);
    }
    assert_true(kinds[DP_KIND_BAD] > 100 && kinds[DP_KIND_TCP] > 100 && kinds[DP_KIND_OTHER] > 100);
}

static void test_hash(void **state)
{
    struct dp_key a = {.family = 4, .vlan = {0xffff, 0xffff}};
    struct dp_key b = a;

    (void)state;
    assert_int_equal(dp_key_hash(&a, 1), dp_key_hash(&b, 1));
    assert_int_not_equal(dp_key_hash(&a, 1), dp_key_hash(&a, 2));
    b.vlan[1] = 3;
    assert_int_not_equal(dp_key_hash(&a, 1), dp_key_hash(&b, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segment4),
        cmocka_unit_test(test_both_directions_have_one_key),
        cmocka_unit_test(test_ports_order_equal_addresses),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_scale_is_bounded),
        cmocka_unit_test(test_malformed_options),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_vlan),
        cmocka_unit_test(test_padding_is_no_payload),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_short_packet),
        cmocka_unit_test(test_ipv4_header),
        cmocka_unit_test(test_ipv4_options),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_ipv6_extensions_are_bounded),
        cmocka_unit_test(test_ipv6_extensions_refused),
        cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_card_vouches_for_checksum),
        cmocka_unit_test(test_partial_checksum),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_udp),
        cmocka_unit_test(test_ptp_over_udp),
        cmocka_unit_test(test_neighbour_discovery),
        cmocka_unit_test(test_icmp_errors),
        cmocka_unit_test(test_icmp_errors_that_are_none),
        cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
