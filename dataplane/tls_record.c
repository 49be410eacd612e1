/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/tls_record.h"

#define FRAGMENT_MAX   (1U << 14)            /* RFC 5246 6.2.1 */
#define CIPHERTEXT_MAX (FRAGMENT_MAX + 2048) /* RFC 5246 6.2.3 */

/* An SSLv2 CLIENT-HELLO (RFC 5246 E.2): 2 bytes of length with the top bit set, type 1, a version. What it offers may be
 * newer, but no peer of today sends it and none should answer it. */
static enum reason check_sslv2(const uint8_t *header, size_t len)
{
    if (len >= 3 && header[2] != 1)
        return REASON_NOT_TLS;
    if (len < DP_TLS_RECORD_HEADER_LEN)
        return REASON_UNDECIDED;
    if (header[3] == 3 || (header[3] == 0 && header[4] == 2))
        return REASON_VERSION_NOT_ALLOWED;
    return REASON_NOT_TLS;
}

static bool is_length_sound(uint8_t type, uint32_t len)
{
    switch (type) {
    case DP_TLS_RECORD_CHANGE_CIPHER_SPEC:
        return len == 1;
    case DP_TLS_RECORD_ALERT:
        return len == 2; /* neither fragmented nor two in one record (RFC 8446 5.1) */
    case DP_TLS_RECORD_HANDSHAKE:
        return len >= 1 && len <= FRAGMENT_MAX;
    default:
        return len >= 1 && len <= CIPHERTEXT_MAX;
    }
}

enum reason dp_tls_record_check(const uint8_t *header, size_t len, enum dp_tls_record_place place)
{
    const bool opening = place == DP_TLS_RECORD_FIRST_OF_CLIENT;
    const uint8_t lowest = opening ? DP_TLS_RECORD_HANDSHAKE : DP_TLS_RECORD_CHANGE_CIPHER_SPEC;
    const uint8_t highest = opening ? DP_TLS_RECORD_HANDSHAKE : DP_TLS_RECORD_APPLICATION_DATA;
    bool sound;

    if (opening && (header[0] & 0x80) != 0)
        return check_sslv2(header, len);
    sound = header[0] >= lowest && header[0] <= highest && (len < 2 || header[1] == 3) && (len < 3 || header[2] <= 4);
    if (sound && len == DP_TLS_RECORD_HEADER_LEN)
        sound = is_length_sound(header[0], dp_tls_record_len(header));
    if (sound)
        return REASON_UNDECIDED;
    return place == DP_TLS_RECORD_LATER ? REASON_MALFORMED_HANDSHAKE : REASON_NOT_TLS;
}
