/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/policy_draft.h"

#include <stdlib.h>

#define DNS_NAMES_MAX    256
#define DNS_NAME_LEN_MAX 253
#define DNS_LABEL_MAX    63

struct ctl_draft_block {
    struct ctl_draft_block *next;
    _Alignas(16) uint8_t data[];
};

void *ctl_draft_take(struct ctl_policy_draft *draft, size_t num, size_t size)
{
    struct ctl_draft_block *block = NULL;
    size_t len;

    if (!__builtin_mul_overflow(num, size, &len) && len < SIZE_MAX / 2)
        block = calloc(1, sizeof(*block) + len + 1);
    if (!block) {
        ctl_complain(draft->complaints, 0, 0, "out of memory");
        return NULL;
    }
    block->next = draft->blocks;
    draft->blocks = block;
    return block->data;
}

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *ctl_draft_name(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node, const char *what)
{
    const char *name = ctl_yaml_string(draft->complaints, node, what, VAL_NAME_MAX - 1);

    for (const char *at = name; at && *at; at++) {
        if (is_alphanumeric(*at) || strchr("._-", *at))
            continue;
        ctl_yaml_complain(draft->complaints, node, "%s may have letters, digits and . _ - in it, '%s' has others", what,
                          name);
        return NULL;
    }
    return name;
}

static bool dns_label(const char *label, size_t len)
{
    if (len == 0 || len > DNS_LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if ((!is_alphanumeric(label[i]) && label[i] != '-' && label[i] != '_') || (label[i] >= 'A' && label[i] <= 'Z'))
            return false;
    return true;
}

/* The last label of a name is never all digits, that of an IPv4 address always is. */
static bool is_dns_name(const char *name)
{
    const char *label = name;

    for (;;) {
        size_t len = strcspn(label, ".");

        if (!dns_label(label, len))
            return false;
        if (!label[len])
            return strspn(label, "0123456789") != len;
        label += len + 1;
    }
}

static const char *read_dns_name(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node, bool wildcard)
{
    const char *name = ctl_yaml_string(draft->complaints, node, "a DNS name", DNS_NAME_LEN_MAX);

    if (name && !is_dns_name(wildcard && strncmp(name, "*.", 2) == 0 ? name + 2 : name))
        ctl_yaml_complain(draft->complaints, node, "'%s' is no DNS name; write it in lower case, as in %s", name,
                          wildcard ? "shop.example or \"*.shop.example\"" : "shop.example");
    return name;
}

void ctl_draft_dns_names(struct ctl_policy_draft *draft, const char *const **names, size_t *num,
                         const struct ctl_yaml_node *node, bool wildcard)
{
    const char **list;
    size_t i = 0;

    if (!node || !ctl_yaml_sequence(draft->complaints, node, "names", 1, DNS_NAMES_MAX))
        return;
    list = (const char **)ctl_draft_take(draft, node->num, sizeof(*list));
    if (!list)
        return;
    for (const struct ctl_yaml_node *entry = node->first; entry; entry = entry->next)
        list[i++] = read_dns_name(draft, entry, wildcard);
    *names = list;
    *num = node->num;
}

void ctl_draft_fini(struct ctl_policy_draft *draft)
{
    while (draft->blocks) {
        struct ctl_draft_block *next = draft->blocks->next;

        free(draft->blocks);
        draft->blocks = next;
    }
}
