/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/judge.h"

#include "validator/assess.h"
#include "validator/decide.h"
#include "validator/signature.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One case on its way through the stages. */
struct work {
    struct val_case *c;
    struct val_verdict *verdict;
    struct val_evidence evidence; /* its match holds the conduits that were asked so far */
    struct val_match match;       /* all of them */
    struct val_party party[CASE_SIDES];
    int64_t time_s;
    uint16_t names_asked;    /* bit i: the names were compared for the i-th conduit */
    bool judged[CASE_SIDES]; /* the side goes through the stages: some conduit asks about it, and no facts answer */
};

_Static_assert(VAL_MATCH_MAX <= 16, "conduits of a match are bits of a uint16_t");

struct val_judge {
    struct val_assessor *assessor;
    struct val_possession_context *possession;
    struct work work[VAL_BURST_MAX];
};

struct val_judge *val_judge_new(size_t chains_max)
{
    struct val_judge *judge = calloc(1, sizeof(*judge));

    if (judge == NULL)
        return NULL;
    judge->assessor = val_assessor_new(chains_max);
    judge->possession = val_possession_new();
    if (judge->assessor != NULL && judge->possession != NULL)
        return judge;
    val_judge_free(judge);
    return NULL;
}

void val_judge_free(struct val_judge *judge)
{
    if (judge == NULL)
        return;
    val_assessor_free(judge->assessor);
    val_possession_free(judge->possession);
    free(judge);
}

size_t val_judge_memory(size_t chains_max)
{
    return sizeof(struct val_judge) + val_assessor_memory(chains_max);
}

static int64_t seconds_of(int64_t time_us)
{
    int64_t seconds = time_us / 1000000;

    return time_us % 1000000 < 0 ? seconds - 1 : seconds;
}

static const struct case_fact *fact_find(const struct val_case *c, uint16_t domain, uint8_t position)
{
    for (uint32_t i = 0; i < c->num_facts && i < CASE_FACTS_MAX; i++)
        if (c->fact[i].side == CASE_SERVER && c->fact[i].domain == domain &&
            (c->fact[i].names_asked & (1U << position)))
            return &c->fact[i];
    return NULL;
}

/* The standing of a side with `domain`, listed if it was not. */
static struct val_standing *standing_of(struct val_shown *shown, uint16_t domain)
{
    for (uint8_t i = 0; i < shown->num_standings; i++)
        if (shown->standing[i].domain == domain)
            return &shown->standing[i];
    shown->standing[shown->num_standings] = (struct val_standing){.domain = domain};
    return &shown->standing[shown->num_standings++];
}

/* On the second look the server's part is known from the first. False when nothing was found for this conduit then. */
static bool recall_server(struct work *work, const struct val_policy *policy, struct val_standing *standing,
                          uint8_t position)
{
    struct val_shown *shown = &work->evidence.shown[CASE_SERVER];
    const struct case_fact *fact = fact_find(work->c, standing->domain, position);
    uint64_t unobservable = reason_bit(REASON_POSSESSION_UNOBSERVABLE);

    if (fact == NULL || work->c->policy_epoch != policy->epoch || work->judged[CASE_SERVER])
        return false;
    standing->reasons = fact->reasons & ~unobservable;
    standing->grade = fact->grade;
    standing->known = true;
    shown->names_fit = fact->names_fit;
    work->names_asked = fact->names_asked;
    shown->readable = true;
    if (fact->reasons & unobservable)
        shown->possession = VAL_POSSESSION_UNOBSERVABLE;
    else if (fact->grade == VAL_GRADE_4)
        shown->possession = VAL_POSSESSION_PROVED;
    return true;
}

/* Keeps what was found about the server, for the look at the client's part. */
static void remember_server(struct work *work, const struct val_policy *policy)
{
    const struct val_shown *shown = &work->evidence.shown[CASE_SERVER];
    struct val_case *c = work->c;

    if (!work->judged[CASE_SERVER] || !work->evidence.client_owes || !shown->present)
        return;
    c->policy_epoch = policy->epoch;
    c->num_facts = 0;
    for (uint8_t i = 0; i < shown->num_standings && c->num_facts < CASE_FACTS_MAX; i++)
        c->fact[c->num_facts++] = (struct case_fact){.domain = shown->standing[i].domain,
                                                     .side = CASE_SERVER,
                                                     .grade = shown->standing[i].grade,
                                                     .names_asked = work->names_asked,
                                                     .names_fit = (uint16_t)shown->names_fit,
                                                     .reasons = shown->standing[i].reasons | shown->possession_reasons};
}

/* Makes a side ready for the stages, once. */
static void party_begin(struct work *work, int side)
{
    const struct case_party *shown_by = &work->c->party[side];
    struct bytes der[CASE_CERTIFICATES_MAX];
    size_t num =
        shown_by->num_certificates < CASE_CERTIFICATES_MAX ? shown_by->num_certificates : CASE_CERTIFICATES_MAX;

    if (work->judged[side])
        return;
    work->judged[side] = true;
    for (size_t i = 0; i < num; i++)
        der[i] = case_bytes(work->c, shown_by->certificate[i]);
    if (num != 0)
        val_party_init(&work->party[side], side, der, num);
}

/* Takes the next conduit of the match into the evidence, and lists what it asks about a side. */
static void ask_side(struct work *work, const struct val_policy *policy, int side, uint8_t position)
{
    struct val_shown *shown = &work->evidence.shown[side];
    const struct val_conduit *conduit = &policy->conduit[work->match.conduit[position]];
    uint16_t domain = side == CASE_SERVER ? conduit->to.domain : conduit->from.domain;
    struct val_standing *standing;

    shown->present = work->c->party[side].num_certificates != 0;
    if (work->c->tls.kind != CASE_KIND_FULL || domain == VAL_NO_DOMAIN ||
        (side == CASE_CLIENT && work->evidence.client_owes))
        return;
    standing = standing_of(shown, domain);
    if (side == CASE_SERVER && shown->present && !standing->known && recall_server(work, policy, standing, position))
        return;
    if (side == CASE_SERVER && !work->judged[side])
        standing->known = false; /* this conduit asks for names, and only a look at the chain brings them */
    if (!standing->known)
        party_begin(work, side);
}

/* Decides at once where the data plane or the policy leave nothing to judge; false then. */
static bool begin(struct work *work, struct val_verdict *verdict, const struct val_policy *policy, struct val_case *c)
{
    uint64_t reasons = c->reasons;

    memset(work, 0, sizeof(*work));
    work->c = c;
    work->verdict = verdict;
    work->time_s = seconds_of(c->flow.time_us);
    work->evidence.c = c;
    work->evidence.client_owes =
        c->tls.kind == CASE_KIND_FULL && c->tls.certificate_requested && !c->party[CASE_CLIENT].complete;
    val_policy_match(policy, &work->match, &c->flow);
    if (work->match.num == 0)
        reasons |= reason_bit(REASON_NO_CONDUIT);
    if (reasons == 0 && (c->tls.kind < CASE_KIND_FULL || c->tls.kind > CASE_KIND_TLS13 ||
                         (c->tls.kind == CASE_KIND_FULL && !c->party[CASE_SERVER].complete)))
        reasons = reason_bit(REASON_MALFORMED_HANDSHAKE);
    if (reasons == 0)
        return true;
    val_policy_react(policy, verdict, &c->flow, reasons);
    return false;
}

static void stage_fingerprint(struct val_judge *judge, struct work *work, int side)
{
    if (work->party[side].num != 0 && !work->party[side].digested)
        val_party_digest(judge->assessor, &work->party[side]);
}

static void stage_chain(struct val_judge *judge, const struct val_policy *policy, struct work *work, int side)
{
    struct val_shown *shown = &work->evidence.shown[side];

    for (uint8_t i = 0; i < shown->num_standings && work->party[side].num != 0; i++) {
        struct val_standing *standing = &shown->standing[i];

        if (standing->known)
            continue;
        standing->reasons = val_assess(judge->assessor, &work->party[side], policy, standing->domain, work->time_s);
        standing->known = true;
    }
    shown->readable = shown->readable || work->party[side].names != NULL;
}

static void stage_possession(struct val_judge *judge, const struct val_policy *policy, struct work *work, int side)
{
    struct val_shown *shown = &work->evidence.shown[side];
    uint8_t grade = VAL_GRADE_0;

    if (!work->judged[side])
        return;
    /* Without a usable key there is nothing to ask with, and the chain's reasons say why. */
    if (!shown->asked && (!shown->present || work->party[side].key != NULL)) {
        shown->asked = true;
        shown->possession = (uint8_t)val_possession_check(judge->possession, work->c, side, work->party[side].key,
                                                          &policy->algorithms, &shown->possession_reasons);
    }
    if (shown->possession == VAL_POSSESSION_PROVED)
        grade = VAL_GRADE_4;
    else if (shown->possession == VAL_POSSESSION_UNOBSERVABLE)
        grade = VAL_GRADE_2;
    for (uint8_t i = 0; i < shown->num_standings; i++)
        shown->standing[i].grade = shown->standing[i].reasons == 0 ? grade : VAL_GRADE_0;
}

static void stage_names(const struct val_policy *policy, struct work *work, uint8_t position)
{
    const struct val_names *names = work->party[CASE_SERVER].names;

    if (names == NULL || (work->names_asked & (1U << position)))
        return;
    work->names_asked = (uint16_t)(work->names_asked | 1U << position);
    if (val_decide_names(policy, &policy->conduit[work->match.conduit[position]], work->c, names))
        work->evidence.shown[CASE_SERVER].names_fit |= 1U << position;
}

/* The last stage; true when the case has its verdict. */
static bool stage_policy(const struct val_policy *policy, struct work *work)
{
    val_decide(policy, work->verdict, &work->evidence);
    if (work->verdict->action != VAL_ACTION_ACCEPT && work->evidence.match.num < work->match.num)
        return false;
    remember_server(work, policy);
    for (int side = 0; side < CASE_SIDES; side++)
        val_party_fini(&work->party[side]);
    return true;
}

/* Asks the conduit at `position` of every open case; returns how many are still open. */
static size_t judge_round(struct val_judge *judge, const struct val_policy *policy, struct work *open[], size_t num,
                          uint8_t position)
{
    size_t left = 0;

    for (size_t i = 0; i < num; i++) {
        open[i]->evidence.match = open[i]->match;
        open[i]->evidence.match.num = (uint8_t)(position + 1);
        for (int side = 0; side < CASE_SIDES; side++)
            ask_side(open[i], policy, side, position);
    }
    for (size_t i = 0; i < num; i++)
        for (int side = 0; side < CASE_SIDES; side++)
            stage_fingerprint(judge, open[i], side);
    for (size_t i = 0; i < num; i++)
        for (int side = 0; side < CASE_SIDES; side++)
            stage_chain(judge, policy, open[i], side);
    for (size_t i = 0; i < num; i++)
        for (int side = 0; side < CASE_SIDES; side++)
            stage_possession(judge, policy, open[i], side);
    for (size_t i = 0; i < num; i++)
        stage_names(policy, open[i], position);
    for (size_t i = 0; i < num; i++)
        if (!stage_policy(policy, open[i]))
            open[left++] = open[i];
    return left;
}

void val_judge_burst(struct val_judge *judge, const struct val_policy *policy, struct val_case *const cases[],
                     struct val_verdict verdicts[], size_t num)
{
    struct work *open[VAL_BURST_MAX];
    size_t num_open = 0;

    assert(num <= VAL_BURST_MAX);
    val_assessor_turn(judge->assessor);
    for (size_t i = 0; i < num; i++)
        if (begin(&judge->work[i], &verdicts[i], policy, cases[i]))
            open[num_open++] = &judge->work[i];
    for (uint8_t position = 0; num_open != 0; position++)
        num_open = judge_round(judge, policy, open, num_open, position);
}

/* Whether a bare chain bears the name that a person asks about: an address literal, or a host name. */
static bool bears(const struct val_names *names, const char *name)
{
    uint8_t address[16];
    char host[VAL_HOST_MAX];

    if (inet_pton(AF_INET, name, address) == 1)
        return val_names_bear_address(names, bytes_of(address, 4));
    if (inet_pton(AF_INET6, name, address) == 1)
        return val_names_bear_address(names, bytes_of(address, 16));
    return val_host_normal(host, bytes_of(name, strlen(name))) && val_names_bear_host(names, host);
}

static void explain(struct val_chain_answer *out, const struct val_domain *domain, const struct val_path_answer *path,
                    bool name_only)
{
    const char *text = reason_text((enum reason)out->reason);

    if (out->reason == REASON_OK)
        snprintf(out->detail, sizeof(out->detail), "the chain is good in domain %s", domain->name);
    else if (name_only)
        snprintf(out->detail, sizeof(out->detail), "certificate 1, domain %s: %s", domain->name, text);
    else if (path->at == VAL_PATH_AT_ANCHOR)
        snprintf(out->detail, sizeof(out->detail), "the anchor, domain %s: %s (%s)", domain->name, text, path->what);
    else
        snprintf(out->detail, sizeof(out->detail), "certificate %u, domain %s: %s (%s)", path->at + 1U, domain->name,
                 text, path->what);
}

static void judge_chain_in(struct val_judge *judge, const struct val_policy *policy, struct val_chain_answer *out,
                           struct val_party *party, uint16_t domain, const char *name, int64_t time_s)
{
    struct val_path_answer path = {.what = ""};
    uint64_t chain = val_assess_explained(judge->assessor, party, policy, domain, time_s, &path);

    *out = (struct val_chain_answer){.reasons = chain, .domain = domain};
    if (name != NULL && party->names != NULL && !bears(party->names, name))
        out->reasons |= reason_bit(REASON_NAME_MISMATCH);
    out->reason = (uint8_t)(out->reasons == 0 ? REASON_OK : reason_first(out->reasons));
    explain(out, &policy->domain[domain], &path, reason_first(chain) != (enum reason)out->reason);
}

void val_judge_chain(struct val_judge *judge, const struct val_policy *policy, struct val_chain_answer *out, int side,
                     uint16_t domain, const struct bytes certificates[], size_t num, const char *name, int64_t time_us)
{
    struct val_party party;
    struct val_chain_answer answer;
    size_t first = domain == VAL_NO_DOMAIN ? 0 : domain;
    size_t end = domain == VAL_NO_DOMAIN ? policy->num_domains : (size_t)domain + 1;

    *out = (struct val_chain_answer){.reasons = reason_bit(REASON_UNKNOWN_ISSUER),
                                     .reason = REASON_UNKNOWN_ISSUER,
                                     .domain = domain,
                                     .detail = "there is no such domain in the policy"};
    if (num == 0 || num > VAL_PATH_SENT_MAX) {
        out->reasons = reason_bit(num == 0 ? REASON_MALFORMED : REASON_PATH_LENGTH);
        out->reason = (uint8_t)reason_first(out->reasons);
        snprintf(out->detail, sizeof(out->detail), "a chain has 1 to %d certificates", VAL_PATH_SENT_MAX);
        return;
    }
    val_party_init(&party, side, certificates, num);
    for (size_t i = first; i < end && i < policy->num_domains; i++) {
        judge_chain_in(judge, policy, &answer, &party, (uint16_t)i, name, seconds_of(time_us));
        /* Of several domains: the one that accepts, else the one with the least to say against the chain. */
        if (i == first || answer.reason > out->reason)
            *out = answer;
        if (out->reason == REASON_OK)
            break;
    }
    val_party_fini(&party);
}
