/* SPDX-License-Identifier: BSD-3-Clause */
/* The sections `conduits` and `pass` of a policy file. */
#include "ctl/policy_draft.h"

#define PORTS_MAX 256 /* ranges of one conduit */
#define PASS_MAX  256
#define UDP       17
#define UNKNOWN   0xffffU

/* Where `name` stands among the zones or domains; UNKNOWN with a complaint. */
static uint16_t find_zone(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node)
{
    const char *name = ctl_yaml_string(draft->complaints, node, "zone", VAL_NAME_MAX - 1);

    if (!name)
        return UNKNOWN;
    for (size_t i = 0; i < draft->spec.num_zones; i++)
        if (draft->zones[i].name && strcmp(draft->zones[i].name, name) == 0)
            return (uint16_t)i;
    ctl_yaml_complain(draft->complaints, node, "unknown zone '%s'; name one of the list 'zones'", name);
    return UNKNOWN;
}

static uint16_t find_domain(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node)
{
    const char *name = ctl_yaml_string(draft->complaints, node, "domain", VAL_NAME_MAX - 1);

    if (!name)
        return UNKNOWN;
    for (size_t i = 0; i < draft->spec.num_domains; i++)
        if (draft->domains[i].name && strcmp(draft->domains[i].name, name) == 0)
            return (uint16_t)i;
    ctl_yaml_complain(draft->complaints, node, "unknown domain '%s'; name one of the list 'domains'", name);
    return UNKNOWN;
}

static void read_end(struct ctl_policy_draft *draft, struct val_end_spec *end, const struct ctl_yaml_node *node,
                     const char *what)
{
    const struct ctl_yaml_node *zone;
    const struct ctl_yaml_node *domain;
    const struct ctl_yaml_node *grade;

    *end = (struct val_end_spec){.zone = UNKNOWN, .domain = VAL_NO_DOMAIN, .grade = VAL_GRADE_4};
    if (!node || !ctl_yaml_mapping(draft->complaints, node, what, "zone domain grade"))
        return;
    zone = ctl_yaml_need(draft->complaints, node, what, "zone");
    if (zone)
        end->zone = find_zone(draft, zone);
    grade = ctl_yaml_get(node, "grade");
    if (grade) {
        int index = ctl_yaml_word(draft->complaints, grade, "grade", "G0 G1 G2 G3 G4");

        end->grade = index < 0 ? VAL_GRADE_0 : (uint8_t)index; /* no second complaint, about the domain */
    }
    domain = ctl_yaml_get(node, "domain");
    if (domain)
        end->domain = find_domain(draft, domain);
    else if (end->grade != VAL_GRADE_0)
        ctl_yaml_complain(draft->complaints, node,
                          "%s asks for grade G%u and names no domain; name one, or say grade: G0", what, end->grade);
}

static bool parse_port(uint16_t *out, const char *text, size_t len)
{
    char digits[8];
    uint32_t port;

    if (len >= sizeof(digits))
        return false;
    memcpy(digits, text, len);
    digits[len] = 0;
    if (strchr(digits, 'x') || !ctl_yaml_parse_number(&port, digits, 65535) || port == 0)
        return false;
    *out = (uint16_t)port;
    return true;
}

static void read_port(struct ctl_policy_draft *draft, struct val_port_range *range, const struct ctl_yaml_node *node)
{
    const char *text = ctl_yaml_string(draft->complaints, node, "a port", 16);
    const char *dash;
    bool good;

    if (!text)
        return;
    dash = strchr(text, '-');
    if (dash)
        good = parse_port(&range->first, text, (size_t)(dash - text)) &&
               parse_port(&range->last, dash + 1, strlen(dash + 1));
    else
        good = parse_port(&range->first, text, strlen(text));
    if (good && !dash)
        range->last = range->first;
    if (!good || range->first > range->last)
        ctl_yaml_complain(draft->complaints, node,
                          "'%s' is no port; write 8883, or 8000-8010 with the lower one first, from 1 to 65535", text);
}

static void read_ports(struct ctl_policy_draft *draft, struct val_conduit_spec *conduit,
                       const struct ctl_yaml_node *node)
{
    struct val_port_range *ports;
    size_t i = 0;

    if (!node)
        return;
    if (node->kind == CTL_YAML_SCALAR && strcmp(node->text, "any") == 0)
        return;
    if (!ctl_yaml_sequence(draft->complaints, node, "ports ('any', or a list)", 1, PORTS_MAX))
        return;
    ports = ctl_draft_take(draft, node->num, sizeof(*ports));
    if (!ports)
        return;
    for (const struct ctl_yaml_node *entry = node->first; entry; entry = entry->next)
        read_port(draft, &ports[i++], entry);
    conduit->ports = ports;
    conduit->num_ports = node->num;
}

static void read_version(struct ctl_policy_draft *draft, struct val_conduit_spec *conduit,
                         const struct ctl_yaml_node *node)
{
    int index;

    conduit->version_min = CTL_POLICY_DEFAULT_VERSION;
    if (!node)
        return;
    index = ctl_yaml_word(draft->complaints, node, "version (the lowest that is allowed)", "1.0 1.1 1.2 1.3");
    if (index >= 0)
        conduit->version_min = (uint16_t)(0x0301 + index);
}

static void read_not_tls(struct ctl_policy_draft *draft, struct val_conduit_spec *conduit,
                         const struct ctl_yaml_node *node)
{
    conduit->not_tls = VAL_ACTION_BLOCK;
    if (node && ctl_yaml_word(draft->complaints, node, "not_tls", "block pass") == 1)
        conduit->not_tls = VAL_ACTION_ACCEPT;
}

static void check_sides(struct ctl_policy_draft *draft, const struct val_conduit_spec *conduit,
                        const struct ctl_yaml_node *node)
{
    if (conduit->from.zone == UNKNOWN || conduit->to.zone == UNKNOWN)
        return;
    if (draft->zones[conduit->from.zone].side == draft->zones[conduit->to.zone].side)
        ctl_yaml_complain(
            draft->complaints, node,
            "both ends are on the same side of the box, so nothing of it would pass through; join inside and outside");
}

static void read_conduit_name(struct ctl_policy_draft *draft, size_t index, const struct ctl_yaml_node *node)
{
    const char *name = node ? ctl_draft_name(draft, node, "a conduit's name") : NULL;

    draft->conduits[index].name = name;
    for (size_t i = 0; name && i < index; i++)
        if (draft->conduits[i].name && strcmp(draft->conduits[i].name, name) == 0)
            ctl_yaml_complain(draft->complaints, node, "a second conduit '%s'; the first stands in line %u", name,
                              draft->conduit_node[i]->line);
}

static void read_conduit(struct ctl_policy_draft *draft, size_t index, const struct ctl_yaml_node *node)
{
    struct val_conduit_spec *conduit = &draft->conduits[index];

    if (!ctl_yaml_mapping(draft->complaints, node, "a conduit", "name from to ports names version not_tls"))
        return;
    read_conduit_name(draft, index, ctl_yaml_need(draft->complaints, node, "the conduit", "name"));
    read_end(draft, &conduit->from, ctl_yaml_need(draft->complaints, node, "the conduit", "from"), "from");
    read_end(draft, &conduit->to, ctl_yaml_need(draft->complaints, node, "the conduit", "to"), "to");
    check_sides(draft, conduit, node);
    read_ports(draft, conduit, ctl_yaml_need(draft->complaints, node, "the conduit", "ports"));
    ctl_draft_dns_names(draft, &conduit->names, &conduit->num_names, ctl_yaml_get(node, "names"), true);
    read_version(draft, conduit, ctl_yaml_get(node, "version"));
    read_not_tls(draft, conduit, ctl_yaml_get(node, "not_tls"));
}

void ctl_draft_conduits(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node)
{
    size_t i = 0;

    if (!node || !ctl_yaml_sequence(draft->complaints, node, "conduits", 0, VAL_CONDUITS_MAX))
        return;
    draft->conduits = ctl_draft_take(draft, node->num, sizeof(*draft->conduits));
    draft->conduit_node = (const struct ctl_yaml_node **)ctl_draft_take(draft, node->num, sizeof(*draft->conduit_node));
    if (!draft->conduits || !draft->conduit_node)
        return;
    for (const struct ctl_yaml_node *entry = node->first; entry; entry = entry->next) {
        draft->conduit_node[i] = entry;
        read_conduit(draft, i++, entry);
    }
    draft->spec.conduits = draft->conduits;
    draft->spec.num_conduits = node->num;
}

/* IP and VLAN frames are judged by what is in them; a whole Ethernet type of them would open the gate. */
static bool opens_the_gate(uint32_t ethertype)
{
    static const uint16_t judged[] = {0x0800, 0x86dd, 0x8100, 0x88a8, 0x9100};

    for (size_t i = 0; i < sizeof(judged) / sizeof(judged[0]); i++)
        if (ethertype == judged[i])
            return true;
    return false;
}

static void read_pass_ethertype(struct ctl_policy_draft *draft, struct val_pass_spec *pass,
                                const struct ctl_yaml_node *node)
{
    uint32_t value;

    if (!ctl_yaml_number(draft->complaints, &value, node, "ethertype", 0x0600, 0xffff))
        return;
    if (opens_the_gate(value))
        ctl_yaml_complain(draft->complaints, node, "ethertype 0x%04x is IP or a VLAN tag; name the protocol instead",
                          value);
    pass->ethertype = (uint16_t)value;
}

static void read_pass_protocol(struct ctl_policy_draft *draft, struct val_pass_spec *pass,
                               const struct ctl_yaml_node *protocol, const struct ctl_yaml_node *port)
{
    static const char words[] = "icmp igmp udp gre esp ah icmpv6 ospf vrrp sctp";
    static const uint8_t numbers[] = {1, 2, UDP, 47, 50, 51, 58, 89, 112, 132};
    uint32_t value = 0;

    if (protocol->kind != CTL_YAML_SCALAR || !ctl_yaml_parse_number(&value, protocol->text, 255)) {
        int index = ctl_yaml_word(draft->complaints, protocol, "protocol (a number, or a name)", words);

        if (index < 0)
            return;
        value = numbers[index];
    }
    if (value == 0 || value == 6 || value == 4 || value == 41)
        ctl_yaml_complain(draft->complaints, protocol,
                          "protocol %u cannot be passed unseen: TCP goes by conduits, IP in IP may hide it", value);
    pass->protocol = (uint8_t)value;
    if (!port)
        return;
    if (value != UDP)
        ctl_yaml_complain(draft->complaints, port, "only udp has ports here");
    if (ctl_yaml_number(draft->complaints, &value, port, "port", 1, 65535))
        pass->port = (uint16_t)value;
}

static void read_pass_entry(struct ctl_policy_draft *draft, struct val_pass_spec *pass,
                            const struct ctl_yaml_node *node)
{
    const struct ctl_yaml_node *ethertype;
    const struct ctl_yaml_node *protocol;

    if (!ctl_yaml_mapping(draft->complaints, node, "an entry of 'pass'", "ethertype protocol port"))
        return;
    ethertype = ctl_yaml_get(node, "ethertype");
    protocol = ctl_yaml_get(node, "protocol");
    if (!ethertype == !protocol)
        ctl_yaml_complain(draft->complaints, node, "an entry of 'pass' names either an ethertype or a protocol");
    else if (ethertype && ctl_yaml_get(node, "port"))
        ctl_yaml_complain(draft->complaints, node, "only 'protocol: udp' has ports");
    else if (ethertype)
        read_pass_ethertype(draft, pass, ethertype);
    else
        read_pass_protocol(draft, pass, protocol, ctl_yaml_get(node, "port"));
}

void ctl_draft_pass(struct ctl_policy_draft *draft, const struct ctl_yaml_node *node)
{
    struct val_pass_spec *pass;
    size_t i = 0;

    if (!node || !ctl_yaml_sequence(draft->complaints, node, "pass", 0, PASS_MAX))
        return;
    pass = ctl_draft_take(draft, node->num, sizeof(*pass));
    if (!pass)
        return;
    for (const struct ctl_yaml_node *entry = node->first; entry; entry = entry->next)
        read_pass_entry(draft, &pass[i++], entry);
    draft->spec.pass = pass;
    draft->spec.num_pass = node->num;
}
