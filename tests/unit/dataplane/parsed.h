/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * parsed: frames given to dp_parse(), and what is to come of it. For the tests of parse*.c; cmocka.h comes before.
 */
#ifndef CELLGATE_TESTS_PARSED_H
#define CELLGATE_TESTS_PARSED_H

#include "frames.h"

#define SEED 0x1234abcdU
#define ACK  DP_TCP_ACK

/* Parses `frame` in one segment and in segments of several sizes; all must say the same. */
static inline struct dp_packet parse_as(const struct frame *frame, enum dp_checksum checksum)
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

static inline struct dp_packet parse(const struct frame *frame)
{
    return parse_as(frame, DP_CHECKSUM_VERIFY);
}

static inline void assert_bad(const struct frame *frame, enum counter fault)
{
    struct dp_packet p = parse(frame);

    assert_int_equal(p.kind, DP_KIND_BAD);
    assert_string_equal(counter_name(p.fault), counter_name(fault));
}

static inline void assert_kind(const struct frame *frame, enum dp_kind kind)
{
    struct dp_packet p = parse(frame);

    assert_int_equal(p.kind, kind);
}

#endif
