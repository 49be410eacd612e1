/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293 3.10.7.4, RFC 7323 5.3: what a host would refuse. */
#include "dataplane/segment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define BASE 0xfffffff0U /* all numbers wrap */

/* The client has sent 1000 bytes, of which 400 are acknowledged, and may send up to 2000. */
static struct dp_handshake usual(void)
{
    struct dp_handshake h = {.strict = 1};

    h.half[CASE_CLIENT] = (struct dp_half){
        .base = BASE, .has_base = 1, .acked = 400, .sent = 1000, .seen = 1000, .window_edge = 2000, .timestamp = 50};
    h.half[CASE_SERVER] = (struct dp_half){.base = 7, .has_base = 1, .sent = 300, .window_edge = 9000};
    return h;
}

static struct dp_packet packet(int64_t offset, uint32_t len, int64_t acknowledged)
{
    return (struct dp_packet){.seq = BASE + (uint32_t)offset,
                              .ack = 7 + (uint32_t)acknowledged,
                              .payload_len = len,
                              .tcp_flags = DP_TCP_ACK,
                              .window = 100};
}

static void window_and_acknowledgement(void **state)
{
    static const struct {
        int64_t offset;
        uint32_t len;
        int64_t acknowledged;
        enum dp_segment_result result;
        enum dp_segment_result observed;
    } cases[] = {
        {1000, 100, 0, DP_SEGMENT_GOOD, DP_SEGMENT_GOOD},
        {400, 600, 300, DP_SEGMENT_GOOD, DP_SEGMENT_GOOD},
        {300, 101, 0, DP_SEGMENT_GOOD, DP_SEGMENT_GOOD}, /* one byte of it is new */
        {300, 100, 0, DP_SEGMENT_OLD, DP_SEGMENT_OLD},
        {0, 100, 0, DP_SEGMENT_OLD, DP_SEGMENT_OLD},
        {399, 1, 0, DP_SEGMENT_OLD, DP_SEGMENT_OLD}, /* a keep-alive */
        {399, 0, 0, DP_SEGMENT_OLD, DP_SEGMENT_OLD},
        {400, 0, 0, DP_SEGMENT_GOOD, DP_SEGMENT_GOOD},
        {1999, 1, 0, DP_SEGMENT_GOOD, DP_SEGMENT_GOOD},
        {2000, 1, 0, DP_SEGMENT_GOOD, DP_SEGMENT_GOOD}, /* a probe */
        {2000, 2, 0, DP_SEGMENT_REFUSED, DP_SEGMENT_GOOD},
        {2001, 1, 0, DP_SEGMENT_REFUSED, DP_SEGMENT_GOOD},
        {-1, 500, 0, DP_SEGMENT_REFUSED, DP_SEGMENT_REFUSED},
        {1000, 0, 300, DP_SEGMENT_GOOD, DP_SEGMENT_GOOD},
        {1000, 0, 301, DP_SEGMENT_REFUSED, DP_SEGMENT_GOOD}, /* never sent */
        {1000, 0, -1, DP_SEGMENT_REFUSED, DP_SEGMENT_GOOD},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dp_handshake h = usual();
        struct dp_packet p = packet(cases[i].offset, cases[i].len, cases[i].acknowledged);

        assert_int_equal(dp_segment_check(&h, CASE_CLIENT, &p, false), cases[i].result);
        assert_int_equal(dp_segment_check(&h, CASE_CLIENT, &p, true), cases[i].observed);
    }
}

static void fin_may_be_acknowledged(void **state)
{
    struct dp_handshake h = usual();
    struct dp_packet p = packet(1000, 0, 301);

    h.half[CASE_SERVER].fin_sent = 1;
    assert_int_equal(dp_segment_check(&h, CASE_CLIENT, &p, false), DP_SEGMENT_GOOD);
    p = packet(399, 0, 0);
    p.tcp_flags |= DP_TCP_FIN;
    assert_int_equal(dp_segment_check(&h, CASE_CLIENT, &p, false), DP_SEGMENT_OLD);
}

static void timestamps(void **state)
{
    struct dp_handshake h = usual();
    struct dp_packet p = packet(1000, 10, 0);

    h.timestamps = 1;
    assert_int_equal(dp_segment_check(&h, CASE_CLIENT, &p, false), DP_SEGMENT_GOOD); /* without the option */
    p.has_timestamp = 1;
    p.timestamp = 49;
    assert_int_equal(dp_segment_check(&h, CASE_CLIENT, &p, false), DP_SEGMENT_OUTDATED);
    p.timestamp = 50;
    assert_int_equal(dp_segment_check(&h, CASE_CLIENT, &p, false), DP_SEGMENT_GOOD);
    p.timestamp = 60;
    dp_segment_note(&h, CASE_CLIENT, &p); /* behind the last acknowledgement: does not count yet */
    assert_int_equal(h.half[CASE_CLIENT].timestamp, 50);
    p = packet(400, 10, 0);
    p.has_timestamp = 1;
    p.timestamp = 60;
    dp_segment_note(&h, CASE_CLIENT, &p);
    assert_int_equal(h.half[CASE_CLIENT].timestamp, 60);
    h.half[CASE_CLIENT].timestamp = 0xfffffffe;
    p.timestamp = 3; /* it wraps as well */
    assert_int_equal(dp_segment_check(&h, CASE_CLIENT, &p, false), DP_SEGMENT_GOOD);
}

static void notes_only_progress(void **state)
{
    struct dp_handshake h = usual();
    struct dp_packet p = packet(1000, 500, 200);

    h.half[CASE_CLIENT].scale = 7;
    p.window = 1000;
    dp_segment_note(&h, CASE_CLIENT, &p);
    assert_int_equal(h.half[CASE_SERVER].acked, 200);
    assert_int_equal(h.half[CASE_SERVER].window_edge, 200 + 128000);
    assert_int_equal(h.half[CASE_CLIENT].seen, 1500);
    p = packet(900, 10, 100);
    dp_segment_note(&h, CASE_CLIENT, &p);
    assert_int_equal(h.half[CASE_SERVER].acked, 200);
    assert_int_equal(h.half[CASE_SERVER].window_edge, 200 + 128000); /* the edge never moves back */
    assert_int_equal(h.half[CASE_CLIENT].seen, 1500);
}

static void resets_in_the_window(void **state)
{
    struct dp_handshake h = usual();
    struct dp_packet p = packet(400, 0, 0);

    assert_true(dp_segment_reset_counts(&h, CASE_CLIENT, &p));
    p = packet(399, 0, 0);
    assert_false(dp_segment_reset_counts(&h, CASE_CLIENT, &p));
    p = packet(2002, 0, 0);
    assert_false(dp_segment_reset_counts(&h, CASE_CLIENT, &p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(window_and_acknowledgement),
        cmocka_unit_test(fin_may_be_acknowledged),
        cmocka_unit_test(timestamps),
        cmocka_unit_test(notes_only_progress),
        cmocka_unit_test(resets_in_the_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
