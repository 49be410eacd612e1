/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parsed.h"

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

static void test_length_of_zero(void **state)
{
    struct dp_packet p;
    struct frame frame;

    (void)state;
    frame_segment4(&frame, ACK, 10);
    frame_put_u16(&frame, 16, 0); /* as a host's own capture shows a segment that its card is to split */
    p = parse_as(&frame, DP_CHECKSUM_IGNORE);
    assert_int_equal(p.kind, DP_KIND_TCP);
    assert_int_equal(p.payload_len, 10);
    frame_ethernet(&frame);
    frame_ipv6(&frame, 6);
    frame_tcp(&frame, ACK, "", 0);
    frame_payload(&frame, 10);
    frame_finish(&frame);
    frame_put_u16(&frame, 18, 0);
    p = parse_as(&frame, DP_CHECKSUM_IGNORE);
    assert_int_equal(p.kind, DP_KIND_TCP);
    assert_int_equal(p.payload_len, 10);
    assert_int_not_equal(parse_as(&frame, DP_CHECKSUM_VERIFY).kind, DP_KIND_TCP);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_padding_is_no_payload),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_short_packet),
        cmocka_unit_test(test_ipv4_header),
        cmocka_unit_test(test_length_of_zero),
        cmocka_unit_test(test_ipv4_options),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_ipv6_extensions_are_bounded),
        cmocka_unit_test(test_ipv6_extensions_refused),
        cmocka_unit_test(test_udp),
        cmocka_unit_test(test_ptp_over_udp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
