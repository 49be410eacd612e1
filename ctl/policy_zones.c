/* SPDX-License-Identifier: BSD-3-Clause */
/* The section `zones` of a policy file. */
#include "ctl/policy_draft.h"

#include <arpa/inet.h>

#define NETWORKS_MAX     4096 /* of one zone */
#define NETWORK_TEXT_MAX 64

static bool host_bits(const struct val_network *network, size_t address_len)
{
    for (size_t bit = network->prefix; bit < address_len * 8; bit++)
        if (network->address[bit / 8] & (0x80U >> (bit % 8)))
            return true;
    return false;
}

/* ::ffff:0:0/96 and its parts stand for IPv4 addresses, which never appear so on the wire. */
static bool is_mapped_ipv4(const struct val_network *network)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    return network->family == 6 && network->prefix >= 96 && memcmp(network->address, mapped, sizeof(mapped)) == 0;
}

static void read_network(struct ctl_policy_draft *draft, struct val_network *out, const struct ctl_yaml_node *node)
{
    const char *text = ctl_yaml_string(draft->complaints, node, "a network", NETWORK_TEXT_MAX);
    char address[NETWORK_TEXT_MAX + 1];
    size_t address_len;
    uint32_t prefix;
    const char *slash;

    if (!text)
        return;
    slash = strchr(text, '/');
    address_len = slash ? (size_t)(slash - text) : strlen(text);
    memcpy(address, text, address_len);
    address[address_len] = 0;
    out->family = strchr(address, ':') ? 6 : 4;
    address_len = out->family == 6 ? 16 : 4;
    if (inet_pton(out->family == 6 ? AF_INET6 : AF_INET, address, out->address) != 1) {
        ctl_yaml_complain(draft->complaints, node, "'%s' is no network; write it as 10.0.0.0/8 or \"2001:db8::/32\"",
                          text);
        return;
    }
    prefix = (uint32_t)address_len * 8;
    if (slash && !ctl_yaml_parse_number(&prefix, slash + 1, (uint32_t)address_len * 8)) {
        ctl_yaml_complain(draft->complaints, node, "'%s': the prefix length must be from 0 to %zu", text,
                          address_len * 8);
        return;
    }
    out->prefix = (uint8_t)prefix;
    if (host_bits(out, address_len))
        ctl_yaml_complain(draft->complaints, node,
                          "'%s' has bits set behind its prefix; mend the address or the prefix", text);
    if (is_mapped_ipv4(out))
        ctl_yaml_complain(draft->complaints, node, "'%s' is IPv4 written as IPv6; write it as IPv4", text);
}

static void read_networks(struct ctl_policy_draft *draft, struct val_zone_spec *zone, const struct ctl_yaml_node *node)
{
    struct val_network *networks;
    size_t i = 0;

    if (!node || !ctl_yaml_sequence(draft->complaints, node, "networks", 1, NETWORKS_MAX))
        return;
    networks = ctl_draft_take(draft, node->num, sizeof(*networks));
    if (!networks)
        return;
    for (const struct ctl_yaml_node *entry = node->first; entry; entry = entry->next)
        read_network(draft, &networks[i++], entry);
    zone->networks = networks;
    zone->num_networks = node->num;
}

static void read_zone(struct ctl_policy_draft *draft, size_t index, const struct ctl_yaml_node *node)
{
    struct val_zone_spec *zone = &draft->zones[index];
    const struct ctl_yaml_node *name;
    const struct ctl_yaml_node *side;

    if (!ctl_yaml_mapping(draft->complaints, node, "a zone", "name side networks"))
        return;
    name = ctl_yaml_need(draft->complaints, node, "the zone", "name");
    zone->name = name ? ctl_draft_name(draft, name, "a zone's name") : NULL;
    for (size_t i = 0; zone->name && i < index; i++)
        if (draft->zones[i].name && strcmp(draft->zones[i].name, zone->name) == 0)
            ctl_yaml_complain(draft->complaints, name, "a second zone '%s'; the first stands in line %u", zone->name,
                              draft->zone_node[i]->line);
    side = ctl_yaml_need(draft->complaints, node, "the zone", "side");
    if (side && ctl_yaml_word(draft->complaints, side, "side", "inside outside") == 1)
        zone->side = VAL_SIDE_OUTSIDE;
    read_networks(draft, zone, ctl_yaml_need(draft->complaints, node, "the zone", "networks"));
}

void ctl_draft_zones(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node)
{
    size_t i = 0;

    if (!node || !ctl_yaml_sequence(draft->complaints, node, "zones", 1, VAL_ZONES_MAX))
        return;
    draft->zones = ctl_draft_take(draft, node->num, sizeof(*draft->zones));
    draft->zone_node = (const struct ctl_yaml_node **)ctl_draft_take(draft, node->num, sizeof(*draft->zone_node));
    if (!draft->zones || !draft->zone_node)
        return;
    for (const struct ctl_yaml_node *entry = node->first; entry; entry = entry->next) {
        draft->zone_node[i] = entry;
        read_zone(draft, i++, entry);
    }
    draft->spec.zones = draft->zones;
    draft->spec.num_zones = node->num;
}
