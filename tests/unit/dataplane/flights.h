/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * flights: what two TLS 1.2 ends say, for tests of the gate: right in form, with certificates and signatures that are only
 * filler. Nobody judges them.
 */
#ifndef CELLGATE_TESTS_FLIGHTS_H
#define CELLGATE_TESTS_FLIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FLIGHT_MAX (160U * 1024U)

struct flight {
    size_t len;
    uint8_t byte[FLIGHT_MAX];
};

static inline void flight_uint(struct flight *f, int width, uint32_t value)
{
    for (int i = width - 1; i >= 0; i--)
        f->byte[f->len++] = (uint8_t)(value >> (8 * i));
}

static inline void flight_fill(struct flight *f, size_t len)
{
    for (size_t i = 0; i < len; i++, f->len++)
        f->byte[f->len] = (uint8_t)(f->len * 31 + (f->len >> 8));
}

static inline void flight_put(struct flight *f, const void *data, size_t len)
{
    memcpy(f->byte + f->len, data, len);
    f->len += len;
}

/* A handshake message with `len` bytes of body, in records of at most `record` bytes. */
static inline void flight_message(struct flight *f, uint8_t type, const uint8_t *body, size_t len, size_t record)
{
    uint8_t head[4] = {type, (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};
    size_t whole = len + sizeof(head);

    for (size_t at = 0; at < whole; at += record) {
        size_t part = whole - at < record ? whole - at : record;

        flight_uint(f, 1, 22);
        flight_uint(f, 2, 0x0303);
        flight_uint(f, 2, (uint32_t)part);
        for (size_t i = at; i < at + part; i++)
            f->byte[f->len++] = i < sizeof(head) ? head[i] : body[i - sizeof(head)];
    }
}

static inline void flight_record(struct flight *f, uint8_t type, const void *data, size_t len)
{
    flight_uint(f, 1, type);
    flight_uint(f, 2, 0x0303);
    flight_uint(f, 2, (uint32_t)len);
    flight_put(f, data, len);
}

/* ClientHello with `padding` bytes of an unknown extension. */
static inline void flight_client_hello(struct flight *f, size_t padding)
{
    static struct flight b;

    b.len = 0;
    flight_uint(&b, 2, 0x0303);
    flight_fill(&b, 32);
    flight_uint(&b, 1, 0);
    flight_uint(&b, 2, 4);
    flight_uint(&b, 4, 0xc02bc02f);
    flight_uint(&b, 2, 0x0100);
    flight_uint(&b, 2, (uint32_t)(8 + 8 + 4 + padding)); /* extensions */
    flight_uint(&b, 4, 0x000d0004);                      /* signature_algorithms */
    flight_uint(&b, 4, 0x00020403);
    flight_uint(&b, 4, 0x000a0004); /* supported_groups */
    flight_uint(&b, 4, 0x00020017);
    flight_uint(&b, 2, 0x7a7a);
    flight_uint(&b, 2, (uint32_t)padding);
    flight_fill(&b, padding);
    flight_message(f, 1, b.byte, b.len, 16384);
}

/* ServerHello to ServerHelloDone with a certificate of `certificate` bytes; `asks` for the client's. */
static inline void flight_server(struct flight *f, size_t certificate, bool asks, size_t record)
{
    static struct flight b;

    b.len = 0;
    flight_uint(&b, 2, 0x0303);
    flight_fill(&b, 32);
    flight_uint(&b, 1, 0);
    flight_uint(&b, 2, 0xc02b);
    flight_uint(&b, 1, 0);
    flight_message(f, 2, b.byte, b.len, record);
    b.len = 0;
    flight_uint(&b, 3, (uint32_t)certificate + 3);
    flight_uint(&b, 3, (uint32_t)certificate);
    flight_fill(&b, certificate);
    flight_message(f, 11, b.byte, b.len, record);
    b.len = 0;
    flight_uint(&b, 4, 0x03001741);
    flight_fill(&b, 65);
    flight_uint(&b, 4, 0x04030046);
    flight_fill(&b, 70);
    flight_message(f, 12, b.byte, b.len, record);
    if (asks) {
        b.len = 0;
        flight_uint(&b, 2, 0x0140);
        flight_uint(&b, 4, 0x00020403);
        flight_uint(&b, 2, 0);
        flight_message(f, 13, b.byte, b.len, record);
    }
    flight_message(f, 14, b.byte, 0, record);
}

/* The client's Certificate (if asked), ClientKeyExchange, CertificateVerify, ChangeCipherSpec, Finished. */
static inline void flight_client(struct flight *f, size_t certificate, bool asked, size_t record)
{
    static struct flight b;

    if (asked) {
        b.len = 0;
        flight_uint(&b, 3, (uint32_t)certificate + 3);
        flight_uint(&b, 3, (uint32_t)certificate);
        flight_fill(&b, certificate);
        flight_message(f, 11, b.byte, b.len, record);
    }
    b.len = 0;
    flight_uint(&b, 1, 65);
    flight_fill(&b, 65);
    flight_message(f, 16, b.byte, b.len, record);
    if (asked) {
        b.len = 0;
        flight_uint(&b, 4, 0x04030046);
        flight_fill(&b, 70);
        flight_message(f, 15, b.byte, b.len, record);
    }
    flight_record(f, 20, "\1", 1);
    flight_record(f, 22, "finished, but encrypted; forty bytes long", 40);
}

static inline void flight_finished(struct flight *f)
{
    flight_record(f, 20, "\1", 1);
    flight_record(f, 22, "finished, but encrypted; forty bytes long", 40);
}

static inline void flight_data(struct flight *f, size_t len)
{
    while (len != 0) {
        size_t part = len < 16384 ? len : 16384;

        flight_uint(f, 1, 23);
        flight_uint(f, 2, 0x0303);
        flight_uint(f, 2, (uint32_t)part);
        flight_fill(f, part);
        len -= part;
    }
}

#endif
