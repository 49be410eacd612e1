/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/candidate.h"
#include "validator/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool val_host_list_init(struct val_host_list *list, const char *const names[], size_t num, bool wildcards,
                        const char **bad)
{
    *bad = NULL;
    list->num = 0;
    list->host = (char **)calloc(num + 1, sizeof(*list->host));
    if (list->host == NULL)
        return false;
    for (size_t i = 0; i < num; i++) {
        char host[VAL_HOST_MAX];
        struct bytes name = bytes_of(names[i], strlen(names[i]));

        if (wildcards ? !val_host_pattern(host, name) : !val_host_normal(host, name)) {
            *bad = names[i];
            return false;
        }
        list->host[list->num] = strdup(host);
        if (list->host[list->num] == NULL)
            return false;
        list->num++;
    }
    return true;
}

void val_host_list_fini(struct val_host_list *list)
{
    for (size_t i = 0; i < list->num; i++)
        free(list->host[i]);
    free((void *)list->host);
    *list = (struct val_host_list){0};
}

/* An anchor is told here what every chain under it would be refused for, whatever the time and the algorithms. */
static bool anchor_usable(const struct val_certificate *certificate, struct val_policy_error *error)
{
    static const struct val_algorithms_spec no_floor;
    struct val_candidate_context *context = val_candidate_new();
    struct val_candidate itself = {.link = {certificate}, .num = 1, .anchored = true};
    struct val_finding finding = {0};
    bool good;

    if (context == NULL) {
        snprintf(error->text, sizeof(error->text), "no memory");
        return false;
    }
    val_candidate_check(context, &finding, &itself, &no_floor, CASE_SERVER, certificate->not_before_s);
    val_candidate_free(context);
    good = certificate->is_ca && (finding.reasons & reason_bit(REASON_MALFORMED)) == 0;
    if (!certificate->is_ca)
        snprintf(error->text, sizeof(error->text), "the anchor is no CA certificate");
    else if (!good)
        snprintf(error->text, sizeof(error->text), "the anchor breaks RFC 5280: %s", finding.what);
    return good;
}

static bool anchor_init(struct val_anchor *anchor, const struct val_anchor_spec *spec, struct val_policy_error *error)
{
    snprintf(anchor->label, sizeof(anchor->label), "%s", spec->label == NULL ? "" : spec->label);
    snprintf(error->text, sizeof(error->text), "the anchor is no well-formed certificate");
    anchor->der = malloc(spec->der.left + 1);
    if (anchor->der == NULL || spec->der.left == 0)
        return false;
    memcpy(anchor->der, spec->der.at, spec->der.left);
    anchor->certificate = val_certificate_new_anchor(bytes_of(anchor->der, spec->der.left));
    return anchor->certificate != NULL && anchor_usable(anchor->certificate, error);
}

/* Over the anchors in the order of the file, each with its length. */
static bool digest_anchors(struct val_domain *domain)
{
    size_t len = 0;
    uint8_t *all;
    uint8_t *at;
    bool good;

    for (size_t i = 0; i < domain->num_anchors; i++)
        len += 4 + domain->anchor[i].certificate->der.left;
    all = malloc(len);
    if (all == NULL)
        return false;
    at = all;
    for (size_t i = 0; i < domain->num_anchors; i++) {
        struct bytes der = domain->anchor[i].certificate->der;
        uint32_t der_len = (uint32_t)der.left;

        memcpy(at, &der_len, sizeof(der_len));
        memcpy(at + sizeof(der_len), der.at, der.left);
        at += sizeof(der_len) + der.left;
    }
    good = val_digest_sha256(domain->digest, bytes_of(all, len));
    free(all);
    return good;
}

bool val_domain_init(struct val_domain *domain, const struct val_domain_spec *spec, struct val_policy_error *error)
{
    const char *bad;

    error->object = VAL_ERROR_DOMAIN;
    if (spec->num_anchors == 0 || spec->num_anchors > VAL_ANCHORS_MAX) {
        snprintf(error->text, sizeof(error->text), "a domain has 1 to %d anchors", VAL_ANCHORS_MAX);
        return false;
    }
    if (!val_host_list_init(&domain->names, spec->names, spec->num_names, false, &bad)) {
        snprintf(error->text, sizeof(error->text), bad == NULL ? "no memory" : "not a DNS name: %.200s", bad);
        return false;
    }
    domain->anchor = calloc(spec->num_anchors, sizeof(*domain->anchor));
    domain->certificate = (const struct val_certificate **)calloc(spec->num_anchors, sizeof(struct val_certificate *));
    if (domain->anchor == NULL || domain->certificate == NULL) {
        snprintf(error->text, sizeof(error->text), "no memory");
        return false;
    }
    error->object = VAL_ERROR_ANCHOR;
    for (size_t i = 0; i < spec->num_anchors; i++) {
        error->inner = i;
        domain->num_anchors = i + 1;
        if (!anchor_init(&domain->anchor[i], &spec->anchors[i], error))
            return false;
        domain->certificate[i] = domain->anchor[i].certificate;
    }
    error->object = VAL_ERROR_DOMAIN;
    snprintf(error->text, sizeof(error->text), "no memory");
    return digest_anchors(domain);
}

void val_domain_fini(struct val_domain *domain)
{
    for (size_t i = 0; i < domain->num_anchors && domain->anchor != NULL; i++) {
        val_certificate_free(domain->anchor[i].certificate);
        free(domain->anchor[i].der);
    }
    free(domain->anchor);
    free((void *)domain->certificate);
    val_host_list_fini(&domain->names);
}
