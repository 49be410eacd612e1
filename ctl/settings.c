/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/settings.h"

#include "ctl/file.h"
#include "ctl/settings_table.h"
#include "ctl/yaml_tree.h"

#include <stdlib.h>

const struct ctl_setting_row ctl_setting_rows[CTL_SETTING_COUNT] = {
#define LIVE    true
#define RESTART false
#define CTL_T(key, when, must_be, value, says)                                                                         \
    [CTL_SETTING_##                                                                                                    \
        key] = {#key, CTL_SETTING_TEXT, when, must_be, offsetof(struct ctl_settings, key), value, 0, 0, 0, says},
#define CTL_L(key, when, says)                                                                                         \
    [CTL_SETTING_##key] = {#key, CTL_SETTING_LIST, when, false, offsetof(struct ctl_settings, key), "", 0, 0, 0, says},
#define CTL_N(key, when, value, least, most, says)                                                                     \
    [CTL_SETTING_##key] = {                                                                                            \
        #key, CTL_SETTING_NUMBER, when, false, offsetof(struct ctl_settings, key), "", value, least, most, says},
#define CTL_W(key, when, words, says)                                                                                  \
    [CTL_SETTING_##                                                                                                    \
        key] = {#key, CTL_SETTING_WORD, when, false, offsetof(struct ctl_settings, key), words, 0, 0, 0, says},
    CTL_SETTINGS(CTL_T, CTL_L, CTL_N, CTL_W)
#undef CTL_T
#undef CTL_L
#undef CTL_N
#undef CTL_W
#undef LIVE
#undef RESTART
};

static void *field(struct ctl_settings *settings, size_t which)
{
    return (uint8_t *)settings + ctl_setting_rows[which].offset;
}

static const void *field_of(const struct ctl_settings *settings, size_t which)
{
    return (const uint8_t *)settings + ctl_setting_rows[which].offset;
}

static size_t field_size(size_t which)
{
    switch (ctl_setting_rows[which].kind) {
    case CTL_SETTING_TEXT:
        return CTL_SETTING_TEXT_MAX;
    case CTL_SETTING_LIST:
        return sizeof(struct ctl_setting_list);
    default:
        return sizeof(uint32_t);
    }
}

void ctl_settings_default(struct ctl_settings *out)
{
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < CTL_SETTING_COUNT; i++) {
        const struct ctl_setting_row *row = &ctl_setting_rows[i];

        if (row->kind == CTL_SETTING_TEXT)
            (void)snprintf(field(out, i), CTL_SETTING_TEXT_MAX, "%s", row->words);
        if (row->kind == CTL_SETTING_NUMBER)
            memcpy(field(out, i), &row->value, sizeof(row->value));
    }
}

static void read_text(struct ctl_complaints *complaints, char *out, const struct ctl_yaml_node *node, const char *key)
{
    const char *text = ctl_yaml_string(complaints, node, key, CTL_SETTING_TEXT_MAX - 1);

    if (!text)
        return;
    memset(out, 0, CTL_SETTING_TEXT_MAX); /* no remnant of the default: settings are compared as bytes */
    memcpy(out, text, node->num);
}

static void read_list(struct ctl_complaints *complaints, struct ctl_setting_list *out, const struct ctl_yaml_node *node,
                      const char *key)
{
    if (!ctl_yaml_sequence(complaints, node, key, 0, CTL_SETTING_LIST_MAX))
        return;
    for (const struct ctl_yaml_node *entry = node->first; entry; entry = entry->next)
        read_text(complaints, out->item[out->num++], entry, key);
}

static void read_setting(struct ctl_complaints *complaints, struct ctl_settings *out, size_t which,
                         const struct ctl_yaml_node *node)
{
    const struct ctl_setting_row *row = &ctl_setting_rows[which];
    uint32_t value = 0;
    int word;

    out->line[which] = node->line;
    switch (row->kind) {
    case CTL_SETTING_TEXT:
        read_text(complaints, field(out, which), node, row->key);
        return;
    case CTL_SETTING_LIST:
        read_list(complaints, field(out, which), node, row->key);
        return;
    case CTL_SETTING_NUMBER:
        if (!ctl_yaml_number(complaints, &value, node, row->key, row->least, row->most))
            return;
        break;
    case CTL_SETTING_WORD:
        word = ctl_yaml_word(complaints, node, row->key, row->words);
        if (word < 0)
            return;
        value = (uint32_t)word;
        break;
    }
    memcpy(field(out, which), &value, sizeof(value));
}

/* What no single range can say. */
static void check_together(struct ctl_complaints *complaints, const struct ctl_settings *settings)
{
    if (settings->held_packets_max > settings->packets / 2)
        ctl_complain(complaints, settings->line[CTL_SETTING_held_packets_max], 1,
                     "held_packets_max is %u, more than half of packets (%u); ports need the rest",
                     settings->held_packets_max, settings->packets);
    if (settings->handshakes_max > settings->flows_max)
        ctl_complain(complaints, settings->line[CTL_SETTING_handshakes_max], 1,
                     "handshakes_max is %u, more than flows_max (%u)", settings->handshakes_max, settings->flows_max);
}

static void read_root(struct ctl_complaints *complaints, struct ctl_settings *out, const struct ctl_yaml_node *root)
{
    if (root->kind != CTL_YAML_MAPPING) {
        ctl_yaml_complain(complaints, root, "not a settings file; write one 'key: value' on each line");
        return;
    }
    for (const struct ctl_yaml_node *node = root->first; node; node = node->next) {
        size_t which = 0;

        while (which < CTL_SETTING_COUNT && strcmp(ctl_setting_rows[which].key, node->key->text) != 0)
            which++;
        if (which < CTL_SETTING_COUNT)
            read_setting(complaints, out, which, node);
        else
            ctl_yaml_complain(complaints, node->key, "unknown setting '%s'; 'cellgate help settings' lists all",
                              node->key->text);
    }
    if (complaints->num == 0)
        check_together(complaints, out);
}

int ctl_settings_read(struct ctl_settings *out, struct ctl_complaints *complaints, const char *file, struct bytes text)
{
    struct ctl_settings *settings = malloc(sizeof(*settings));
    struct ctl_yaml *yaml;

    ctl_complaints_init(complaints, file);
    if (!settings) {
        ctl_complain(complaints, 0, 0, "out of memory");
        return -1;
    }
    yaml = ctl_yaml_new(complaints, text);
    if (yaml) {
        ctl_settings_default(settings);
        (void)snprintf(settings->file, sizeof(settings->file), "%s", file);
        read_root(complaints, settings, ctl_yaml_root(yaml));
        ctl_yaml_free(yaml);
    }
    if (complaints->num == 0)
        memcpy(out, settings, sizeof(*out));
    free(settings);
    return complaints->num == 0 ? 0 : -1;
}

int ctl_settings_load(struct ctl_settings *out, struct ctl_complaints *complaints, const char *path)
{
    uint8_t *data;
    size_t len;
    int result = ctl_file_read(&data, &len, path, CTL_YAML_BYTES_MAX);

    if (result) {
        ctl_complaints_init(complaints, path);
        ctl_complain(complaints, 0, 0, "cannot read the settings: %s", strerror(-result));
        return -1;
    }
    result = ctl_settings_read(out, complaints, path, bytes_of(data, len));
    free(data);
    return result;
}

bool ctl_settings_complete(const struct ctl_settings *settings, struct ctl_complaints *complaints)
{
    size_t before = complaints->num;

    for (size_t i = 0; i < CTL_SETTING_COUNT; i++)
        if (ctl_setting_rows[i].must && *(const char *)field_of(settings, i) == 0)
            ctl_complain(complaints, 0, 0, "the setting '%s' is missing: %s", ctl_setting_rows[i].key,
                         ctl_setting_rows[i].text);
    return complaints->num == before;
}

const char *ctl_settings_restart(const struct ctl_settings *now, const struct ctl_settings *wanted)
{
    for (size_t i = 0; i < CTL_SETTING_COUNT; i++)
        if (!ctl_setting_rows[i].live && memcmp(field_of(now, i), field_of(wanted, i), field_size(i)) != 0)
            return ctl_setting_rows[i].key;
    return NULL;
}

/* The word at `index` of `words`, copied to `out`. */
static void copy_word(char *out, size_t size, const char *words, uint32_t index)
{
    const char *word = words;

    for (uint32_t i = 0; i < index && *word; i++) {
        word += strcspn(word, " ");
        word += *word == ' ';
    }
    (void)snprintf(out, size, "%.*s", (int)strcspn(word, " "), word);
}

size_t ctl_setting_value(char *out, size_t size, const struct ctl_settings *settings, size_t which)
{
    const struct ctl_setting_row *row = &ctl_setting_rows[which];
    uint32_t value = 0;

    out[0] = 0;
    if (row->kind == CTL_SETTING_TEXT) {
        (void)snprintf(out, size, "%s", (const char *)field_of(settings, which));
    } else if (row->kind == CTL_SETTING_LIST) {
        const struct ctl_setting_list *list = field_of(settings, which);
        size_t used = 0;

        for (uint32_t i = 0; i < list->num && used + 1 < size; i++) {
            (void)snprintf(out + used, size - used, "%s%s", i ? " " : "", list->item[i]);
            used += strlen(out + used);
        }
    } else {
        memcpy(&value, field_of(settings, which), sizeof(value));
        if (row->kind == CTL_SETTING_WORD)
            copy_word(out, size, row->words, value);
        else
            (void)snprintf(out, size, "%u", value);
    }
    return strlen(out);
}
