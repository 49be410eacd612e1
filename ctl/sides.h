/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sides: on which side of the box the sender of a captured frame stands.
 *
 * A capture does not say by which port a frame would have come in. The policy's zones do: the side whose zones hold the
 * sender's address by the longest prefix, compared with the receiver's. Where both ends fit both sides equally well
 * (networks such as 0.0.0.0/0 on both), the end with the lower TCP or UDP port (the server, in practice) counts as inside,
 * and at equal ports the lower address. The answer is a function of the two ends alone, so that
 * both directions of a flow agree, whatever comes first.
 *
 * Threads: none of this has state. It reads no more of a frame than it needs for this, and judges nothing: a frame that it
 * does not understand counts as coming from inside.
 */
#ifndef CELLGATE_CTL_SIDES_H
#define CELLGATE_CTL_SIDES_H

#include "base/bytes.h"
#include "validator/policy.h"

/* ctl_sides_sender: VAL_SIDE_INSIDE or VAL_SIDE_OUTSIDE. `frame` is an Ethernet frame. */
uint8_t ctl_sides_sender(const struct val_policy *policy, struct bytes frame);

#endif
