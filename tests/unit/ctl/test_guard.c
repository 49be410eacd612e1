/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/guard.h"
#include "ctl/rtnetlink.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_interfaces_of_devices(void **state)
{
    static const struct {
        const char *device;
        const char *interface; /* NULL: none */
        bool must;
    } table[] = {
        {"net_af_xdp0,iface=eth1", "eth1", true},
        {"net_af_xdp0,start_queue=1,iface=eth1,queue_count=2", "eth1", true},
        {"net_af_packet0,iface=eth2,framesz=10240", "eth2", true},
        {"net_af_xdp0,xiface=eth1", NULL, true},
        {"net_af_xdp0", NULL, true},
        {"net_af_xdp0,iface=", NULL, true},
        {"net_af_xdp0,iface=a-name-that-is-far-too-long", NULL, true},
        {"net_tap0,iface=wire0", "wire0", false},
        {"net_tap3", "dtap3", false},
        {"net_tap12,mac=fixed", "dtap12", false},
        {"net_memif0,role=server", NULL, true},
        {"net_ring0", NULL, true},
        {"net_pcap0,rx_pcap=a,tx_pcap=b", NULL, true},
        {"0000:03:00.0", NULL, true},
    };
    char name[IFNAMSIZ];
    bool must;

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_int_equal(ctl_guard_interface(name, &must, table[i].device), table[i].interface != NULL);
        if (table[i].interface == NULL)
            continue;
        assert_string_equal(name, table[i].interface);
        assert_int_equal(must, table[i].must);
    }
}

static void test_judgement(void **state)
{
    const struct {
        struct ctl_guard_facts facts;
        const char *says; /* NULL: nothing */
    } table[] = {
        {{.found = true}, NULL},
        {{.found = false}, "no interface eth7"},
        {{.found = true, .address = "192.0.2.1"}, "ip addr flush dev eth7"},
        {{.found = true, .ipv6 = true}, "net.ipv6.conf.eth7.disable_ipv6=1"},
        {{.found = true, .master = "br0"}, "belongs to br0"},
        {{.found = true, .upper = "eth7.5"}, "ip link del eth7.5"},
        {{.found = true, .forwarding4 = true}, "net.ipv4.conf.eth7.forwarding=0"},
        {{.found = true, .forwarding6 = true}, "net.ipv6.conf.eth7.forwarding=0"},
    };
    char why[320];

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_int_equal(ctl_guard_judge(&table[i].facts, "eth7", why, sizeof(why)), table[i].says == NULL);
        if (table[i].says != NULL)
            assert_non_null(strstr(why, table[i].says));
    }
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (write(fd, text, strlen(text)) < 0)
        perror(path);
    close(fd);
}

/* A network namespace of our own, with two ends of a veth in it; false where that is not allowed. */
static bool enter_namespace(void)
{
    char map[64];
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (uid == 0) {
        if (unshare(CLONE_NEWNET) < 0)
            return false;
    } else {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
            return false;
        write_file("/proc/self/setgroups", "deny");
        snprintf(map, sizeof(map), "0 %u 1", uid);
        write_file("/proc/self/uid_map", map);
        snprintf(map, sizeof(map), "0 %u 1", gid);
        write_file("/proc/self/gid_map", map);
    }
    return system("ip link add port0 type veth peer name port1 2>/dev/null") == 0;
}

static void quieten(const char *interface)
{
    char path[128];

    snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", interface);
    write_file(path, "1");
}

static void assert_port(const char *interface, const char *says)
{
    struct ctl_guard_facts facts;
    char why[320] = "";

    assert_int_equal(ctl_guard_look(&facts, interface), 0);
    assert_int_equal(ctl_guard_judge(&facts, interface, why, sizeof(why)), says == NULL);
    if (says != NULL && strstr(why, says) == NULL)
        fail_msg("'%s' is not about '%s'", why, says);
}

static void test_kernel(void **state)
{
    (void)state;
    if (!enter_namespace())
        skip();
    if (access("/proc/sys/net/ipv6/conf/port0/disable_ipv6", F_OK) == 0)
        assert_port("port0", "disable_ipv6");
    quieten("port0");
    quieten("port1");
    assert_port("port0", NULL);
    assert_port("port1", NULL); /* a veth's other end is not stacked on it */
    assert_port("nonesuch", "no interface");
    assert_true(ctl_guard_ports("net_af_xdp0,iface=port0", "net_af_packet0,iface=port1"));
    assert_true(ctl_guard_ports("net_af_xdp0,iface=port0", "net_ring0"));
    assert_true(ctl_guard_ports("net_tap0", "0000:03:00.0"));
    assert_false(ctl_guard_ports("net_af_xdp0,iface=port0", "net_af_packet0,iface=port0"));
    assert_false(ctl_guard_ports("net_af_xdp0,iface=port0", "net_af_packet0,iface=nonesuch"));

    assert_int_equal(system("ip addr add 192.0.2.1/24 dev port0"), 0);
    assert_port("port0", "192.0.2.1");
    assert_port("port1", NULL);
    assert_false(ctl_guard_ports("net_af_xdp0,iface=port0", "net_ring0"));
    assert_false(ctl_guard_ports("net_ring0", "net_tap0,iface=port0"));
    assert_int_equal(system("ip addr flush dev port0"), 0);
    assert_port("port0", NULL);

    write_file("/proc/sys/net/ipv4/conf/port1/forwarding", "1");
    assert_port("port1", "net.ipv4.conf.port1.forwarding");
    write_file("/proc/sys/net/ipv4/conf/port1/forwarding", "0");
    write_file("/proc/sys/net/ipv4/ip_forward", "1");
    assert_port("port0", "net.ipv4.conf.port0.forwarding");
    write_file("/proc/sys/net/ipv4/ip_forward", "0");
    assert_port("port0", NULL);
}

static void test_kernel_bridge(void **state)
{
    (void)state;
    if (!enter_namespace() || system("ip link add br0 type bridge 2>/dev/null") != 0)
        skip();
    quieten("port0");
    assert_int_equal(system("ip link set port0 master br0"), 0);
    assert_port("port0", "belongs to br0");
    assert_int_equal(system("ip link set port0 nomaster"), 0);
    assert_port("port0", NULL);
}

static void test_kernel_stacked(void **state)
{
    (void)state;
    if (!enter_namespace() || system("ip link add link port0 name upper0 type macvlan 2>/dev/null") != 0)
        skip();
    quieten("port0");
    assert_port("port0", "lies below upper0");
    assert_int_equal(system("ip link del upper0"), 0);
    assert_port("port0", NULL);
}

static void test_rtnetlink_of_nothing(void **state)
{
    struct ctl_rtnetlink_link link;
    char address[64] = "x";

    (void)state;
    assert_int_equal(ctl_rtnetlink_link(&link, 0x7fffffff), 0);
    assert_int_equal(link.master, 0);
    assert_string_equal(link.upper, "");
    assert_int_equal(ctl_rtnetlink_address(address, sizeof(address), 0x7fffffff), 0);
    assert_string_equal(address, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interfaces_of_devices),
        cmocka_unit_test(test_judgement),
        cmocka_unit_test(test_kernel),
        cmocka_unit_test(test_kernel_bridge),
        cmocka_unit_test(test_kernel_stacked),
        cmocka_unit_test(test_rtnetlink_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
