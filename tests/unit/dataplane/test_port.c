/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/port.c"
#include "pool.h"

#include <stdio.h>

#define PACKETS 8191
#define ROOM    (128 + 2048)

static uint8_t key[DP_PORT_KEY_LEN];

static int set_up(void **state)
{
    *state = pool_start(PACKETS, ROOM);
    return *state == NULL || dp_port_key(key) != 0 ? -1 : 0;
}

static struct dp_port *open_port(struct rte_mempool *pool, const char *device, uint16_t queues)
{
    struct dp_port_config config = {
        .device = device, .label = "inside", .pool = pool, .rss_key = key, .num_queues = queues, .mtu = 1500};

    return dp_port_open(&config);
}

static void test_names(void **state)
{
    (void)state;
    assert_true(dp_port_is_pci("0000:03:00.0"));
    assert_true(dp_port_is_pci("03:00.0"));
    assert_true(dp_port_is_pci("af:00.1"));
    assert_false(dp_port_is_pci("net_ring0"));
    assert_false(dp_port_is_pci("net_pcap0,rx_pcap=a:b"));
    assert_false(dp_port_is_pci("eth_af_packet0,iface=eth0:1"));
    assert_false(dp_port_is_pci(""));
}

static void test_key_repeats_and_differs(void **state)
{
    uint8_t other[DP_PORT_KEY_LEN];
    int same = 0;

    (void)state;
    for (int i = 2; i < DP_PORT_KEY_LEN; i++)
        assert_int_equal(key[i], key[i - 2]);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(dp_port_key(other), 0);
        same += memcmp(other, key, sizeof(key)) == 0;
    }
    assert_true(same < 8);
}

static void count_memory(struct rte_mempool *pool, void *total, struct rte_mempool_memhdr *memory, unsigned index)
{
    (void)pool;
    (void)index;
    *(uint64_t *)total += memory->len;
}

static void test_pool_takes_what_is_said(void **state)
{
    static const uint16_t rooms[] = {200, 512, 1024, 2176, 4096, 9600};

    (void)state;
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        struct rte_mempool *pool = dp_port_pool("sized", 2000, rooms[i]);
        uint64_t total = 0;

        assert_non_null(pool);
        rte_mempool_mem_iter(pool, count_memory, &total);
        assert_in_range(dp_port_pool_bytes(2000, rooms[i]), total * 9 / 10, total * 11 / 10 + 8192);
        rte_mempool_free(pool);
    }
}

static void test_bad_devices_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "net_nonsense0",
                                      "net_pcap0,rx_pcap=/nonexistent/file",
                                      "0000:ff:1f.7",
                                      "net_af_packet0,iface=nonesuch0",
                                      "net_af_xdp0"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(open_port(*state, bad[i], 1));
}

/* What is sent into a net_ring comes back. */
static void test_ring(void **state)
{
    struct rte_mempool *pool = *state;
    struct dp_port *port = open_port(pool, "net_ring0", 4);
    struct rte_mbuf *packets[2];
    struct frame frame;

    assert_non_null(port);
    assert_false(dp_port_spreads(port));
    assert_in_range(dp_port_queues(port), 1, 4);
    frame_segment4(&frame, DP_TCP_ACK, 300);
    packets[0] = pool_packet(pool, &frame);
    packets[1] = pool_packet_split(pool, &frame, 100);
    assert_int_equal(dp_port_transmit(port, 0, packets, 2), 0);
    memset(packets, 0, sizeof(packets));
    assert_int_equal(dp_port_receive(port, 0, packets, 2), 2);
    assert_int_equal(packets[1]->nb_segs, 4);
    for (int i = 0; i < 2; i++) {
        dp_parse(packets[i], DP_INSIDE, DP_CHECKSUM_VERIFY, 0);
        assert_int_equal(dp_packet_of(packets[i])->kind, DP_KIND_TCP);
    }
    rte_pktmbuf_free_bulk(packets, 2);
    dp_port_link(port);
    dp_port_close(port);
}

static void test_refused_packets_are_freed(void **state)
{
    struct rte_mempool *pool = *state;
    struct dp_port *port = open_port(pool, "net_ring0", 1);
    struct frame frame;
    unsigned refused = 0;

    assert_non_null(port); /* the same name again */
    frame_segment4(&frame, DP_TCP_ACK, 1);
    for (unsigned sent = 0; sent < 6400; sent += 32) {
        struct rte_mbuf *packets[32];
        uint16_t got;

        for (int i = 0; i < 32; i++)
            packets[i] = pool_packet(pool, &frame);
        got = dp_port_transmit(port, 0, packets, 32);
        assert_true(got >= (refused > 0 ? 32 : 0));
        refused += got;
    }
    assert_in_range(refused, 1, 6399);
    assert_int_equal(rte_mempool_in_use_count(pool), 6400 - refused);
    for (struct rte_mbuf *m; dp_port_receive(port, 0, &m, 1) == 1;)
        rte_pktmbuf_free(m);
    dp_port_close(port);
    assert_int_equal(rte_mempool_in_use_count(pool), 0);
}

/* For a device that takes one segment only. */
static void test_segments_are_joined(void **state)
{
    struct rte_mempool *pool = *state;
    struct rte_mbuf *packets[3];
    struct frame frame;

    frame_segment4(&frame, DP_TCP_ACK, 1000);
    packets[0] = pool_packet_split(pool, &frame, 400);
    packets[2] = pool_packet(pool, &frame);
    frame_segment4(&frame, DP_TCP_ACK, 3000); /* more than one buffer holds */
    packets[1] = pool_packet_split(pool, &frame, 1500);
    assert_int_equal(join_segments(packets, 3), 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(packets[i]->nb_segs, 1);
        dp_parse(packets[i], DP_INSIDE, DP_CHECKSUM_VERIFY, 0);
        assert_int_equal(dp_packet_of(packets[i])->kind, DP_KIND_TCP);
        assert_int_equal(dp_packet_of(packets[i])->payload_len, 1000);
    }
    rte_pktmbuf_free_bulk(packets, 2);
    assert_int_equal(rte_mempool_in_use_count(pool), 0);
}

static void write_capture(const char *path, const struct frame *frame, int times)
{
    const uint32_t head[] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
    const uint32_t packet[] = {1000, 0, (uint32_t)frame->len, (uint32_t)frame->len};
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    fwrite(head, sizeof(head), 1, file);
    for (int i = 0; i < times; i++) {
        fwrite(packet, sizeof(packet), 1, file);
        fwrite(frame->byte, frame->len, 1, file);
    }
    fclose(file);
}

/* From one capture into another, with a frame of several segments. */
static void test_pcap(void **state)
{
    char in[] = "/tmp/cellgate-in-XXXXXX";
    char out[] = "/tmp/cellgate-out-XXXXXX";
    char device[128];
    struct frame frame;
    struct dp_port *port;
    struct rte_mbuf *packets[8];
    uint8_t got[24 + 3 * (16 + 4000)];
    uint16_t num = 0;
    FILE *file;

    close(mkstemp(in));
    close(mkstemp(out));
    frame_segment4(&frame, DP_TCP_ACK, 3500);
    write_capture(in, &frame, 3);
    snprintf(device, sizeof(device), "net_pcap0,rx_pcap=%s,tx_pcap=%s", in, out);
    port = open_port(*state, device, 1);
    assert_non_null(port);
    for (int i = 0; i < 100 && num < 3; i++)
        num = (uint16_t)(num + dp_port_receive(port, 0, packets + num, (uint16_t)(8 - num)));
    assert_int_equal(num, 3);
    assert_int_equal(packets[0]->nb_segs, 2);
    dp_parse(packets[0], DP_INSIDE, DP_CHECKSUM_VERIFY, 0);
    assert_int_equal(dp_packet_of(packets[0])->payload_len, 3500);
    assert_int_equal(dp_port_transmit(port, 0, packets, 3), 0);
    dp_port_close(port);
    file = fopen(out, "rb");
    assert_non_null(file);
    assert_int_equal(fread(got, 1, sizeof(got), file), 24 + 3 * (16 + frame.len));
    for (size_t i = 0; i < 3; i++)
        assert_memory_equal(got + 24 + i * (16 + frame.len) + 16, frame.byte, frame.len);
    fclose(file);
    unlink(in);
    unlink(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_key_repeats_and_differs),
        cmocka_unit_test(test_pool_takes_what_is_said),
        cmocka_unit_test(test_bad_devices_are_refused),
        cmocka_unit_test(test_ring),
        cmocka_unit_test(test_refused_packets_are_freed),
        cmocka_unit_test(test_segments_are_joined),
        cmocka_unit_test(test_pcap),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
