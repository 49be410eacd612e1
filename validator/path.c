/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The certificates sent are nodes, "may have issued" are edges (one word of bits per node), and a depth-first walk from the
 * leaf takes anchors before further certificates. Nodes that no anchor can be reached from are left out beforehand, or a
 * sender could make the walk wander through 63! orders of certificates that all bear one name.
 */
#include "validator/path.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(VAL_PATH_SENT_MAX <= 64, "nodes are bits of a uint64_t");

struct node {
    uint64_t issuers;                       /* bit j: sent[j] may have issued it */
    uint16_t anchors[VAL_PATH_ANCHORS_MAX]; /* that may have issued it */
    uint8_t num_anchors;
    bool is_anchor; /* it is byte for byte an anchor */
};

struct val_path {
    struct val_candidate_context *candidates;
    const struct val_path_query *query;
    struct node node[VAL_PATH_SENT_MAX];
    uint64_t usable;   /* bit i: sent[i] parsed, is no duplicate, and was not found bad */
    uint64_t reaching; /* bit i: an anchor can be reached from sent[i] */
    uint64_t on_path;
    uint8_t at[VAL_CANDIDATE_MAX]; /* index in `sent` of each link before the anchor */
    struct val_candidate candidate;
    struct val_path_answer best;
    enum reason best_rank; /* of `best`: its reason, or REASON_OK where only its form is wrong */
    unsigned num_candidates;
    unsigned num_steps;
    bool too_long;
    bool over;
};

struct val_path *val_path_new(void)
{
    struct val_path *path = calloc(1, sizeof(*path));

    if (path == NULL)
        return NULL;
    path->candidates = val_candidate_new();
    if (path->candidates != NULL)
        return path;
    val_path_free(path);
    return NULL;
}

void val_path_free(struct val_path *path)
{
    if (path == NULL)
        return;
    val_candidate_free(path->candidates);
    free(path);
}

static uint64_t bit(size_t index)
{
    return (uint64_t)1 << index;
}

static bool is_anchor(const struct val_path_query *query, const struct val_certificate *certificate)
{
    for (size_t i = 0; i < query->num_anchors; i++)
        if (bytes_equal(query->anchors[i]->der, certificate->der))
            return true;
    return false;
}

/* Leaves out what did not parse, what stands there twice, and anchors that were sent along. */
static void choose_usable(struct val_path *path)
{
    const struct val_path_query *query = path->query;

    path->usable = bit(0);
    path->node[0].is_anchor = is_anchor(query, query->sent[0]);
    for (size_t i = 1; i < query->num_sent; i++) {
        bool keep = query->sent[i] != NULL && !is_anchor(query, query->sent[i]);

        for (size_t j = 0; keep && j < i; j++)
            keep = query->sent[j] == NULL || !bytes_equal(query->sent[i]->der, query->sent[j]->der);
        if (keep)
            path->usable |= bit(i);
    }
}

static void node_link(struct val_path *path, size_t index)
{
    const struct val_path_query *query = path->query;
    struct node *node = &path->node[index];

    for (size_t j = 1; j < query->num_sent; j++)
        if (j != index && (path->usable & bit(j)) && val_candidate_issued(query->sent[j], query->sent[index]))
            node->issuers |= bit(j);
    for (size_t j = 0; j < query->num_anchors && node->num_anchors < VAL_PATH_ANCHORS_MAX; j++)
        if (val_candidate_issued(query->anchors[j], query->sent[index]))
            node->anchors[node->num_anchors++] = (uint16_t)j;
}

/* Finds the edges of every node that the leaf leads to, then the nodes that lead to an anchor. */
static void search_prepare(struct val_path *path, const struct val_path_query *query)
{
    uint64_t open = bit(0);
    uint64_t linked = 0;
    uint64_t before;

    memset((char *)path + offsetof(struct val_path, query), 0, sizeof(*path) - offsetof(struct val_path, query));
    path->query = query;
    choose_usable(path);
    while ((open & ~linked) != 0) {
        size_t index = (size_t)__builtin_ctzll(open & ~linked);

        node_link(path, index);
        linked |= bit(index);
        open |= path->node[index].issuers;
    }
    do {
        before = path->reaching;
        for (size_t i = 0; i < query->num_sent; i++)
            if (path->node[i].num_anchors != 0 || (path->node[i].issuers & path->reaching) != 0)
                path->reaching |= bit(i);
    } while (path->reaching != before);
}

static void answer_from(struct val_path *path, struct val_path_answer *out, const struct val_finding *finding)
{
    const struct val_candidate *candidate = &path->candidate;
    bool of_anchor = candidate->anchored && candidate->num > 1 && finding->at == candidate->num - 1;

    *out = (struct val_path_answer){.reasons = finding->reasons,
                                    .not_before_s = INT64_MIN,
                                    .not_after_s = INT64_MAX,
                                    .at = of_anchor ? VAL_PATH_AT_ANCHOR : path->at[finding->at],
                                    .what = finding->what == NULL ? "" : finding->what};
    for (size_t i = 0; i < candidate->num; i++) {
        const struct val_certificate *link = candidate->link[i];

        out->not_before_s = link->not_before_s > out->not_before_s ? link->not_before_s : out->not_before_s;
        out->not_after_s = link->not_after_s < out->not_after_s ? link->not_after_s : out->not_after_s;
    }
}

static void anchor_drop(struct node *node, const struct val_path_query *query, const struct val_certificate *anchor)
{
    uint8_t kept = 0;

    for (uint8_t i = 0; i < node->num_anchors; i++)
        if (query->anchors[node->anchors[i]] != anchor)
            node->anchors[kept++] = node->anchors[i];
    node->num_anchors = kept;
}

/* Keeps later candidates from repeating what is known to be bad. */
static void learn(struct val_path *path, const struct val_finding *finding)
{
    const struct val_candidate *candidate = &path->candidate;
    size_t last = candidate->num - 1;

    for (size_t i = 0; i <= last; i++) {
        bool anchor_above = candidate->anchored && i + 1 == last;

        if (finding->bad_certificate & bit(i)) {
            if (i == last && candidate->anchored && last > 0)
                anchor_drop(&path->node[path->at[i - 1]], path->query, candidate->link[i]);
            else
                path->usable &= ~bit(path->at[i]);
        }
        if ((finding->bad_signature & bit(i)) && anchor_above)
            anchor_drop(&path->node[path->at[i]], path->query, candidate->link[last]);
        else if ((finding->bad_signature & bit(i)) && i < last)
            path->node[path->at[i]].issuers &= ~bit(path->at[i + 1]);
    }
    path->over = path->over || (path->usable & bit(0)) == 0;
}

/* Gives the candidate to OpenSSL; true when it is good. */
static bool candidate_try(struct val_path *path)
{
    const struct val_path_query *query = path->query;
    struct val_finding finding;
    enum reason rank;

    path->num_candidates++;
    val_candidate_check(path->candidates, &finding, &path->candidate, query->floor, query->side, query->time_s);
    rank = finding.only_form ? REASON_OK : (enum reason)finding.reason;
    if (finding.reasons == 0 || rank > path->best_rank) {
        answer_from(path, &path->best, &finding);
        path->best_rank = rank;
    }
    if (finding.reasons == 0)
        return true;
    learn(path, &finding);
    path->over = path->over || path->num_candidates == VAL_PATH_CANDIDATES_MAX;
    return false;
}

/* True when a link before the current end, or the step to it, has been found bad meanwhile. */
static bool prefix_broken(const struct val_path *path)
{
    for (size_t i = 0; i < path->candidate.num; i++) {
        if ((path->usable & bit(path->at[i])) == 0)
            return true;
        if (i + 1 < path->candidate.num && (path->node[path->at[i]].issuers & bit(path->at[i + 1])) == 0)
            return true;
    }
    return false;
}

static bool walk_anchors(struct val_path *path, size_t index)
{
    struct node tried = path->node[index]; /* the list shrinks while it is walked */

    for (uint8_t i = 0; i < tried.num_anchors && !path->over && !prefix_broken(path); i++) {
        bool good;

        path->candidate.link[path->candidate.num++] = path->query->anchors[tried.anchors[i]];
        path->candidate.anchored = true;
        good = candidate_try(path);
        path->candidate.num--;
        path->candidate.anchored = false;
        if (good)
            return true;
    }
    return false;
}

/* Goes on from the last link, sent[index]. The recursion is at most VAL_CANDIDATE_MAX deep. */
static bool walk(struct val_path *path, size_t index)
{
    if (++path->num_steps > VAL_PATH_STEPS_MAX)
        path->over = true;
    if (walk_anchors(path, index))
        return true;
    for (size_t j = 1; j < path->query->num_sent && !path->over && !prefix_broken(path); j++) {
        bool good;

        if ((path->node[index].issuers & path->usable & path->reaching & ~path->on_path & bit(j)) == 0)
            continue;
        if (path->candidate.num + 1 == VAL_CANDIDATE_MAX) {
            path->too_long = true;
            return false;
        }
        path->at[path->candidate.num] = (uint8_t)j;
        path->candidate.link[path->candidate.num++] = path->query->sent[j];
        path->on_path |= bit(j);
        good = walk(path, j);
        path->on_path &= ~bit(j);
        path->candidate.num--;
        if (good)
            return true;
    }
    return false;
}

static void candidate_begin(struct val_path *path)
{
    path->candidate = (struct val_candidate){.link = {path->query->sent[0]}, .num = 1};
    path->at[0] = 0;
    path->on_path = bit(0);
}

/* No path leads to an anchor: follows the first issuers there are, to say what is wrong with these. */
static void look_at_stump(struct val_path *path)
{
    size_t index = 0;
    uint64_t next;

    candidate_begin(path);
    while (path->candidate.num < VAL_CANDIDATE_MAX &&
           (next = path->node[index].issuers & path->usable & ~path->on_path) != 0) {
        index = (size_t)__builtin_ctzll(next);
        path->at[path->candidate.num] = (uint8_t)index;
        path->candidate.link[path->candidate.num++] = path->query->sent[index];
        path->on_path |= bit(index);
    }
    (void)candidate_try(path);
    for (size_t i = 1; i < path->query->num_sent; i++) {
        if (path->query->sent[i] != NULL)
            continue;
        if (path->best_rank > REASON_MALFORMED) {
            path->best.at = (uint8_t)i;
            path->best.what = "it is no well-formed certificate";
        }
        path->best.reasons |= reason_bit(REASON_MALFORMED);
        return;
    }
}

void val_path_check(struct val_path *path, struct val_path_answer *out, const struct val_path_query *query)
{
    bool good;

    search_prepare(path, query);
    candidate_begin(path);
    if (path->node[0].is_anchor) {
        path->candidate.anchored = true;
        good = candidate_try(path);
        path->candidate.anchored = false;
    } else {
        good = walk(path, 0);
        if (!good && path->too_long && path->num_candidates == 0) {
            path->best = (struct val_path_answer){.reasons = reason_bit(REASON_PATH_LENGTH),
                                                  .what = "a path longer than cellgate follows"};
        } else if (!good && path->num_candidates == 0) {
            look_at_stump(path);
        }
    }
    *out = path->best;
    if (!good && out->reasons == 0)
        out->reasons = reason_bit(REASON_UNKNOWN_ISSUER);
}

bool val_path_reaches(struct val_path *path, const struct val_path_query *query)
{
    search_prepare(path, query);
    return path->node[0].is_anchor || (path->reaching & bit(0)) != 0;
}
