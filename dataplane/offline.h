/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * offline: one box and one judge driven by frames from memory, at whatever time the caller says it is.
 *
 * What a worker's loop does with ports, this does with bytes: a frame in, the box's turn, the judge's turn, frames out.
 * There is no thread, no port and no privilege; EAL must have been started (dataplane/eal). Replay is built on it.
 *
 * Each frame is copied to memory of exactly its length, so that a sanitizer sees a read past its end.
 *
 * Order of calls: dp_offline_new(); dp_offline_frame() for each frame, taking everything out with dp_offline_take() and
 * from dp_offline_records() after each; dp_offline_end() at the end, with a last look at the records; dp_offline_free().
 *
 * Threads: one. Errors: a frame for which there is no memory is dropped and counted (dropped_no_memory).
 */
#ifndef CELLGATE_DATAPLANE_OFFLINE_H
#define CELLGATE_DATAPLANE_OFFLINE_H

#include "base/bytes.h"
#include "dataplane/box.h"

struct dp_offline;

/* dp_offline_new: `config->pool` is ignored, a pool is made for config->held_packets_max held packets and those in hand.
 * `name` is unique among the offline boxes of the process. NULL without memory. */
struct dp_offline *dp_offline_new(const struct dp_box_config *config, size_t chains_max, const char *name);
void dp_offline_free(struct dp_offline *offline);

/* dp_offline_frame: one frame that came in by `side` at `time_us` (wall time; time-outs follow it but never run back). */
void dp_offline_frame(struct dp_offline *offline, enum dp_side side, struct bytes frame, int64_t time_us);

/* dp_offline_take: the next frame that leaves by port `side`, copied to `out` (cut at `size`); its length, 0 for none. */
size_t dp_offline_take(struct dp_offline *offline, enum dp_side side, uint8_t *out, size_t size);

/* dp_offline_discard: throws away what would leave by either port. */
void dp_offline_discard(struct dp_offline *offline);

/* dp_offline_end: nothing more will come: some more undecided flows get their records; false when none is left. */
bool dp_offline_end(struct dp_offline *offline);

/* dp_offline_records, dp_offline_counters: the box's records (to be popped) and counters; borrowed until dp_offline_free(). */
struct dp_record_ring *dp_offline_records(struct dp_offline *offline);
const struct counters *dp_offline_counters(const struct dp_offline *offline);

/* dp_offline_memory: the most bytes that such a box and its judge take. */
size_t dp_offline_memory(const struct dp_box_config *config, size_t chains_max);

#endif
