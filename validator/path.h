/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * path: is there a path from what a party sent to an anchor of the domain, and what speaks against it if not?
 *
 * The leaf is the first certificate sent. The others may stand in any order, stand there twice, or belong to nothing
 * (RFC 5246 7.4.2 wants them in order; real servers send what they like). OpenSSL follows one path and gives up where that
 * fails; so the paths are enumerated here, each is given to OpenSSL alone (validator/candidate), and the first good one
 * decides. A signature or a certificate found bad in one path is left out of all later ones.
 *
 * Bounds, all on hostile input: VAL_PATH_CANDIDATES_MAX paths, VAL_PATH_STEPS_MAX steps of the search,
 * VAL_CANDIDATE_MAX links, VAL_PATH_ANCHORS_MAX anchors with the right name. Past them the search ends and what was found stands.
 *
 * Where no path is good, the reasons are those of the one with the least to say against it; where none leads to an
 * anchor, unknown_issuer or self_signed, together with whatever else is wrong with the links that are there.
 *
 * Threads: a context belongs to one thread. Nothing is fetched and nothing is remembered. Names and possession are not
 * looked at; what may be said of other domains is the judge's to find.
 */
#ifndef CELLGATE_VALIDATOR_PATH_H
#define CELLGATE_VALIDATOR_PATH_H

#include "validator/candidate.h"
#include "validator/case.h"

#define VAL_PATH_SENT_MAX       64 /* more than a case can hold: files may */
#define VAL_PATH_CANDIDATES_MAX 32
#define VAL_PATH_STEPS_MAX      1024
#define VAL_PATH_ANCHORS_MAX    8
#define VAL_PATH_AT_ANCHOR      0xff

struct val_path_query {
    const struct val_certificate *const *sent; /* leaf first and not NULL; others NULL where they did not parse */
    size_t num_sent;                           /* 1 to VAL_PATH_SENT_MAX */
    const struct val_certificate *const *anchors;
    size_t num_anchors;
    const struct val_algorithms_spec *floor;
    int side; /* enum case_side: the purpose */
    int64_t time_s;
};

struct val_path_answer {
    uint64_t reasons;     /* empty: the leaf is good */
    int64_t not_before_s; /* narrowest validity along the path, anchor included; only when it is good */
    int64_t not_after_s;
    uint8_t at;       /* which certificate, as sent, the first of the reasons is about; VAL_PATH_AT_ANCHOR */
    const char *what; /* what about it: constant text, "" when it is good */
};

struct val_path;

/* val_path_new: NULL without memory. */
struct val_path *val_path_new(void);
void val_path_free(struct val_path *path);

/* val_path_check: answers the query. */
void val_path_check(struct val_path *path, struct val_path_answer *out, const struct val_path_query *query);

/* val_path_reaches: true when some path leads by names to one of the anchors; cheap, nothing is verified. */
bool val_path_reaches(struct val_path *path, const struct val_path_query *query);

#endif
