/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/events_queue.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

/* What a line of one character and its newline takes: the bound of a queue for n of them is n times this. */
static size_t cost_of_one(void)
{
    struct ctl_events_queue *queue = ctl_events_queue_new(1 << 20);
    struct ctl_events_queue_fill fill;

    assert_true(ctl_events_queue_push(queue, bytes_of("a\n", 2), false));
    ctl_events_queue_look(queue, &fill);
    ctl_events_queue_free(queue);
    return fill.bytes;
}

/* Capital letters are blocks. */
static bool push(struct ctl_events_queue *queue, char letter)
{
    char line[] = {letter, '\n'};

    return ctl_events_queue_push(queue, bytes_of(line, 2), letter < 'a');
}

static void expect(struct ctl_events_queue *queue, const char *wanted, uint64_t accepts, uint64_t blocks)
{
    struct ctl_events_queue_fill fill;
    char out[256];
    size_t len = ctl_events_queue_take(queue, out, sizeof(out) - 1, 0);

    out[len] = 0;
    assert_string_equal(out, wanted);
    ctl_events_queue_look(queue, &fill);
    assert_int_equal(fill.lines, 0);
    assert_int_equal(fill.bytes, 0);
    assert_int_equal(fill.dropped_accepts, accepts);
    assert_int_equal(fill.dropped_blocks, blocks);
}

static void test_lines_leave_in_order(void **state)
{
    struct ctl_events_queue *queue = ctl_events_queue_new(1 << 20);

    expect(queue, "", 0, 0);
    for (const char *at = "aBcDDe"; *at; at++)
        assert_true(push(queue, *at));
    expect(queue, "a\nB\nc\nD\nD\ne\n", 0, 0);
    assert_true(push(queue, 'f'));
    expect(queue, "f\n", 0, 0);
    ctl_events_queue_free(queue);
}

static void test_accepts_go_before_blocks_oldest_first(void **state)
{
    struct ctl_events_queue *queue = ctl_events_queue_new(4 * cost_of_one());

    for (const char *at = "AbCd"; *at; at++)
        assert_true(push(queue, *at));
    assert_false(push(queue, 'E')); /* for b */
    assert_false(push(queue, 'f')); /* for d */
    expect(queue, "A\nC\nE\nf\n", 2, 0);
    for (const char *at = "ABCD"; *at; at++)
        assert_true(push(queue, *at));
    assert_false(push(queue, 'e')); /* an accept does not push out a block */
    assert_false(push(queue, 'F')); /* for A */
    expect(queue, "B\nC\nD\nF\n", 3, 1);
    ctl_events_queue_free(queue);
}

static void test_a_line_larger_than_all(void **state)
{
    struct ctl_events_queue *queue = ctl_events_queue_new(200);
    static char line[300];

    assert_true(push(queue, 'a'));
    assert_false(ctl_events_queue_push(queue, bytes_of(line, sizeof(line)), true));
    expect(queue, "a\n", 0, 1); /* nothing was pushed out in vain */
    ctl_events_queue_free(queue);
}

static void test_whole_lines_only(void **state)
{
    struct ctl_events_queue *queue = ctl_events_queue_new(1 << 20);
    char out[8];

    assert_true(ctl_events_queue_push(queue, bytes_of("first\n", 6), false));
    assert_true(ctl_events_queue_push(queue, bytes_of("2\n", 2), true));
    assert_true(ctl_events_queue_push(queue, bytes_of("3\n", 2), false));
    assert_int_equal(ctl_events_queue_take(queue, out, 7, 0), 6);
    assert_int_equal(ctl_events_queue_take(queue, out, 7, 0), 4);
    assert_memory_equal(out, "2\n3\n", 4);
    assert_true(ctl_events_queue_push(queue, bytes_of("too long\n", 9), false));
    assert_true(ctl_events_queue_push(queue, bytes_of("4\n", 2), false));
    assert_int_equal(ctl_events_queue_take(queue, out, 7, 0), 2);
    expect(queue, "", 1, 0);
    ctl_events_queue_free(queue);
}

static void *push_later(void *argument)
{
    (void)usleep(50000);
    (void)push(argument, 'a');
    return NULL;
}

static void test_a_line_that_could_not_be_made_is_counted(void **state)
{
    struct ctl_events_queue *queue = ctl_events_queue_new(1 << 20);

    ctl_events_queue_lose(queue, true);
    ctl_events_queue_lose(queue, true);
    ctl_events_queue_lose(queue, false);
    expect(queue, "", 1, 2);
    ctl_events_queue_free(queue);
}

static void test_take_waits(void **state)
{
    struct ctl_events_queue *queue = ctl_events_queue_new(1 << 20);
    pthread_t thread;
    char out[8];

    assert_int_equal(ctl_events_queue_take(queue, out, sizeof(out), 20), 0);
    assert_int_equal(pthread_create(&thread, NULL, push_later, queue), 0);
    assert_int_equal(ctl_events_queue_take(queue, out, sizeof(out), 10000), 2);
    pthread_join(thread, NULL);
    ctl_events_queue_free(queue);
}

/* Whatever comes in whatever order: the bound holds and every line is either taken or counted. */
static void test_nothing_is_lost_uncounted(void **state)
{
    size_t bound = 20 * cost_of_one();
    struct ctl_events_queue *queue = ctl_events_queue_new(bound);
    struct ctl_events_queue_fill fill;
    uint64_t taken = 0;
    char out[64];

    srand(7);
    for (int i = 0; i < 20000; i++) {
        (void)push(queue, rand() % 3 == 0 ? 'B' : 'a');
        ctl_events_queue_look(queue, &fill);
        assert_true(fill.bytes <= bound);
        if (rand() % 40 == 0)
            taken += ctl_events_queue_take(queue, out, sizeof(out), 0) / 2;
    }
    ctl_events_queue_look(queue, &fill);
    assert_true(fill.dropped_blocks > 0 && fill.dropped_accepts > 0);
    assert_int_equal(taken + fill.lines + fill.dropped_accepts + fill.dropped_blocks, 20000);
    ctl_events_queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_leave_in_order),
        cmocka_unit_test(test_accepts_go_before_blocks_oldest_first),
        cmocka_unit_test(test_a_line_larger_than_all),
        cmocka_unit_test(test_whole_lines_only),
        cmocka_unit_test(test_a_line_that_could_not_be_made_is_counted),
        cmocka_unit_test(test_take_waits),
        cmocka_unit_test(test_nothing_is_lost_uncounted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
