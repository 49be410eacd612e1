/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/policy_file.h"

#include "ctl/policy_draft.h"

#define POLICY_FORMAT  1
#define RSA_BITS_LEAST 512
#define RSA_BITS_MOST  16384
#define EC_BITS_LEAST  160
#define EC_BITS_MOST   521

static const char top_keys[] =
    "cellgate cell mode zones domains conduits algorithms otherwise overload mid_stream pass";

static void read_forbidden(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node)
{
    struct val_algorithms_spec *algorithms = &draft->spec.algorithms;

    if (!ctl_yaml_sequence(draft->complaints, node, "forbid", 0, 2))
        return;
    algorithms->forbid_md5 = 0;
    algorithms->forbid_sha1 = 0;
    for (const struct ctl_yaml_node *entry = node->first; entry; entry = entry->next) {
        int index = ctl_yaml_word(draft->complaints, entry, "an algorithm to forbid", "md5 sha1");

        if (index == 0)
            algorithms->forbid_md5 = 1;
        if (index == 1)
            algorithms->forbid_sha1 = 1;
    }
}

static void read_bits(struct ctl_policy_draft *draft, uint16_t *bits, const struct ctl_yaml_node *node,
                      const char *what, uint32_t least, uint32_t most)
{
    uint32_t value;

    if (node && ctl_yaml_number(draft->complaints, &value, node, what, least, most))
        *bits = (uint16_t)value;
}

static void read_algorithms(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node)
{
    struct val_algorithms_spec *algorithms = &draft->spec.algorithms;
    const struct ctl_yaml_node *forbid;

    *algorithms = (struct val_algorithms_spec){.rsa_bits_min = CTL_POLICY_DEFAULT_RSA_BITS,
                                               .ec_bits_min = CTL_POLICY_DEFAULT_EC_BITS,
                                               .forbid_md5 = 1,
                                               .forbid_sha1 = 1};
    if (!node || !ctl_yaml_mapping(draft->complaints, node, "algorithms", "rsa ec forbid"))
        return;
    read_bits(draft, &algorithms->rsa_bits_min, ctl_yaml_get(node, "rsa"), "rsa (bits)", RSA_BITS_LEAST, RSA_BITS_MOST);
    read_bits(draft, &algorithms->ec_bits_min, ctl_yaml_get(node, "ec"), "ec (bits)", EC_BITS_LEAST, EC_BITS_MOST);
    forbid = ctl_yaml_get(node, "forbid");
    if (forbid)
        read_forbidden(draft, forbid);
}

/* What happens to something: block unless the file says pass. */
static uint8_t read_reaction(struct ctl_policy_draft *draft, const struct ctl_yaml_node *root, const char *key)
{
    const struct ctl_yaml_node *node = ctl_yaml_get(root, key);

    if (node && ctl_yaml_word(draft->complaints, node, key, "block pass") == 1)
        return VAL_ACTION_ACCEPT;
    return VAL_ACTION_BLOCK;
}

static bool format_known(struct ctl_policy_draft *draft, const struct ctl_yaml_node *root)
{
    const struct ctl_yaml_node *node;
    uint32_t format;

    if (root->kind != CTL_YAML_MAPPING) {
        ctl_yaml_complain(draft->complaints, root, "not a policy; it must begin with 'cellgate: 1'");
        return false;
    }
    node = ctl_yaml_need(draft->complaints, root, "the policy", "cellgate");
    return node &&
           ctl_yaml_number(draft->complaints, &format, node, "cellgate (the format)", POLICY_FORMAT, POLICY_FORMAT);
}

static void read_root(struct ctl_policy_draft *draft, const struct ctl_yaml_node *root)
{
    const struct ctl_yaml_node *cell;
    const struct ctl_yaml_node *mode;

    if (!format_known(draft, root) || !ctl_yaml_mapping(draft->complaints, root, "a policy", top_keys))
        return;
    cell = ctl_yaml_need(draft->complaints, root, "the policy", "cell");
    if (cell)
        draft->spec.cell = ctl_draft_name(draft, cell, "the cell's name");
    mode = ctl_yaml_get(root, "mode");
    if (mode)
        draft->spec.monitor = ctl_yaml_word(draft->complaints, mode, "mode", "enforce monitor") == 1;
    draft->spec.otherwise = read_reaction(draft, root, "otherwise");
    draft->spec.overload = read_reaction(draft, root, "overload");
    draft->spec.mid_stream = read_reaction(draft, root, "mid_stream");
    read_algorithms(draft, ctl_yaml_get(root, "algorithms"));
    ctl_draft_zones(draft, ctl_yaml_need(draft->complaints, root, "the policy", "zones"));
    ctl_draft_domains(draft, ctl_yaml_get(root, "domains"));
    ctl_draft_conduits(draft, ctl_yaml_get(root, "conduits"));
    ctl_draft_pass(draft, ctl_yaml_get(root, "pass"));
}

/* The place in the file that the compiler's error is about. */
static const struct ctl_yaml_node *place_of(const struct ctl_policy_draft *draft, const struct ctl_yaml_node *root,
                                            const struct val_policy_error *error)
{
    const struct val_policy_spec *spec = &draft->spec;
    size_t index = error->index;

    switch (error->object) {
    case VAL_ERROR_ZONE:
        return index < spec->num_zones ? draft->zone_node[index] : root;
    case VAL_ERROR_CONDUIT:
        return index < spec->num_conduits ? draft->conduit_node[index] : root;
    case VAL_ERROR_DOMAIN:
        return index < spec->num_domains ? draft->domain[index].node : root;
    case VAL_ERROR_ANCHOR:
        if (index < spec->num_domains && error->inner < spec->domains[index].num_anchors)
            return draft->domain[index].anchor_node[error->inner];
        return root;
    case VAL_ERROR_POLICY:
        break;
    }
    return root;
}

static int compile(struct ctl_policy_draft *draft, struct val_policy **out, const struct ctl_yaml_node *root)
{
    struct val_policy_error error = {0};
    struct val_policy *policy;

    read_root(draft, root);
    if (draft->complaints->num != 0)
        return -1;
    policy = val_policy_new(&draft->spec, &error);
    if (!policy) {
        ctl_yaml_complain(draft->complaints, place_of(draft, root, &error), "%s", error.text);
        return -1;
    }
    *out = policy;
    return 0;
}

int ctl_policy_read(struct val_policy **out, struct ctl_complaints *complaints, const char *file, struct bytes text,
                    const struct ctl_anchor_source *anchors, uint32_t epoch)
{
    struct ctl_policy_draft draft = {.complaints = complaints, .anchors = anchors, .spec = {.epoch = epoch}};
    struct ctl_yaml *yaml;
    int result;

    ctl_complaints_init(complaints, file);
    yaml = ctl_yaml_new(complaints, text);
    if (!yaml)
        return -1;
    result = compile(&draft, out, ctl_yaml_root(yaml));
    ctl_draft_fini(&draft);
    ctl_yaml_free(yaml);
    return result;
}
