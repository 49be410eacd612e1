/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/act.h"
#include "pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct rte_mempool *pool;

static struct rte_mbuf *packet(uint8_t side)
{
    struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

    dp_packet_of(m)->side = side;
    return m;
}

static void leaves_in_order_by_the_other_port(void **state)
{
    struct rte_mbuf *in[6];
    struct rte_mbuf *out[6];
    struct counters counters = {0};
    struct dp_act act;

    dp_act_init(&act, &counters, 10);
    assert_int_equal(dp_act_take(&act, DP_INSIDE, out, 6), 0);
    for (int i = 0; i < 6; i++) {
        in[i] = packet(i == 2 ? DP_OUTSIDE : DP_INSIDE);
        dp_act_forward(&act, in[i]);
    }
    dp_act_send(&act, DP_INSIDE, packet(DP_INSIDE));
    assert_int_equal(dp_act_take(&act, DP_OUTSIDE, out, 2), 2);
    assert_ptr_equal(out[0], in[0]);
    assert_ptr_equal(out[1], in[1]);
    assert_int_equal(dp_act_take(&act, DP_OUTSIDE, out, 6), 3);
    assert_ptr_equal(out[0], in[3]);
    assert_ptr_equal(out[2], in[5]);
    assert_int_equal(dp_act_take(&act, DP_OUTSIDE, out, 6), 0);
    assert_int_equal(dp_act_take(&act, DP_INSIDE, out, 1), 1);
    assert_ptr_equal(out[0], in[2]);
    for (int i = 0; i < 6; i++)
        dp_act_drop(in[i]);
    dp_act_fini(&act); /* frees the one that was not taken */
    assert_int_equal(rte_mempool_in_use_count(pool), 0);
}

static void bucket_holds_one_second(void **state)
{
    struct counters counters = {0};
    struct dp_act act;
    int num = 0;

    dp_act_init(&act, &counters, 3);
    for (int i = 0; i < 10; i++)
        num += dp_act_may_reset(&act, 5);
    assert_int_equal(num, 3);
    assert_false(dp_act_may_reset(&act, 100000));
    assert_true(dp_act_may_reset(&act, 400000));
    for (int i = 0; i < 10; i++)
        num += dp_act_may_reset(&act, 900000000);
    assert_int_equal(num, 6);
    assert_false(dp_act_may_reset(&act, 100)); /* time never runs back */
    dp_act_init(&act, &counters, 0);
    assert_false(dp_act_may_reset(&act, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_in_order_by_the_other_port),
        cmocka_unit_test(bucket_holds_one_second),
    };

    pool = pool_start(127, 256);
    if (pool == NULL)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
