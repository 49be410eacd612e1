/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * watch: what the daemon's control thread does while the corridor runs: signals, links, counters.
 *
 *     SIGTERM, SIGINT  the daemon is to end: ctl_watch() returns
 *     SIGHUP           the settings file is read again, the policy file too, the events file opened anew
 *
 * A reload takes over all or nothing: a file with complaints, or a changed setting that needs a restart, is named in the
 * log and changes nothing. The events file is opened anew in any case, because that is what rotates it.
 *
 * Order of calls: ctl_watch_signals() before any other thread exists, so that all of them leave the signals to this
 * one; ctl_watch() when everything runs.
 *
 * Threads: the control thread.
 */
#ifndef CELLGATE_CTL_WATCH_H
#define CELLGATE_CTL_WATCH_H

#include "ctl/events.h"
#include "ctl/settings.h"
#include "dataplane/corridor.h"

struct ctl_watch {
    struct ctl_settings *settings; /* replaced by a reload */
    struct val_policy **policy;    /* replaced by a reload; the caller frees the last one */
    struct dp_corridor *corridor;
    struct ctl_events *events;
};

/* ctl_watch_signals: blocks the signals above in this thread and those that it starts. */
void ctl_watch_signals(void);

/* ctl_watch: until the daemon is to end. */
void ctl_watch(const struct ctl_watch *watch);

/* ctl_watch_reload: what SIGHUP does; true when everything was taken over. */
bool ctl_watch_reload(const struct ctl_watch *watch);

/* ctl_watch_complaints: all complaints, to the log. */
void ctl_watch_complaints(const struct ctl_complaints *complaints);

#endif
