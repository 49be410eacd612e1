/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * settings_table: the rows of the settings table, for ctl/settings.c (reads) and ctl/settings_print.c (prints).
 *
 * Threads: constant data. It holds no values: those are in a struct ctl_settings.
 */
#ifndef CELLGATE_CTL_SETTINGS_TABLE_H
#define CELLGATE_CTL_SETTINGS_TABLE_H

#include "ctl/settings.h"

#include <stddef.h>

enum ctl_setting_kind { CTL_SETTING_TEXT, CTL_SETTING_LIST, CTL_SETTING_NUMBER, CTL_SETTING_WORD };

struct ctl_setting_row {
    const char *key;
    enum ctl_setting_kind kind;
    bool live;
    bool must;
    size_t offset;     /* in struct ctl_settings */
    const char *words; /* CTL_SETTING_WORD: the words; CTL_SETTING_TEXT: the default */
    uint32_t value;    /* CTL_SETTING_NUMBER: default, least, most */
    uint32_t least;
    uint32_t most;
    const char *text;
};

extern const struct ctl_setting_row ctl_setting_rows[CTL_SETTING_COUNT];

/* ctl_setting_value: the value of setting `which` as text, cut at `size`; entries of a list have a space between them. */
size_t ctl_setting_value(char *out, size_t size, const struct ctl_settings *settings, size_t which);

#endif
