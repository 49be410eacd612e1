/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state: what one box consists of; shared by the steps of the gate and by box.c, and by nobody else.
 *
 * Threads: the box's owner. What each part is, its own header says.
 */
#ifndef CELLGATE_DATAPLANE_STATE_H
#define CELLGATE_DATAPLANE_STATE_H

#include "dataplane/act.h"
#include "dataplane/blocks.h"
#include "dataplane/box.h"
#include "dataplane/flow.h"
#include "dataplane/handshake.h"
#include "dataplane/record.h"

struct dp_box {
    struct dp_box_config config;
    const struct val_policy *policy;
    struct counters *counters;
    struct dp_flows *flows;
    struct dp_blocks *blocks;
    struct dp_record_ring *records;
    struct dp_act act;
    struct dp_handshakes handshakes;
    int64_t now_us; /* of the current step, monotonic */
    int64_t wall_us;
    uint64_t next_flow_id;
    uint32_t held;                /* packets held, all flows */
    uint32_t unrecorded;          /* flows that still owe their record */
    const struct rte_mbuf *fresh; /* the packet in hand, until it has left; compared, never read */
    struct val_case blank;        /* for records of flows that have no case of their own */
};

#endif
