/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/case.h"

#include <string.h>

void case_init(struct val_case *c, uint32_t capacity)
{
    memset(c, 0, sizeof(*c));
    c->magic = CASE_MAGIC;
    c->capacity = capacity;
    c->used = sizeof(*c);
    c->transcript.at = sizeof(*c);
}

bool case_append(struct val_case *c, struct case_span *out, struct bytes data)
{
    if (data.left > c->capacity - c->used)
        return false;
    if (data.left != 0)
        memcpy((uint8_t *)c + c->used, data.at, data.left);
    *out = (struct case_span){.at = c->used, .len = (uint32_t)data.left};
    c->used += (uint32_t)data.left;
    c->transcript.len += (uint32_t)data.left;
    return true;
}

void case_grow(struct val_case *fresh, uint32_t capacity, const struct val_case *old)
{
    memcpy(fresh, old, old->used);
    fresh->capacity = capacity;
}

struct bytes case_bytes(const struct val_case *c, struct case_span span)
{
    if (span.len == 0 || span.at < sizeof(*c) || span.at > c->used || span.len > c->used - span.at)
        return bytes_of(NULL, 0);
    return bytes_of((const uint8_t *)c + span.at, span.len);
}

static bool span_ok(const struct val_case *c, struct case_span span)
{
    return span.len == 0 || (span.at >= sizeof(*c) && span.at <= c->used && span.len <= c->used - span.at);
}

static bool party_ok(const struct val_case *c, const struct case_party *party)
{
    if (party->num_certificates > CASE_CERTIFICATES_MAX)
        return false;
    for (size_t i = 0; i < CASE_CERTIFICATES_MAX; i++)
        if (!span_ok(c, party->certificate[i]))
            return false;
    return span_ok(c, party->signature) && span_ok(c, party->covered);
}

bool case_check(const struct val_case *c, size_t len)
{
    if (len < sizeof(*c) || c->magic != CASE_MAGIC || c->capacity > len || c->used < sizeof(*c) ||
        c->used > c->capacity || c->num_facts > CASE_FACTS_MAX || c->flow.num_vlans > CASE_VLANS_MAX)
        return false;
    if (c->flow.family != 4 && c->flow.family != 6)
        return false;
    const struct case_span spans[] = {
        c->tls.client_hello,
        c->tls.server_hello,
        c->tls.client_random,
        c->tls.server_random,
        c->tls.sni,
        c->tls.session_id,
        c->tls.server_session_id,
        c->tls.ticket,
        c->tls.suites,
        c->tls.schemes,
        c->tls.groups,
        c->tls.versions,
        c->tls.alpn,
        c->tls.request_types,
        c->tls.request_schemes,
        c->tls.staple,
        c->transcript,
    };
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
        if (!span_ok(c, spans[i]))
            return false;
    return party_ok(c, &c->party[CASE_CLIENT]) && party_ok(c, &c->party[CASE_SERVER]);
}
