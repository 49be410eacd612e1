/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The array of one family, for 10/8 = A, 10.4/16 = B:
 *
 *     0.0.0.0 none | 10.0.0.0 A | 10.4.0.0 B | 10.5.0.0 A | 11.0.0.0 none
 *
 * It is made in one sweep over the prefixes sorted by start (shorter first): a stack holds the networks that are open.
 */
#include "validator/zones.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESS_LEN 16
#define STACK_MAX   129 /* networks that hold one another: prefixes 0 to 128 */

struct interval {
    uint8_t start[ADDRESS_LEN];
    uint16_t zone;
    int16_t prefix; /* -1: no network */
};

struct table {
    struct interval *interval;
    size_t num;
};

struct val_zones {
    struct table v4;
    struct table v6;
};

/* Where the address space goes on behind a network; false behind its end. */
static bool address_after(uint8_t out[ADDRESS_LEN], const struct val_zone_prefix *network)
{
    unsigned carry = 1;

    memcpy(out, network->address, ADDRESS_LEN);
    for (int bit = network->prefix - 1; bit >= 0 && carry; bit--) {
        uint8_t mask = (uint8_t)(0x80U >> (bit % 8));

        carry = (out[bit / 8] & mask) ? 1 : 0;
        out[bit / 8] = (uint8_t)(out[bit / 8] ^ mask);
    }
    return carry == 0;
}

static bool network_holds(const struct val_zone_prefix *network, const uint8_t address[ADDRESS_LEN])
{
    size_t whole = network->prefix / 8;
    unsigned rest = network->prefix % 8U;

    if (memcmp(network->address, address, whole) != 0)
        return false;
    return rest == 0 || ((network->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

static int compare_prefixes(const void *a, const void *b)
{
    const struct val_zone_prefix *left = *(const struct val_zone_prefix *const *)a;
    const struct val_zone_prefix *right = *(const struct val_zone_prefix *const *)b;
    int order = memcmp(left->address, right->address, ADDRESS_LEN);

    if (order != 0)
        return order;
    if (left->prefix != right->prefix)
        return left->prefix - right->prefix;
    return left < right ? -1 : left > right;
}

/* Appends an interval, or overwrites the last one where that starts at the same address (it is empty then). */
static void interval_put(struct table *table, const uint8_t start[ADDRESS_LEN], const struct val_zone_prefix *owner)
{
    struct interval *last = table->num == 0 ? NULL : &table->interval[table->num - 1];

    if (last == NULL || memcmp(last->start, start, ADDRESS_LEN) != 0)
        last = &table->interval[table->num++];
    memcpy(last->start, start, ADDRESS_LEN);
    last->zone = owner == NULL ? VAL_NO_ZONE : owner->zone;
    last->prefix = owner == NULL ? -1 : owner->prefix;
}

/* Ends the innermost open network: behind it the one around it goes on. */
static void network_close(struct table *table, const struct val_zone_prefix *const stack[], size_t *depth)
{
    uint8_t after[ADDRESS_LEN];
    const struct val_zone_prefix *closed = stack[--*depth];

    if (address_after(after, closed))
        interval_put(table, after, *depth == 0 ? NULL : stack[*depth - 1]);
}

static void table_sweep(struct table *table, const struct val_zone_prefix *const sorted[], size_t num)
{
    static const uint8_t zero[ADDRESS_LEN];
    const struct val_zone_prefix *stack[STACK_MAX];
    size_t depth = 0;

    interval_put(table, zero, NULL);
    for (size_t i = 0; i < num; i++) {
        while (depth != 0 && !network_holds(stack[depth - 1], sorted[i]->address))
            network_close(table, stack, &depth);
        stack[depth++] = sorted[i];
        interval_put(table, sorted[i]->address, sorted[i]);
    }
    while (depth != 0)
        network_close(table, stack, &depth);
}

static bool table_init(struct table *table, const struct val_zone_prefix prefixes[], size_t num, uint8_t family,
                       uint16_t *twice)
{
    const struct val_zone_prefix **sorted = (const struct val_zone_prefix **)calloc(num + 1, sizeof(*sorted));
    size_t count = 0;

    table->interval = calloc(2 * num + 1, sizeof(*table->interval));
    if (sorted == NULL || table->interval == NULL) {
        free((void *)sorted);
        return false;
    }
    for (size_t i = 0; i < num; i++)
        if (prefixes[i].family == family)
            sorted[count++] = &prefixes[i];
    qsort((void *)sorted, count, sizeof(*sorted), compare_prefixes);
    for (size_t i = 1; i < count && *twice == VAL_NO_ZONE; i++)
        if (sorted[i]->prefix == sorted[i - 1]->prefix &&
            memcmp(sorted[i]->address, sorted[i - 1]->address, ADDRESS_LEN) == 0)
            *twice = sorted[i]->zone;
    if (*twice == VAL_NO_ZONE)
        table_sweep(table, sorted, count);
    free((void *)sorted);
    return *twice == VAL_NO_ZONE;
}

struct val_zones *val_zones_new(const struct val_zone_prefix prefixes[], size_t num, uint16_t *twice)
{
    struct val_zones *zones;

    *twice = VAL_NO_ZONE;
    if (num > VAL_NETWORKS_MAX)
        return NULL;
    zones = calloc(1, sizeof(*zones));
    if (zones == NULL)
        return NULL;
    if (table_init(&zones->v4, prefixes, num, 4, twice) && table_init(&zones->v6, prefixes, num, 6, twice))
        return zones;
    val_zones_free(zones);
    return NULL;
}

void val_zones_free(struct val_zones *zones)
{
    if (zones == NULL)
        return;
    free(zones->v4.interval);
    free(zones->v6.interval);
    free(zones);
}

uint16_t val_zones_find(const struct val_zones *zones, uint8_t family, const uint8_t address[16], int *prefix)
{
    const struct table *table = family == 4 ? &zones->v4 : &zones->v6;
    uint8_t key[ADDRESS_LEN] = {0};
    size_t low = 0;
    size_t high = table->num; /* interval[low].start <= address < interval[high].start */

    memcpy(key, address, family == 4 ? 4 : ADDRESS_LEN);
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(table->interval[middle].start, key, ADDRESS_LEN) <= 0)
            low = middle;
        else
            high = middle;
    }
    if (prefix != NULL)
        *prefix = table->interval[low].prefix;
    return table->interval[low].zone;
}
