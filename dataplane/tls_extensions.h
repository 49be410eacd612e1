/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tls_extensions: walking a hello's extension block, and the ClientHello extensions that a case keeps.
 *
 * RFC 5246 7.4.1.4, RFC 8446 4.2: a list of (type, opaque data), each type at most once. Threads: no state.
 * It does not know what a ServerHello may answer; that is tls_hello's matter.
 */
#ifndef CELLGATE_DATAPLANE_TLS_EXTENSIONS_H
#define CELLGATE_DATAPLANE_TLS_EXTENSIONS_H

#include "base/bytes.h"
#include "validator/case.h"

#include <stdbool.h>
#include <stdint.h>

/* Extension types (IANA TLS ExtensionType Values). */
enum dp_tls_extension {
    DP_TLS_EXT_SERVER_NAME = 0,
    DP_TLS_EXT_STATUS_REQUEST = 5,
    DP_TLS_EXT_CERTIFICATE_TYPE = 9,
    DP_TLS_EXT_GROUPS = 10,
    DP_TLS_EXT_SCHEMES = 13,
    DP_TLS_EXT_ALPN = 16,
    DP_TLS_EXT_STATUS_REQUEST_V2 = 17,
    DP_TLS_EXT_CLIENT_CERTIFICATE_TYPE = 19,
    DP_TLS_EXT_SERVER_CERTIFICATE_TYPE = 20,
    DP_TLS_EXT_MASTER_SECRET = 23,
    DP_TLS_EXT_TICKET = 35,
    DP_TLS_EXT_PRE_SHARED_KEY = 41,
    DP_TLS_EXT_VERSIONS = 43,
    DP_TLS_EXT_COOKIE = 44,
    DP_TLS_EXT_KEY_SHARE = 51,
    DP_TLS_EXT_ECH = 0xfe0d,
    DP_TLS_EXT_RENEGOTIATION = 0xff01,
};

/* dp_tls_extension_next: moves the next extension out of `list`; false at the end and where it does not fit. */
BYTES_MUST_CHECK bool dp_tls_extension_next(struct bytes *list, uint16_t *type, struct bytes *data);

/* dp_tls_extension_find: true when `list` has `type`; its data in `data`. */
bool dp_tls_extension_find(struct bytes list, uint16_t type, struct bytes *data);

/* dp_tls_extensions_sound: true when `list` is whole, has no type twice and is within the bound. */
BYTES_MUST_CHECK bool dp_tls_extensions_sound(struct bytes list);

/* dp_tls_extension_client: reads one extension of a ClientHello into `c->tls`; unknown ones are harmless. False: malformed. */
BYTES_MUST_CHECK bool dp_tls_extension_client(struct val_case *c, uint16_t type, struct bytes data, bool strict);

/* dp_tls_items: `data` is one vector, its length in `width` bytes, of one or more 2-byte items, and nothing else; `items` is
 * their view. */
BYTES_MUST_CHECK bool dp_tls_items(struct bytes data, size_t width, struct bytes *items);

/* dp_tls_items_have: true when the 2-byte items have `item`. */
bool dp_tls_items_have(struct bytes items, uint16_t item);

/* dp_tls_names_sound: true when `list` is one or more names, each of 1 to 255 bytes behind its length (RFC 7301 3.1). */
BYTES_MUST_CHECK bool dp_tls_names_sound(struct bytes list);

#endif
