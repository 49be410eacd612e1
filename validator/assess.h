/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * assess: how the chain that one party showed stands with one domain, from memory or anew.
 *
 * Order of calls: val_assessor_new() once per thread; val_assessor_turn() before each burst; for each party of it
 * val_party_init(), val_assess() for each domain of interest, val_party_fini(). What a party's leaf says (`names`, `key`) is
 * valid from the first val_assess() until val_party_fini() or the next val_assessor_turn(), whichever comes first.
 *
 * A chain that is remembered costs one SHA-256. Another is parsed once, however many domains are asked for.
 *
 * Where the chain does not lead to the domain, others of the policy are tried (VAL_ASSESS_OTHERS_MAX of those that it can
 * reach by names): if it is good there, the reason is domain_not_recognised alone.
 *
 * Threads: one per assessor; the policy is only read. Possession, and whether a name is the one asked for, are not its
 * business; the names that a domain's certificates may bear are.
 */
#ifndef CELLGATE_VALIDATOR_ASSESS_H
#define CELLGATE_VALIDATOR_ASSESS_H

#include "validator/path.h"
#include "validator/snapshot.h"

#define VAL_ASSESS_OTHERS_MAX 4

/* The certificates that one party showed, leaf first. */
struct val_party {
    struct bytes der[VAL_PATH_SENT_MAX]; /* borrowed */
    uint8_t num;
    uint8_t side; /* enum case_side */
    bool digested;
    bool parsed;
    uint8_t digest[VAL_SHA256_LEN]; /* over all certificates; their lengths stand in the key of memory */
    struct val_certificate *certificate[VAL_PATH_SENT_MAX]; /* when `parsed`; NULL where one is malformed */
    const struct val_names *names;                          /* of the leaf; NULL when it is malformed */
    const struct val_key *key;                              /* of the leaf; NULL when it cannot be used */
};

struct val_assessor;

/* val_assessor_new: remembers up to about `chains_max` chains; NULL without memory. */
struct val_assessor *val_assessor_new(size_t chains_max);
void val_assessor_free(struct val_assessor *assessor);

/* val_assessor_memory: an upper bound in bytes of what an assessor remembers. */
size_t val_assessor_memory(size_t chains_max);

/* val_assessor_turn: begins a burst. */
void val_assessor_turn(struct val_assessor *assessor);

/* val_party_init: the party of `side` that showed `num` certificates (1 to VAL_PATH_SENT_MAX). */
void val_party_init(struct val_party *party, int side, const struct bytes der[], size_t num);

/* val_party_fini: frees what was parsed. An all-zero party is allowed. */
void val_party_fini(struct val_party *party);

/* val_party_digest: hashes what was shown; val_assess() does it where it was not done before. */
void val_party_digest(struct val_assessor *assessor, struct val_party *party);

/* val_assess: what speaks against the party's chain in `domain` (an index that exists) at `time_s`; empty: it is good. */
uint64_t val_assess(struct val_assessor *assessor, struct val_party *party, const struct val_policy *policy,
                    uint16_t domain, int64_t time_s);

/* val_assess_explained: the same without memory, and says in `detail` which certificate the first reason is about. */
uint64_t val_assess_explained(struct val_assessor *assessor, struct val_party *party, const struct val_policy *policy,
                              uint16_t domain, int64_t time_s, struct val_path_answer *detail);

#endif
