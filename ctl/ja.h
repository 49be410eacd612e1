/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ja: fingerprints of a ClientHello as SOCs know them: JA3 (MD5 over a list of numbers) and JA4 (FoxIO, for TCP).
 *
 * Both describe what kind of client said hello, not who; a client can pretend to be any other. GREASE values (RFC 8701)
 * are left out of both. JA3 keeps the order of the wire, JA4 sorts suites and extensions.
 *
 * Bounds: a hello with more than CTL_JA_ITEMS_MAX suites or extensions, or one whose JA3 text would be longer than
 * CTL_JA3_TEXT_MAX, gets no fingerprint.
 *
 * Threads: any; no state. It reads hostile bytes through base/bytes and hashes through validator/digest. It judges nothing.
 */
#ifndef CELLGATE_CTL_JA_H
#define CELLGATE_CTL_JA_H

#include "base/bytes.h"

#define CTL_JA_ITEMS_MAX 1024
#define CTL_JA3_TEXT_MAX 8192
#define CTL_JA3_HASH_LEN 32
#define CTL_JA4_LEN      36

struct ctl_ja {
    char ja3[CTL_JA3_TEXT_MAX];          /* "771,4865-4866,0-23,29-23,0" */
    char ja3_hash[CTL_JA3_HASH_LEN + 1]; /* lower-case hexadecimal */
    char ja4[CTL_JA4_LEN + 1];           /* "t13d1516h2_8daaf6152771_e5627efa2ab1" */
};

/* ctl_ja_hello: fingerprints `hello`, a whole ClientHello message with its 4-byte header (RFC 8446 4.1.2, RFC 5246
 * 7.4.1.2); false when it does not parse or is past a bound. */
BYTES_MUST_CHECK bool ctl_ja_hello(struct ctl_ja *out, struct bytes hello);

#endif
