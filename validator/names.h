/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * names: host names and the names in certificates, and which of them are the same (RFC 9525, RFC 5280 4.2.1.6).
 *
 * A host name here is a host_name of RFC 6066 3: labels of letters, digits and hyphens (no underscore), 1 to 63 bytes
 * each, not starting or ending with a hyphen, 253 bytes in all, no final dot, and no IP address: the last label is not a
 * number (RFC 9525 keeps names and addresses apart). It is compared in lower case, byte by byte: A-labels (xn--) are not
 * decoded. One label alone ("plc7") is a host name.
 *
 * A wildcard stands for exactly one label, only as the whole leftmost label, with at least two labels behind it
 * (RFC 9525 6.3; "*.example" would be a whole top-level domain). The CN is never looked at.
 *
 * The names of a certificate are kept in one flat block that outlives the certificate: `struct val_names`.
 *
 * Threads: no state. It does not read certificates: validator/certificate fills val_names with val_names_add_*().
 */
#ifndef CELLGATE_VALIDATOR_NAMES_H
#define CELLGATE_VALIDATOR_NAMES_H

#include "base/bytes.h"

#define VAL_HOST_MAX      254 /* bytes of a host name or pattern, NUL included */
#define VAL_NAMES_MAX     2048
#define VAL_NAMES_LEN_MAX 65535

/* DNS names and IP addresses of one certificate, or the DNS subtrees of a constraint: kind, length, bytes; and so on. */
struct val_names {
    uint32_t capacity; /* of `bytes` */
    uint32_t len;      /* in use */
    uint16_t num;
    uint8_t uncomparable; /* 1: a DNS name stood there that is none, so that nothing can be said about it */
    uint8_t reserved;
    uint8_t bytes[];
};

/* val_host_normal: writes the host name in `in` to `out`, in lower case and NUL-terminated; false when it is none. */
BYTES_MUST_CHECK bool val_host_normal(char out[VAL_HOST_MAX], struct bytes in);

/* val_host_pattern: the same for a host name that may begin with "*.", with at least two labels behind it. */
BYTES_MUST_CHECK bool val_host_pattern(char out[VAL_HOST_MAX], struct bytes in);

/* val_host_matches: true when `pattern` (normal) is `host` (normal, no wildcard), or its wildcard stands for host's first
 * label. */
bool val_host_matches(const char *pattern, const char *host);

/* val_host_below: true when `name` (normal; may be a pattern) is `parent` or ends in "." and `parent`. */
bool val_host_below(const char *name, const char *parent);

/* val_names_new: an empty block for `capacity` bytes (a name takes 2 more than its own); NULL without memory. free() it. */
struct val_names *val_names_new(uint32_t capacity);

/* val_names_add_host: adds a dNSName. One that is no host name or pattern is not kept but sets `uncomparable`.
 * False when the block is full. */
BYTES_MUST_CHECK bool val_names_add_host(struct val_names *names, struct bytes name);

/* val_names_add_address: adds an iPAddress of 4 or 16 bytes; false for another length and when the block is full. */
BYTES_MUST_CHECK bool val_names_add_address(struct val_names *names, struct bytes address);

/* val_names_bear_host: true when one of the names, wildcards included, matches `host` (normal). */
bool val_names_bear_host(const struct val_names *names, const char *host);

/* val_names_bear_address: true when one of the addresses is this one. */
bool val_names_bear_address(const struct val_names *names, struct bytes address);

/* val_names_bear_pattern: true when `pattern` (normal, of a policy) speaks of one of the names: it has no wildcard and a
 * name matches it, or a name without wildcard matches it, or both are the same wildcard. */
bool val_names_bear_pattern(const struct val_names *names, const char *pattern);

/* val_names_bear_below: true when one of the DNS names is `parent` or below it. */
bool val_names_bear_below(const struct val_names *names, const char *parent);

/* val_names_within: true when every DNS name is at or below one of the `num` parents, and all could be compared. */
bool val_names_within(const struct val_names *names, const char *const parents[], size_t num);

/* val_names_touch: true when one of the DNS names may stand for a name in one of the DNS subtrees of `subtrees`: at or
 * below it, or a wildcard that covers it ("*.b.example" touches "a.b.example"; RFC 5280 4.2.1.10 leaves wildcards open). */
bool val_names_touch(const struct val_names *names, const struct val_names *subtrees);

#endif
