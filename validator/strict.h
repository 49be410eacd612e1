/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * strict: is this one value in distinguished encoding (X.690 sections 10 and 11)?
 *
 * A gate before the library's parser, which also takes BER: there two byte strings may mean the same certificate, and
 * what one party reads out of it may differ from what the other does. Checked for every value, down to the primitives:
 * definite and shortest lengths, shortest tags, constructed only where DER has it, BOOLEAN 00 or FF, shortest INTEGER,
 * BIT STRING with zero padding, well-formed OBJECT IDENTIFIER, times as RFC 5280 4.1.2.5 has them, nothing behind the end.
 *
 * Values under context-specific tags are walked when constructed and opaque when primitive. OCTET STRINGs are opaque.
 * Not checked: character sets, order within SET OF, encoded default values. It knows nothing of certificates, and hands
 * nothing out (validator/der does that).
 *
 * Threads: any; no state.
 */
#ifndef CELLGATE_VALIDATOR_STRICT_H
#define CELLGATE_VALIDATOR_STRICT_H

#include "base/bytes.h"

#define VAL_STRICT_DEPTH_MAX 24

/* val_strict_check: true when `in` is exactly one value in DER, at most VAL_STRICT_DEPTH_MAX values deep. */
BYTES_MUST_CHECK bool val_strict_check(struct bytes in);

#endif
