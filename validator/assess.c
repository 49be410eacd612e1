/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/assess.h"

#include "validator/chains.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_LEN_MAX (128U * 1024) /* bytes of certificates that are hashed as one; more are judged anew each time */

struct val_assessor {
    struct val_chains *chains;
    struct val_path *path;
    uint8_t shown[SHOWN_LEN_MAX];
};

/* Everything that "this chain is good" depends on, but for the time. Hashed as it lies in memory: all of it is written. */
struct key_material {
    uint8_t anchors[VAL_SHA256_LEN];
    uint8_t certificates[VAL_SHA256_LEN];
    uint32_t len[VAL_PATH_SENT_MAX]; /* two ways to cut the same bytes are two chains */
    uint32_t num;
    uint32_t side;
    struct val_algorithms_spec floor;
    uint8_t zero[2];
};

_Static_assert(sizeof(struct key_material) == 64 + 4 * VAL_PATH_SENT_MAX + 8 + sizeof(struct val_algorithms_spec) + 2,
               "no padding in what is hashed");

struct val_assessor *val_assessor_new(size_t chains_max)
{
    struct val_assessor *assessor = calloc(1, sizeof(*assessor));

    if (assessor == NULL)
        return NULL;
    assessor->chains = val_chains_new(chains_max);
    assessor->path = val_path_new();
    if (assessor->chains != NULL && assessor->path != NULL)
        return assessor;
    val_assessor_free(assessor);
    return NULL;
}

void val_assessor_free(struct val_assessor *assessor)
{
    if (assessor == NULL)
        return;
    val_chains_free(assessor->chains);
    val_path_free(assessor->path);
    free(assessor);
}

size_t val_assessor_memory(size_t chains_max)
{
    return sizeof(struct val_assessor) + val_chains_memory(chains_max);
}

void val_assessor_turn(struct val_assessor *assessor)
{
    val_chains_turn(assessor->chains);
}

void val_party_init(struct val_party *party, int side, const struct bytes der[], size_t num)
{
    memset(party, 0, sizeof(*party));
    memcpy(party->der, der, num * sizeof(*der));
    party->num = (uint8_t)num;
    party->side = (uint8_t)side;
}

void val_party_fini(struct val_party *party)
{
    for (size_t i = 0; i < party->num && party->parsed; i++)
        val_certificate_free(party->certificate[i]);
    memset(party, 0, sizeof(*party));
}

void val_party_digest(struct val_assessor *assessor, struct val_party *party)
{
    size_t len = 0;

    for (size_t i = 0; i < party->num; i++) {
        if (party->der[i].left > SHOWN_LEN_MAX - len)
            return;
        if (party->der[i].left != 0)
            memcpy(assessor->shown + len, party->der[i].at, party->der[i].left);
        len += party->der[i].left;
    }
    party->digested = val_digest_sha256(party->digest, bytes_of(assessor->shown, len));
}

/* False when the party cannot be remembered. */
static bool make_key(struct val_assessor *assessor, uint8_t key[VAL_SHA256_LEN], struct val_party *party,
                     const struct val_policy *policy, const struct val_domain *domain)
{
    struct key_material material;

    if (!party->digested)
        val_party_digest(assessor, party);
    if (!party->digested)
        return false;
    memset(&material, 0, sizeof(material));
    memcpy(material.anchors, domain->digest, sizeof(material.anchors));
    memcpy(material.certificates, party->digest, sizeof(material.certificates));
    for (size_t i = 0; i < party->num; i++)
        material.len[i] = (uint32_t)party->der[i].left;
    material.num = party->num;
    material.side = party->side;
    material.floor = policy->algorithms;
    return val_digest_sha256(key, bytes_of(&material, sizeof(material)));
}

static void parse(struct val_party *party)
{
    if (party->parsed)
        return;
    party->parsed = true;
    for (size_t i = 0; i < party->num; i++)
        party->certificate[i] = val_certificate_new(party->der[i]);
    if (party->certificate[0] != NULL) {
        party->names = party->certificate[0]->names;
        party->key = party->certificate[0]->key;
    }
}

static struct val_path_query query_for(const struct val_party *party, const struct val_policy *policy,
                                       const struct val_domain *domain, int64_t time_s)
{
    return (struct val_path_query){
        .sent = (const struct val_certificate *const *)party->certificate,
        .num_sent = party->num,
        .anchors = domain->certificate,
        .num_anchors = domain->num_anchors,
        .floor = &policy->algorithms,
        .side = party->side,
        .time_s = time_s,
    };
}

/* True when the chain is good in some other domain than the one that was asked for. */
static bool good_elsewhere(struct val_assessor *assessor, const struct val_party *party,
                           const struct val_policy *policy, uint16_t asked, int64_t time_s)
{
    unsigned tried = 0;

    for (size_t i = 0; i < policy->num_domains && tried < VAL_ASSESS_OTHERS_MAX; i++) {
        struct val_path_query query = query_for(party, policy, &policy->domain[i], time_s);
        struct val_path_answer answer;

        if (i == asked || !val_path_reaches(assessor->path, &query))
            continue;
        tried++;
        val_path_check(assessor->path, &answer, &query);
        if (answer.reasons == 0)
            return true;
    }
    return false;
}

/* Validates the chain anew. */
static void validate(struct val_assessor *assessor, struct val_path_answer *out, struct val_party *party,
                     const struct val_policy *policy, uint16_t domain, int64_t time_s)
{
    const uint64_t lost = reason_bit(REASON_UNKNOWN_ISSUER) | reason_bit(REASON_SELF_SIGNED);
    struct val_path_query query = query_for(party, policy, &policy->domain[domain], time_s);

    parse(party);
    if (party->certificate[0] == NULL) {
        *out = (struct val_path_answer){.reasons = reason_bit(REASON_MALFORMED),
                                        .what = "it is no well-formed certificate"};
        return;
    }
    val_path_check(assessor->path, out, &query);
    if ((out->reasons & lost) && good_elsewhere(assessor, party, policy, domain, time_s))
        *out = (struct val_path_answer){.reasons = reason_bit(REASON_DOMAIN_NOT_RECOGNISED),
                                        .what = "it is good in another domain of the policy"};
}

/* The names that the domain's certificates may bear. */
static uint64_t judge_names(const struct val_party *party, const struct val_domain *domain)
{
    const struct val_host_list *within = &domain->names;

    if (within->num == 0 || party->names == NULL ||
        val_names_within(party->names, (const char *const *)within->host, within->num))
        return 0;
    return reason_bit(REASON_NAME_CONSTRAINT);
}

uint64_t val_assess(struct val_assessor *assessor, struct val_party *party, const struct val_policy *policy,
                    uint16_t domain, int64_t time_s)
{
    uint8_t key[VAL_SHA256_LEN];
    struct val_path_answer answer = {0};
    struct val_chain chain;
    bool memorable = make_key(assessor, key, party, policy, &policy->domain[domain]);

    if (memorable && val_chains_find(assessor->chains, &chain, key, time_s)) {
        party->names = chain.names;
        party->key = chain.key;
    } else {
        validate(assessor, &answer, party, policy, domain, time_s);
        if (memorable && answer.reasons == 0)
            val_chains_keep(assessor->chains, key, party->certificate[0], answer.not_before_s, answer.not_after_s);
    }
    return answer.reasons | judge_names(party, &policy->domain[domain]);
}

uint64_t val_assess_explained(struct val_assessor *assessor, struct val_party *party, const struct val_policy *policy,
                              uint16_t domain, int64_t time_s, struct val_path_answer *detail)
{
    uint64_t names;

    validate(assessor, detail, party, policy, domain, time_s);
    names = judge_names(party, &policy->domain[domain]);
    if (names != 0 && detail->reasons == 0) {
        detail->at = 0;
        detail->what = "a name that the domain's certificates may not bear";
    }
    detail->reasons |= names;
    return detail->reasons;
}
