/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/hold.h"
#include "frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define BASE 0xffffff00U /* offsets run past the wrap */

static struct rte_mbuf *packet(uint32_t from, uint32_t to)
{
    struct rte_mbuf *m = frame_mbuf((const uint8_t *)"x", 1, 1);

    dp_packet_of(m)->seq = BASE + from;
    dp_packet_of(m)->payload_len = to - from;
    return m;
}

static void hold_one(struct dp_hold *hold, uint32_t from, uint32_t to)
{
    dp_hold_insert(hold, packet(from, to), BASE);
}

/* Takes the next packet below `edge` and says where it began; -1 for none. */
static int64_t popped(struct dp_hold *hold, uint32_t edge)
{
    struct rte_mbuf *m = dp_hold_pop(hold, BASE, edge);
    int64_t from;

    if (m == NULL)
        return -1;
    from = (uint32_t)(dp_packet_of(m)->seq - BASE);
    frame_mbuf_free(m);
    return from;
}

static void sorts_and_releases_in_order(void **state)
{
    struct dp_hold hold = {0};

    hold_one(&hold, 300, 400);
    hold_one(&hold, 100, 200);
    hold_one(&hold, 500, 600);
    hold_one(&hold, 0, 100);
    hold_one(&hold, 200, 300);
    assert_int_equal(hold.num, 5);
    assert_int_equal(popped(&hold, 99), -1); /* held whole */
    assert_int_equal(popped(&hold, 100), 0);
    assert_int_equal(popped(&hold, 399), 100);
    assert_int_equal(popped(&hold, 399), 200);
    assert_int_equal(popped(&hold, 399), -1);
    hold_one(&hold, 700, 700); /* a FIN */
    assert_int_equal(popped(&hold, 1000), 300);
    assert_int_equal(popped(&hold, 1000), 500);
    assert_int_equal(popped(&hold, 1000), 700);
    assert_int_equal(hold.num, 0);
    assert_null(hold.first);
    assert_null(hold.last);
    assert_null(dp_hold_take(&hold));
}

static void knows_what_is_covered(void **state)
{
    struct dp_hold hold = {0};

    assert_false(dp_hold_covers(&hold, BASE, 0, 1));
    hold_one(&hold, 100, 200);
    hold_one(&hold, 150, 300);
    hold_one(&hold, 400, 500);
    assert_true(dp_hold_covers(&hold, BASE, 100, 300));
    assert_true(dp_hold_covers(&hold, BASE, 120, 280));
    assert_false(dp_hold_covers(&hold, BASE, 99, 300));
    assert_false(dp_hold_covers(&hold, BASE, 100, 301));
    assert_false(dp_hold_covers(&hold, BASE, 250, 450));
    assert_true(dp_hold_covers(&hold, BASE, 400, 500));
    assert_false(dp_hold_covers(&hold, BASE, 500, 501));
    while (popped(&hold, UINT32_MAX) >= 0)
        ;
}

static void removes_the_one(void **state)
{
    struct rte_mbuf *m[4];
    struct dp_hold hold = {0};

    for (uint32_t i = 0; i < 4; i++) {
        m[i] = packet(i, i + 1);
        dp_hold_insert(&hold, m[i], BASE);
    }
    assert_true(dp_hold_remove(&hold, m[1]));
    assert_true(dp_hold_remove(&hold, m[3]));
    assert_false(dp_hold_remove(&hold, m[3]));
    assert_true(dp_hold_remove(&hold, m[0]));
    assert_ptr_equal(hold.first, m[2]);
    assert_ptr_equal(hold.last, m[2]);
    assert_true(dp_hold_remove(&hold, m[2]));
    assert_null(hold.first);
    assert_null(hold.last);
    assert_int_equal(hold.num, 0);
    for (int i = 0; i < 4; i++)
        frame_mbuf_free(m[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_and_releases_in_order),
        cmocka_unit_test(knows_what_is_covered),
        cmocka_unit_test(removes_the_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
