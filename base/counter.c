/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/counter.h"

static const char *const names[COUNTER_COUNT] = {
#define X(symbol, name, text) [COUNTER_##symbol] = name,
    COUNTER_LIST(X)
#undef X
};

static const char *const texts[COUNTER_COUNT] = {
#define X(symbol, name, text) [COUNTER_##symbol] = text,
    COUNTER_LIST(X)
#undef X
};

const char *counter_name(enum counter counter)
{
    return (unsigned)counter < COUNTER_COUNT ? names[counter] : "unknown";
}

const char *counter_text(enum counter counter)
{
    return (unsigned)counter < COUNTER_COUNT ? texts[counter] : "unknown";
}
