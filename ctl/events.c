/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/events.h"

#include "base/clock.h"
#include "base/log.h"
#include "ctl/eve.h"
#include "ctl/events_file.h"
#include "ctl/events_queue.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define COLLECT_BURST  64   /* records of one ring before the next ring has its turn */
#define IDLE_US        2000 /* the collector's pause when all rings are empty */
#define WAIT_MS        100  /* the writer's longest wait before it looks at its orders */
#define JOIN_MARGIN_MS 300  /* a wait and a pause of the writer may still be under way */

struct ctl_events {
    struct ctl_events_queue *queue;
    struct ctl_events_file file; /* the writer's */
    struct ctl_eve *eve;         /* the collector's, under eve_lock */
    struct dp_record_ring **rings;
    size_t num_rings;
    pthread_mutex_t eve_lock;
    pthread_mutex_t path_lock;
    char path[PATH_MAX]; /* under path_lock */
    pthread_t collector;
    pthread_t writer;
    _Atomic bool collector_stop;
    _Atomic bool writer_stop;
    _Atomic bool reopen;
    _Atomic uint64_t failed_writes;
    /* The writer's memory of what it has said in the log. */
    bool said_dropping;
    int said_error;
    uint64_t said_accepts;
    uint64_t said_blocks;
};

static void queue_record(struct ctl_events *events, const struct dp_record *record)
{
    bool block = record->verdict.action != VAL_ACTION_ACCEPT;
    size_t len = 0;
    const char *line = ctl_eve_line(events->eve, &record->verdict, &record->c, &len);

    if (line != NULL)
        (void)ctl_events_queue_push(events->queue, bytes_of(line, len), block);
    else
        ctl_events_queue_lose(events->queue, block);
}

/* One turn over all rings; the number of records. */
static size_t collect(struct ctl_events *events)
{
    size_t num = 0;

    pthread_mutex_lock(&events->eve_lock);
    for (size_t i = 0; i < events->num_rings; i++) {
        const struct dp_record *record;

        for (size_t n = 0; n < COLLECT_BURST && (record = dp_record_peek(events->rings[i])) != NULL; n++, num++) {
            queue_record(events, record);
            dp_record_pop(events->rings[i]);
        }
    }
    pthread_mutex_unlock(&events->eve_lock);
    return num;
}

static void *collector_main(void *argument)
{
    struct ctl_events *events = argument;

    for (;;) {
        /* Read before the turn: what was in the rings when the stop was ordered is still collected. */
        bool stop = atomic_load_explicit(&events->collector_stop, memory_order_acquire);

        if (collect(events) != 0)
            continue;
        if (stop)
            return NULL;
        (void)usleep(IDLE_US);
    }
}

static void open_again(struct ctl_events *events)
{
    char path[PATH_MAX];
    int failed;

    pthread_mutex_lock(&events->path_lock);
    memcpy(path, events->path, sizeof(path));
    pthread_mutex_unlock(&events->path_lock);
    failed = ctl_events_file_open(&events->file, path);
    if (!failed)
        return;
    atomic_fetch_add_explicit(&events->failed_writes, 1, memory_order_relaxed);
    log_line(LOG_LEVEL_ERROR, "events file=%s cannot be opened: %s; the file that was open stays in use", path,
             strerror(-failed));
}

/* Changes of state only: an error that goes on, or goes on differently, is said once. */
static void say_write(struct ctl_events *events, int failed)
{
    if (failed == -EAGAIN)
        return; /* slow, not broken */
    if (failed)
        atomic_fetch_add_explicit(&events->failed_writes, 1, memory_order_relaxed);
    if (failed == events->said_error)
        return;
    events->said_error = failed;
    if (failed)
        log_line(LOG_LEVEL_ERROR, "events file cannot be written: %s; tried again until it can", strerror(-failed));
    else
        log_line(LOG_LEVEL_INFO, "events file is written again");
}

static void say_drops(struct ctl_events *events)
{
    struct ctl_events_queue_fill fill;

    ctl_events_queue_look(events->queue, &fill);
    if (!events->said_dropping &&
        (fill.dropped_accepts > events->said_accepts || fill.dropped_blocks > events->said_blocks)) {
        events->said_dropping = true;
        log_line(LOG_LEVEL_WARNING, "events queue full: records are dropped, accepts before blocks, oldest first");
    }
    if (!events->said_dropping || fill.lines != 0)
        return;
    log_line(LOG_LEVEL_WARNING, "events queue drained: dropped_accepts=%llu dropped_blocks=%llu",
             (unsigned long long)(fill.dropped_accepts - events->said_accepts),
             (unsigned long long)(fill.dropped_blocks - events->said_blocks));
    events->said_dropping = false;
    events->said_accepts = fill.dropped_accepts;
    events->said_blocks = fill.dropped_blocks;
}

/* One batch: true when something may be left to write. */
static bool write_batch(struct ctl_events *events, unsigned wait_ms)
{
    struct ctl_events_file *file = &events->file;
    int failed;

    if (file->num == 0)
        file->num = ctl_events_queue_take(events->queue, file->batch, sizeof(file->batch), wait_ms);
    if (file->num == 0)
        return false;
    failed = ctl_events_file_write(file, WAIT_MS);
    say_write(events, failed);
    if (failed && failed != -EAGAIN)
        (void)usleep(WAIT_MS * 1000);
    return true;
}

static void *writer_main(void *argument)
{
    struct ctl_events *events = argument;
    int64_t end_us = 0;

    for (;;) {
        bool stop = atomic_load_explicit(&events->writer_stop, memory_order_acquire);
        bool more;

        if (stop && end_us == 0)
            end_us = clock_mono_us() + CTL_EVENTS_STOP_MS * 1000LL;
        if (atomic_exchange_explicit(&events->reopen, false, memory_order_acquire))
            open_again(events);
        more = write_batch(events, stop ? 0 : WAIT_MS);
        say_drops(events);
        if (stop && (!more || clock_mono_us() >= end_us))
            return NULL;
    }
}

static void release(struct ctl_events *events)
{
    ctl_events_file_fini(&events->file);
    ctl_events_queue_free(events->queue);
    ctl_eve_free(events->eve);
    pthread_mutex_destroy(&events->eve_lock);
    pthread_mutex_destroy(&events->path_lock);
    free((void *)events->rings);
    free(events);
}

static bool start_threads(struct ctl_events *events)
{
    if (pthread_create(&events->writer, NULL, writer_main, events) != 0)
        return false;
    if (pthread_create(&events->collector, NULL, collector_main, events) == 0)
        return true;
    atomic_store_explicit(&events->writer_stop, true, memory_order_release);
    pthread_join(events->writer, NULL);
    return false;
}

struct ctl_events *ctl_events_new(const struct ctl_events_config *config)
{
    struct ctl_events *events = calloc(1, sizeof(*events));
    int failed = -ENOMEM;

    if (!events) {
        log_line(LOG_LEVEL_ERROR, "events: out of memory");
        return NULL;
    }
    ctl_events_file_init(&events->file);
    pthread_mutex_init(&events->eve_lock, NULL);
    pthread_mutex_init(&events->path_lock, NULL);
    (void)snprintf(events->path, sizeof(events->path), "%s", config->path);
    events->num_rings = config->num_rings;
    events->rings = (struct dp_record_ring **)calloc(config->num_rings + 1, sizeof(*events->rings));
    events->queue = ctl_events_queue_new(config->queue_bytes);
    events->eve = ctl_eve_new(config->policy, true);
    if (events->rings && events->queue && events->eve) {
        memcpy((void *)events->rings, (const void *)config->rings, config->num_rings * sizeof(*events->rings));
        failed = ctl_events_file_open(&events->file, config->path);
    }
    if (!failed && start_threads(events))
        return events;
    log_line(LOG_LEVEL_ERROR, "events file=%s: %s", config->path,
             failed ? strerror(-failed) : "no thread could be started");
    release(events);
    return NULL;
}

void ctl_events_free(struct ctl_events *events)
{
    struct timespec until;

    if (!events)
        return;
    atomic_store_explicit(&events->collector_stop, true, memory_order_release);
    pthread_join(events->collector, NULL);
    atomic_store_explicit(&events->writer_stop, true, memory_order_release);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (CTL_EVENTS_STOP_MS + JOIN_MARGIN_MS) * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    if (pthread_timedjoin_np(events->writer, NULL, &until) != 0) {
        log_line(LOG_LEVEL_ERROR, "events file=%s hangs; what waited for it is lost", events->path);
        return; /* the writer still uses all of it; the process is about to end */
    }
    release(events);
}

void ctl_events_reopen(struct ctl_events *events, const char *path)
{
    pthread_mutex_lock(&events->path_lock);
    (void)snprintf(events->path, sizeof(events->path), "%s", path);
    pthread_mutex_unlock(&events->path_lock);
    atomic_store_explicit(&events->reopen, true, memory_order_release);
}

bool ctl_events_policy(struct ctl_events *events, const struct val_policy *policy)
{
    bool done;

    pthread_mutex_lock(&events->eve_lock);
    done = ctl_eve_policy(events->eve, policy);
    pthread_mutex_unlock(&events->eve_lock);
    return done;
}

void ctl_events_look(struct ctl_events *events, struct ctl_events_fill *out)
{
    struct ctl_events_queue_fill fill;

    ctl_events_queue_look(events->queue, &fill);
    *out =
        (struct ctl_events_fill){.lines = fill.lines,
                                 .bytes = fill.bytes,
                                 .dropped_accepts = fill.dropped_accepts,
                                 .dropped_blocks = fill.dropped_blocks,
                                 .failed_writes = atomic_load_explicit(&events->failed_writes, memory_order_relaxed)};
}
