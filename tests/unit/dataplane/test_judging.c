/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/judging.h"
#include "validator/judge.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define CASES_MAX 4000

/* In the box's place: cases that wait, cases that came back. */
struct dp_box {
    size_t waiting;
    size_t given;
    size_t back;
    uint8_t seen[CASES_MAX];
};

/* In the judge's place: accepts what it sees, and keeps the policy that it was to judge by. */
struct val_judge {
    size_t num_bursts;
};

static const struct val_policy *judged_by;
static size_t largest_burst;

struct val_judge *val_judge_new(size_t chains_max)
{
    assert_int_equal(chains_max, 5);
    return calloc(1, sizeof(struct val_judge));
}

void val_judge_free(struct val_judge *judge)
{
    free(judge);
}

void val_judge_burst(struct val_judge *judge, const struct val_policy *policy, struct val_case *const cases[],
                     struct val_verdict verdicts[], size_t num)
{
    judge->num_bursts++;
    judged_by = policy;
    if (num > largest_burst)
        largest_burst = num;
    for (size_t i = 0; i < num; i++)
        verdicts[i] = (struct val_verdict){.action = VAL_ACTION_ACCEPT, .held_us = (uint32_t)(uintptr_t)cases[i]};
}

/* Case n is the pointer n + 1: nobody on the way looks into it. */
size_t dp_box_cases(struct dp_box *box, struct val_case *cases[], size_t max)
{
    size_t num = 0;

    while (num < max && box->given < box->waiting)
        cases[num++] = (struct val_case *)(uintptr_t)(++box->given);
    return num;
}

void dp_box_verdicts(struct dp_box *box, struct val_case *const cases[], const struct val_verdict verdicts[],
                     size_t num, int64_t mono_us, int64_t wall_us)
{
    assert_int_equal(mono_us, 1);
    assert_int_equal(wall_us, 2);
    for (size_t i = 0; i < num; i++) {
        size_t id = (size_t)(uintptr_t)cases[i];

        assert_int_equal(verdicts[i].action, VAL_ACTION_ACCEPT);
        assert_int_equal(verdicts[i].held_us, id); /* the verdict is that of this case */
        assert_int_equal(box->seen[id], 0);
        box->seen[id] = 1;
    }
    box->back += num;
}

static const struct val_policy *policy_number(uintptr_t n)
{
    return (const struct val_policy *)n;
}

static void test_inline(void **state)
{
    struct dp_judging *judging = dp_judging_inline(5);
    struct dp_box box = {.waiting = 20};
    int turns = 0;

    (void)state;
    largest_burst = 0;
    while (dp_judging_turn(judging, &box, policy_number(8), 1, 2)) {
        turns++;
        assert_int_equal(dp_judging_out(judging), 0);
    }
    assert_int_equal(box.back, 20);
    assert_ptr_equal(judged_by, policy_number(8));
    assert_true(largest_burst <= 8); /* packets do not wait for the judge for long */
    assert_true(turns >= 3);
    dp_judging_free(judging);
}

static void rest(void)
{
    const struct timespec time = {.tv_nsec = 100000};

    nanosleep(&time, NULL);
}

static void *run_core(void *core)
{
    return dp_judging_core_run(core) == 0 ? core : NULL;
}

static void test_core(void **state)
{
    struct dp_published published = {NULL};
    struct dp_judging_core *core;
    struct dp_judging *judging[2];
    struct dp_box *boxes = calloc(2, sizeof(*boxes));
    pthread_t thread;
    void *ended;

    (void)state;
    dp_published_set(&published, policy_number(1));
    core = dp_judging_core_new(5, 2, &published, false);
    judging[0] = dp_judging_remote(core, 0);
    judging[1] = dp_judging_remote(core, 1);
    assert_int_equal(pthread_create(&thread, NULL, run_core, core), 0);
    boxes[0].waiting = 3000;
    boxes[1].waiting = 200;
    while (boxes[0].back < 3000 || boxes[1].back < 200) {
        (void)dp_judging_turn(judging[0], &boxes[0], policy_number(9), 1, 2);
        (void)dp_judging_turn(judging[1], &boxes[1], policy_number(9), 1, 2);
    }
    assert_int_equal(dp_judging_out(judging[0]), 0);
    assert_ptr_equal(judged_by, policy_number(1)); /* the core's own, not the worker's */
    dp_published_set(&published, policy_number(2));
    while (dp_judging_core_policy(core) != policy_number(2))
        rest();
    boxes[1].waiting = 201;
    while (boxes[1].back < 201)
        (void)dp_judging_turn(judging[1], &boxes[1], policy_number(9), 1, 2);
    assert_ptr_equal(judged_by, policy_number(2));
    dp_judging_core_stop(core);
    assert_int_equal(pthread_join(thread, &ended), 0);
    assert_ptr_equal(ended, core);
    dp_judging_free(judging[0]);
    dp_judging_free(judging[1]);
    dp_judging_core_free(core);
    free(boxes);
}

/* While nobody judges, no more cases go out than can come back, and none is lost. */
static void test_core_is_late(void **state)
{
    struct dp_published published = {NULL};
    struct dp_judging_core *core = dp_judging_core_new(5, 1, &published, true);
    struct dp_judging *judging = dp_judging_remote(core, 0);
    struct dp_box *box = calloc(1, sizeof(*box));
    uint32_t out = 0;
    pthread_t thread;

    (void)state;
    box->waiting = CASES_MAX - 1;
    while (dp_judging_turn(judging, box, NULL, 1, 2))
        out = dp_judging_out(judging);
    assert_in_range(out, 500, CASES_MAX - 2);
    assert_int_equal(box->given, out);
    assert_int_equal(pthread_create(&thread, NULL, run_core, core), 0);
    while (box->back < box->waiting)
        (void)dp_judging_turn(judging, box, NULL, 1, 2);
    dp_judging_core_stop(core);
    assert_int_equal(pthread_join(thread, NULL), 0);
    dp_judging_free(judging);
    dp_judging_core_free(core);
    free(box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inline),
        cmocka_unit_test(test_core),
        cmocka_unit_test(test_core_is_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
