/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * box: one worker's whole state: its flows, what it holds, what it owes. Packets in, packets, cases and records out.
 *
 *     dp_box_step: parse -> flow -> stream -> tls -> gate -> act
 *
 * A box has no thread, port or clock of its own and calls nobody: whoever drives it (the poll loop, replay, a test, a
 * fuzzer) hands it bursts and the time, and takes out what it wants to send, have judged and have written down. So thousands
 * of boxes run in one process at any speed of time. EAL must be initialised once per process (mbufs and hash tables).
 *
 * Each turn of the driver:
 *     dp_box_step() for each side with what was received (possibly nothing);
 *     dp_box_tick() once: timers and ageing, a bounded amount;
 *     dp_box_cases() -> judge -> dp_box_verdicts();
 *     dp_box_send() for each side until it gives nothing: transmit.
 *
 * Threads: one owner; dp_box_records() may be read by one other thread, counters by any.
 * Memory: bounded by the configuration, all of it reserved in dp_box_new(); dp_box_memory() says how much.
 */
#ifndef CELLGATE_DATAPLANE_BOX_H
#define CELLGATE_DATAPLANE_BOX_H

#include "base/counter.h"
#include "dataplane/packet.h"
#include "dataplane/record.h"
#include "validator/case.h"
#include "validator/policy.h"
#include "validator/verdict.h"

#include <rte_mbuf.h>

#define DP_BURST     32
#define DP_CASES_MAX 64 /* most cases that dp_box_cases() gives at once */

struct dp_box_config {
    const struct val_policy *policy; /* borrowed; outlives the box or its replacement by dp_box_policy() */
    struct rte_mempool *pool;        /* for packets that the box makes (alerts, resets); priv_size DP_PACKET_PRIVATE */
    uint32_t flows_max;
    uint32_t handshakes_max;      /* undecided flows at a time */
    size_t handshake_memory;      /* bytes for cases and streams */
    uint32_t handshake_bytes_max; /* one handshake's streams, both directions; <= DP_BLOCK_MAX */
    uint32_t held_packets_max;    /* packets held at a time, all flows (at most half of the mempool) */
    uint32_t held_per_flow_max;   /* packets held of one flow and direction */
    size_t records_bytes;         /* of the record ring */
    int64_t handshake_timeout_us; /* from the SYN to the verdict */
    int64_t syn_timeout_us;       /* half-open */
    int64_t hold_stall_us;        /* gate rule 4 */
    int64_t flow_idle_us;         /* decided flows without a packet */
    int64_t closing_us;           /* after both FINs or a RST */
    int64_t cut_us;               /* life of a tombstone */
    uint32_t resets_per_s;        /* rate limit of tombstones' resets, all flows */
    uint32_t hash_seed;           /* secret */
    uint64_t flow_id_base;        /* flow ids count up from it */
    uint8_t checksum;             /* enum dp_checksum */
    uint8_t follow_mid_stream;    /* 1: in monitor mode, look for TLS in flows that were not seen from their start */
};

struct dp_box;

/* dp_box_new: NULL without memory; `counters` is borrowed and written by the owner's thread only. */
struct dp_box *dp_box_new(const struct dp_box_config *config, struct counters *counters);

/* dp_box_free: frees everything, held packets too. Cases that the judge still has must have come back. */
void dp_box_free(struct dp_box *box);

/* dp_box_step: takes `num` packets (moved always) that came in by `side`. mono_us for time-outs, wall_us for cases. */
void dp_box_step(struct dp_box *box, enum dp_side side, struct rte_mbuf *packets[], uint16_t num, int64_t mono_us,
                 int64_t wall_us);

/* dp_box_tick: time-outs and ageing; bounded work. Call it in every turn. */
void dp_box_tick(struct dp_box *box, int64_t mono_us, int64_t wall_us);

/* dp_box_cases: moves up to `max` cases that wait for a verdict to the caller. */
size_t dp_box_cases(struct dp_box *box, struct val_case *cases[], size_t max);

/* dp_box_verdicts: moves judged cases back, with their verdicts. Cases of flows that are gone are counted and freed. */
void dp_box_verdicts(struct dp_box *box, struct val_case *const cases[], const struct val_verdict verdicts[],
                     size_t num, int64_t mono_us, int64_t wall_us);

/* dp_box_send: moves up to `max` packets that are to leave by port `side` to the caller, in order; 0 when there are none.
 * The caller transmits or frees them. */
uint16_t dp_box_send(struct dp_box *box, enum dp_side side, struct rte_mbuf *packets[], uint16_t max);

/* dp_box_records: the ring of final verdicts. */
struct dp_record_ring *dp_box_records(struct dp_box *box);

/* dp_box_policy: from now on new judgements follow `policy`; the old one may be freed when no case is out. */
void dp_box_policy(struct dp_box *box, const struct val_policy *policy);

/* dp_box_end: the world ends (a capture's end, a stop): every flow that is still undecided gets its record. Nothing is
 * sent. Call it until it returns 0, draining cases and records in between. */
size_t dp_box_end(struct dp_box *box, int64_t mono_us, int64_t wall_us);

/* dp_box_memory: bytes that a box of this configuration reserves at most, without the packets of the mempool. */
size_t dp_box_memory(const struct dp_box_config *config);

/* How full the bounded things are, for the operator. */
struct dp_box_fill {
    uint32_t flows;
    uint32_t handshakes;
    uint32_t held_packets;
    size_t handshake_bytes;
};

/* dp_box_fill: as of now; owner's thread. */
void dp_box_fill_get(const struct dp_box *box, struct dp_box_fill *out);

#endif
