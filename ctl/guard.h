/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard: makes sure that the kernel's own network stack is no way around the box.
 *
 * A port that sits on a kernel interface (net_af_xdp, net_af_packet: iface=; net_tap) shares it with the kernel. If that
 * interface has addresses, takes IPv6, is forwarded from, is in a bridge or carries other interfaces (VLAN, macvlan), packets could
 * get from one wire to the other past the judge, or reach the box itself. The daemon refuses to start then.
 *
 * Order of calls: ctl_guard_ports() before anything is started, and again when the ports are open, because a tap's interface
 * does not exist before. Interfaces are those of the network namespace that the process is in.
 *
 * Threads: any; no state. It looks once: what somebody changes later is not seen.
 *
 * It does not mend anything, and knows nothing of PCI devices, which the kernel has given away.
 */
#ifndef CELLGATE_CTL_GUARD_H
#define CELLGATE_CTL_GUARD_H

#include "base/bytes.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#define CTL_GUARD_ADDRESS_MAX 64

/* What the kernel says of one interface. */
struct ctl_guard_facts {
    bool found;
    bool ipv6;        /* IPv6 is not disabled on it */
    bool forwarding4; /* packets that arrive by it may be forwarded */
    bool forwarding6;
    char address[CTL_GUARD_ADDRESS_MAX]; /* one of its addresses; empty: none */
    char master[IFNAMSIZ];               /* the bridge or bond that it is in; empty: none */
    char upper[IFNAMSIZ];                /* an interface that is stacked on it; empty: none */
};

/* ctl_guard_interface: the kernel interface that a DPDK device string sits on; false for none (PCI, rings, files).
 * `must` says whether it has to exist before the device is started. */
bool ctl_guard_interface(char out[IFNAMSIZ], bool *must, const char *device);

/* ctl_guard_look: asks the kernel; 0, or a negative errno. */
BYTES_MUST_CHECK int ctl_guard_look(struct ctl_guard_facts *out, const char *interface);

/* ctl_guard_judge: true where nothing speaks against the interface; else one sentence in `why`: what, and how to mend it. */
BYTES_MUST_CHECK bool ctl_guard_judge(const struct ctl_guard_facts *facts, const char *interface, char *why,
                                      size_t size);

/* ctl_guard_ports: all of that for the two devices; false with a line in the log for each thing that is wrong. */
BYTES_MUST_CHECK bool ctl_guard_ports(const char *inside, const char *outside);

#endif
