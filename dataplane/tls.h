/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tls: TLS as seen from the middle: bytes of two directions in, a filled case out.
 *
 * A `struct dp_tls` belongs to one undecided flow. It is fed each direction's bytes in order, each byte once, in pieces of
 * any size; it copies handshake messages into the flow's case (growing its block when needed), parses each as soon as it is
 * whole, and walks one table of states: message and side -> next state, or a fault. It says, per direction, up to
 * which offset bytes may pass before a verdict (`pass_edge`), and when a verdict is due.
 *
 * Order of calls: dp_tls_init(); dp_tls_feed() for either direction, as bytes become contiguous; after DUE the case is the
 * judge's: no feeding until dp_tls_resume() says that the server part was accepted and the case is back. After a
 * DUE_FLOW or a FAULT nothing more is fed. WAIT: these bytes make no sense before the other side has spoken; feed again after it has.
 *
 * RFC 5246, 4346, 2246 (handshake), 8446 (hellos only), 6066, 5077, 7627, 8422, 9151's registry; record and handshake
 * framing: RFC 5246 6.2, 7.4. Fragments of length 0, handshake messages out of order, twice, or never offered: FAULT
 * with malformed_handshake. First bytes that are no TLS ClientHello record: FAULT with not_tls.
 *
 * Observe mode (monitor, captures): the order between the directions is not relied upon (what comes too early WAITs), warning
 * alerts are passed over, and ServerHello may pick what was not offered; lengths and order are as strict as ever. What was
 * understood before a FAULT stays in the case.
 *
 * Bounds: each message by its type (tls_machine), the whole case by DP_BLOCK_MAX, a direction by DP_TLS_BYTES_MAX.
 *
 * It does not know TCP, does not hold or forward, does not look into certificates, and does not decide.
 */
#ifndef CELLGATE_DATAPLANE_TLS_H
#define CELLGATE_DATAPLANE_TLS_H

#include "base/bytes.h"
#include "dataplane/blocks.h"
#include "validator/case.h"

#include <stdint.h>

#define DP_TLS_BYTES_MAX (2U << 20) /* bytes that one direction may show before the verdict, record headers included */

enum dp_tls_status {
    DP_TLS_MORE = 0,   /* everything was taken; more must come */
    DP_TLS_WAIT,       /* stopped: the other side must speak before the rest can be understood */
    DP_TLS_DUE_SERVER, /* the server's part is complete, the client still owes its own */
    DP_TLS_DUE_FLOW,   /* everything that will be shown has been shown */
    DP_TLS_ENDED,      /* an alert that ends the handshake came from this side; it may pass (pass_edge covers it) */
    DP_TLS_FAULT,      /* the flow breaks the rules: `reasons` says how */
};

/* One direction, by enum case_side of its sender. All offsets count the direction's bytes from its first. */
struct dp_tls_direction {
    uint32_t taken;        /* bytes consumed so far */
    uint32_t pass_edge;    /* bytes before it may reach the receiver without a verdict */
    uint32_t record_edge;  /* end of the last whole record: where an alert in clear could be read */
    uint32_t record_left;  /* bytes of the current record still to come */
    uint32_t message_left; /* bytes of the current handshake message still to come; header bytes not counted yet */
    uint32_t message_at;   /* in the case's block: where the message being gathered starts */
    uint8_t record_type;
    uint8_t header_len;   /* bytes in `header` */
    uint8_t header[5];    /* a record header being gathered */
    uint8_t message_open; /* 1: a handshake message has begun and is not whole */
    uint8_t alert_level;  /* first byte of an alert that is being gathered */
    uint8_t reserved[3];
};

struct dp_tls {
    struct val_case *c; /* NULL while the judge has it */
    struct dp_blocks *blocks;
    struct dp_tls_direction direction[CASE_SIDES];
    uint64_t reasons;        /* set with FAULT */
    uint8_t state;           /* the table's, see tls_machine */
    uint8_t observe;         /* 1: monitor mode: understand as much as can be, of one direction alone too */
    uint8_t ended;           /* bit 1 << side: an alert that ends the handshake came from that side */
    uint8_t compatible;      /* bit 1 << side: its ChangeCipherSpec around a HelloRetryRequest came (RFC 8446 D.4) */
    uint8_t alone;           /* 1 + the only side that is heard; 0: both are */
    uint8_t server_accepted; /* 1: dp_tls_resume() came after DUE_SERVER */
    uint8_t reserved[2];
};

/* dp_tls_init: starts with an empty case `c` (its `flow` filled). `c` is owned by `tls` until the caller takes it. */
void dp_tls_init(struct dp_tls *tls, struct val_case *c, struct dp_blocks *blocks, bool observe);

/* dp_tls_feed: gives the next bytes that `side` sent. `taken` of that direction grows by what was consumed; the caller
 * offers the rest again after WAIT, and never offers a byte twice. On FAULT with `overload`, memory was the cause.
 * After DUE_FLOW, ENDED (of that side) and FAULT it takes nothing and says the same again; without a case it says WAIT.
 * FAULT and ENDED (with peer_alert) add their reason to the case's reasons too. */
enum dp_tls_status dp_tls_feed(struct dp_tls *tls, int side, struct bytes data);

/* dp_tls_resume: the server's part was accepted and the case is back: go on with the client's part. The server's bytes so
 * far may pass. After anything but DUE_SERVER it only takes the case. */
void dp_tls_resume(struct dp_tls *tls, struct val_case *c);

/* dp_tls_alone: observe mode only: `side` will be the only one heard (the other direction was never seen, or the client's
 * hello has a gap that will not close): what it sends is understood without the other's messages, and the case's reasons
 * get one_sided. Feed it again afterwards; the other side then always WAITs. Without effect after the server has spoken. */
void dp_tls_alone(struct dp_tls *tls, int side);

/* dp_tls_expects: true while the handshake still owes a verdict for bytes of `side`: they are held (gate rule 3). For the
 * server false from dp_tls_resume() on; its alert may still come then, anything else is a FAULT. */
bool dp_tls_expects(const struct dp_tls *tls, int side);

#endif
