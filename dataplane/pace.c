/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/pace.h"

#include <rte_pause.h>
#include <sys/prctl.h>
#include <time.h>

#define EMPTY_TURNS_BEFORE_SLEEP 64
#define EMPTY_TURNS_BEFORE_LONG  1024
#define SLEEP_NS                 20000
#define LONG_SLEEP_NS            50000

void dp_pace_init(struct dp_pace *pace, bool busy)
{
    *pace = (struct dp_pace){.busy = busy};
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

void dp_pace_turn(struct dp_pace *pace, bool worked)
{
    struct timespec time = {0};

    if (worked || pace->busy) {
        pace->idle_turns = 0;
        return;
    }
    if (pace->idle_turns < EMPTY_TURNS_BEFORE_LONG)
        pace->idle_turns++;
    if (pace->idle_turns < EMPTY_TURNS_BEFORE_SLEEP) {
        rte_pause();
        return;
    }
    time.tv_nsec = pace->idle_turns < EMPTY_TURNS_BEFORE_LONG ? SLEEP_NS : LONG_SLEEP_NS;
    (void)nanosleep(&time, NULL);
}
