/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/printable.h"
#include "ctl/settings_table.h"

#include <stdlib.h>
#include <yyjson.h>

#define VALUE_MAX  (CTL_SETTING_LIST_MAX * CTL_SETTING_TEXT_MAX)
#define RANGE_MAX  64
#define ORIGIN_MAX (CTL_SETTING_TEXT_MAX + 32)

/* One setting in words. */
struct shown {
    char value[VALUE_MAX];
    char standard[CTL_SETTING_TEXT_MAX]; /* the default */
    char range[RANGE_MAX];
    char origin[ORIGIN_MAX];
};

/* Room for both sets of values and the words of one row: too large for a stack. */
struct work {
    struct ctl_settings defaults;
    struct shown shown;
    char raw[VALUE_MAX / CTL_PRINTABLE_GROWTH];
};

static void show_value(char *out, size_t size, struct work *work, const struct ctl_settings *settings, size_t which)
{
    size_t len = ctl_setting_value(work->raw, sizeof(work->raw), settings, which);

    (void)ctl_printable(out, size, bytes_of(work->raw, len));
}

static void show(struct work *work, const struct ctl_settings *settings, size_t which)
{
    const struct ctl_setting_row *row = &ctl_setting_rows[which];
    struct shown *shown = &work->shown;

    show_value(shown->value, sizeof(shown->value), work, settings, which);
    show_value(shown->standard, sizeof(shown->standard), work, &work->defaults, which);
    switch (row->kind) {
    case CTL_SETTING_NUMBER:
        (void)snprintf(shown->range, RANGE_MAX, "%u-%u", row->least, row->most);
        break;
    case CTL_SETTING_WORD:
        (void)snprintf(shown->range, RANGE_MAX, "%s", row->words);
        break;
    case CTL_SETTING_TEXT:
        (void)snprintf(shown->range, RANGE_MAX, "text");
        break;
    case CTL_SETTING_LIST:
        (void)snprintf(shown->range, RANGE_MAX, "list of texts");
        break;
    }
    if (settings->line[which] == 0)
        (void)snprintf(shown->origin, ORIGIN_MAX, "default");
    else
        (void)snprintf(shown->origin, ORIGIN_MAX, "%s:%u", settings->file, settings->line[which]);
}

static const char *or_dash(const char *text)
{
    return text[0] ? text : "-";
}

static void print_table(struct work *work, const struct ctl_settings *settings, FILE *to)
{
    for (size_t i = 0; i < CTL_SETTING_COUNT; i++) {
        const struct ctl_setting_row *row = &ctl_setting_rows[i];
        const struct shown *shown = &work->shown;

        show(work, settings, i);
        (void)fprintf(to, "%s: %s\n    %s\n    default %s, range %s, %s, from %s\n", row->key, or_dash(shown->value),
                      row->text, or_dash(shown->standard), shown->range, row->live ? "live" : "restart", shown->origin);
    }
}

static void add_value(yyjson_mut_doc *doc, yyjson_mut_val *entry, const char *key, const char *value,
                      enum ctl_setting_kind kind)
{
    if (kind == CTL_SETTING_NUMBER)
        yyjson_mut_obj_add_uint(doc, entry, key, strtoul(value, NULL, 10));
    else
        yyjson_mut_obj_add_strcpy(doc, entry, key, value);
}

static void print_json(struct work *work, const struct ctl_settings *settings, FILE *to)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    char *text;

    yyjson_mut_doc_set_root(doc, root);
    for (size_t i = 0; i < CTL_SETTING_COUNT; i++) {
        const struct ctl_setting_row *row = &ctl_setting_rows[i];
        yyjson_mut_val *entry = yyjson_mut_obj_add_obj(doc, root, row->key);

        show(work, settings, i);
        add_value(doc, entry, "value", work->shown.value, row->kind);
        add_value(doc, entry, "default", work->shown.standard, row->kind);
        yyjson_mut_obj_add_strcpy(doc, entry, "range", work->shown.range);
        yyjson_mut_obj_add_str(doc, entry, "when", row->live ? "live" : "restart");
        yyjson_mut_obj_add_strcpy(doc, entry, "origin", work->shown.origin);
        yyjson_mut_obj_add_str(doc, entry, "text", row->text);
    }
    text = yyjson_mut_write(doc, YYJSON_WRITE_PRETTY_TWO_SPACES, NULL);
    if (text)
        (void)fprintf(to, "%s\n", text);
    free(text);
    yyjson_mut_doc_free(doc);
}

void ctl_settings_print(const struct ctl_settings *settings, FILE *to, bool json)
{
    struct work *work = malloc(sizeof(*work));

    if (!work)
        return;
    ctl_settings_default(&work->defaults);
    if (json)
        print_json(work, settings, to);
    else
        print_table(work, settings, to);
    free(work);
}
