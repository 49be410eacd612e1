/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * link: link-layer headers of captures, turned into Ethernet.
 *
 * ctl_link_find() says where the network packet begins in a captured frame and what kind it is. Link types are libpcap's
 * DLT numbers (the DLT_ numbers of this platform, as pcap_datalink() gives them).
 * Threads: none of this has state. It does not read the network packet but for its version.
 */
#ifndef CELLGATE_CTL_LINK_H
#define CELLGATE_CTL_LINK_H

#include "base/bytes.h"

#include <stdint.h>

/* ctl_link_known: whether ctl_link_find() understands this link type. */
bool ctl_link_known(int link_type);

/* ctl_link_ethernet: whether frames of this link type are Ethernet frames already. */
bool ctl_link_ethernet(int link_type);

/* ctl_link_find: moves `frame` behind its link header and gives the ethertype of what follows. False: nothing for us. */
BYTES_MUST_CHECK bool ctl_link_find(struct bytes *frame, uint16_t *ethertype, int link_type);

#endif
