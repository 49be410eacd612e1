/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chains: which chains have been found good, so that the next flow that shows the same one costs no signature.
 *
 * What is remembered is a fact that depends on nothing but its key and the time: these certificates, in this order, lead to
 * one of these anchors, under this floor of algorithms, for this side, at any time within the window. Only chains that were
 * validated in full get in, and nothing about why others did not: an attacker can neither poison nor fill it without
 * certificates of a domain. Names, possession and policy are asked for every flow.
 *
 * The key is SHA-256 over all that the fact depends on, so two facts never share one. It picks a set of VAL_CHAINS_WAYS places;
 * in a full set the one that was not asked for the longest time makes room. Bounded, and no place ever grows: a leaf with more
 * than VAL_CHAINS_NAMES_MAX bytes of names is not remembered.
 *
 * Order of calls: val_chains_new(); val_chains_turn() before each burst; find and keep; val_chains_free(). What find and keep
 * hand out stays valid until the next val_chains_turn(), whatever is kept meanwhile.
 *
 * Threads: one. It validates nothing.
 */
#ifndef CELLGATE_VALIDATOR_CHAINS_H
#define CELLGATE_VALIDATOR_CHAINS_H

#include "validator/certificate.h"
#include "validator/digest.h"

#define VAL_CHAINS_WAYS      8
#define VAL_CHAINS_NAMES_MAX 1024

struct val_chains;

/* What is remembered of a good chain. */
struct val_chain {
    const struct val_names *names; /* of the leaf */
    const struct val_key *key;     /* of the leaf */
};

/* val_chains_new: a memory of at least `max` chains (rounded up to whole sets); NULL without memory. */
struct val_chains *val_chains_new(size_t max);
void val_chains_free(struct val_chains *chains);

/* val_chains_turn: begins a burst; what was handed out before may go from now on. */
void val_chains_turn(struct val_chains *chains);

/* val_chains_find: true when the chain of `key` is known to be good at `time_s`. */
bool val_chains_find(struct val_chains *chains, struct val_chain *out, const uint8_t key[VAL_SHA256_LEN],
                     int64_t time_s);

/* val_chains_keep: remembers that the chain of `key`, with this leaf, is good from `not_before_s` to `not_after_s`, both included.
 * Copies what it needs. Does nothing when the set is full of chains of this burst, or memory is missing. */
void val_chains_keep(struct val_chains *chains, const uint8_t key[VAL_SHA256_LEN], const struct val_certificate *leaf,
                     int64_t not_before_s, int64_t not_after_s);

/* val_chains_memory: an upper bound in bytes of what val_chains_new(max) comes to hold. */
size_t val_chains_memory(size_t max);

#endif
