/* SPDX-License-Identifier: BSD-3-Clause */
/* The section `domains` of a policy file, and the anchor files that it names. */
#include "ctl/policy_draft.h"

#include <limits.h>
#include <stdlib.h>

#define ANCHOR_FILES_MAX 256 /* of one domain */
#define LABEL_SUFFIX_MAX 16

/* The anchors of one domain while its files are read; every file may hold several. */
struct anchors {
    struct val_anchor_spec *spec;
    const struct ctl_yaml_node **node;
    size_t num;
    size_t capacity;
};

static bool make_room(struct ctl_policy_draft *draft, struct anchors *anchors, const struct ctl_yaml_node *node,
                      size_t num)
{
    struct val_anchor_spec *spec;
    const struct ctl_yaml_node **nodes;
    size_t capacity = anchors->capacity * 2 + num;

    if (draft->num_anchors + anchors->num + num > CTL_POLICY_ANCHORS_MAX) {
        ctl_yaml_complain(draft->complaints, node, "more than %d anchors in all", CTL_POLICY_ANCHORS_MAX);
        return false;
    }
    if (anchors->num + num <= anchors->capacity)
        return true;
    spec = ctl_draft_take(draft, capacity, sizeof(*spec));
    nodes = (const struct ctl_yaml_node **)ctl_draft_take(draft, capacity, sizeof(*nodes));
    if (!spec || !nodes)
        return false;
    if (anchors->num != 0) {
        memcpy(spec, anchors->spec, anchors->num * sizeof(*spec));
        memcpy((void *)nodes, (const void *)anchors->node, anchors->num * sizeof(*nodes));
    }
    *anchors = (struct anchors){.spec = spec, .node = nodes, .num = anchors->num, .capacity = capacity};
    return true;
}

/* Copies certificate `index` of a file into the draft's memory, which outlives the file's. */
static bool add_anchor(struct ctl_policy_draft *draft, struct anchors *anchors, const struct ctl_yaml_node *node,
                       const struct ctl_pem *pem, size_t index)
{
    struct bytes der = pem->certificate[index];
    size_t label_size = node->num + LABEL_SUFFIX_MAX;
    char *label = ctl_draft_take(draft, 1, label_size);
    uint8_t *copy = ctl_draft_take(draft, 1, der.left);

    if (!label || !copy)
        return false;
    if (pem->num == 1)
        (void)snprintf(label, label_size, "%s", node->text);
    else
        (void)snprintf(label, label_size, "%s#%zu", node->text, index + 1);
    memcpy(copy, der.at, der.left);
    anchors->spec[anchors->num] = (struct val_anchor_spec){.label = label, .der = bytes_of(copy, der.left)};
    anchors->node[anchors->num] = node;
    anchors->num++;
    return true;
}

static void read_anchor_file(struct ctl_policy_draft *draft, struct anchors *anchors, const struct ctl_yaml_node *node)
{
    const char *name = ctl_yaml_string(draft->complaints, node, "an anchor's file name", PATH_MAX - 1);
    char problem[CTL_PEM_PROBLEM_MAX];
    struct ctl_pem pem;
    uint8_t *data;
    size_t len;
    int failed;

    if (!name)
        return;
    failed = draft->anchors->read(draft->anchors, &data, &len, name);
    if (failed) {
        ctl_yaml_complain(draft->complaints, node, "cannot read the anchor file '%s': %s", name, strerror(-failed));
        return;
    }
    if (!ctl_pem_init(&pem, problem, bytes_of(data, len))) {
        ctl_yaml_complain(draft->complaints, node, "the anchor file '%s' is of no use: %s", name, problem);
        free(data);
        return;
    }
    free(data);
    if (make_room(draft, anchors, node, pem.num))
        for (size_t i = 0; i < pem.num; i++)
            if (!add_anchor(draft, anchors, node, &pem, i))
                break;
    ctl_pem_fini(&pem);
}

static void read_anchors(struct ctl_policy_draft *draft, size_t index, const struct ctl_yaml_node *node)
{
    struct anchors anchors = {0};

    if (!node || !ctl_yaml_sequence(draft->complaints, node, "anchors", 1, ANCHOR_FILES_MAX))
        return;
    for (const struct ctl_yaml_node *entry = node->first; entry; entry = entry->next)
        read_anchor_file(draft, &anchors, entry);
    draft->num_anchors += anchors.num;
    draft->domains[index].anchors = anchors.spec;
    draft->domains[index].num_anchors = anchors.num;
    draft->domain[index].anchor_node = anchors.node;
}

static void read_domain(struct ctl_policy_draft *draft, size_t index, const struct ctl_yaml_node *node)
{
    struct val_domain_spec *domain = &draft->domains[index];
    const struct ctl_yaml_node *name;

    if (!ctl_yaml_mapping(draft->complaints, node, "a domain", "name anchors names"))
        return;
    name = ctl_yaml_need(draft->complaints, node, "the domain", "name");
    domain->name = name ? ctl_draft_name(draft, name, "a domain's name") : NULL;
    for (size_t i = 0; domain->name && i < index; i++)
        if (draft->domains[i].name && strcmp(draft->domains[i].name, domain->name) == 0)
            ctl_yaml_complain(draft->complaints, name, "a second domain '%s'; the first stands in line %u",
                              domain->name, draft->domain[i].node->line);
    read_anchors(draft, index, ctl_yaml_need(draft->complaints, node, "the domain", "anchors"));
    ctl_draft_dns_names(draft, &domain->names, &domain->num_names, ctl_yaml_get(node, "names"), false);
}

void ctl_draft_domains(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node)
{
    size_t i = 0;

    if (!node || !ctl_yaml_sequence(draft->complaints, node, "domains", 0, VAL_DOMAINS_MAX))
        return;
    draft->domains = ctl_draft_take(draft, node->num, sizeof(*draft->domains));
    draft->domain = ctl_draft_take(draft, node->num, sizeof(*draft->domain));
    if (!draft->domains || !draft->domain)
        return;
    for (const struct ctl_yaml_node *entry = node->first; entry; entry = entry->next) {
        draft->domain[i].node = entry;
        read_domain(draft, i++, entry);
    }
    draft->spec.domains = draft->domains;
    draft->spec.num_domains = node->num;
}
