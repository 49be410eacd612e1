/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plan: what the settings and this machine make of each other: which CPU runs which poll loop, where the judge runs, what
 * kind of memory, which arguments DPDK gets.
 *
 * CPUs are given out from the highest of the list down: workers first, then judges, so that what is left to the control
 * thread, the record writer and the interrupts are the lowest. `judge: auto` gives the judge cores of its own where at
 * least one CPU beside those of workers and judges stays free, up to one for each worker.
 *
 * Threads: none of this has state. Ownership: the plan borrows the settings.
 *
 * It starts nothing.
 */
#ifndef CELLGATE_CTL_PLAN_H
#define CELLGATE_CTL_PLAN_H

#include "ctl/complaint.h"
#include "ctl/settings.h"
#include "dataplane/corridor.h"
#include "dataplane/eal.h"

struct ctl_plan {
    struct dp_cpus cpus; /* in the order in which loops get them */
    const char *pci[DP_SIDES];
    const char *virtual[DP_SIDES];
    const char *more[CTL_SETTING_LIST_MAX];
    struct dp_eal_config eal;
    struct dp_corridor_config corridor; /* without a policy */
};

/* ctl_plan_make: false with complaints where the machine has not what the settings ask for. `cpus` is what the machine
 * gives (dp_eal_cpus()), `huge_mb` its free huge pages (dp_eal_huge_mb()). */
BYTES_MUST_CHECK bool ctl_plan_make(struct ctl_plan *out, struct ctl_complaints *complaints,
                                    const struct ctl_settings *settings, const struct dp_cpus *cpus, uint64_t huge_mb);

#endif
