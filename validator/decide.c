/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/decide.h"

#include "validator/suite.h"

enum stage {
    STAGE_SNI,
    STAGE_VERSION,
    STAGE_SUITE,
    STAGE_VISIBILITY,
    STAGE_SERVER_CHAIN,
    STAGE_SERVER_POSSESSION,
    STAGE_SERVER_NAMES,
    STAGE_SERVER_GRADE,
    STAGE_CLIENT_PRESENT,
    STAGE_CLIENT_CHAIN,
    STAGE_CLIENT_POSSESSION,
    STAGE_CLIENT_GRADE,
    STAGE_PASSED,
};

/* One conduit's answer. */
struct answer {
    const struct val_conduit *conduit;
    uint16_t index;   /* in the policy */
    uint8_t position; /* in the match */
    uint64_t against;
    uint64_t tolerated;
    enum stage failed; /* the first stage that failed */
    uint8_t grade[CASE_SIDES];
    uint8_t refused; /* as in struct val_verdict */
};

static void object(struct answer *answer, enum stage stage, uint64_t reasons)
{
    if (reasons == 0)
        return;
    answer->against |= reasons;
    if (stage < answer->failed)
        answer->failed = stage;
}

/* True when one of the reasons is about the certificate that a side showed or its key. */
static bool about_certificate(uint64_t reasons)
{
    for (int i = 1; i < REASON_COUNT; i++) {
        enum reason_class class = reason_class_of((enum reason)i);

        if ((reasons & reason_bit((enum reason)i)) &&
            (class == REASON_CLASS_CERTIFICATE || class == REASON_CLASS_POSSESSION ||
             i == REASON_DOMAIN_NOT_RECOGNISED))
            return true;
    }
    return false;
}

static void object_to_side(struct answer *answer, int side, enum stage stage, uint64_t reasons)
{
    object(answer, stage, reasons);
    if (about_certificate(reasons))
        answer->refused |= side == CASE_CLIENT ? 1 : 2;
}

static bool asks_for_nothing(const struct val_conduit *conduit)
{
    return conduit->from.grade == VAL_GRADE_0 && conduit->to.grade == VAL_GRADE_0;
}

/* Reasons that stand against a conduit that asks for evidence, and are tolerated by one that asks for none. */
static void object_unless_open(struct answer *answer, enum stage stage, uint64_t reasons)
{
    if (asks_for_nothing(answer->conduit))
        answer->tolerated |= reasons;
    else
        object(answer, stage, reasons);
}

static void judge_sni(struct answer *answer, const struct val_case *c)
{
    const struct val_host_list *names = &answer->conduit->names;
    char host[VAL_HOST_MAX];

    if (c->tls.sni.len == 0)
        return;
    if (!val_host_normal(host, case_bytes(c, c->tls.sni))) {
        object(answer, STAGE_SNI, reason_bit(REASON_SNI_MISMATCH));
        return;
    }
    for (size_t i = 0; i < names->num; i++)
        if (val_host_matches(names->host[i], host))
            return;
    if (names->num != 0)
        object(answer, STAGE_SNI, reason_bit(REASON_SNI_MISMATCH));
}

static void judge_suite(struct answer *answer, const struct val_suite *suite)
{
    if (suite == NULL || suite->key_exchange == VAL_KX_UNKNOWN || suite->key_exchange == VAL_KX_TLS13)
        object(answer, STAGE_SUITE, reason_bit(REASON_CIPHER_NOT_ALLOWED));
    else if (!suite->encrypts || suite->exported || suite->authentication == VAL_AUTH_NONE)
        object_unless_open(answer, STAGE_SUITE, reason_bit(REASON_CIPHER_NOT_ALLOWED));
}

static void judge_visibility(struct answer *answer, const struct val_case *c)
{
    if (c->tls.kind == CASE_KIND_RESUMED)
        object_unless_open(answer, STAGE_VISIBILITY, reason_bit(REASON_RESUMPTION_UNBOUND));
    if (c->tls.kind != CASE_KIND_TLS13)
        return;
    object_unless_open(answer, STAGE_VISIBILITY, reason_bit(REASON_ENCRYPTED_HANDSHAKE));
    if (c->tls.ech && answer->conduit->names.num != 0)
        object(answer, STAGE_VISIBILITY, reason_bit(REASON_ECH));
    else if (c->tls.ech)
        answer->tolerated |= reason_bit(REASON_ECH);
}

static const struct val_standing *standing_find(const struct val_shown *shown, uint16_t domain)
{
    for (uint8_t i = 0; i < shown->num_standings; i++)
        if (shown->standing[i].domain == domain && shown->standing[i].known)
            return &shown->standing[i];
    return NULL;
}

/* Chain and possession of a side that is judged by `domain` and showed certificates. False when there is something
 * against it. */
static bool judge_shown(struct answer *answer, int side, uint16_t domain, const struct val_shown *shown)
{
    const struct val_standing *standing = standing_find(shown, domain);
    const uint64_t unobservable = reason_bit(REASON_POSSESSION_UNOBSERVABLE);
    uint64_t possession = shown->possession_reasons & ~unobservable;

    if (standing == NULL) { /* nothing is known, so nothing is good */
        object_to_side(answer, side, side == CASE_SERVER ? STAGE_SERVER_CHAIN : STAGE_CLIENT_CHAIN,
                       reason_bit(REASON_UNKNOWN_ISSUER));
        return false;
    }
    if (shown->possession == VAL_POSSESSION_FAILED && possession == 0)
        possession = reason_bit(REASON_POSSESSION_FAILED);
    object_to_side(answer, side, side == CASE_SERVER ? STAGE_SERVER_CHAIN : STAGE_CLIENT_CHAIN, standing->reasons);
    object_to_side(answer, side, side == CASE_SERVER ? STAGE_SERVER_POSSESSION : STAGE_CLIENT_POSSESSION, possession);
    if (shown->possession == VAL_POSSESSION_UNOBSERVABLE)
        answer->tolerated |= unobservable;
    answer->grade[side] = standing->grade;
    return standing->reasons == 0 && possession == 0;
}

static void judge_server(struct answer *answer, const struct val_evidence *evidence, const struct val_suite *suite)
{
    const struct val_end_spec *end = &answer->conduit->to;
    const struct val_shown *shown = &evidence->shown[CASE_SERVER];
    bool good = true;

    if (end->domain == VAL_NO_DOMAIN)
        return;
    if (!shown->present) {
        uint64_t reasons = shown->possession_reasons;

        if (suite != NULL && val_suite_certificate(suite)) /* RFC 5246 7.4.2: it must */
            reasons |= reason_bit(REASON_MALFORMED_HANDSHAKE);
        object(answer, STAGE_SERVER_CHAIN, reasons);
        good = reasons == 0;
    } else {
        good = judge_shown(answer, CASE_SERVER, end->domain, shown) && shown->readable;
        if (shown->readable && (shown->names_fit & (1U << answer->position)) == 0) {
            object_to_side(answer, CASE_SERVER, STAGE_SERVER_NAMES, reason_bit(REASON_NAME_MISMATCH));
            good = false;
        }
    }
    if (good && answer->grade[CASE_SERVER] < end->grade)
        object(answer, STAGE_SERVER_GRADE, reason_bit(REASON_GRADE_TOO_LOW));
}

static void judge_client(struct answer *answer, const struct val_evidence *evidence)
{
    const struct val_end_spec *end = &answer->conduit->from;
    const struct val_shown *shown = &evidence->shown[CASE_CLIENT];
    bool good = true;

    if (end->domain == VAL_NO_DOMAIN || evidence->client_owes)
        return;
    if (!shown->present) {
        good = shown->possession_reasons == 0;
        object(answer, STAGE_CLIENT_PRESENT, shown->possession_reasons);
        if (end->grade >= VAL_GRADE_2) {
            object(answer, STAGE_CLIENT_PRESENT, reason_bit(REASON_CLIENT_CERTIFICATE_MISSING));
            good = false;
        }
    } else {
        good = judge_shown(answer, CASE_CLIENT, end->domain, shown);
    }
    if (good && answer->grade[CASE_CLIENT] < end->grade)
        object(answer, STAGE_CLIENT_GRADE, reason_bit(REASON_GRADE_TOO_LOW));
}

static struct answer ask_conduit(const struct val_policy *policy, const struct val_evidence *evidence, uint8_t position)
{
    const struct val_case *c = evidence->c;
    struct answer answer = {.index = evidence->match.conduit[position], .position = position, .failed = STAGE_PASSED};
    const struct val_suite *suite = val_suite_find(c->tls.cipher);

    answer.conduit = &policy->conduit[answer.index];
    judge_sni(&answer, c);
    if (c->tls.version < answer.conduit->version_min)
        object(&answer, STAGE_VERSION, reason_bit(REASON_VERSION_NOT_ALLOWED));
    judge_visibility(&answer, c);
    if (c->tls.kind == CASE_KIND_RESUMED)
        judge_suite(&answer, suite);
    if (c->tls.kind == CASE_KIND_FULL) {
        judge_suite(&answer, suite);
        judge_server(&answer, evidence, suite);
        judge_client(&answer, evidence);
    }
    return answer;
}

void val_decide(const struct val_policy *policy, struct val_verdict *out, const struct val_evidence *evidence)
{
    struct answer best = ask_conduit(policy, evidence, 0);

    for (uint8_t i = 1; i < evidence->match.num && best.against != 0; i++) {
        struct answer answer = ask_conduit(policy, evidence, i);

        if (answer.against == 0 || answer.failed > best.failed)
            best = answer;
    }
    *out = (struct val_verdict){
        .monitor = policy->monitor,
        .grade = {best.grade[CASE_CLIENT], best.grade[CASE_SERVER]},
        .possession = {evidence->shown[CASE_CLIENT].possession, evidence->shown[CASE_SERVER].possession},
        .conduit = best.index,
        .policy_epoch = policy->epoch,
        .reasons = best.against | best.tolerated};
    if (best.against == 0) {
        out->action = VAL_ACTION_ACCEPT;
        out->reason = REASON_OK;
        out->covers = evidence->client_owes ? VAL_COVERS_SERVER : VAL_COVERS_FLOW;
        return;
    }
    out->action = VAL_ACTION_BLOCK;
    out->reason = (uint8_t)reason_first(best.against);
    out->covers = VAL_COVERS_FLOW;
    out->side_refused = best.refused;
}

bool val_decide_names(const struct val_policy *policy, const struct val_conduit *conduit, const struct val_case *c,
                      const struct val_names *names)
{
    const struct val_host_list *listed = &conduit->names;
    char host[VAL_HOST_MAX];

    if (c->tls.sni.len != 0)
        return val_host_normal(host, case_bytes(c, c->tls.sni)) && val_names_bear_host(names, host);
    if (val_names_bear_address(names, bytes_of(c->flow.server_address, c->flow.family == 4 ? 4 : 16)))
        return true;
    for (size_t i = 0; i < listed->num; i++)
        if (val_names_bear_pattern(names, listed->host[i]))
            return true;
    if (listed->num != 0 || conduit->to.domain == VAL_NO_DOMAIN)
        return false;
    listed = &policy->domain[conduit->to.domain].names;
    for (size_t i = 0; i < listed->num; i++)
        if (val_names_bear_below(names, listed->host[i]))
            return true;
    return false;
}
