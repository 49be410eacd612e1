/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parsed.h"

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
        cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_card_vouches_for_checksum),
        cmocka_unit_test(test_partial_checksum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
