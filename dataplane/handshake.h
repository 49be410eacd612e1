/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * handshake: what an undecided flow needs and a decided one doesn't: both streams, what is held, the TLS machine, numbers.
 *
 * A flow has one from the client's first acknowledgement until its verdict, and on until the bytes that the verdict rests
 * on are acknowledged (gate rule 5). All of them come from a pool of fixed size.
 *
 * Time-outs are constants, so each kind has a list in order of time, and a look at its head is enough: `deadlines` (every
 * handshake), `stalls` (those that hold something and wait for more), `due` (those whose case waits for the judge).
 *
 * Each direction is a `struct dp_half`, named by enum case_side of its sender. Offsets count its bytes from the first.
 *
 * Threads: the box's owner. It decides nothing.
 */
#ifndef CELLGATE_DATAPLANE_HANDSHAKE_H
#define CELLGATE_DATAPLANE_HANDSHAKE_H

#include "dataplane/craft.h"
#include "dataplane/flow.h"
#include "dataplane/hold.h"
#include "dataplane/stream.h"
#include "dataplane/tls.h"
#include "validator/verdict.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/* What one end sends, and what the other end has said about it. */
struct dp_half {
    struct dp_stream stream;
    struct dp_hold hold;
    struct dp_template template; /* made from the newest packet of this direction */
    uint32_t base;               /* sequence number of offset 0 */
    uint32_t edge;               /* bytes before it may be sent on */
    uint32_t sent;               /* bytes before it have been sent on */
    uint32_t seen;               /* one behind the highest offset that the sender has used, FIN included */
    uint32_t acked;              /* offset that the receiver has acknowledged, FIN included */
    uint32_t window_edge;        /* the receiver takes offsets before it */
    uint32_t timestamp;          /* TS.Recent of RFC 7323 4.3: the receiver's idea of this sender's clock */
    uint32_t fin_at;             /* with has_fin: the FIN's offset */
    uint8_t scale;               /* shift of the windows that this half's *sender* announces */
    uint8_t has_base;
    uint8_t has_fin;
    uint8_t fin_sent;
    uint8_t running;   /* an incomplete flight was released (gate rule 4) and goes on as it comes */
    uint8_t waiting;   /* dp_tls said WAIT of what is ready */
    uint8_t at_record; /* `sent` stands at the end of a record: an alert can be read there */
    uint8_t reserved;
};

struct dp_handshake {
    TAILQ_ENTRY(dp_handshake) by_deadline; /* of the pool's free list too */
    TAILQ_ENTRY(dp_handshake) by_stall;
    TAILQ_ENTRY(dp_handshake) by_due;
    struct dp_flow *flow;
    int64_t deadline_us;
    int64_t stall_us;
    int64_t held_us;   /* longest time that a packet waited, so far */
    struct dp_tls tls; /* tls.c is NULL while the judge has the case */
    struct dp_half half[CASE_SIDES];
    struct val_verdict server_verdict; /* monitor mode: what was said of the server's part */
    uint8_t strict;                    /* both SYNs were seen: windows and time stamps are known */
    uint8_t timestamps;                /* both SYNs had the option */
    uint8_t is_due;                    /* on the list `due` */
    uint8_t is_stalling;               /* on the list `stalls` */
    uint8_t is_out;                    /* the judge has the case */
};

TAILQ_HEAD(dp_handshake_list, dp_handshake);

struct dp_handshakes {
    struct dp_handshake *all;
    struct dp_handshake_list spare;
    struct dp_handshake_list deadlines;
    struct dp_handshake_list stalls;
    struct dp_handshake_list due;
    uint32_t max;
    uint32_t used;
};

/* dp_handshakes_init: a pool of `max`; false without memory. */
BYTES_MUST_CHECK bool dp_handshakes_init(struct dp_handshakes *handshakes, uint32_t max);
void dp_handshakes_fini(struct dp_handshakes *handshakes);

/* dp_handshake_get: a handshake of `flow`, all zero but for its streams, on the list of deadlines; NULL: all are used. */
struct dp_handshake *dp_handshake_get(struct dp_handshakes *handshakes, struct dp_flow *flow, int64_t deadline_us);

/* dp_handshake_put: takes it off every list, frees its streams and its case. Nothing may be held any more. */
void dp_handshake_put(struct dp_handshakes *handshakes, struct dp_handshake *handshake, struct dp_blocks *blocks);

/* dp_handshake_deadline: a new deadline, later than all others. */
void dp_handshake_deadline(struct dp_handshakes *handshakes, struct dp_handshake *handshake, int64_t deadline_us);

/* dp_handshake_stall: puts it at the end of the list of stalls; dp_handshake_unstall: takes it off. */
void dp_handshake_stall(struct dp_handshakes *handshakes, struct dp_handshake *handshake, int64_t stall_us);
void dp_handshake_unstall(struct dp_handshakes *handshakes, struct dp_handshake *handshake);

/* dp_handshake_due: puts it at the end of the list of those that wait for the judge; dp_handshake_undue: takes it off. */
void dp_handshake_due(struct dp_handshakes *handshakes, struct dp_handshake *handshake);
void dp_handshake_undue(struct dp_handshakes *handshakes, struct dp_handshake *handshake);

#endif
