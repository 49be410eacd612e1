/* SPDX-License-Identifier: BSD-3-Clause */
#include "mint_handshake.h"

#include "mint_random.h"

#include <string.h>

#include <openssl/evp.h>

#define RANDOM_LEN   32
#define SHARE_LEN    32
#define FINISHED_LEN 40 /* AES-GCM: explicit nonce, 16 bytes, tag */

#define RECORD_CCS       20
#define RECORD_HANDSHAKE 22

enum message {
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    CERTIFICATE = 11,
    SERVER_KEY_EXCHANGE = 12,
    CERTIFICATE_REQUEST = 13,
    SERVER_HELLO_DONE = 14,
    CERTIFICATE_VERIFY = 15,
    CLIENT_KEY_EXCHANGE = 16,
};

/* What is random in a flow. */
struct material {
    uint8_t random[MINT_SIDES][RANDOM_LEN];
    uint8_t share[MINT_SIDES][SHARE_LEN];
    uint8_t finished[MINT_SIDES][FINISHED_LEN];
    uint8_t session_id[32];
};

/* Bytes under construction. The sizes are all known; one that is exceeded is a mistake in this file. */
struct writer {
    uint8_t *at;
    size_t len;
    size_t size;
};

static void put(struct writer *out, const void *data, size_t len)
{
    if (len > out->size - out->len)
        mint_die("a flight is longer than %zu bytes", out->size);
    memcpy(out->at + out->len, data, len);
    out->len += len;
}

static void put_uint(struct writer *out, size_t width, size_t value)
{
    uint8_t raw[4];

    for (size_t i = 0; i < width; i++)
        raw[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
    put(out, raw, width);
}

/* Leaves room for a length of `width` bytes; end() writes it there. */
static size_t begin(struct writer *out, size_t width)
{
    put_uint(out, width, 0);
    return out->len;
}

static void end(struct writer *out, size_t width, size_t start)
{
    struct writer length = {.at = out->at + start - width, .size = width};

    put_uint(&length, width, out->len - start);
}

static struct material material_of(const struct mint_flow *flow)
{
    struct material material;

    mint_random(&material, sizeof(material), flow->seed, "flow", flow->index);
    return material;
}

const struct mint_person *mint_handshake_leaf(const struct mint_flow *flow, enum mint_side side)
{
    const struct mint_people *people = flow->people;
    uint64_t number = flow->index;

    if (side == MINT_CLIENT) /* so that the pairs change from round to round */
        number += flow->index / people->num_leaves;
    return &people->domain[side].leaf[number % people->num_leaves];
}

static void put_client_hello(struct writer *out, const struct mint_flow *flow, const struct material *material)
{
    static const uint8_t fixed[] = {
        0, 12, 0xc0, 0x2b, 0xc0, 0x2c, 0xcc, 0xa9, 0xc0, 0x2f, 0xc0, 0x30, 0x00, 0xff, 1, 0, /* suites, compression */
    };
    static const uint8_t extensions[] = {
        0, 11, 0, 2,  1, 0,                            /* ec_point_formats */
        0, 10, 0, 8,  0, 6, 0, 29, 0, 23, 0, 24,       /* supported_groups */
        0, 23, 0, 0,                                   /* extended_master_secret */
        0, 13, 0, 10, 0, 8, 4, 3,  5, 3,  8, 4,  4, 1, /* signature_algorithms */
    };
    const char *name = mint_handshake_leaf(flow, MINT_SERVER)->name;
    size_t name_len = strlen(name);
    size_t start;

    put_uint(out, 2, 0x0303);
    put(out, material->random[MINT_CLIENT], RANDOM_LEN);
    put_uint(out, 1, 0);
    put(out, fixed, sizeof(fixed));
    start = begin(out, 2);
    put_uint(out, 2, 0); /* server_name */
    put_uint(out, 2, name_len + 5);
    put_uint(out, 2, name_len + 3);
    put_uint(out, 1, 0);
    put_uint(out, 2, name_len);
    put(out, name, name_len);
    put(out, extensions, sizeof(extensions));
    end(out, 2, start);
}

static void put_server_hello(struct writer *out, const struct material *material)
{
    static const uint8_t extensions[] = {
        0xff, 1,  0, 1, 0,    /* renegotiation_info */
        0,    11, 0, 2, 1, 0, /* ec_point_formats */
        0,    23, 0, 0,       /* extended_master_secret */
    };

    put_uint(out, 2, 0x0303);
    put(out, material->random[MINT_SERVER], RANDOM_LEN);
    put_uint(out, 1, sizeof(material->session_id));
    put(out, material->session_id, sizeof(material->session_id));
    put_uint(out, 2, 0xc02b);
    put_uint(out, 1, 0);
    put_uint(out, 2, sizeof(extensions));
    put(out, extensions, sizeof(extensions));
}

static void put_certificate(struct writer *out, const struct mint_flow *flow, enum mint_side side)
{
    const struct mint_person *const chain[] = {mint_handshake_leaf(flow, side),
                                               &flow->people->domain[side].intermediate};
    size_t list = begin(out, 3);

    for (size_t i = 0; i < 2; i++) {
        put_uint(out, 3, chain[i]->der_len);
        put(out, chain[i]->der, chain[i]->der_len);
    }
    end(out, 3, list);
}

/* ECParameters and the point: RFC 8422 5.4. */
static void put_params(struct writer *out, const struct material *material)
{
    put_uint(out, 1, 3);  /* named_curve */
    put_uint(out, 2, 29); /* x25519 */
    put_uint(out, 1, SHARE_LEN);
    put(out, material->share[MINT_SERVER], SHARE_LEN);
}

static void put_signature(struct writer *out, const struct mint_signature *signature)
{
    put_uint(out, 2, 0x0403);
    put_uint(out, 2, signature->len);
    put(out, signature->bytes, signature->len);
}

static void put_body(struct writer *out, const struct mint_flow *flow, const struct material *material,
                     enum message message, enum mint_side side)
{
    static const uint8_t request[] = {2, 64, 1, 0, 8, 4, 3, 5, 3, 8, 4, 4, 1, 0, 0};

    switch (message) {
    case CLIENT_HELLO:
        put_client_hello(out, flow, material);
        break;
    case SERVER_HELLO:
        put_server_hello(out, material);
        break;
    case CERTIFICATE:
        put_certificate(out, flow, side);
        break;
    case SERVER_KEY_EXCHANGE:
        put_params(out, material);
        put_signature(out, &flow->signature[MINT_SERVER]);
        break;
    case CERTIFICATE_REQUEST:
        put(out, request, sizeof(request));
        break;
    case SERVER_HELLO_DONE:
        break;
    case CLIENT_KEY_EXCHANGE:
        put_uint(out, 1, SHARE_LEN);
        put(out, material->share[MINT_CLIENT], SHARE_LEN);
        break;
    case CERTIFICATE_VERIFY:
        put_signature(out, &flow->signature[MINT_CLIENT]);
        break;
    }
}

/* A message with its header; in a record of its own when `record` says so. */
static void put_message(struct writer *out, const struct mint_flow *flow, const struct material *material,
                        enum message message, enum mint_side side, int record)
{
    size_t record_start = 0;
    size_t start;

    if (record) {
        put_uint(out, 1, RECORD_HANDSHAKE);
        put_uint(out, 2, message == CLIENT_HELLO ? 0x0301 : 0x0303);
        record_start = begin(out, 2);
    }
    put_uint(out, 1, message);
    start = begin(out, 3);
    put_body(out, flow, material, message, side);
    end(out, 3, start);
    if (record)
        end(out, 2, record_start);
}

static const enum message server_flight[] = {SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST,
                                             SERVER_HELLO_DONE};
static const enum message client_flight[] = {CERTIFICATE, CLIENT_KEY_EXCHANGE, CERTIFICATE_VERIFY};

#define NUM_SERVER_FLIGHT (sizeof(server_flight) / sizeof(server_flight[0]))
#define NUM_CLIENT_FLIGHT (sizeof(client_flight) / sizeof(client_flight[0]))

static void sign_bytes(struct mint_flow *flow, enum mint_side side, const struct writer *data)
{
    int forged = flow->forgery == (side == MINT_SERVER ? MINT_SERVER_FORGED : MINT_CLIENT_FORGED);
    EVP_PKEY *key = forged ? flow->people->thief : mint_handshake_leaf(flow, side)->key;
    uint8_t digest[32];

    if (EVP_Digest(data->at, data->len, digest, NULL, EVP_sha256(), NULL) != 1)
        mint_die("SHA-256 failed");
    flow->signature[side].len = (uint8_t)mint_sign(flow->signature[side].bytes, key, digest);
}

void mint_handshake_sign(struct mint_flow *flow)
{
    struct material material = material_of(flow);
    uint8_t buffer[MINT_FLIGHT_MAX];
    struct writer out = {.at = buffer, .size = sizeof(buffer)};

    put(&out, material.random[MINT_CLIENT], RANDOM_LEN); /* RFC 5246 7.4.3 */
    put(&out, material.random[MINT_SERVER], RANDOM_LEN);
    put_params(&out, &material);
    sign_bytes(flow, MINT_SERVER, &out);
    out.len = 0; /* RFC 5246 7.4.8: every message up to CertificateVerify */
    put_message(&out, flow, &material, CLIENT_HELLO, MINT_CLIENT, 0);
    for (size_t i = 0; i < NUM_SERVER_FLIGHT; i++)
        put_message(&out, flow, &material, server_flight[i], MINT_SERVER, 0);
    for (size_t i = 0; i < NUM_CLIENT_FLIGHT - 1; i++)
        put_message(&out, flow, &material, client_flight[i], MINT_CLIENT, 0);
    sign_bytes(flow, MINT_CLIENT, &out);
}

static void put_end(struct writer *out, const struct material *material, enum mint_side side)
{
    static const uint8_t change[] = {RECORD_CCS, 3, 3, 0, 1, 1};
    static const uint8_t header[] = {RECORD_HANDSHAKE, 3, 3, 0, FINISHED_LEN};

    put(out, change, sizeof(change));
    put(out, header, sizeof(header));
    put(out, material->finished[side], FINISHED_LEN);
}

size_t mint_handshake_flight(uint8_t buffer[MINT_FLIGHT_MAX], const struct mint_flow *flow, enum mint_flight flight)
{
    struct material material = material_of(flow);
    struct writer out = {.at = buffer, .size = MINT_FLIGHT_MAX};

    switch (flight) {
    case MINT_CLIENT_HELLO:
        put_message(&out, flow, &material, CLIENT_HELLO, MINT_CLIENT, 1);
        break;
    case MINT_SERVER_HELLO:
        for (size_t i = 0; i < NUM_SERVER_FLIGHT; i++)
            put_message(&out, flow, &material, server_flight[i], MINT_SERVER, 1);
        break;
    case MINT_CLIENT_KEYS:
        for (size_t i = 0; i < NUM_CLIENT_FLIGHT; i++)
            put_message(&out, flow, &material, client_flight[i], MINT_CLIENT, 1);
        put_end(&out, &material, MINT_CLIENT);
        break;
    case MINT_SERVER_END:
        put_end(&out, &material, MINT_SERVER);
        break;
    }
    return out.len;
}
