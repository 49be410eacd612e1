/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * der: steps through the elements of DER (X.690 10), one tag, length and content at a time.
 *
 * For reading what a certificate says of itself. Strict in what it takes for an element: one-byte tags, definite lengths
 * in the shortest form, content within the bounds. Whoever needs more than that (keys, chains, extensions that decide
 * something) leaves it to OpenSSL.
 *
 * Threads: no state. Ownership: contents are views of the input.
 */
#ifndef CELLGATE_VALIDATOR_DER_H
#define CELLGATE_VALIDATOR_DER_H

#include "base/bytes.h"

#define DER_INTEGER          0x02
#define DER_OCTET_STRING     0x04
#define DER_OID              0x06
#define DER_UTC_TIME         0x17
#define DER_GENERALIZED_TIME 0x18
#define DER_SEQUENCE         0x30
#define DER_SET              0x31

/* val_der_next: reads the next element of `in`: its tag and its content. False, and `in` unchanged, when there is none. */
BYTES_MUST_CHECK bool val_der_next(struct bytes *in, uint8_t *tag, struct bytes *content);

/* val_der_take: as val_der_next(), and false unless the tag is `tag`. */
BYTES_MUST_CHECK bool val_der_take(struct bytes *in, uint8_t tag, struct bytes *content);

/* val_der_next_is: true when the next element of `in` has tag `tag`. */
bool val_der_next_is(const struct bytes *in, uint8_t tag);

#endif
