/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * loop: one worker's endless loop: ports, box and judge, turn by turn.
 *
 *     receive each side -> (spread) -> dp_box_step -> dp_box_tick -> judging -> dp_box_send -> transmit
 *
 * No lock, no allocation, no log, and no system call but the sleep of dataplane/pace and what a device's driver makes.
 * When it is told to stop it takes nothing more in, has everything that is still undecided recorded (dp_box_end()), and
 * returns; packets that are held then are not sent.
 *
 * Order of calls: dp_loop_new(); dp_loop_run() on the worker's thread; dp_loop_stop() from the control thread; when the
 * thread is back, dp_loop_free(). Box, ports, spread and judging are borrowed and freed by whoever made them.
 *
 * Threads: dp_loop_run() owns the box; the rest is for the control thread.
 */
#ifndef CELLGATE_DATAPLANE_LOOP_H
#define CELLGATE_DATAPLANE_LOOP_H

#include "dataplane/box.h"
#include "dataplane/judging.h"
#include "dataplane/port.h"
#include "dataplane/published.h"
#include "dataplane/spread.h"

struct dp_loop_config {
    uint32_t worker;
    struct dp_box *box;
    struct dp_port *ports[DP_SIDES];
    struct dp_spread *spread; /* NULL with a single worker */
    struct dp_judging *judging;
    const struct dp_published *policy;
    struct counters *counters; /* the box's */
    bool busy;                 /* polls without rest */
};

struct dp_loop;

/* dp_loop_new: NULL without memory. */
struct dp_loop *dp_loop_new(const struct dp_loop_config *config);
void dp_loop_free(struct dp_loop *loop);

/* dp_loop_run: the loop of a `struct dp_loop *`, until dp_loop_stop(); returns 0. */
int dp_loop_run(void *loop);
void dp_loop_stop(struct dp_loop *loop);

/* dp_loop_policy: the policy that the box works by since its last turn. */
const struct val_policy *dp_loop_policy(const struct dp_loop *loop);

/* dp_loop_fill: how full the box was some milliseconds ago. */
void dp_loop_fill(const struct dp_loop *loop, struct dp_box_fill *out);

#endif
