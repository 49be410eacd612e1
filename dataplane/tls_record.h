/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tls_record: record headers before any encryption, and what is no TLS.
 *
 * RFC 5246 6.2.1, 8446 5.1. A header is looked at byte by byte as it comes, so that a flow which is not TLS is known at the
 * first byte that contradicts. Threads: no state. It does not know fragments, messages or order.
 */
#ifndef CELLGATE_DATAPLANE_TLS_RECORD_H
#define CELLGATE_DATAPLANE_TLS_RECORD_H

#include "base/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DP_TLS_RECORD_HEADER_LEN 5

/* ContentType (RFC 5246 6.2.1). */
enum dp_tls_record {
    DP_TLS_RECORD_CHANGE_CIPHER_SPEC = 20,
    DP_TLS_RECORD_ALERT = 21,
    DP_TLS_RECORD_HANDSHAKE = 22,
    DP_TLS_RECORD_APPLICATION_DATA = 23,
};

/* Where in its direction a record stands. */
enum dp_tls_record_place {
    DP_TLS_RECORD_LATER = 0,
    DP_TLS_RECORD_FIRST_OF_CLIENT, /* only a handshake record, or an SSLv2 hello to be told from noise */
    DP_TLS_RECORD_FIRST_OF_SERVER,
};

/* dp_tls_record_check: what is wrong with the first `len` (1 to 5) bytes of a record header; REASON_UNDECIDED: nothing so
 * far. In a first record it is not_tls, or version_not_allowed for an SSLv2 hello, later malformed_handshake. */
enum reason dp_tls_record_check(const uint8_t *header, size_t len, enum dp_tls_record_place place);

/* dp_tls_record_version: the protocol version that a whole header names. */
static inline uint16_t dp_tls_record_version(const uint8_t *header)
{
    return (uint16_t)((header[1] << 8) | header[2]);
}

/* dp_tls_record_len: how many bytes follow a whole header. */
static inline uint32_t dp_tls_record_len(const uint8_t *header)
{
    return ((uint32_t)header[3] << 8) | header[4];
}

#endif
