/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * judge: cases in, verdicts out; a burst through its stages, each stage over the whole burst before the next.
 *
 *     fingerprint -> chain -> possession -> names -> policy
 *
 * Where several conduits match a flow, the stages run for the first one of each case, then again for the second one of
 * those that it did not accept, and so on: what a flow that is accepted would have been elsewhere costs nothing.
 *
 * Order of calls: val_judge_new() once per thread; val_judge_burst() as often as wanted; val_judge_free().
 * A judge belongs to one thread. It is synchronous and waits for nothing: no network, no disk, no lock. It allocates only
 * through OpenSSL and its own bounded memory of chains.
 *
 * For each side and each domain that a matching conduit names for that side: the chain is validated against the
 * domain's anchors at the case's time, and possession is verified for this very flow. Several conduits may match: the
 * case is accepted if any of them accepts; otherwise the reason is that of the conduit that got furthest.
 *
 * A case whose server part is complete and whose client still owes its part gets a verdict that covers the server.
 * Facts found then are kept in the case, so that the second look judges only the client.
 *
 * What it does not do: revocation, security levels, live flows. It never changes a policy and never frees a case.
 */
#ifndef CELLGATE_VALIDATOR_JUDGE_H
#define CELLGATE_VALIDATOR_JUDGE_H

#include "validator/case.h"
#include "validator/policy.h"
#include "validator/verdict.h"

#define VAL_BURST_MAX 64

struct val_judge;

/* val_judge_new: NULL when memory or an algorithm that must be there is missing. `chains_max` bounds the memory of chains. */
struct val_judge *val_judge_new(size_t chains_max);
void val_judge_free(struct val_judge *judge);

/* val_judge_burst: judges cases[0..num) (num <= VAL_BURST_MAX) by `policy` and writes verdicts[0..num). Every verdict that
 * comes out is ACCEPT or BLOCK, never undecided. Cases are borrowed until it returns; their facts are updated. */
void val_judge_burst(struct val_judge *judge, const struct val_policy *policy, struct val_case *const cases[],
                     struct val_verdict verdicts[], size_t num);

/* What the judge says of a bare chain, for a person who asks: no flow, no possession, no policy of conduits. */
struct val_chain_answer {
    uint64_t reasons; /* empty: nothing against it */
    uint8_t reason;   /* REASON_OK, or the first of `reasons` */
    uint16_t domain;  /* the domain that was asked, or the first that accepted */
    char detail[256]; /* a sentence: which certificate, what about it */
};

/* val_judge_chain: judges `num` certificates (leaf first, DER) for `side` (enum case_side) in `domain` (index, or
 * VAL_NO_DOMAIN to try each) at `time_us`; `name` is the server name asked for, or NULL for none to compare. */
void val_judge_chain(struct val_judge *judge, const struct val_policy *policy, struct val_chain_answer *out, int side,
                     uint16_t domain, const struct bytes certificates[], size_t num, const char *name, int64_t time_us);

/* val_judge_memory: upper bound in bytes of what a judge with `chains_max` remembers. */
size_t val_judge_memory(size_t chains_max);

#endif
