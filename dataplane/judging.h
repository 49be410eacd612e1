/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * judging: the way of a case from a worker's box to the judge and back.
 *
 * Two ways, the same code of the judge. In the worker's own loop: dp_judging_turn() judges a few cases on the spot, so
 * that packets wait no longer than those take. On a core of its own: the worker puts cases into a ring, the core's loop takes
 * them in bursts, from all its workers, and puts them back with their verdicts; the worker never waits. No more cases are
 * given away than can come back, the rest wait in the box, whose bounds count them.
 *
 * Order of calls: where there are cores, dp_judging_core_new() and its loop first; then one dp_judging for each worker;
 * dp_judging_turn() in each of its turns. At the end: the workers' loops stop, until dp_judging_out() is 0 for each;
 * the core's loop stops; dp_judging_free(), dp_judging_core_free().
 *
 * Threads: a dp_judging belongs to its worker, the loop of a core to its own thread; stop and free on the control thread.
 * No EAL is needed.
 */
#ifndef CELLGATE_DATAPLANE_JUDGING_H
#define CELLGATE_DATAPLANE_JUDGING_H

#include "dataplane/box.h"
#include "dataplane/published.h"

struct dp_judging;
struct dp_judging_core;

/* dp_judging_core_new: a judge with a memory of `chains_max` chains, for `num_workers` workers. NULL without memory. */
struct dp_judging_core *dp_judging_core_new(size_t chains_max, uint32_t num_workers, const struct dp_published *policy,
                                            bool busy);
void dp_judging_core_free(struct dp_judging_core *core);

/* dp_judging_core_run: the loop of a `struct dp_judging_core *`, until dp_judging_core_stop(); returns 0. */
int dp_judging_core_run(void *core);
void dp_judging_core_stop(struct dp_judging_core *core);

/* dp_judging_core_policy: the policy that the loop worked by in its last turn; any thread. */
const struct val_policy *dp_judging_core_policy(const struct dp_judging_core *core);

/* dp_judging_inline: judges in the worker's loop. NULL without memory. */
struct dp_judging *dp_judging_inline(size_t chains_max);

/* dp_judging_remote: judges on `core`; `seat` (< its num_workers) is this worker's alone. NULL without memory. */
struct dp_judging *dp_judging_remote(struct dp_judging_core *core, uint32_t seat);
void dp_judging_free(struct dp_judging *judging);

/* dp_judging_turn: gives away what waits for a verdict, gives the box what has one. True when there was anything. */
bool dp_judging_turn(struct dp_judging *judging, struct dp_box *box, const struct val_policy *policy, int64_t mono_us,
                     int64_t wall_us);

/* dp_judging_out: cases that are away. */
uint32_t dp_judging_out(const struct dp_judging *judging);

#endif
