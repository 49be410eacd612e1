/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/reason.h"

#include <stddef.h>
#include <string.h>

struct reason_row {
    const char *name;
    const char *text;
    enum reason_class class;
};

static const struct reason_row rows[REASON_COUNT] = {
    [REASON_UNDECIDED] = {"undecided", "no verdict yet", REASON_CLASS_UNDECIDED},
#define X(symbol, name, class, text) [REASON_##symbol] = {name, text, REASON_CLASS_##class},
    REASON_LIST(X)
#undef X
};

static const char *const class_names[] = {
    [REASON_CLASS_UNDECIDED] = "undecided",     [REASON_CLASS_ACCEPT] = "accept",
    [REASON_CLASS_CERTIFICATE] = "certificate", [REASON_CLASS_POSSESSION] = "possession",
    [REASON_CLASS_POLICY] = "policy",           [REASON_CLASS_VISIBILITY] = "visibility",
    [REASON_CLASS_ENGINE] = "engine",
};

enum reason reason_first(uint64_t set)
{
    for (int i = 1; i < REASON_COUNT; i++)
        if (set & reason_bit((enum reason)i))
            return (enum reason)i;
    return REASON_UNDECIDED;
}

const char *reason_name(enum reason reason)
{
    return (unsigned)reason < REASON_COUNT ? rows[reason].name : "unknown";
}

const char *reason_text(enum reason reason)
{
    return (unsigned)reason < REASON_COUNT ? rows[reason].text : "unknown";
}

enum reason_class reason_class_of(enum reason reason)
{
    return (unsigned)reason < REASON_COUNT ? rows[reason].class : REASON_CLASS_UNDECIDED;
}

const char *reason_class_name(enum reason_class class)
{
    return (unsigned)class <= REASON_CLASS_ENGINE ? class_names[class] : "unknown";
}

enum reason reason_from_name(const char *name)
{
    for (int i = 1; i < REASON_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return (enum reason)i;
    return REASON_UNDECIDED;
}
