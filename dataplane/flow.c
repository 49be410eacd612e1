/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The index is DPDK's cuckoo hash with chained buckets behind it (so that only a full table refuses a flow). It gives each
 * key a position of its own below the number of entries: that position is the entry's place in our array.
 */
#include "dataplane/flow.h"

#include <assert.h>
#include <inttypes.h>
#include <rte_hash.h>
#include <rte_prefetch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_BUCKET_ENTRIES 8 /* rte_hash refuses to be smaller, so positions go up to this at least */

struct dp_flows {
    struct rte_hash *index;
    struct dp_flow *entry;
    uint32_t max;     /* as asked for */
    uint32_t entries; /* in the array */
    uint32_t used;
    uint32_t cursor;
    uint64_t removed;
};

/* rte_hash is always given our hash of a key; this is what it would call otherwise. */
static uint32_t hash_of(const void *key, uint32_t len, uint32_t seed)
{
    return dp_key_hash(key, seed);
}

static struct rte_hash *index_new(const struct dp_flows *flows, uint32_t seed)
{
    char name[RTE_HASH_NAMESIZE];
    struct rte_hash_parameters parameters = {
        .name = name,
        .entries = flows->entries,
        .key_len = sizeof(struct dp_key),
        .hash_func = hash_of,
        .hash_func_init_val = seed,
        .socket_id = SOCKET_ID_ANY,
        .extra_flag = RTE_HASH_EXTRA_FLAGS_EXT_TABLE,
    };

    snprintf(name, sizeof(name), "fl%" PRIxPTR, (uintptr_t)flows);
    return rte_hash_create(&parameters);
}

struct dp_flows *dp_flows_new(uint32_t max, uint32_t seed)
{
    struct dp_flows *flows = calloc(1, sizeof(*flows));

    if (flows == NULL)
        return NULL;
    flows->max = max;
    flows->entries = RTE_MAX(max, (uint32_t)HASH_BUCKET_ENTRIES);
    flows->index = index_new(flows, seed);
    flows->entry = aligned_alloc(64, (size_t)flows->entries * sizeof(struct dp_flow));
    if (max == 0 || flows->index == NULL || flows->entry == NULL) {
        dp_flows_free(flows);
        return NULL;
    }
    memset(flows->entry, 0, (size_t)flows->entries * sizeof(struct dp_flow));
    return flows;
}

void dp_flows_free(struct dp_flows *flows)
{
    if (flows == NULL)
        return;
    rte_hash_free(flows->index);
    free(flows->entry);
    free(flows);
}

size_t dp_flows_memory(uint32_t max)
{
    size_t slots = rte_align64pow2(RTE_MAX((uint64_t)max, (uint64_t)HASH_BUCKET_ENTRIES));
    size_t buckets = 2 * (slots / HASH_BUCKET_ENTRIES) * 64;
    size_t keys = ((size_t)max + 1) * RTE_ALIGN(sizeof(struct dp_key) + sizeof(void *), 16);

    /* the last: rte_hash's rings of free slots and of free chained buckets */
    return RTE_MAX((size_t)max, (size_t)HASH_BUCKET_ENTRIES) * sizeof(struct dp_flow) + buckets + keys + 4 * slots +
           4096;
}

static struct dp_flow *entry_at(struct dp_flows *flows, int32_t position)
{
    if (position < 0)
        return NULL;
    assert((uint32_t)position < flows->entries);
    return &flows->entry[position];
}

void dp_flow_lookup_burst(struct dp_flows *flows, struct dp_flow *out[], const struct dp_key *const keys[],
                          const uint32_t hashes[], uint32_t num)
{
    const void *names[RTE_HASH_LOOKUP_BULK_MAX];
    hash_sig_t signatures[RTE_HASH_LOOKUP_BULK_MAX];
    int32_t positions[RTE_HASH_LOOKUP_BULK_MAX];

    if (num == 0)
        return;
    assert(num <= RTE_HASH_LOOKUP_BULK_MAX);
    for (uint32_t i = 0; i < num; i++) {
        names[i] = keys[i];
        signatures[i] = hashes[i];
    }
    rte_hash_lookup_with_hash_bulk(flows->index, names, signatures, num, positions);
    for (uint32_t i = 0; i < num; i++) {
        out[i] = entry_at(flows, positions[i]);
        if (out[i] != NULL)
            rte_prefetch0(out[i]);
    }
}

struct dp_flow *dp_flow_lookup(struct dp_flows *flows, const struct dp_key *key, uint32_t hash)
{
    return entry_at(flows, rte_hash_lookup_with_hash(flows->index, key, hash));
}

struct dp_flow *dp_flow_insert(struct dp_flows *flows, const struct dp_key *key, uint32_t hash)
{
    struct dp_flow *flow;
    uint32_t generation;
    int32_t position;

    if (flows->used == flows->max)
        return NULL;
    position = rte_hash_add_key_with_hash(flows->index, key, hash);
    if (position < 0)
        return NULL;
    flow = entry_at(flows, position);
    assert(flow->state == 0);
    generation = flow->generation;
    memset(flow, 0, sizeof(*flow));
    flow->key = *key;
    flow->hash = hash;
    flow->generation = generation;
    flows->used++;
    return flow;
}

void dp_flow_remove(struct dp_flows *flows, struct dp_flow *flow)
{
    int32_t position = rte_hash_del_key_with_hash(flows->index, &flow->key, flow->hash);

    assert(entry_at(flows, position) == flow);
    flow->state = 0;
    flow->generation++;
    flows->used--;
    flows->removed++;
}

uint64_t dp_flows_removed(const struct dp_flows *flows)
{
    return flows->removed;
}

uint64_t dp_flow_name(const struct dp_flows *flows, const struct dp_flow *flow)
{
    return (uint64_t)flow->generation << 32 | (uint32_t)(flow - flows->entry);
}

struct dp_flow *dp_flow_named(struct dp_flows *flows, uint64_t name)
{
    uint32_t index = (uint32_t)name;
    struct dp_flow *flow;

    if (index >= flows->entries)
        return NULL;
    flow = &flows->entry[index];
    return flow->state != 0 && flow->generation == (uint32_t)(name >> 32) ? flow : NULL;
}

struct dp_flow *dp_flow_next(struct dp_flows *flows)
{
    struct dp_flow *flow = &flows->entry[flows->cursor];

    flows->cursor = flows->cursor + 1 == flows->entries ? 0 : flows->cursor + 1;
    return flow->state == 0 ? NULL : flow;
}

uint32_t dp_flows_used(const struct dp_flows *flows)
{
    return flows->used;
}

uint32_t dp_flows_entries(const struct dp_flows *flows)
{
    return flows->entries;
}
