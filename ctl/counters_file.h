/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counters_file: what the daemon has counted, as one JSON object in a file that is replaced whole, so that a reader always
 * finds a complete one.
 *
 *     {"time": "2026-05-04T12:00:00Z", "uptime_s": 10, "policy_epoch": 1,
 *      "counters": {"rx_packets": 7, ...}, "accepted": {"ok": 3}, "blocked": {"expired": 1},
 *      "fill": {"flows": 2, ...}, "events": {"lines": 0, ...},
 *      "ports": {"inside": {"missed": 0, "no_memory": 0, "bad_in": 0, "bad_out": 0}, "outside": {...}}}
 *
 * Counters are sums over all workers, every name always there (base/counter.h); verdicts are by reason (base/reason.h),
 * those that occurred.
 *
 * Threads: one. Errors: negative errno; the old file stays.
 */
#ifndef CELLGATE_CTL_COUNTERS_FILE_H
#define CELLGATE_CTL_COUNTERS_FILE_H

#include "base/bytes.h"
#include "base/counter.h"
#include "ctl/events.h"
#include "dataplane/box.h"
#include "dataplane/port.h"
#include "validator/policy.h"

struct ctl_counters_view {
    const struct counters *const *workers;
    size_t num_workers;
    const struct val_policy *policy;
    struct dp_box_fill fill;
    struct ctl_events_fill events;
    struct dp_port_losses ports[DP_SIDES];
    int64_t time_us; /* wall time */
    int64_t uptime_us;
};

/* ctl_counters_file_write: writes `path` anew. */
BYTES_MUST_CHECK int ctl_counters_file_write(const char *path, const struct ctl_counters_view *view);

#endif
