/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * zones: to which zone an address belongs, by the longest prefix that holds it.
 *
 * Networks either hold one another or do not touch, so the prefixes of one side and family cut the address space into at
 * most 2n + 1 intervals, each with one owner. They are laid out once as a sorted array; a look-up is a binary search.
 *
 * Order of calls: val_zones_new() once with all prefixes of one side, val_zones_find() as often as wanted, val_zones_free().
 * Threads: nothing changes after val_zones_new(); any number of readers. Ownership: the input is copied.
 * It knows neither sides nor names of zones: `zone` is a number that it hands back.
 */
#ifndef CELLGATE_VALIDATOR_ZONES_H
#define CELLGATE_VALIDATOR_ZONES_H

#include <stddef.h>
#include <stdint.h>

#define VAL_NO_ZONE      0xffffU
#define VAL_NETWORKS_MAX 65536 /* of one side */

struct val_zone_prefix {
    uint8_t family;      /* 4 or 6 */
    uint8_t prefix;      /* bits */
    uint16_t zone;       /* not VAL_NO_ZONE */
    uint8_t address[16]; /* IPv4 in the first 4 bytes; bits after the prefix are 0 */
};

struct val_zones;

/* val_zones_new: NULL without memory, with more than VAL_NETWORKS_MAX prefixes, and where the same prefix stands twice:
 * `*twice` is then the zone of the second one, else VAL_NO_ZONE. Prefixes are well-formed (val_policy_new() sees to it). */
struct val_zones *val_zones_new(const struct val_zone_prefix prefixes[], size_t num, uint16_t *twice);
void val_zones_free(struct val_zones *zones);

/* val_zones_find: the zone that holds the address, VAL_NO_ZONE if none does. `*prefix` (unless NULL) is the length of the
 * network that decided, -1 if none. At most 18 steps. */
uint16_t val_zones_find(const struct val_zones *zones, uint8_t family, const uint8_t address[16], int *prefix);

#endif
