/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parsed.h"

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
        cmocka_unit_test(test_vlan),         cmocka_unit_test(test_copy), cmocka_unit_test(test_control),
        cmocka_unit_test(test_random_bytes), cmocka_unit_test(test_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
