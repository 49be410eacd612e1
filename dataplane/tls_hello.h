/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tls_hello: ClientHello, ServerHello and HelloRetryRequest, from bytes in a case to fields of that case.
 *
 * Both functions take a whole handshake message that stands in the case's transcript and fill `c->tls` as they go: after a
 * false the fields hold what was understood before the fault. `strict` (enforce) demands of a ServerHello that it picks
 * only what was offered; without it (observe) that is not looked at, and a ClientHello need not be there.
 *
 * RFC 5246 7.4.1, 8446 4.1, 4.2, 6066 3, 7301, 5746, 5077, 7685 (padding is harmless like every unknown offer).
 * Bounds: DP_TLS_EXTENSIONS_MAX extensions in a hello. Ownership: the case is borrowed. It decides nothing: whether a
 * version, a suite or a name is good is the judge's matter.
 */
#ifndef CELLGATE_DATAPLANE_TLS_HELLO_H
#define CELLGATE_DATAPLANE_TLS_HELLO_H

#include "base/bytes.h"
#include "dataplane/tls_machine.h"
#include "validator/case.h"

#include <stdbool.h>

#define DP_TLS_EXTENSIONS_MAX 128

/* dp_tls_hello_client: reads the ClientHello `message`, header included. The second one after a HelloRetryRequest must repeat
 * version, random, session id and suites of the first (RFC 8446 4.1.2). False: malformed. */
BYTES_MUST_CHECK bool dp_tls_hello_client(struct val_case *c, struct case_span message, bool strict);

/* dp_tls_hello_server: reads the ServerHello or HelloRetryRequest `message`; `event` says which it was. False: malformed. */
BYTES_MUST_CHECK bool dp_tls_hello_server(struct val_case *c, enum dp_tls_event *event, struct case_span message,
                                          bool strict);

/* dp_tls_hello_offers: true when the hello of `side` that stands in the case has extension `type`. */
bool dp_tls_hello_offers(const struct val_case *c, int side, uint16_t type);

/* dp_tls_span: the span of a view that lies in the block of `c`; absent for an empty one. */
static inline struct case_span dp_tls_span(const struct val_case *c, struct bytes view)
{
    if (view.left == 0)
        return (struct case_span){0};
    return (struct case_span){.at = (uint32_t)(view.at - (const uint8_t *)c), .len = (uint32_t)view.left};
}

/* dp_tls_body: the message of `span` without its 4-byte header. */
static inline struct bytes dp_tls_body(const struct val_case *c, struct case_span span)
{
    struct bytes body = case_bytes(c, span);

    if (!bytes_skip(&body, 4))
        return bytes_of(NULL, 0);
    return body;
}

#endif
