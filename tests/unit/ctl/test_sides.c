/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/sides.c" /* NOLINT: with a policy of the test's own */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The zones of this test: inside 10.4.0.0/16, outside 0.0.0.0/0; for IPv6 ::/0 on both sides. */
int val_policy_prefix(const struct val_policy *policy, uint8_t side, uint8_t family, const uint8_t address[16])
{
    if (family == 6)
        return 0;
    if (side == VAL_SIDE_OUTSIDE)
        return 0;
    return address[0] == 10 && address[1] == 4 ? 16 : -1;
}

static size_t ethernet(uint8_t *frame, uint16_t ethertype)
{
    memset(frame, 0, 12);
    frame[12] = (uint8_t)(ethertype >> 8);
    frame[13] = (uint8_t)ethertype;
    return 14;
}

static size_t ipv4(uint8_t *at, const uint8_t from[4], const uint8_t to[4], uint16_t from_port, uint16_t to_port)
{
    const uint8_t ports[] = {(uint8_t)(from_port >> 8), (uint8_t)from_port, (uint8_t)(to_port >> 8), (uint8_t)to_port};

    memset(at, 0, 20);
    at[0] = 0x45;
    at[9] = 6;
    memcpy(at + 12, from, 4);
    memcpy(at + 16, to, 4);
    memcpy(at + 20, ports, 4);
    return 24;
}

static const uint8_t machine[4] = {10, 4, 0, 7};
static const uint8_t other_machine[4] = {10, 4, 0, 8};
static const uint8_t partner[4] = {192, 0, 2, 9};

static uint8_t side_of(const uint8_t from[4], const uint8_t to[4], uint16_t from_port, uint16_t to_port)
{
    uint8_t frame[64];
    size_t len = ethernet(frame, 0x0800);

    len += ipv4(frame + len, from, to, from_port, to_port);
    return ctl_sides_sender(NULL, bytes_of(frame, len));
}

static void test_zones_decide(void **state)
{
    assert_int_equal(side_of(machine, partner, 40000, 443), VAL_SIDE_INSIDE);
    assert_int_equal(side_of(partner, machine, 443, 40000), VAL_SIDE_OUTSIDE);
    assert_int_equal(side_of(partner, machine, 40000, 8883), VAL_SIDE_OUTSIDE);
    assert_int_equal(side_of(machine, partner, 8883, 40000), VAL_SIDE_INSIDE);
}

static void test_ties_go_by_port_then_address_and_both_directions_agree(void **state)
{
    assert_int_equal(side_of(machine, other_machine, 40000, 443), VAL_SIDE_OUTSIDE);
    assert_int_equal(side_of(other_machine, machine, 443, 40000), VAL_SIDE_INSIDE);
    assert_int_equal(side_of(machine, other_machine, 500, 500), VAL_SIDE_INSIDE);
    assert_int_equal(side_of(other_machine, machine, 500, 500), VAL_SIDE_OUTSIDE);
}

static void test_tags_are_passed_over(void **state)
{
    uint8_t frame[64];
    size_t len = ethernet(frame, 0x88a8);

    memcpy(frame + len, "\x00\x05\x81\x00\x00\x07\x08\x00", 8);
    len += 8;
    len += ipv4(frame + len, partner, machine, 1, 2);
    assert_int_equal(ctl_sides_sender(NULL, bytes_of(frame, len)), VAL_SIDE_OUTSIDE);
}

static void test_ipv6_ports_behind_options(void **state)
{
    uint8_t frame[128] = {0};
    size_t len = ethernet(frame, 0x86dd);

    frame[len] = 0x60;
    frame[len + 6] = 0; /* hop-by-hop */
    frame[len + 8 + 15] = 1;
    frame[len + 24 + 15] = 2;
    len += 40;
    frame[len] = 6; /* then TCP */
    len += 8;
    memcpy(frame + len, "\x9c\x40\x01\xbb", 4);
    len += 4;
    assert_int_equal(ctl_sides_sender(NULL, bytes_of(frame, len)), VAL_SIDE_OUTSIDE);
    memcpy(frame + len - 4, "\x01\xbb\x9c\x40", 4);
    assert_int_equal(ctl_sides_sender(NULL, bytes_of(frame, len)), VAL_SIDE_INSIDE);
}

static void test_every_cut_is_survived(void **state)
{
    uint8_t frame[64];
    size_t whole = ethernet(frame, 0x0800);

    whole += ipv4(frame + whole, partner, machine, 1, 2);
    for (size_t len = 0; len < whole; len++) {
        uint8_t *exact = malloc(len + (len == 0));

        assert_non_null(exact);
        memcpy(exact, frame, len);
        (void)ctl_sides_sender(NULL, bytes_of(exact, len));
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zones_decide),
        cmocka_unit_test(test_ties_go_by_port_then_address_and_both_directions_agree),
        cmocka_unit_test(test_tags_are_passed_over),
        cmocka_unit_test(test_ipv6_ports_behind_options),
        cmocka_unit_test(test_every_cut_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
