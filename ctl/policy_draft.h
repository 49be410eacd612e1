/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * policy_draft: a policy file while it is being read: the spec that val_policy_new() will get, and where each part stood.
 *
 * Shared by the files that read one section each (policy_zones, policy_domains, policy_conduits) and policy_file, which
 * owns the draft and calls them in that order: a conduit names zones and domains, so these come first wherever they stand in
 * the file. Each section reader complains about all that it finds wrong, registers what has a name nevertheless (so
 * that one mistake does not raise a second complaint elsewhere), and returns nothing: success is a draft without complaints.
 *
 * Threads: one owner. Ownership: everything hangs on the draft and is freed with it; texts belong to the tree.
 * For ctl/policy_*.c only.
 */
#ifndef CELLGATE_CTL_POLICY_DRAFT_H
#define CELLGATE_CTL_POLICY_DRAFT_H

#include "ctl/pem.h"
#include "ctl/policy_file.h"
#include "ctl/yaml_tree.h"

struct ctl_draft_block; /* memory that is freed with the draft */

/* One domain's anchors, as they came out of their files. */
struct ctl_draft_domain {
    const struct ctl_yaml_node *node;
    const struct ctl_yaml_node **anchor_node; /* for each anchor, the entry that named its file */
};

struct ctl_policy_draft {
    struct ctl_complaints *complaints;
    const struct ctl_anchor_source *anchors;
    struct val_policy_spec spec;
    struct val_zone_spec *zones;
    struct val_domain_spec *domains;
    struct val_conduit_spec *conduits;
    const struct ctl_yaml_node **zone_node;
    const struct ctl_yaml_node **conduit_node;
    struct ctl_draft_domain *domain;
    size_t num_anchors; /* of all domains */
    struct ctl_draft_block *blocks;
};

/* ctl_draft_take: zeroed memory for `num` things of `size` bytes; NULL with a complaint. */
void *ctl_draft_take(struct ctl_policy_draft *draft, size_t num, size_t size);

/* ctl_draft_fini: frees all that ctl_draft_take() gave. */
void ctl_draft_fini(struct ctl_policy_draft *draft);

/* ctl_draft_name: the name of a cell, zone, domain or conduit: letters, digits and ._- ; NULL with a complaint. */
const char *ctl_draft_name(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node, const char *what);

/* ctl_draft_dns_names: a list of DNS names in lower case; with `wildcard` "*.x" is one, too. */
void ctl_draft_dns_names(struct ctl_policy_draft *draft, const char *const **names, size_t *num,
                         const struct ctl_yaml_node *node, bool wildcard);

/* The section readers; `node` may be NULL where the file lacks the section. */
void ctl_draft_zones(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node);
void ctl_draft_domains(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node);
void ctl_draft_conduits(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node);
void ctl_draft_pass(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node);

#endif
