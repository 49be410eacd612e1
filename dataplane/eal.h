/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * eal: starts DPDK's environment layer, once per process, with the arguments that cellgate needs and no others.
 *
 * Two profiles: the daemon's (dp_eal_start(): one pinned thread for each poll loop, huge pages if wanted, PCI devices by
 * name only) and the plain one (dp_eal_plain(): no huge pages, no devices, no files outside the process, no thread of
 * its own and no pinning: for replay, tests and fuzzers, without privileges).
 *
 * The calling thread becomes EAL's main thread (lcore 0) and is free to run on all CPUs of the process: it is the
 * control thread, not a poll loop. Poll loop i is lcore i + 1. Virtual devices are only made here, because what makes one later
 * takes no more than 128 bytes of its string; dataplane/port says which one failed, and starts them.
 *
 * DPDK's own messages go to standard error, warnings and worse only.
 *
 * Errors: negative errno and one line in the log. `--no-huge` together with `--in-memory` is refused by DPDK: huge pages
 * are used in memory, ordinary ones with --no-shconf.
 *
 * Threads: the main thread only.
 */
#ifndef CELLGATE_DATAPLANE_EAL_H
#define CELLGATE_DATAPLANE_EAL_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DP_LOOPS_MAX 127 /* DPDK's usual limit of 128 lcores, without the main one */

/* CPUs in the order in which they are given to poll loops. */
struct dp_cpus {
    uint32_t num;
    uint16_t cpu[1024];
};

struct dp_eal_config {
    const char *const *pci; /* PCI addresses that DPDK may touch; none: the PCI bus is left alone */
    size_t num_pci;
    const char *const *virtual; /* device strings of virtual devices that are to be there */
    size_t num_virtual;
    const char *const *more; /* further arguments, as a person gave them; they win over ours */
    size_t num_more;
    const struct dp_cpus *cpus; /* at least num_loops; loop i is pinned to cpus->cpu[i] */
    uint32_t num_loops;         /* poll loops, judges included; at most DP_LOOPS_MAX */
    uint32_t memory_mb;         /* for packets and tables, as far as they come from DPDK */
    bool huge;                  /* in huge pages */
};

/* dp_eal_cpus: the CPUs that `text` names ("1-3,5"), or where it is empty those that the process may run on, in rising
 * order. False with a line in `why` (of `size` bytes) where the text is no such list or the process may not run on one. */
BYTES_MUST_CHECK bool dp_eal_cpus(struct dp_cpus *out, const char *text, char *why, size_t size);

/* dp_eal_huge_mb: megabytes of huge pages that are free on this machine now. */
uint64_t dp_eal_huge_mb(void);

/* dp_eal_start: the daemon's profile. */
BYTES_MUST_CHECK int dp_eal_start(const struct dp_eal_config *config);

/* dp_eal_plain: the profile of replay and tests, with at most `memory_mb` (touched only as it is used). */
BYTES_MUST_CHECK int dp_eal_plain(uint32_t memory_mb);

/* dp_eal_stop: after everything that came from DPDK has been given back. EAL cannot be started again in this process. */
void dp_eal_stop(void);

/* dp_eal_launch: runs `run(argument)` as poll loop `loop` (< num_loops), on its CPU. */
BYTES_MUST_CHECK int dp_eal_launch(uint32_t loop, int (*run)(void *argument), void *argument);

/* dp_eal_join: waits until poll loop `loop` has returned; at once where none was launched. */
void dp_eal_join(uint32_t loop);

#endif
