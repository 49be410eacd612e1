/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/events.h"

#include "base/clock.h"
#include "ctl/policy_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define RINGS       2
#define CASE_MAX    8192
#define PATIENCE_US (10 * (int64_t)CLOCK_US_PER_S)

static const char policy_text[] =
    "cellgate: 1\ncell: c\nzones:\n  - {name: in, side: inside, networks: [10.0.0.0/8]}\n"
    "  - {name: out, side: outside, networks: [192.0.2.0/24]}\n"
    "conduits:\n  - {name: orders, from: {zone: out, grade: G0}, to: {zone: in, grade: G0}, ports: any}\n";

struct place {
    char folder[32];
    char path[64];
    char moved[64];
    struct dp_record_ring *ring[RINGS];
    struct val_policy *policy;
    struct val_case *c;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    struct ctl_complaints complaints;

    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/test_events.XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->path, sizeof(place->path), "%s/events", place->folder);
    (void)snprintf(place->moved, sizeof(place->moved), "%s/events.1", place->folder);
    for (int i = 0; i < RINGS; i++)
        place->ring[i] = dp_record_ring_new(1 << 20);
    assert_int_equal(
        ctl_policy_read(&place->policy, &complaints, "p", bytes_of(policy_text, strlen(policy_text)), NULL, 1), 0);
    place->c = aligned_alloc(64, CASE_MAX);
    case_init(place->c, CASE_MAX);
    place->c->flow.family = 4;
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    for (int i = 0; i < RINGS; i++)
        dp_record_ring_free(place->ring[i]);
    val_policy_free(place->policy);
    unlink(place->path);
    unlink(place->moved);
    rmdir(place->folder);
    free(place->c);
    free(place);
    return 0;
}

static struct ctl_events *start(struct place *place, size_t queue_bytes)
{
    struct ctl_events_config config = {.path = place->path,
                                       .queue_bytes = queue_bytes,
                                       .rings = place->ring,
                                       .num_rings = RINGS,
                                       .policy = place->policy};

    return ctl_events_new(&config);
}

static bool push(struct place *place, int ring, uint64_t flow_id, uint8_t action)
{
    struct val_verdict verdict = {
        .action = action, .reason = action == VAL_ACTION_ACCEPT ? REASON_OK : REASON_EXPIRED, .policy_epoch = 1};

    place->c->flow.flow_id = flow_id;
    return dp_record_push(place->ring[ring], &verdict, place->c);
}

static size_t count(const char *path, const char *what)
{
    FILE *file = fopen(path, "r");
    char line[4096];
    size_t num = 0;

    while (file && fgets(line, sizeof(line), file)) {
        assert_true(line[0] == '{' && line[strlen(line) - 1] == '\n'); /* whole lines */
        num += strstr(line, what) != NULL;
    }
    if (file)
        fclose(file);
    return num;
}

static void wait_for_lines(const char *path, size_t num)
{
    int64_t end_us = clock_mono_us() + PATIENCE_US;

    while (count(path, "\"event_type\":\"verdict\"") < num) {
        assert_true(clock_mono_us() < end_us);
        (void)usleep(2000);
    }
}

static void test_records_reach_the_file(void **state)
{
    struct place *place = *state;
    struct ctl_events *events = start(place, 1 << 20);
    struct ctl_events_fill fill;

    assert_non_null(events);
    for (uint64_t i = 0; i < 100; i++)
        assert_true(push(place, (int)(i % RINGS), i, i % 3 ? VAL_ACTION_ACCEPT : VAL_ACTION_BLOCK));
    wait_for_lines(place->path, 100);
    ctl_events_look(events, &fill);
    assert_int_equal(fill.dropped_accepts + fill.dropped_blocks + fill.failed_writes, 0);
    assert_int_equal(count(place->path, "\"action\":\"block\""), 34);
    assert_int_equal(count(place->path, "\"conduit\":\"orders\""), 100);
    ctl_events_free(events);
}

static void test_the_end_writes_what_is_there(void **state)
{
    struct place *place = *state;
    struct ctl_events *events = start(place, 1 << 22);

    for (uint64_t i = 0; i < 400; i++)
        assert_true(push(place, (int)(i % RINGS), i, VAL_ACTION_ACCEPT));
    ctl_events_free(events);
    assert_int_equal(count(place->path, "\"action\":\"accept\""), 400);
}

static void test_reopen_after_rotation(void **state)
{
    struct place *place = *state;
    struct ctl_events *events = start(place, 1 << 20);
    int64_t end_us = clock_mono_us() + PATIENCE_US;

    assert_true(push(place, 0, 1, VAL_ACTION_ACCEPT));
    wait_for_lines(place->path, 1);
    assert_int_equal(rename(place->path, place->moved), 0);
    ctl_events_reopen(events, place->path);
    while (access(place->path, F_OK) != 0) {
        assert_true(clock_mono_us() < end_us);
        (void)usleep(2000);
    }
    assert_true(push(place, 1, 2, VAL_ACTION_ACCEPT));
    wait_for_lines(place->path, 1);
    assert_int_equal(count(place->moved, "\"flow_id\":1,"), 1);
    assert_int_equal(count(place->path, "\"flow_id\":2,"), 1);
    ctl_events_free(events);
}

/* A pipe that nobody reads: records go on being collected, accepts are lost before blocks, and the end does not wait. */
static void test_a_hanging_disk(void **state)
{
    struct place *place = *state;
    int64_t end_us = clock_mono_us() + PATIENCE_US;
    struct ctl_events_fill fill;
    struct ctl_events *events;
    int64_t stop_us;
    int reader;

    assert_int_equal(mkfifo(place->path, 0600), 0);
    reader = open(place->path, O_RDONLY | O_NONBLOCK);
    events = start(place, 1 << 17);
    assert_non_null(events);
    for (uint64_t i = 0; i < 6000; i++)
        while (!push(place, (int)(i % RINGS), i, i % 50 ? VAL_ACTION_ACCEPT : VAL_ACTION_BLOCK)) {
            assert_true(clock_mono_us() < end_us);
            (void)usleep(1000);
        }
    do {
        assert_true(clock_mono_us() < end_us);
        (void)usleep(2000);
        ctl_events_look(events, &fill);
    } while (dp_record_peek(place->ring[0]) || dp_record_peek(place->ring[1]));
    assert_true(fill.dropped_accepts > 1000);
    assert_int_equal(fill.dropped_blocks, 0);
    assert_true(fill.bytes <= 1 << 17);
    stop_us = clock_mono_us();
    ctl_events_free(events);
    assert_true(clock_mono_us() - stop_us < CLOCK_US_PER_S);
    close(reader);
}

static void test_a_file_that_cannot_be_opened(void **state)
{
    struct place *place = *state;

    (void)snprintf(place->path, sizeof(place->path), "%s/no/events", place->folder);
    assert_null(start(place, 1 << 20));
}

static void test_a_new_policy_brings_its_names(void **state)
{
    struct place *place = *state;
    struct ctl_events *events = start(place, 1 << 20);

    assert_true(ctl_events_policy(events, place->policy));
    assert_true(push(place, 0, 1, VAL_ACTION_ACCEPT));
    wait_for_lines(place->path, 1);
    assert_int_equal(count(place->path, "\"conduit\":\"orders\""), 1);
    ctl_events_free(events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_records_reach_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_end_writes_what_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reopen_after_rotation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_hanging_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_that_cannot_be_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_new_policy_brings_its_names, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
