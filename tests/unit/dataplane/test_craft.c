/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/craft.h"
#include "pool.h"

#include <rte_tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct rte_mempool *pool;

/* A frame with `vlans` tags, over IPv6 if wanted, with time stamps and selective acknowledgements. */
static struct rte_mbuf *original(struct frame *frame, int vlans, bool ipv6, bool stamped)
{
    static const uint8_t options[] = {1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 5, 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2};
    struct rte_mbuf *m;

    frame_ethernet(frame);
    for (int i = 0; i < vlans; i++)
        frame_vlan(frame, i + 1 < vlans ? 0x88a8 : 0x8100, 5 + (unsigned)i);
    if (ipv6) {
        frame_ipv6(frame, 0);
        frame_extension(frame, 6, 0);
    } else {
        frame_ipv4(frame, 6, "\1\1\1\1", 4);
    }
    frame_tcp(frame, DP_TCP_ACK, options, stamped ? sizeof(options) : 0);
    frame_payload(frame, 100);
    frame_finish(frame);
    m = pool_packet_split(pool, frame, 33);
    dp_parse(m, DP_INSIDE, DP_CHECKSUM_VERIFY, 1);
    assert_int_equal(dp_packet_of(m)->kind, DP_KIND_TCP);
    return m;
}

static void is_as_from_the_peer(void **state)
{
    static struct frame frame;

    for (int variant = 0; variant < 24; variant++) {
        bool ipv6 = variant % 2 != 0;
        bool stamped = variant / 2 % 2 != 0;
        bool reversed = variant / 4 % 2 != 0;
        struct rte_mbuf *m = original(&frame, variant / 8, ipv6, stamped);
        struct dp_template template = {0};
        struct dp_craft what = {.seq = 77,
                                .ack = 88,
                                .tcp_flags = DP_TCP_FIN | DP_TCP_ACK,
                                .reversed = reversed,
                                .payload = bytes_of("alert..", 7)};
        const struct dp_packet *p = dp_packet_of(m);
        const struct dp_packet *q;
        struct rte_mbuf *made;

        dp_template_take(&template, m);
        made = dp_craft_packet(pool, &template, &what);
        assert_non_null(made);
        dp_parse(made, DP_INSIDE, DP_CHECKSUM_VERIFY, 1);
        q = dp_packet_of(made);
        assert_int_equal(q->kind, DP_KIND_TCP);
        assert_memory_equal(&q->key, &p->key, sizeof(q->key));
        assert_int_equal(q->from, reversed ? !p->from : p->from);
        assert_int_equal(q->seq, 77);
        assert_int_equal(q->ack, 88);
        assert_int_equal(q->tcp_flags, DP_TCP_FIN | DP_TCP_ACK);
        assert_int_equal(q->payload_len, 7);
        assert_int_equal(q->frame_len, rte_pktmbuf_pkt_len(made));
        assert_int_equal(q->has_timestamp, stamped);
        if (stamped) {
            assert_int_equal(q->timestamp, reversed ? 5 : 9);
            assert_int_equal(q->timestamp_echo, reversed ? 9 : 5);
        }
        if (!ipv6)
            assert_int_equal(rte_ipv4_cksum(rte_pktmbuf_mtod_offset(made, struct rte_ipv4_hdr *, q->l3_at)), 0);
        assert_memory_equal(rte_pktmbuf_mtod(made, uint8_t *) + (reversed ? 6 : 0), frame.byte, 6);
        assert_memory_equal(rte_pktmbuf_mtod(made, uint8_t *) + (reversed ? 0 : 6), frame.byte + 6, 6);
        assert_memory_equal(rte_pktmbuf_mtod(made, uint8_t *) + 12, frame.byte + 12, q->l3_at - 12U);
        assert_int_equal(template.side, DP_OUTSIDE);
        rte_pktmbuf_free(made);
        rte_pktmbuf_free(m);
        assert_int_equal(rte_mempool_in_use_count(pool), 0);
    }
}

static void needs_template_and_memory(void **state)
{
    struct dp_template template = {0};
    struct dp_craft what = {0};
    struct rte_mbuf *all[64];
    int num = 0;
    static struct frame frame;
    struct rte_mbuf *m = original(&frame, 0, false, false);

    assert_null(dp_craft_packet(pool, &template, &what));
    dp_template_take(&template, m);
    while ((all[num] = dp_craft_packet(pool, &template, &what)) != NULL)
        num++;
    assert_true(num > 10);
    while (num > 0)
        rte_pktmbuf_free(all[--num]);
    rte_pktmbuf_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_as_from_the_peer),
        cmocka_unit_test(needs_template_and_memory),
    };

    pool = pool_start(31, 512);
    if (pool == NULL)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
