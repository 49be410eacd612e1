/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pace: how a poll loop rests when there is nothing to do.
 *
 * Busy: never. Adaptive: after some empty turns it sleeps 20 µs, after many 50 µs, until a turn finds work again. The
 * thread's timer slack is set to the least, because the usual slack of 50 µs would triple the sleep. Virtual devices have
 * no receive interrupts, so that there is nothing better to wait for.
 *
 * Threads: each loop has its own; dp_pace_init() on the loop's thread.
 */
#ifndef CELLGATE_DATAPLANE_PACE_H
#define CELLGATE_DATAPLANE_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct dp_pace {
    uint32_t idle_turns;
    bool busy;
};

/* dp_pace_init: on the thread that will call dp_pace_turn(). */
void dp_pace_init(struct dp_pace *pace, bool busy);

/* dp_pace_turn: a turn has ended; `worked` says whether it had anything to do. May sleep. */
void dp_pace_turn(struct dp_pace *pace, bool worked);

#endif
