/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tls_flight: the messages of whole handshakes, made by hand from a short description.
 */
#ifndef CELLGATE_TESTS_TLS_FLIGHT_H
#define CELLGATE_TESTS_TLS_FLIGHT_H

#include "tls_build.h"

#define SUITE_ECDHE 0xc02b /* ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 */
#define SUITE_DHE   0x009e /* DHE_RSA_WITH_AES_128_GCM_SHA256 */
#define SUITE_RSA   0x009c /* RSA_WITH_AES_128_GCM_SHA256 */
#define SUITE_ANON  0x00a6 /* DH_anon_WITH_AES_128_GCM_SHA256 */
#define SUITE_PSK   0x00a8 /* PSK_WITH_AES_128_GCM_SHA256 */
#define SUITE_13    0x1301 /* AES_128_GCM_SHA256 */

#define CLIENT_RANDOM 0xc1
#define SERVER_RANDOM 0x5e

static const uint8_t FLIGHT_RETRY_RANDOM[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* A hello of either side; fields that are 0 get a usual value. */
struct hello {
    uint16_t version; /* 0x0303 */
    uint8_t random;   /* every byte of it */
    uint8_t retry;    /* 1: the random of a HelloRetryRequest */
    uint8_t session_id_len;
    uint16_t suite;                 /* ServerHello: what it picks; ClientHello: the only one instead of all */
    uint8_t compression;            /* ServerHello: what it picks; ClientHello: offered besides none */
    const struct build *extensions; /* NULL: none, and no length of them */
};

static inline void put_hello_start(struct build *b, const struct hello *hello, uint8_t random)
{
    put_uint(b, 2, hello->version != 0 ? hello->version : 0x0303);
    if (hello->retry)
        put_bytes(b, FLIGHT_RETRY_RANDOM, 32);
    else
        put_fill(b, hello->random != 0 ? hello->random : random, 32);
    put_uint(b, 1, hello->session_id_len);
    put_fill(b, 0x1d, hello->session_id_len);
}

static inline void put_client_hello(struct build *b, const struct hello *hello)
{
    static const uint16_t all[] = {0x0a0a, SUITE_ECDHE, SUITE_DHE, SUITE_RSA, SUITE_ANON, SUITE_PSK, SUITE_13, 0x00ff};
    const size_t at = message_open(b, 1);

    put_hello_start(b, hello, CLIENT_RANDOM);
    const size_t suites = put_open(b, 2);
    for (size_t i = 0; hello->suite == 0 && i < sizeof(all) / sizeof(all[0]); i++)
        put_uint(b, 2, all[i]);
    if (hello->suite != 0)
        put_uint(b, 2, hello->suite);
    put_close(b, 2, suites);
    const uint8_t compressions[] = {hello->compression, 0};
    put_vector(b, 1, compressions + (hello->compression == 0), hello->compression == 0 ? 1 : 2);
    if (hello->extensions != NULL)
        put_vector(b, 2, hello->extensions->byte, hello->extensions->len);
    message_close(b, at);
}

static inline void put_server_hello(struct build *b, const struct hello *hello)
{
    const size_t at = message_open(b, 2);

    put_hello_start(b, hello, SERVER_RANDOM);
    put_uint(b, 2, hello->suite);
    put_uint(b, 1, hello->compression);
    if (hello->extensions != NULL)
        put_vector(b, 2, hello->extensions->byte, hello->extensions->len);
    message_close(b, at);
}

/* The extensions that a usual client offers. */
static inline void put_usual_offers(struct build *b, bool tls13)
{
    static const uint16_t groups[] = {0x2a2a, 29, 23};
    static const uint16_t schemes[] = {0x0403, 0x0804, 0x0401};
    static const uint16_t versions[] = {0x3a3a, 0x0304, 0x0303};

    put_extension(b, 0x1a1a, NULL, 0);
    put_name_extension(b, "machine.cell.example");
    put_extension(b, 23, NULL, 0);
    put_extension(b, 0xff01, "\0", 1);
    put_items_extension(b, 10, 2, groups, 3);
    put_extension(b, 11, "\1\0", 2);
    put_extension(b, 35, NULL, 0);
    put_extension(b, 16, "\0\xc\2h2\x8http/1.1", 14);
    put_extension(b, 5, "\1\0\0\0\0", 5);
    put_items_extension(b, 13, 2, schemes, 3);
    if (tls13) {
        put_items_extension(b, 43, 1, versions, 3);
        put_extension(b, 51, "\0\5\0\x1d\0\1k", 7);
    }
}

/* Certificates of `num` lengths, each filled with a byte of its own. */
static inline void put_certificate(struct build *b, const uint32_t *lens, size_t num)
{
    const size_t at = message_open(b, 11);
    const size_t list = put_open(b, 3);

    for (size_t i = 0; i < num; i++) {
        put_uint(b, 3, lens[i]);
        put_fill(b, (uint8_t)(0xa0 + i), lens[i]);
    }
    put_close(b, 3, list);
    message_close(b, at);
}

static inline void put_signature(struct build *b, bool scheme, size_t len)
{
    if (scheme)
        put_uint(b, 2, 0x0403);
    put_uint(b, 2, (uint32_t)len);
    put_fill(b, 0x51, len);
}

static inline void put_ecdhe(struct build *b, bool scheme)
{
    const size_t at = message_open(b, 12);

    put_uint(b, 1, 3);
    put_uint(b, 2, 23);
    put_uint(b, 1, 65);
    put_fill(b, 0x04, 65);
    put_signature(b, scheme, 71);
    message_close(b, at);
}

static inline void put_request(struct build *b, bool schemes)
{
    const size_t at = message_open(b, 13);

    put_vector(b, 1, "\1\100", 2);
    if (schemes)
        put_vector(b, 2, "\4\3\4\1", 4);
    put_vector(b, 2, "\0\3abc\0\1d", 8);
    message_close(b, at);
}

static inline void put_empty_message(struct build *b, uint8_t type)
{
    message_close(b, message_open(b, type));
}

static inline void put_client_key_exchange(struct build *b, size_t width)
{
    const size_t at = message_open(b, 16);

    put_uint(b, width, 65);
    put_fill(b, 0x04, 65);
    message_close(b, at);
}

static inline void put_verify(struct build *b, bool scheme)
{
    const size_t at = message_open(b, 15);

    put_signature(b, scheme, 70);
    message_close(b, at);
}

#endif
