/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decide: from what was found about a flow to its verdict, by the conduits that match it.
 *
 * Each conduit that matches asks its questions in a fixed order, the stages:
 *
 *     sni -> version -> suite -> visibility -> server's chain -> server's possession -> server's names -> server's grade
 *         -> client's certificate there -> client's chain -> client's possession -> client's grade
 *
 * All questions are asked, so that a verdict lists everything that speaks against the flow. A conduit accepts when nothing
 * does. If one accepts, the first in the policy's order decides. Otherwise the reasons are those of the conduit that got
 * furthest: the one whose first failing stage is the latest, and the first in the policy's order among equals.
 *
 * What is tolerated (encrypted_handshake where a conduit asks for G0 on both sides, possession_unobservable where it
 * takes G2) is listed in `reasons` of an accepting verdict too.
 *
 * A suite that authenticates nobody, encrypts nothing or is export-grade is cipher_not_allowed, but on a conduit that asks for
 * no evidence from either side (G0 and G0), where it is tolerated and listed. A suite that nobody knows never passes.
 *
 * With ECH a client may ask for another name than the one in sight: a conduit that lists names cannot judge it (`ech`).
 *
 * Threads: no state. No cryptography, no allocation.
 */
#ifndef CELLGATE_VALIDATOR_DECIDE_H
#define CELLGATE_VALIDATOR_DECIDE_H

#include "validator/case.h"
#include "validator/names.h"
#include "validator/snapshot.h"
#include "validator/verdict.h"

/* How one side stands with one domain. */
struct val_standing {
    uint16_t domain;
    uint8_t grade;    /* enum val_grade that its evidence reaches */
    bool known;       /* it was looked at; until then it counts as unknown_issuer */
    uint64_t reasons; /* against its chain; empty: good */
};

/* What one side showed, and what was found about it. */
struct val_shown {
    bool present;       /* it showed certificates */
    bool readable;      /* its leaf could be parsed, so that its names are known */
    bool asked;         /* for possession */
    uint8_t possession; /* enum val_possession */
    uint64_t possession_reasons;
    uint32_t names_fit; /* bit i: its names are what the i-th matching conduit asks for */
    struct val_standing standing[VAL_MATCH_MAX];
    uint8_t num_standings;
};

struct val_evidence {
    const struct val_case *c;
    struct val_match match;
    bool client_owes; /* the client was asked for a certificate and has not answered in full */
    struct val_shown shown[CASE_SIDES];
};

/* val_decide: the verdict; `match` must hold a conduit. BLOCK covers the flow; ACCEPT covers the server while the client
 * owes its part, else the flow. */
void val_decide(const struct val_policy *policy, struct val_verdict *out, const struct val_evidence *evidence);

/* val_decide_names: whether the server's certificate with these names is the one that was asked for on this conduit: the
 * SNI; without one the destination as iPAddress, or a name that the policy lists for the conduit, else for the domain. */
bool val_decide_names(const struct val_policy *policy, const struct val_conduit *conduit, const struct val_case *c,
                      const struct val_names *names);

#endif
