/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tls_machine: the one table of what may come next in a handshake, seen from the middle.
 *
 *     START --hello--> HELLO --ServerHello 1.3--> END                       (the rest is encrypted)
 *                        |  \--HelloRetryRequest--> RETRY --hello--> HELLO_AGAIN --ServerHello 1.3--> END
 *                        v
 *                   SERVER_HELLO --ticket or ChangeCipherSpec--> END        (abbreviated: RFC 5246 7.3, RFC 5077 3.4)
 *                        v
 *        CERTIFICATE -> STATUS -> KEY_EXCHANGE --ServerHelloDone--> END     (each step may be left out)
 *                        v
 *                     REQUEST --ServerHelloDone--> SERVER_DONE --resume--> CLIENT_PART
 *                        v
 *        CLIENT_CERTIFICATE -> CLIENT_KEY_EXCHANGE --CertificateVerify or ChangeCipherSpec--> END
 *        CLIENT_NAMELESS --ClientKeyExchange--> END                         (an empty certificate proves nothing)
 *
 * An event is a whole handshake message, its sender known, or a ChangeCipherSpec. What the table does not list is a fault.
 * A message that the suite demands and that is left out is not: the judge knows the suites and says what is missing.
 *
 * RFC 5246 7.3, 7.4; RFC 8446 4, D.4 (a ChangeCipherSpec for middleboxes around a HelloRetryRequest); RFC 6066 8.
 * Threads: constant data. It knows no bytes, no lengths and no reasons.
 */
#ifndef CELLGATE_DATAPLANE_TLS_MACHINE_H
#define CELLGATE_DATAPLANE_TLS_MACHINE_H

#include <stdint.h>

enum dp_tls_state {
    DP_TLS_STATE_FAULT = 0,
    DP_TLS_STATE_START,               /* nothing yet, or a part of the ClientHello */
    DP_TLS_STATE_HELLO,               /* ClientHello is whole */
    DP_TLS_STATE_RETRY,               /* HelloRetryRequest came: a second ClientHello must follow */
    DP_TLS_STATE_HELLO_AGAIN,         /* the second ClientHello is whole */
    DP_TLS_STATE_SERVER_HELLO,        /* ServerHello of TLS <= 1.2 */
    DP_TLS_STATE_CERTIFICATE,         /* the server's Certificate */
    DP_TLS_STATE_STATUS,              /* CertificateStatus */
    DP_TLS_STATE_KEY_EXCHANGE,        /* ServerKeyExchange */
    DP_TLS_STATE_REQUEST,             /* CertificateRequest */
    DP_TLS_STATE_SERVER_DONE,         /* ServerHelloDone after a request: the server's verdict is due */
    DP_TLS_STATE_CLIENT_PART,         /* the server was accepted: the client's Certificate must follow */
    DP_TLS_STATE_CLIENT_ALONE,        /* observe: the client is all that is heard; any of its messages may follow */
    DP_TLS_STATE_CLIENT_CERTIFICATE,  /* the client's Certificate, not empty */
    DP_TLS_STATE_CLIENT_NAMELESS,     /* the client's Certificate, empty */
    DP_TLS_STATE_CLIENT_KEY_EXCHANGE, /* ClientKeyExchange after a certificate */
    DP_TLS_STATE_END,                 /* everything that will be shown has been shown */
    DP_TLS_STATE_COUNT
};

enum dp_tls_event {
    DP_TLS_EVENT_OTHER = 0, /* a message that is never legal before the verdict */
    DP_TLS_EVENT_CLIENT_HELLO,
    DP_TLS_EVENT_SERVER_HELLO,    /* TLS <= 1.2 */
    DP_TLS_EVENT_SERVER_HELLO_13, /* TLS 1.3 */
    DP_TLS_EVENT_HELLO_RETRY,
    DP_TLS_EVENT_CERTIFICATE,
    DP_TLS_EVENT_CERTIFICATE_EMPTY,
    DP_TLS_EVENT_CERTIFICATE_STATUS,
    DP_TLS_EVENT_SERVER_KEY_EXCHANGE,
    DP_TLS_EVENT_CERTIFICATE_REQUEST,
    DP_TLS_EVENT_SERVER_HELLO_DONE,
    DP_TLS_EVENT_NEW_SESSION_TICKET,
    DP_TLS_EVENT_CLIENT_KEY_EXCHANGE,
    DP_TLS_EVENT_CERTIFICATE_VERIFY,
    DP_TLS_EVENT_CHANGE_CIPHER_SPEC,
    DP_TLS_EVENT_COUNT
};

/* Whether a side may say something in a state. */
enum dp_tls_turn {
    DP_TLS_TURN_SILENT = 0, /* it may not, but for what the table lists */
    DP_TLS_TURN_WAITS,      /* what it says can only be understood after the other side has spoken */
    DP_TLS_TURN_SPEAKS,     /* the table says what */
};

/* dp_tls_machine_next: the state after `event` of `side` (enum case_side) in `state`; DP_TLS_STATE_FAULT where it may not
 * come. Any numbers are allowed. */
enum dp_tls_state dp_tls_machine_next(unsigned int state, int side, unsigned int event);

/* dp_tls_machine_turn: whether `side` may speak in `state`. */
enum dp_tls_turn dp_tls_machine_turn(unsigned int state, int side);

/* dp_tls_machine_event: the event that a message of `type` (RFC 5246 7.4) from `side` is, as far as its type says: for
 * ServerHello the 1.3 one and for Certificate the one that is not empty, which are legal wherever their variants are,
 * but for a ServerHello of TLS <= 1.2. DP_TLS_EVENT_OTHER for types that this side never sends. */
enum dp_tls_event dp_tls_machine_event(int side, uint8_t type);

/* dp_tls_machine_limit: the longest body of a message that is `event`, in bytes. */
uint32_t dp_tls_machine_limit(enum dp_tls_event event);

#endif
