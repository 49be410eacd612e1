/* SPDX-License-Identifier: BSD-3-Clause */
/* Questions to a compiled policy that the hot path asks: no cryptography, no allocation, bounded time. */
#include "validator/snapshot.h"

#include <string.h>

uint32_t val_policy_epoch(const struct val_policy *policy)
{
    return policy->epoch;
}

bool val_policy_monitor(const struct val_policy *policy)
{
    return policy->monitor != 0;
}

const char *val_policy_cell(const struct val_policy *policy)
{
    return policy->cell;
}

const char *val_policy_conduit_name(const struct val_policy *policy, uint16_t conduit)
{
    return conduit < policy->num_conduits ? policy->conduit[conduit].name : NULL;
}

const char *val_policy_domain_name(const struct val_policy *policy, uint16_t domain)
{
    return domain < policy->num_domains ? policy->domain[domain].name : NULL;
}

int val_policy_prefix(const struct val_policy *policy, uint8_t side, uint8_t family, const uint8_t address[16])
{
    int prefix;

    val_zones_find(policy->zones[side == VAL_SIDE_INSIDE ? VAL_SIDE_INSIDE : VAL_SIDE_OUTSIDE], family, address,
                   &prefix);
    return prefix;
}

static bool port_fits(const struct val_conduit *conduit, uint16_t port)
{
    for (size_t i = 0; i < conduit->num_ports; i++)
        if (port >= conduit->port[i].first && port <= conduit->port[i].last)
            return true;
    return conduit->num_ports == 0;
}

/* The first route of these zones, or the end of the list. */
static size_t route_first(const struct val_policy *policy, uint32_t zones)
{
    size_t low = 0;
    size_t high = policy->num_conduits;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (policy->route[middle].zones < zones)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void val_policy_match(const struct val_policy *policy, struct val_match *out, const struct case_flow *flow)
{
    uint8_t client_side = flow->initiator_side == VAL_SIDE_INSIDE ? VAL_SIDE_INSIDE : VAL_SIDE_OUTSIDE;
    uint8_t server_side = client_side == VAL_SIDE_INSIDE ? VAL_SIDE_OUTSIDE : VAL_SIDE_INSIDE;
    uint16_t from = val_zones_find(policy->zones[client_side], flow->family, flow->client_address, NULL);
    uint16_t to = val_zones_find(policy->zones[server_side], flow->family, flow->server_address, NULL);
    uint32_t zones = (uint32_t)from << 16 | to;

    memset(out, 0, sizeof(*out));
    if (from == VAL_NO_ZONE || to == VAL_NO_ZONE)
        return;
    for (size_t i = route_first(policy, zones); i < policy->num_conduits && policy->route[i].zones == zones; i++) {
        if (!port_fits(&policy->conduit[policy->route[i].conduit], flow->server_port))
            continue;
        out->conduit[out->num++] = policy->route[i].conduit;
        if (out->num == VAL_MATCH_MAX)
            return;
    }
}

bool val_policy_passes(const struct val_policy *policy, uint16_t ethertype, uint8_t protocol, uint16_t src_port,
                       uint16_t dst_port)
{
    for (size_t i = 0; i < policy->num_pass; i++) {
        const struct val_pass_spec *pass = &policy->pass[i];

        if (pass->ethertype != 0) {
            if (pass->ethertype == ethertype)
                return true;
        } else if (pass->protocol == protocol &&
                   (pass->port == 0 || pass->port == src_port || pass->port == dst_port)) {
            return true;
        }
    }
    return policy->otherwise == VAL_ACTION_ACCEPT;
}

/* The first matching conduit on which what is not TLS passes; VAL_NO_CONDUIT if there is none. */
static uint16_t conduit_for_not_tls(const struct val_policy *policy, const struct val_match *match)
{
    for (uint8_t i = 0; i < match->num; i++)
        if (policy->conduit[match->conduit[i]].not_tls == VAL_ACTION_ACCEPT)
            return match->conduit[i];
    return VAL_NO_CONDUIT;
}

void val_policy_react(const struct val_policy *policy, struct val_verdict *out, const struct case_flow *flow,
                      uint64_t reasons)
{
    uint64_t tolerated = 0;
    struct val_match match;
    uint16_t conduit;

    val_policy_match(policy, &match, flow);
    conduit = match.num == 0 ? VAL_NO_CONDUIT : match.conduit[0];
    if (policy->otherwise == VAL_ACTION_ACCEPT)
        tolerated |= reason_bit(REASON_NO_CONDUIT);
    if (policy->overload == VAL_ACTION_ACCEPT)
        tolerated |= reason_bit(REASON_OVERLOAD);
    if (policy->mid_stream == VAL_ACTION_ACCEPT)
        tolerated |= reason_bit(REASON_MID_STREAM);
    if ((reasons & reason_bit(REASON_NOT_TLS)) && conduit_for_not_tls(policy, &match) != VAL_NO_CONDUIT) {
        tolerated |= reason_bit(REASON_NOT_TLS);
        conduit = conduit_for_not_tls(policy, &match);
    }
    *out = (struct val_verdict){.covers = VAL_COVERS_FLOW,
                                .monitor = policy->monitor,
                                .conduit = conduit,
                                .policy_epoch = policy->epoch,
                                .reasons = reasons};
    if (reasons != 0 && (reasons & ~tolerated) == 0) {
        out->action = VAL_ACTION_ACCEPT;
        out->reason = REASON_OK;
        return;
    }
    out->action = VAL_ACTION_BLOCK;
    out->reason = (uint8_t)reason_first(reasons & ~tolerated);
    if (out->reason == REASON_UNDECIDED) { /* asked without a reason: nothing is known, so nothing passes */
        out->reason = REASON_MALFORMED_HANDSHAKE;
        out->reasons = reason_bit(REASON_MALFORMED_HANDSHAKE);
    }
}
