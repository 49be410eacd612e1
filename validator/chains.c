/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/chains.h"

#include <stdlib.h>
#include <string.h>

/* What OpenSSL allocates for the largest key that we take, RSA of 8192 bits with its Montgomery context (a P-256 key takes
 * a third of it). */
#define KEY_MEMORY_MAX 8192

struct place {
    uint8_t key[VAL_SHA256_LEN];
    int64_t not_before_s;
    int64_t not_after_s;
    uint64_t turn; /* when it was last asked for; 0: the place is empty */
    struct val_names *names;
    struct val_key *public_key;
};

struct val_chains {
    struct place *place;
    size_t num_sets;
    uint64_t turn;
};

static size_t sets_for(size_t max)
{
    return max / VAL_CHAINS_WAYS + (max % VAL_CHAINS_WAYS != 0 || max == 0);
}

struct val_chains *val_chains_new(size_t max)
{
    struct val_chains *chains = calloc(1, sizeof(*chains));

    if (chains == NULL)
        return NULL;
    chains->num_sets = sets_for(max);
    chains->turn = 1;
    chains->place = calloc(chains->num_sets, VAL_CHAINS_WAYS * sizeof(*chains->place));
    if (chains->place != NULL)
        return chains;
    free(chains);
    return NULL;
}

static void place_clear(struct place *place)
{
    free(place->names);
    val_key_free(place->public_key);
    memset(place, 0, sizeof(*place));
}

void val_chains_free(struct val_chains *chains)
{
    if (chains == NULL)
        return;
    for (size_t i = 0; i < chains->num_sets * VAL_CHAINS_WAYS; i++)
        place_clear(&chains->place[i]);
    free(chains->place);
    free(chains);
}

void val_chains_turn(struct val_chains *chains)
{
    chains->turn++;
}

static struct place *set_of(struct val_chains *chains, const uint8_t key[VAL_SHA256_LEN])
{
    uint64_t index;

    memcpy(&index, key, sizeof(index));
    return &chains->place[(index % chains->num_sets) * VAL_CHAINS_WAYS];
}

static struct place *place_of(struct place *set, const uint8_t key[VAL_SHA256_LEN])
{
    for (size_t i = 0; i < VAL_CHAINS_WAYS; i++)
        if (set[i].turn != 0 && memcmp(set[i].key, key, VAL_SHA256_LEN) == 0)
            return &set[i];
    return NULL;
}

bool val_chains_find(struct val_chains *chains, struct val_chain *out, const uint8_t key[VAL_SHA256_LEN],
                     int64_t time_s)
{
    struct place *place = place_of(set_of(chains, key), key);

    if (place == NULL || time_s < place->not_before_s || time_s > place->not_after_s)
        return false;
    place->turn = chains->turn;
    *out = (struct val_chain){.names = place->names, .key = place->public_key};
    return true;
}

/* The place of the same key, else an empty one, else the one not asked for the longest; NULL when all are of this burst. */
static struct place *place_for(struct val_chains *chains, const uint8_t key[VAL_SHA256_LEN])
{
    struct place *set = set_of(chains, key);
    struct place *oldest = place_of(set, key);

    if (oldest == NULL) {
        oldest = &set[0];
        for (size_t i = 1; i < VAL_CHAINS_WAYS; i++)
            if (set[i].turn < oldest->turn)
                oldest = &set[i];
    }
    return oldest->turn == chains->turn ? NULL : oldest;
}

void val_chains_keep(struct val_chains *chains, const uint8_t key[VAL_SHA256_LEN], const struct val_certificate *leaf,
                     int64_t not_before_s, int64_t not_after_s)
{
    struct place *place = place_for(chains, key);
    uint64_t reasons = 0;

    if (place == NULL || leaf->names->len > VAL_CHAINS_NAMES_MAX)
        return;
    place_clear(place);
    place->public_key = val_key_from_x509(leaf->x509, &reasons);
    place->names = malloc(sizeof(*place->names) + leaf->names->len);
    if (place->public_key == NULL || place->names == NULL) {
        place_clear(place);
        return;
    }
    memcpy(place->names, leaf->names, sizeof(*place->names) + leaf->names->len);
    place->names->capacity = leaf->names->len;
    memcpy(place->key, key, sizeof(place->key));
    place->not_before_s = not_before_s;
    place->not_after_s = not_after_s;
    place->turn = chains->turn;
}

size_t val_chains_memory(size_t max)
{
    return sizeof(struct val_chains) +
           sets_for(max) * VAL_CHAINS_WAYS *
               (sizeof(struct place) + sizeof(struct val_names) + VAL_CHAINS_NAMES_MAX + KEY_MEMORY_MAX);
}
