/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * clock: the two clocks, and nothing that could confuse them.
 *
 * Wall time is microseconds since 1970-01-01 UTC, as a signed number: certificates are judged by it and records carry it.
 * Monotonic time is microseconds since some start: every time-out is measured by it. Code below ctl/ never asks for the
 * time itself; it is handed in (`now_us`), so that tests and replay run at any time they like.
 *
 * Threads: any. Errors: none; the kernel's clock cannot fail for these two.
 */
#ifndef CELLGATE_BASE_CLOCK_H
#define CELLGATE_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_US_PER_S 1000000

/* clock_wall_us: now, in microseconds since 1970 UTC. */
int64_t clock_wall_us(void);

/* clock_mono_us: microseconds of a clock that never steps. */
int64_t clock_mono_us(void);

#endif
