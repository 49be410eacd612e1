/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/tls_extensions.h"

#include "dataplane/tls_hello.h"

bool dp_tls_extension_next(struct bytes *list, uint16_t *type, struct bytes *data)
{
    struct bytes copy = *list;

    if (!bytes_u16(&copy, type) || !bytes_vector(&copy, 2, data))
        return false;
    *list = copy;
    return true;
}

bool dp_tls_extension_find(struct bytes list, uint16_t type, struct bytes *data)
{
    uint16_t found;

    while (dp_tls_extension_next(&list, &found, data))
        if (found == type)
            return true;
    return false;
}

bool dp_tls_extensions_sound(struct bytes list)
{
    uint16_t seen[DP_TLS_EXTENSIONS_MAX];
    size_t num = 0;
    struct bytes data;

    while (!bytes_done(&list)) {
        if (num == DP_TLS_EXTENSIONS_MAX || !dp_tls_extension_next(&list, &seen[num], &data))
            return false;
        for (size_t i = 0; i < num; i++)
            if (seen[i] == seen[num])
                return false;
        num++;
    }
    return true;
}

bool dp_tls_items(struct bytes data, size_t width, struct bytes *items)
{
    return bytes_vector(&data, width, items) && bytes_done(&data) && items->left != 0 && items->left % 2 == 0;
}

bool dp_tls_items_have(struct bytes items, uint16_t item)
{
    uint16_t found;

    while (bytes_u16(&items, &found))
        if (found == item)
            return true;
    return false;
}

bool dp_tls_names_sound(struct bytes list)
{
    struct bytes name;

    if (bytes_done(&list))
        return false;
    while (!bytes_done(&list))
        if (!bytes_vector(&list, 1, &name) || name.left == 0)
            return false;
    return true;
}

/* RFC 6066 3: a list that in practice has one host_name. Two names, or a type that nobody defined, could be read in two ways
 * by two servers, so they are refused. */
static bool server_name(struct val_case *c, struct bytes data, bool strict)
{
    struct bytes list;
    struct bytes name;
    uint8_t type;

    if (c->tls.sni.len != 0) { /* a second extension of this type: none of the names counts */
        c->tls.sni = (struct case_span){0};
        return false;
    }
    if (bytes_done(&data))
        return !strict;
    if (!bytes_vector(&data, 2, &list) || !bytes_done(&data))
        return false;
    if (!bytes_u8(&list, &type) || type != 0 || !bytes_vector(&list, 2, &name) || name.left == 0 || !bytes_done(&list))
        return false;
    c->tls.sni = dp_tls_span(c, name);
    return true;
}

static bool items_into(const struct val_case *c, struct bytes data, size_t width, struct case_span *out)
{
    struct bytes items;

    if (!dp_tls_items(data, width, &items))
        return false;
    *out = dp_tls_span(c, items);
    return true;
}

static bool protocols(struct val_case *c, struct bytes data)
{
    struct bytes list;

    if (!bytes_vector(&data, 2, &list) || !bytes_done(&data) || !dp_tls_names_sound(list))
        return false;
    c->tls.alpn = dp_tls_span(c, list);
    return true;
}

bool dp_tls_extension_client(struct val_case *c, uint16_t type, struct bytes data, bool strict)
{
    switch (type) {
    case DP_TLS_EXT_SERVER_NAME:
        return server_name(c, data, strict);
    case DP_TLS_EXT_GROUPS:
        return items_into(c, data, 2, &c->tls.groups);
    case DP_TLS_EXT_SCHEMES:
        return items_into(c, data, 2, &c->tls.schemes);
    case DP_TLS_EXT_VERSIONS:
        return items_into(c, data, 1, &c->tls.versions);
    case DP_TLS_EXT_ALPN:
        return protocols(c, data);
    case DP_TLS_EXT_TICKET:
        c->tls.ticket = dp_tls_span(c, data);
        return true;
    case DP_TLS_EXT_ECH:
        c->tls.ech = 1;
        return true;
    case DP_TLS_EXT_RENEGOTIATION:
        /* RFC 5746 3.6: empty in a first handshake; anything else is a renegotiation moved into another connection. */
        return !strict || (data.left == 1 && data.at[0] == 0);
    default:
        return true;
    }
}
