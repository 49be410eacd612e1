/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/record.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct val_case *case_of(uint32_t extra)
{
    struct val_case *c = aligned_alloc(64, (sizeof(*c) + extra + 63) / 64 * 64);
    struct case_span span;
    uint8_t *bytes = malloc(extra + 1);

    case_init(c, (uint32_t)sizeof(*c) + extra);
    for (uint32_t i = 0; i < extra; i++)
        bytes[i] = (uint8_t)(i * 7 + extra);
    assert_true(case_append(c, &span, bytes_of(bytes, extra)));
    c->flow.flow_id = extra;
    c->flow.family = 4;
    free(bytes);
    return c;
}

static void assert_is(const struct dp_record *record, uint32_t extra)
{
    assert_non_null(record);
    assert_int_equal(record->verdict.policy_epoch, extra);
    assert_true(case_check(&record->c, record->len));
    assert_int_equal(record->c.flow.flow_id, extra);
    assert_int_equal(record->c.used, sizeof(struct val_case) + extra);
    assert_int_equal(record->c.capacity, record->c.used);
    for (uint32_t i = 0; i < extra; i++)
        assert_int_equal(((const uint8_t *)&record->c)[sizeof(struct val_case) + i], (uint8_t)(i * 7 + extra));
}

static bool push(struct dp_record_ring *ring, uint32_t extra)
{
    struct val_case *c = case_of(extra);
    struct val_verdict verdict = {.policy_epoch = extra};
    bool pushed = dp_record_push(ring, &verdict, c);

    free(c);
    return pushed;
}

static void keeps_order_and_content(void **state)
{
    struct dp_record_ring *ring = dp_record_ring_new(1);

    assert_null(dp_record_peek(ring));
    dp_record_pop(ring);
    for (uint32_t i = 0; i < 3000; i++) { /* many times around */
        assert_true(push(ring, i * 13 % 5000));
        assert_true(push(ring, 3));
        assert_is(dp_record_peek(ring), i * 13 % 5000);
        dp_record_pop(ring);
        assert_is(dp_record_peek(ring), 3);
        dp_record_pop(ring);
        assert_null(dp_record_peek(ring));
    }
    dp_record_ring_free(ring);
}

static void full_ring_refuses(void **state)
{
    struct dp_record_ring *ring = dp_record_ring_new(512 * 1024);
    uint32_t pushed = 0;

    assert_false(push(ring, 300 * 1024)); /* more than half of the ring */
    while (push(ring, 9000))
        pushed++;
    assert_in_range(pushed, 40, 52);
    for (int turn = 0; turn < 200; turn++) {
        assert_is(dp_record_peek(ring), 9000);
        dp_record_pop(ring);
        while (push(ring, 9000))
            ;
    }
    dp_record_ring_free(ring);
    dp_record_ring_free(NULL);
}

#define PASSED_ON 20000U

static void *reader(void *argument)
{
    struct dp_record_ring *ring = argument;
    uint32_t next = 0;

    while (next < PASSED_ON) {
        const struct dp_record *record = dp_record_peek(ring);

        if (record == NULL)
            continue;
        if (record->verdict.policy_epoch != next % 3000)
            return (void *)1;
        next++;
        dp_record_pop(ring);
    }
    return NULL;
}

static void two_threads(void **state)
{
    struct dp_record_ring *ring = dp_record_ring_new(1);
    struct val_case *c = case_of(3000);
    pthread_t thread;
    void *failed;

    assert_int_equal(pthread_create(&thread, NULL, reader, ring), 0);
    for (uint32_t i = 0; i < PASSED_ON; i++) {
        struct val_verdict verdict = {.policy_epoch = i % 3000};

        c->used = (uint32_t)sizeof(*c) + i % 3000;
        while (!dp_record_push(ring, &verdict, c))
            ;
    }
    pthread_join(thread, &failed);
    assert_null(failed);
    free(c);
    dp_record_ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_order_and_content),
        cmocka_unit_test(full_ring_refuses),
        cmocka_unit_test(two_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
