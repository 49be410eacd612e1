/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/eal.h"
#include "dataplane/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SEED 0x5eedU

static struct dp_key key_of(uint32_t n)
{
    struct dp_key key = {.family = 4, .port = {(uint16_t)n, 443}, .vlan = {0xffff, 0xffff}};

    memcpy(key.address[0], &n, sizeof(n));
    return key;
}

static struct dp_flow *insert(struct dp_flows *flows, uint32_t n)
{
    struct dp_key key = key_of(n);
    struct dp_flow *flow = dp_flow_insert(flows, &key, dp_key_hash(&key, SEED));

    if (flow != NULL)
        flow->state = 1;
    return flow;
}

static struct dp_flow *lookup(struct dp_flows *flows, uint32_t n)
{
    struct dp_key key = key_of(n);

    return dp_flow_lookup(flows, &key, dp_key_hash(&key, SEED));
}

static void holds_as_many_as_said(void **state)
{
    static const uint32_t sizes[] = {1, 7, 8, 1000};

    for (size_t i = 0; i < 4; i++) {
        struct dp_flows *flows = dp_flows_new(sizes[i], SEED);

        assert_non_null(flows);
        for (uint32_t n = 0; n < sizes[i]; n++)
            assert_non_null(insert(flows, n));
        assert_null(insert(flows, sizes[i]));
        assert_int_equal(dp_flows_used(flows), sizes[i]);
        for (uint32_t n = 0; n < sizes[i]; n++)
            assert_non_null(lookup(flows, n));
        assert_null(lookup(flows, sizes[i]));
        dp_flow_remove(flows, lookup(flows, 0));
        assert_null(lookup(flows, 0));
        assert_non_null(insert(flows, sizes[i]));
        dp_flows_free(flows);
    }
    assert_null(dp_flows_new(0, SEED));
    dp_flows_free(NULL);
}

static void names_end_with_their_flow(void **state)
{
    struct dp_flows *flows = dp_flows_new(16, SEED);
    struct dp_flow *flow = insert(flows, 1);
    uint64_t name = dp_flow_name(flows, flow);
    uint64_t removed = dp_flows_removed(flows);

    assert_ptr_equal(dp_flow_named(flows, name), flow);
    dp_flow_remove(flows, flow);
    assert_int_equal(dp_flows_removed(flows), removed + 1);
    assert_null(dp_flow_named(flows, name));
    for (uint32_t n = 0; n < 16; n++)
        assert_non_null(insert(flows, n));
    assert_null(dp_flow_named(flows, name));
    assert_null(dp_flow_named(flows, UINT64_MAX));
    assert_null(dp_flow_named(flows, 17));
    dp_flows_free(flows);
}

static void burst_finds_the_same(void **state)
{
    struct dp_flows *flows = dp_flows_new(64, SEED);
    struct dp_key keys[40];
    const struct dp_key *names[40];
    uint32_t hashes[40];
    struct dp_flow *found[40];

    for (uint32_t n = 0; n < 40; n++) {
        keys[n] = key_of(n);
        names[n] = &keys[n];
        hashes[n] = dp_key_hash(&keys[n], SEED);
        if (n % 3 == 0)
            insert(flows, n);
    }
    dp_flow_lookup_burst(flows, found, names, hashes, 0);
    dp_flow_lookup_burst(flows, found, names, hashes, 40);
    for (uint32_t n = 0; n < 40; n++) {
        assert_ptr_equal(found[n], lookup(flows, n));
        assert_true((found[n] != NULL) == (n % 3 == 0));
    }
    dp_flows_free(flows);
}

static void cursor_sees_all(void **state)
{
    struct dp_flows *flows = dp_flows_new(50, SEED);
    uint32_t seen = 0;

    for (uint32_t n = 0; n < 20; n++)
        insert(flows, n);
    for (uint32_t i = 0; i < dp_flows_entries(flows); i++)
        seen += dp_flow_next(flows) != NULL;
    assert_int_equal(seen, 20);
    dp_flows_free(flows);
}

/* Comes and goes as a table does in use: never a lost flow, never a wrong one. */
static void churn(void **state)
{
    enum { FLOWS = 300, KEYS = 500 };
    struct dp_flows *flows = dp_flows_new(FLOWS, SEED);
    static bool in[KEYS];
    uint32_t used = 0;
    uint32_t random = 3;

    memset(in, 0, sizeof(in));
    for (int step = 0; step < 100000; step++) {
        uint32_t n;
        struct dp_flow *flow;

        random = random * 1103515245U + 12345U;
        n = (random >> 12) % KEYS;
        flow = lookup(flows, n);
        assert_true((flow != NULL) == in[n]);
        if (in[n]) {
            struct dp_key key = key_of(n);

            assert_memory_equal(&flow->key, &key, sizeof(key));
            dp_flow_remove(flows, flow);
            used--;
            in[n] = false;
        } else if (insert(flows, n) != NULL) {
            used++;
            in[n] = true;
        } else {
            assert_int_equal(used, FLOWS);
        }
        assert_int_equal(dp_flows_used(flows), used);
    }
    dp_flows_free(flows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_as_many_as_said),
        cmocka_unit_test(names_end_with_their_flow),
        cmocka_unit_test(burst_finds_the_same),
        cmocka_unit_test(cursor_sees_all),
        cmocka_unit_test(churn),
    };

    if (dp_eal_plain(128) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
