/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/sides.h"

#define ETHERTYPE_IPV4   0x0800
#define ETHERTYPE_IPV6   0x86dd
#define IPV6_HEADERS_MAX 8

/* One end of a packet; ports are 0 where there are none to be found. */
struct end {
    uint8_t address[16];
    uint16_t port;
};

struct ends {
    uint8_t family;
    struct end from;
    struct end to;
};

static bool is_vlan(uint16_t ethertype)
{
    return ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100;
}

static bool take_address(struct bytes *in, uint8_t *out, size_t len)
{
    struct bytes address;

    memset(out, 0, 16);
    if (!bytes_take(in, len, &address))
        return false;
    memcpy(out, address.at, len);
    return true;
}

static void take_ports(struct bytes in, uint8_t protocol, struct ends *out)
{
    if (protocol != 6 && protocol != 17)
        return;
    if (!bytes_u16(&in, &out->from.port) || !bytes_u16(&in, &out->to.port))
        out->from.port = 0;
}

static bool read_ipv4(struct bytes in, struct ends *out)
{
    uint8_t version_len;
    uint8_t protocol;
    uint16_t fragment;

    out->family = 4;
    if (!bytes_u8(&in, &version_len) || !bytes_skip(&in, 5) || !bytes_u16(&in, &fragment) || !bytes_skip(&in, 1) ||
        !bytes_u8(&in, &protocol) || !bytes_skip(&in, 2) || !take_address(&in, out->from.address, 4) ||
        !take_address(&in, out->to.address, 4))
        return false;
    if ((version_len & 0x0f) < 5)
        return false;
    if ((fragment & 0x1fff) == 0 && bytes_skip(&in, (size_t)((version_len & 0x0f) - 5) * 4))
        take_ports(in, protocol, out);
    return true;
}

static bool read_ipv6(struct bytes in, struct ends *out)
{
    uint8_t next;
    uint8_t len;

    out->family = 6;
    if (!bytes_skip(&in, 6) || !bytes_u8(&in, &next) || !bytes_skip(&in, 1) ||
        !take_address(&in, out->from.address, 16) || !take_address(&in, out->to.address, 16))
        return false;
    /* RFC 8200 4.1: hop-by-hop, routing and destination options say their own length. */
    for (int i = 0; i < IPV6_HEADERS_MAX && (next == 0 || next == 43 || next == 60); i++)
        if (!bytes_u8(&in, &next) || !bytes_u8(&in, &len) || !bytes_skip(&in, 6 + (size_t)len * 8))
            return true;
    take_ports(in, next, out);
    return true;
}

static bool read_ends(struct bytes frame, struct ends *out)
{
    uint16_t ethertype;

    memset(out, 0, sizeof(*out));
    if (!bytes_skip(&frame, 12) || !bytes_u16(&frame, &ethertype))
        return false;
    for (int i = 0; i < CASE_VLANS_MAX && is_vlan(ethertype); i++)
        if (!bytes_skip(&frame, 2) || !bytes_u16(&frame, &ethertype))
            return false;
    if (ethertype == ETHERTYPE_IPV4)
        return read_ipv4(frame, out);
    return ethertype == ETHERTYPE_IPV6 && read_ipv6(frame, out);
}

/* fit: how well it fits that `inside` stands inside and `outside` outside: the bits of both prefixes, -1: not at all. */
static int fit(const struct val_policy *policy, uint8_t family, const struct end *inside, const struct end *outside)
{
    int in = val_policy_prefix(policy, VAL_SIDE_INSIDE, family, inside->address);
    int out = val_policy_prefix(policy, VAL_SIDE_OUTSIDE, family, outside->address);

    return (in < 0 ? -256 : in) + (out < 0 ? -256 : out);
}

uint8_t ctl_sides_sender(const struct val_policy *policy, struct bytes frame)
{
    struct ends ends;
    int inside;
    int outside;

    if (!read_ends(frame, &ends))
        return VAL_SIDE_INSIDE;
    inside = fit(policy, ends.family, &ends.from, &ends.to);
    outside = fit(policy, ends.family, &ends.to, &ends.from);
    if (inside != outside)
        return inside > outside ? VAL_SIDE_INSIDE : VAL_SIDE_OUTSIDE;
    if (ends.from.port != ends.to.port)
        return ends.from.port < ends.to.port ? VAL_SIDE_INSIDE : VAL_SIDE_OUTSIDE;
    return memcmp(ends.from.address, ends.to.address, 16) <= 0 ? VAL_SIDE_INSIDE : VAL_SIDE_OUTSIDE;
}
