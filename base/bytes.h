/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bytes: the only way in which cellgate reads bytes that somebody else wrote.
 *
 * A `struct bytes` is a borrowed view: a pointer and the number of bytes left behind it. Every read either succeeds
 * whole and moves the view forward, or fails, returns false and leaves both the view and the output untouched. The bound
 * is checked here and nowhere else, so that a parser cannot forget it; the compiler rejects a result that is not looked at.
 *
 * Order of calls: bytes_of(), then reads; bytes_done() at the end of each structure, because trailing bytes inside a
 * length-prefixed structure are an error in every format that we read.
 *
 * Threads: none of this has state. Ownership: nothing is owned; the view must not outlive the memory below it.
 * It does not copy, allocate, or know any format. Numbers are big-endian ("network order"), as in TLS and IP.
 */
#ifndef CELLGATE_BASE_BYTES_H
#define CELLGATE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BYTES_MUST_CHECK __attribute__((warn_unused_result))

struct bytes {
    const uint8_t *at; /* next byte; may be NULL when left is 0 */
    size_t left;       /* bytes that may be read from `at` */
};

/* bytes_of: a view of `len` bytes at `data`, borrowed. */
static inline struct bytes bytes_of(const void *data, size_t len)
{
    return (struct bytes){.at = (const uint8_t *)data, .left = len};
}

/* bytes_done: true when nothing is left. */
static inline bool bytes_done(const struct bytes *in)
{
    return in->left == 0;
}

/* bytes_take: moves the next `len` bytes out of `in` into the view `out`; false when fewer are left. */
BYTES_MUST_CHECK static inline bool bytes_take(struct bytes *in, size_t len, struct bytes *out)
{
    if (in->left < len)
        return false;
    *out = bytes_of(in->at, len);
    if (len != 0) {
        in->at += len;
        in->left -= len;
    }
    return true;
}

/* bytes_skip: passes over `len` bytes; false when fewer are left. */
BYTES_MUST_CHECK static inline bool bytes_skip(struct bytes *in, size_t len)
{
    struct bytes passed;

    return bytes_take(in, len, &passed);
}

/* bytes_uint: reads a big-endian number of `width` bytes (1 to 4); false when fewer are left. */
BYTES_MUST_CHECK static inline bool bytes_uint(struct bytes *in, size_t width, uint32_t *out)
{
    struct bytes raw;
    uint32_t value = 0;

    if (!bytes_take(in, width, &raw))
        return false;
    for (size_t i = 0; i < width; i++)
        value = (value << 8) | raw.at[i];
    *out = value;
    return true;
}

/* bytes_u8: reads one byte. */
BYTES_MUST_CHECK static inline bool bytes_u8(struct bytes *in, uint8_t *out)
{
    if (in->left < 1)
        return false;
    *out = in->at[0];
    in->at++;
    in->left--;
    return true;
}

/* bytes_u16: reads two bytes, big-endian. */
BYTES_MUST_CHECK static inline bool bytes_u16(struct bytes *in, uint16_t *out)
{
    uint32_t value;

    if (!bytes_uint(in, 2, &value))
        return false;
    *out = (uint16_t)value;
    return true;
}

/* bytes_u24: reads three bytes, big-endian. */
BYTES_MUST_CHECK static inline bool bytes_u24(struct bytes *in, uint32_t *out)
{
    return bytes_uint(in, 3, out);
}

/* bytes_u32: reads four bytes, big-endian. */
BYTES_MUST_CHECK static inline bool bytes_u32(struct bytes *in, uint32_t *out)
{
    return bytes_uint(in, 4, out);
}

/* bytes_vector: reads a length of `width` bytes (1 to 3), then that many bytes into the view `out` (TLS: opaque<0..N>). */
BYTES_MUST_CHECK static inline bool bytes_vector(struct bytes *in, size_t width, struct bytes *out)
{
    struct bytes copy = *in;
    uint32_t len;

    if (!bytes_uint(&copy, width, &len) || !bytes_take(&copy, len, out))
        return false;
    *in = copy;
    return true;
}

/* bytes_equal: true when both views hold the same bytes. Not constant-time: nothing here is secret. */
static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.left == b.left && (a.left == 0 || memcmp(a.at, b.at, a.left) == 0);
}

#endif
