/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/policy_file.h"
#include "ctl/watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In the place of the corridor, the events and the policy reader: what was asked of them. */
static struct {
    bool policy_is_bad;
    bool corridor_is_late;
    bool events_are_full;
    unsigned freed;
    unsigned reopened;
    char reopened_path[128];
    const struct val_policy *in_force;
    const struct val_policy *named;
    uint32_t epoch;
} world;

static struct val_policy *policy_number(uint32_t n)
{
    return (struct val_policy *)(uintptr_t)(n * 16);
}

int ctl_policy_load(struct val_policy **out, struct ctl_complaints *complaints, const char *path, uint32_t epoch)
{
    assert_string_equal(path, "some-policy.yaml");
    world.epoch = epoch;
    if (world.policy_is_bad) {
        ctl_complain(complaints, 3, 1, "is bad");
        return -1;
    }
    *out = policy_number(epoch);
    return 0;
}

void val_policy_free(struct val_policy *policy)
{
    world.freed = (unsigned)((uintptr_t)policy / 16);
}

uint32_t val_policy_epoch(const struct val_policy *policy)
{
    return (uint32_t)((uintptr_t)policy / 16);
}

bool val_policy_monitor(const struct val_policy *policy)
{
    return policy == NULL;
}

bool ctl_events_policy(struct ctl_events *events, const struct val_policy *policy)
{
    assert_null(events);
    world.named = policy;
    return !world.events_are_full;
}

void ctl_events_reopen(struct ctl_events *events, const char *path)
{
    assert_null(events);
    world.reopened++;
    snprintf(world.reopened_path, sizeof(world.reopened_path), "%s", path);
}

void ctl_events_look(struct ctl_events *events, struct ctl_events_fill *out)
{
    assert_null(events);
    *out = (struct ctl_events_fill){0};
}

bool dp_corridor_policy(struct dp_corridor *corridor, const struct val_policy *policy)
{
    assert_null(corridor);
    world.in_force = policy;
    return !world.corridor_is_late;
}

const struct counters *dp_corridor_counters(const struct dp_corridor *corridor, uint32_t worker)
{
    static struct counters counters;

    assert_null(corridor);
    assert_int_equal(worker, 0);
    return &counters;
}

void dp_corridor_fill(const struct dp_corridor *corridor, struct dp_box_fill *out)
{
    assert_null(corridor);
    *out = (struct dp_box_fill){0};
}

void dp_corridor_losses(const struct dp_corridor *corridor, enum dp_side side, struct dp_port_losses *out)
{
    assert_null(corridor);
    assert_true(side < DP_SIDES);
    *out = (struct dp_port_losses){0};
}

void dp_corridor_link(struct dp_corridor *corridor)
{
    assert_null(corridor);
}

static char folder[] = "/tmp/cellgate-watch-XXXXXX";
static char path[64];
static struct ctl_settings settings;
static struct val_policy *policy;
static const struct ctl_watch watch = {.settings = &settings, .policy = &policy};

static void write_settings(const char *more)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fprintf(file, "policy: some-policy.yaml\ninside: net_ring0\noutside: net_ring1\n%s\n", more);
    fclose(file);
}

static int set_up(void **state)
{
    struct ctl_complaints complaints;

    (void)state;
    memset(&world, 0, sizeof(world));
    policy = policy_number(1);
    write_settings("events: one.json");
    ctl_complaints_init(&complaints, path);
    return ctl_settings_load(&settings, &complaints, path);
}

static void test_good_reload(void **state)
{
    (void)state;
    write_settings("events: two.json");
    assert_true(ctl_watch_reload(&watch));
    assert_ptr_equal(policy, policy_number(2));
    assert_ptr_equal(world.in_force, policy);
    assert_ptr_equal(world.named, policy);
    assert_int_equal(world.freed, 1);
    assert_int_equal(world.reopened, 1);
    assert_string_equal(world.reopened_path, "two.json");
    assert_string_equal(settings.events, "two.json");
    assert_true(ctl_watch_reload(&watch));
    assert_int_equal(world.epoch, 3);
}

static void assert_nothing_changed(void)
{
    assert_ptr_equal(policy, policy_number(1));
    assert_null(world.in_force);
    assert_string_equal(settings.events, "one.json");
    assert_int_equal(world.reopened, 1); /* rotation wants that in any case */
    assert_string_equal(world.reopened_path, "one.json");
}

static void test_bad_policy(void **state)
{
    (void)state;
    world.policy_is_bad = true;
    write_settings("events: two.json");
    assert_false(ctl_watch_reload(&watch));
    assert_nothing_changed();
    assert_int_equal(world.freed, 0);
}

static void test_bad_settings(void **state)
{
    static const char *const bad[] = {"nonsense: 1", "workers: 0", "workers: 2", "events: [", "polling: busy"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(set_up(NULL), 0);
        write_settings(bad[i]);
        assert_false(ctl_watch_reload(&watch));
        assert_nothing_changed();
    }
    assert_int_equal(set_up(NULL), 0);
    unlink(path);
    assert_false(ctl_watch_reload(&watch));
    assert_nothing_changed();
}

static void test_no_memory_for_names(void **state)
{
    (void)state;
    world.events_are_full = true;
    assert_false(ctl_watch_reload(&watch));
    assert_nothing_changed();
    assert_int_equal(world.freed, 2); /* the fresh one */
}

static void test_late_worker_keeps_the_old_policy(void **state)
{
    (void)state;
    world.corridor_is_late = true;
    assert_true(ctl_watch_reload(&watch));
    assert_ptr_equal(policy, policy_number(2));
    assert_int_equal(world.freed, 0);
}

static void *run(void *unused)
{
    ctl_watch(&watch);
    return unused;
}

static void test_signals(void **state)
{
    pthread_t thread;

    (void)state;
    ctl_watch_signals();
    assert_int_equal(pthread_create(&thread, NULL, run, NULL), 0);
    kill(getpid(), SIGHUP);
    while (__atomic_load_n(&world.reopened, __ATOMIC_ACQUIRE) == 0)
        usleep(1000);
    kill(getpid(), SIGTERM);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_ptr_equal(policy, policy_number(2));
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/cellgated.yaml", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good_reload, set_up),
        cmocka_unit_test_setup(test_bad_policy, set_up),
        cmocka_unit_test_setup(test_bad_settings, set_up),
        cmocka_unit_test_setup(test_no_memory_for_names, set_up),
        cmocka_unit_test_setup(test_late_worker_keeps_the_old_policy, set_up),
        cmocka_unit_test_setup(test_signals, set_up),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
