/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/events_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define NS_PER_MS 1000000L
#define NS_PER_S  1000000000L

struct line {
    struct line *next;
    uint64_t number; /* order of arrival, over both lists */
    size_t len;
    char text[];
};

/* Two lists, because the oldest accept must be found at once among any number of blocks. */
struct list {
    struct line *first;
    struct line *last;
    uint64_t dropped;
};

enum { ACCEPTS = 0, BLOCKS = 1, KINDS = 2 };

struct ctl_events_queue {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    struct list list[KINDS];
    size_t bytes_max;
    size_t bytes;
    uint64_t num;
    uint64_t next_number;
};

static size_t cost(size_t len)
{
    return sizeof(struct line) + len;
}

struct ctl_events_queue *ctl_events_queue_new(size_t bytes_max)
{
    struct ctl_events_queue *queue = calloc(1, sizeof(*queue));
    pthread_condattr_t attributes;

    if (!queue)
        return NULL;
    queue->bytes_max = bytes_max;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->arrived, &attributes);
    pthread_condattr_destroy(&attributes);
    return queue;
}

/* Takes the first line off a list; the caller frees it. */
static struct line *detach(struct ctl_events_queue *queue, int kind)
{
    struct list *list = &queue->list[kind];
    struct line *line = list->first;

    list->first = line->next;
    if (!list->first)
        list->last = NULL;
    queue->bytes -= cost(line->len);
    queue->num--;
    return line;
}

void ctl_events_queue_free(struct ctl_events_queue *queue)
{
    if (!queue)
        return;
    for (int kind = 0; kind < KINDS; kind++)
        while (queue->list[kind].first)
            free(detach(queue, kind));
    pthread_cond_destroy(&queue->arrived);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

static void drop_first(struct ctl_events_queue *queue, int kind)
{
    free(detach(queue, kind));
    queue->list[kind].dropped++;
}

/* Makes room for `need` bytes; false when the new line itself is what has to go. */
static bool make_room(struct ctl_events_queue *queue, size_t need, bool block)
{
    if (need > queue->bytes_max)
        return false;
    while (queue->bytes_max - queue->bytes < need) {
        if (queue->list[ACCEPTS].first)
            drop_first(queue, ACCEPTS);
        else if (block)
            drop_first(queue, BLOCKS);
        else
            return false;
    }
    return true;
}

static void append(struct ctl_events_queue *queue, int kind, struct line *line)
{
    struct list *list = &queue->list[kind];

    line->number = queue->next_number++;
    if (list->last)
        list->last->next = line;
    else
        list->first = line;
    list->last = line;
    queue->bytes += cost(line->len);
    queue->num++;
}

bool ctl_events_queue_push(struct ctl_events_queue *queue, struct bytes text, bool block)
{
    int kind = block ? BLOCKS : ACCEPTS;
    struct line *line = malloc(cost(text.left));
    uint64_t dropped;
    bool complete;

    if (line) {
        line->next = NULL;
        line->len = text.left;
        memcpy(line->text, text.at, text.left);
    }
    pthread_mutex_lock(&queue->lock);
    dropped = queue->list[ACCEPTS].dropped + queue->list[BLOCKS].dropped;
    if (line && make_room(queue, cost(text.left), block)) {
        append(queue, kind, line);
        pthread_cond_signal(&queue->arrived);
    } else {
        queue->list[kind].dropped++;
        free(line);
    }
    complete = queue->list[ACCEPTS].dropped + queue->list[BLOCKS].dropped == dropped;
    pthread_mutex_unlock(&queue->lock);
    return complete;
}

/* The list whose first line came before the other's; -1 when both are empty. */
static int oldest(const struct ctl_events_queue *queue)
{
    const struct line *accept = queue->list[ACCEPTS].first;
    const struct line *block = queue->list[BLOCKS].first;

    if (!accept || !block)
        return accept ? ACCEPTS : block ? BLOCKS : -1;
    return accept->number < block->number ? ACCEPTS : BLOCKS;
}

static void wait_for_line(struct ctl_events_queue *queue, unsigned wait_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (long)(wait_ms % 1000) * NS_PER_MS;
    if (until.tv_nsec >= NS_PER_S) {
        until.tv_nsec -= NS_PER_S;
        until.tv_sec++;
    }
    while (queue->num == 0)
        if (pthread_cond_timedwait(&queue->arrived, &queue->lock, &until) != 0)
            return;
}

size_t ctl_events_queue_take(struct ctl_events_queue *queue, char *out, size_t size, unsigned wait_ms)
{
    size_t used = 0;
    int kind;

    pthread_mutex_lock(&queue->lock);
    if (wait_ms != 0)
        wait_for_line(queue, wait_ms);
    while ((kind = oldest(queue)) >= 0) {
        struct line *line = queue->list[kind].first;

        if (line->len > size) {
            drop_first(queue, kind);
            continue;
        }
        if (line->len > size - used)
            break;
        memcpy(out + used, line->text, line->len);
        used += line->len;
        free(detach(queue, kind));
    }
    pthread_mutex_unlock(&queue->lock);
    return used;
}

void ctl_events_queue_lose(struct ctl_events_queue *queue, bool block)
{
    pthread_mutex_lock(&queue->lock);
    queue->list[block ? BLOCKS : ACCEPTS].dropped++;
    pthread_mutex_unlock(&queue->lock);
}

void ctl_events_queue_look(struct ctl_events_queue *queue, struct ctl_events_queue_fill *out)
{
    pthread_mutex_lock(&queue->lock);
    *out = (struct ctl_events_queue_fill){.lines = queue->num,
                                          .bytes = queue->bytes,
                                          .dropped_accepts = queue->list[ACCEPTS].dropped,
                                          .dropped_blocks = queue->list[BLOCKS].dropped};
    pthread_mutex_unlock(&queue->lock);
}
