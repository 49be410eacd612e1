/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parsed.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbour_discovery),
        cmocka_unit_test(test_icmp_errors),
        cmocka_unit_test(test_icmp_errors_that_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
