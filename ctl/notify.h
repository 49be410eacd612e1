/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * notify: tells a service manager how the daemon stands, by the datagram that sd_notify(3) documents.
 *
 * Without NOTIFY_SOCKET in the environment nothing happens. Threads: any; no state.
 */
#ifndef CELLGATE_CTL_NOTIFY_H
#define CELLGATE_CTL_NOTIFY_H

/* ctl_notify: sends `state` ("READY=1"); 0, also where nobody asked for it, or a negative errno. */
int ctl_notify(const char *state);

#endif
