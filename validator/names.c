/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/names.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 63

enum name_kind { NAME_HOST = 'D', NAME_ADDRESS = 'I' };

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

static bool is_ldh(uint8_t byte)
{
    return is_digit(byte) || byte == '-' || (byte >= 'a' && byte <= 'z');
}

/* Reads one label in lower case up to the next dot; false when it is none. */
static bool label_take(struct bytes *in, char *out, size_t *len, bool *number)
{
    uint8_t byte;

    *len = 0;
    *number = true;
    while (!bytes_done(in) && in->at[0] != '.') {
        if (!bytes_u8(in, &byte) || !is_ldh(lower(byte)) || *len == LABEL_MAX)
            return false;
        *number = *number && is_digit(byte);
        out[(*len)++] = (char)lower(byte);
    }
    return *len != 0 && out[0] != '-' && out[*len - 1] != '-';
}

static bool host_read(char out[VAL_HOST_MAX], struct bytes in, size_t labels_min)
{
    size_t labels = 0;
    size_t at = 0;
    size_t len;
    bool number = false;

    if (in.left == 0 || in.left >= VAL_HOST_MAX)
        return false;
    for (;;) {
        if (!label_take(&in, out + at, &len, &number))
            return false;
        at += len;
        labels++;
        if (bytes_done(&in))
            break;
        if (!bytes_skip(&in, 1) || bytes_done(&in))
            return false; /* a final dot is not part of a host_name (RFC 6066 3) */
        out[at++] = '.';
    }
    out[at] = '\0';
    return labels >= labels_min && !number;
}

bool val_host_normal(char out[VAL_HOST_MAX], struct bytes in)
{
    return host_read(out, in, 1);
}

bool val_host_pattern(char out[VAL_HOST_MAX], struct bytes in)
{
    char rest[VAL_HOST_MAX];
    struct bytes copy = in;

    if (in.left < 2 || in.at[0] != '*' || in.at[1] != '.')
        return host_read(out, in, 1);
    if (in.left >= VAL_HOST_MAX || !bytes_skip(&copy, 2) || !host_read(rest, copy, 2))
        return false;
    out[0] = '*';
    out[1] = '.';
    memcpy(out + 2, rest, copy.left + 1);
    return true;
}

bool val_host_matches(const char *pattern, const char *host)
{
    const char *rest;

    if (pattern[0] != '*')
        return strcmp(pattern, host) == 0;
    rest = strchr(host, '.');
    return rest != NULL && strcmp(pattern + 1, rest) == 0;
}

bool val_host_below(const char *name, const char *parent)
{
    size_t name_len = strlen(name);
    size_t parent_len = strlen(parent);

    if (name_len < parent_len || strcmp(name + (name_len - parent_len), parent) != 0)
        return false;
    return name_len == parent_len || name[name_len - parent_len - 1] == '.';
}

struct val_names *val_names_new(uint32_t capacity)
{
    struct val_names *names = calloc(1, sizeof(*names) + capacity);

    if (names != NULL)
        names->capacity = capacity;
    return names;
}

static bool names_add(struct val_names *names, enum name_kind kind, const void *data, size_t len)
{
    if (names->num == VAL_NAMES_MAX || names->capacity - names->len < len + 2)
        return false;
    names->bytes[names->len] = (uint8_t)kind;
    names->bytes[names->len + 1] = (uint8_t)len;
    memcpy(names->bytes + names->len + 2, data, len);
    names->len += (uint32_t)len + 2;
    names->num++;
    return true;
}

bool val_names_add_host(struct val_names *names, struct bytes name)
{
    char host[VAL_HOST_MAX];

    if (val_host_pattern(host, name))
        return names_add(names, NAME_HOST, host, strlen(host));
    names->uncomparable = 1;
    return true;
}

bool val_names_add_address(struct val_names *names, struct bytes address)
{
    return (address.left == 4 || address.left == 16) && names_add(names, NAME_ADDRESS, address.at, address.left);
}

/* The next name of the block; hosts come out NUL-terminated in `host`, addresses as a view. */
static bool names_next(struct bytes *in, char host[VAL_HOST_MAX], struct bytes *address)
{
    uint8_t kind;
    struct bytes value;

    if (!bytes_u8(in, &kind) || !bytes_vector(in, 1, &value) || value.left >= VAL_HOST_MAX)
        return false;
    host[0] = '\0';
    *address = bytes_of(NULL, 0);
    if (kind == NAME_ADDRESS) {
        *address = value;
    } else {
        memcpy(host, value.at, value.left);
        host[value.left] = '\0';
    }
    return true;
}

/* Walks over the DNS names of a block. */
static bool hosts_next(struct bytes *in, char host[VAL_HOST_MAX])
{
    struct bytes address;

    while (names_next(in, host, &address))
        if (host[0] != '\0')
            return true;
    return false;
}

bool val_names_bear_host(const struct val_names *names, const char *host)
{
    struct bytes in = bytes_of(names->bytes, names->len);
    char name[VAL_HOST_MAX];

    while (hosts_next(&in, name))
        if (val_host_matches(name, host))
            return true;
    return false;
}

bool val_names_bear_address(const struct val_names *names, struct bytes address)
{
    struct bytes in = bytes_of(names->bytes, names->len);
    char host[VAL_HOST_MAX];
    struct bytes candidate;

    while (names_next(&in, host, &candidate))
        if (candidate.left != 0 && bytes_equal(candidate, address))
            return true;
    return false;
}

bool val_names_bear_pattern(const struct val_names *names, const char *pattern)
{
    struct bytes in = bytes_of(names->bytes, names->len);
    char name[VAL_HOST_MAX];

    if (pattern[0] != '*')
        return val_names_bear_host(names, pattern);
    while (hosts_next(&in, name))
        if (strcmp(name, pattern) == 0 || (name[0] != '*' && val_host_matches(pattern, name)))
            return true;
    return false;
}

bool val_names_bear_below(const struct val_names *names, const char *parent)
{
    struct bytes in = bytes_of(names->bytes, names->len);
    char name[VAL_HOST_MAX];

    while (hosts_next(&in, name))
        if (val_host_below(name, parent))
            return true;
    return false;
}

bool val_names_within(const struct val_names *names, const char *const parents[], size_t num)
{
    struct bytes in = bytes_of(names->bytes, names->len);
    char name[VAL_HOST_MAX];

    if (names->uncomparable)
        return false;
    while (hosts_next(&in, name)) {
        bool within = false;

        for (size_t i = 0; i < num && !within; i++)
            within = val_host_below(name, parents[i]);
        if (!within)
            return false;
    }
    return true;
}

bool val_names_touch(const struct val_names *names, const struct val_names *subtrees)
{
    struct bytes in = bytes_of(subtrees->bytes, subtrees->len);
    char subtree[VAL_HOST_MAX];
    char name[VAL_HOST_MAX];

    while (hosts_next(&in, subtree)) {
        struct bytes candidates = bytes_of(names->bytes, names->len);

        while (hosts_next(&candidates, name))
            if (val_host_below(name, subtree) || (name[0] == '*' && val_host_matches(name, subtree)))
                return true;
    }
    return false;
}
