/* SPDX-License-Identifier: BSD-3-Clause */
/* The readers of ctl/yaml_tree.h: from nodes to values, with complaints. Knows no libyaml. */
#include "ctl/yaml_tree.h"

#include <stdarg.h>

const struct ctl_yaml_node *ctl_yaml_get(const struct ctl_yaml_node *node, const char *key)
{
    if (!node || node->kind != CTL_YAML_MAPPING)
        return NULL;
    for (const struct ctl_yaml_node *child = node->first; child; child = child->next)
        if (strcmp(child->key->text, key) == 0)
            return child;
    return NULL;
}

const struct ctl_yaml_node *ctl_yaml_need(struct ctl_complaints *complaints, const struct ctl_yaml_node *node,
                                          const char *what, const char *key)
{
    const struct ctl_yaml_node *value = ctl_yaml_get(node, key);

    if (!value)
        ctl_yaml_complain(complaints, node, "%s lacks the key '%s'", what, key);
    return value;
}

void ctl_yaml_complain(struct ctl_complaints *complaints, const struct ctl_yaml_node *node, const char *format, ...)
{
    char text[CTL_COMPLAINT_TEXT_MAX];
    va_list args;

    va_start(args, format);
    if (vsnprintf(text, sizeof(text), format, args) < 0)
        text[0] = 0;
    va_end(args);
    ctl_complain(complaints, node->line, node->column, "%s", text);
}

/* The index of `text` in `words`, which have one space between them; -1. */
static int index_of(const char *words, const char *text)
{
    size_t len = strlen(text);
    int index = 0;

    if (len == 0)
        return -1;
    for (const char *word = words; *word; index++) {
        size_t word_len = strcspn(word, " ");

        if (word_len == len && memcmp(word, text, len) == 0)
            return index;
        word += word_len;
        word += *word == ' ';
    }
    return -1;
}

bool ctl_yaml_mapping(struct ctl_complaints *complaints, const struct ctl_yaml_node *node, const char *what,
                      const char *keys)
{
    bool good = true;

    if (node->kind != CTL_YAML_MAPPING) {
        ctl_yaml_complain(complaints, node, "%s must be a mapping with the keys: %s", what, keys);
        return false;
    }
    for (const struct ctl_yaml_node *child = node->first; child; child = child->next) {
        if (index_of(keys, child->key->text) >= 0)
            continue;
        ctl_yaml_complain(complaints, child->key, "unknown key '%s'; %s has: %s", child->key->text, what, keys);
        good = false;
    }
    return good;
}

bool ctl_yaml_sequence(struct ctl_complaints *complaints, const struct ctl_yaml_node *node, const char *what,
                       size_t least, size_t most)
{
    if (node->kind != CTL_YAML_SEQUENCE) {
        ctl_yaml_complain(complaints, node, "%s must be a list, as in [a, b]", what);
        return false;
    }
    if (node->num < least) {
        ctl_yaml_complain(complaints, node, "%s: the list needs at least %zu entr%s", what, least,
                          least == 1 ? "y" : "ies");
        return false;
    }
    if (node->num > most) {
        ctl_yaml_complain(complaints, node, "%s: more than %zu entries", what, most);
        return false;
    }
    return true;
}

const char *ctl_yaml_string(struct ctl_complaints *complaints, const struct ctl_yaml_node *node, const char *what,
                            size_t len_max)
{
    if (node->kind != CTL_YAML_SCALAR || node->num == 0) {
        ctl_yaml_complain(complaints, node, "%s must be a text", what);
        return NULL;
    }
    if (node->num > len_max) {
        ctl_yaml_complain(complaints, node, "%s is longer than %zu bytes", what, len_max);
        return NULL;
    }
    return node->text;
}

bool ctl_yaml_parse_number(uint32_t *out, const char *text, uint32_t most)
{
    uint32_t base = text[0] == '0' && text[1] == 'x' ? 16 : 10;
    const char *at = base == 16 ? text + 2 : text;
    uint64_t value = 0;

    if (!*at || (base == 10 && at[0] == '0' && at[1])) /* 010 is ten to some and eight to others */
        return false;
    for (; *at; at++) {
        char c = *at;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                                : 16;

        if (digit >= base)
            return false;
        value = value * base + digit;
        if (value > most)
            return false;
    }
    *out = (uint32_t)value;
    return true;
}

bool ctl_yaml_number(struct ctl_complaints *complaints, uint32_t *out, const struct ctl_yaml_node *node,
                     const char *what, uint32_t least, uint32_t most)
{
    uint32_t value;

    if (node->kind == CTL_YAML_SCALAR && !node->quoted && ctl_yaml_parse_number(&value, node->text, most) &&
        value >= least) {
        *out = value;
        return true;
    }
    ctl_yaml_complain(complaints, node, "%s must be a whole number from %u to %u", what, least, most);
    return false;
}

int ctl_yaml_word(struct ctl_complaints *complaints, const struct ctl_yaml_node *node, const char *what,
                  const char *words)
{
    int index = node->kind == CTL_YAML_SCALAR ? index_of(words, node->text) : -1;

    if (index < 0)
        ctl_yaml_complain(complaints, node, "%s must be one of: %s", what, words);
    return index;
}
