/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtnetlink: the two questions that ctl/guard has for the kernel, answered by dumps over rtnetlink(7).
 *
 * Not by /sys, which shows the interfaces of the namespace that mounted it, not of ours.
 *
 * Threads: any; a socket is opened and closed in each call. Errors: negative errno.
 */
#ifndef CELLGATE_CTL_RTNETLINK_H
#define CELLGATE_CTL_RTNETLINK_H

#include "base/bytes.h"

#include <net/if.h>

struct ctl_rtnetlink_link {
    unsigned master;      /* index of the bridge or bond that the link is in; 0: none */
    char upper[IFNAMSIZ]; /* a link that is stacked on it (VLAN, macvlan, ...); empty: none */
};

/* ctl_rtnetlink_link: how the link `index` hangs together with others. */
BYTES_MUST_CHECK int ctl_rtnetlink_link(struct ctl_rtnetlink_link *out, unsigned index);

/* ctl_rtnetlink_address: one address of the link `index` as text into `out` of `size` bytes; empty where it has none. */
BYTES_MUST_CHECK int ctl_rtnetlink_address(char *out, size_t size, unsigned index);

#endif
