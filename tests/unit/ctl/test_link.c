/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/link.h"

#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define IP4 0x45, 0, 0, 20
#define IP6 0x60, 0, 0, 0

struct sample {
    int link_type;
    uint8_t frame[40];
    size_t len;
    bool found;
    uint16_t ethertype;
    uint8_t first; /* of what follows */
};

static const struct sample samples[] = {
    {DLT_EN10MB, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x08, 0x06, 0xaa}, 15, true, 0x0806, 0xaa},
    {DLT_LINUX_SLL, {0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x08, 0x00, IP4}, 20, true, 0x0800, 0x45},
    {DLT_LINUX_SLL2, {0x86, 0xdd, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, IP6}, 24, true, 0x86dd, 0x60},
    {DLT_RAW, {IP4}, 4, true, 0x0800, 0x45},
    {DLT_RAW, {IP6}, 4, true, 0x86dd, 0x60},
    {DLT_RAW, {0x15}, 1, false, 0, 0},
    {DLT_RAW, {0}, 0, false, 0, 0},
    {DLT_NULL, {2, 0, 0, 0, IP4}, 8, true, 0x0800, 0x45},
    {DLT_NULL, {0, 0, 0, 30, IP6}, 8, true, 0x86dd, 0x60}, /* AF_INET6 of another system, other byte order */
    {DLT_LOOP, {0, 0, 0, 2, IP4}, 8, true, 0x0800, 0x45},
    {DLT_NULL, {2, 0, 0}, 3, false, 0, 0},
    {DLT_PPP, {0xff, 0x03, 0x00, 0x21, IP4}, 8, true, 0x0800, 0x45},
    {DLT_PPP, {0x21, IP4}, 5, true, 0x0800, 0x45}, /* compressed protocol field */
    {DLT_PPP, {0x00, 0x57, IP6}, 6, true, 0x86dd, 0x60},
    {DLT_PPP, {0xff, 0x03, 0xc0, 0x21, 1}, 5, false, 0, 0}, /* LCP */
    {DLT_PPP, {0xff, 0x03}, 2, false, 0, 0},
    {DLT_C_HDLC, {0x0f, 0, 0x08, 0x00, IP4}, 8, true, 0x0800, 0x45},
    {DLT_LINUX_SLL, {0, 0, 0, 1}, 4, false, 0, 0},
};

static void test_each_link_type(void **state)
{
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const struct sample *sample = &samples[i];
        uint8_t *exact = malloc(sample->len + (sample->len == 0)); /* a read past the end is seen by ASan */
        struct bytes frame = bytes_of(exact, sample->len);
        uint16_t ethertype = 0;

        assert_non_null(exact);
        memcpy(exact, sample->frame, sample->len);
        assert_true(ctl_link_known(sample->link_type));
        assert_int_equal(ctl_link_find(&frame, &ethertype, sample->link_type), sample->found);
        if (sample->found) {
            assert_int_equal(ethertype, sample->ethertype);
            assert_int_equal(frame.at[0], sample->first);
        }
        free(exact);
    }
}

static void test_unknown_types_are_refused(void **state)
{
    assert_false(ctl_link_known(DLT_IEEE802_11));
    assert_true(ctl_link_ethernet(DLT_EN10MB));
    assert_false(ctl_link_ethernet(DLT_RAW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_link_type),
        cmocka_unit_test(test_unknown_types_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
