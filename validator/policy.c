/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/snapshot.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define PROTOCOL_TCP   6
#define PROTOCOL_UDP   17

/* Names the object that is refused, and says why. */
static bool refuse(struct val_policy_error *error, enum val_error_object object, size_t index, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static bool refuse(struct val_policy_error *error, enum val_error_object object, size_t index, const char *format, ...)
{
    va_list args;

    error->object = object;
    error->index = index;
    error->inner = 0;
    va_start(args, format);
    vsnprintf(error->text, sizeof(error->text), format, args);
    va_end(args);
    return false;
}

static bool is_action(uint8_t action)
{
    return action == VAL_ACTION_ACCEPT || action == VAL_ACTION_BLOCK;
}

static bool take_name(char out[VAL_NAME_MAX], const char *name)
{
    size_t len = name == NULL ? 0 : strlen(name);

    if (len == 0 || len >= VAL_NAME_MAX)
        return false;
    memcpy(out, name, len + 1);
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of one kind of object, `offset` bytes into each of `stride` bytes: true when none stands there twice; else
 * `*twice` is one that does. */
static bool names_unique(const void *objects, size_t offset, size_t stride, size_t num, const char **twice)
{
    const char **sorted = (const char **)calloc(num + 1, sizeof(*sorted));
    bool good = sorted != NULL;

    *twice = NULL;
    for (size_t i = 0; good && i < num; i++)
        sorted[i] = *(const char *const *)((const char *)objects + i * stride + offset);
    if (good)
        qsort((void *)sorted, num, sizeof(*sorted), compare_names);
    for (size_t i = 1; good && i < num; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) == 0) {
            *twice = sorted[i];
            good = false;
        }
    }
    free((void *)sorted);
    return good;
}

static bool network_ok(const struct val_network *network)
{
    unsigned bits = network->family == 4 ? 32 : 128;

    if ((network->family != 4 && network->family != 6) || network->prefix > bits)
        return false;
    for (unsigned bit = network->prefix; bit < 128; bit++)
        if (network->address[bit / 8] & (0x80U >> (bit % 8)))
            return false;
    return true;
}

/* Checks all zones and counts the networks of one side. */
static bool zones_check(const struct val_policy_spec *spec, struct val_policy_error *error, uint8_t side, size_t *num)
{
    char name[VAL_NAME_MAX];

    *num = 0;
    for (size_t i = 0; i < spec->num_zones; i++) {
        const struct val_zone_spec *zone = &spec->zones[i];

        if (!take_name(name, zone->name))
            return refuse(error, VAL_ERROR_ZONE, i, "a zone's name has 1 to %d bytes", VAL_NAME_MAX - 1);
        if (zone->side != VAL_SIDE_INSIDE && zone->side != VAL_SIDE_OUTSIDE)
            return refuse(error, VAL_ERROR_ZONE, i, "a zone is inside or outside");
        for (size_t j = 0; j < zone->num_networks; j++)
            if (!network_ok(&zone->networks[j]))
                return refuse(error, VAL_ERROR_ZONE, i,
                              "network %zu is none: family, prefix, or bits behind the prefix", j + 1);
        *num += zone->side == side ? zone->num_networks : 0;
    }
    return true;
}

static bool zones_compile(struct val_policy *policy, const struct val_policy_spec *spec, struct val_policy_error *error,
                          uint8_t side)
{
    struct val_zone_prefix *prefixes;
    uint16_t twice;
    size_t num;
    size_t at = 0;

    if (!zones_check(spec, error, side, &num))
        return false;
    if (num > VAL_NETWORKS_MAX)
        return refuse(error, VAL_ERROR_POLICY, 0, "more than %d networks on one side", VAL_NETWORKS_MAX);
    prefixes = calloc(num + 1, sizeof(*prefixes));
    if (prefixes == NULL)
        return refuse(error, VAL_ERROR_POLICY, 0, "no memory");
    for (size_t i = 0; i < spec->num_zones; i++) {
        const struct val_zone_spec *zone = &spec->zones[i];

        for (size_t j = 0; zone->side == side && j < zone->num_networks; j++, at++) {
            prefixes[at] = (struct val_zone_prefix){
                .family = zone->networks[j].family, .prefix = zone->networks[j].prefix, .zone = (uint16_t)i};
            memcpy(prefixes[at].address, zone->networks[j].address, sizeof(prefixes[at].address));
        }
    }
    policy->zones[side] = val_zones_new(prefixes, num, &twice);
    free(prefixes);
    if (policy->zones[side] == NULL && twice != VAL_NO_ZONE)
        return refuse(error, VAL_ERROR_ZONE, twice, "one of its networks stands twice on this side");
    return policy->zones[side] != NULL || refuse(error, VAL_ERROR_POLICY, 0, "no memory");
}

static bool domains_compile(struct val_policy *policy, const struct val_policy_spec *spec,
                            struct val_policy_error *error)
{
    policy->domain = calloc(spec->num_domains + 1, sizeof(*policy->domain));
    if (policy->domain == NULL)
        return refuse(error, VAL_ERROR_POLICY, 0, "no memory");
    for (size_t i = 0; i < spec->num_domains; i++) {
        struct val_domain *domain = &policy->domain[i];

        policy->num_domains = i + 1;
        if (!take_name(domain->name, spec->domains[i].name))
            return refuse(error, VAL_ERROR_DOMAIN, i, "a domain's name has 1 to %d bytes", VAL_NAME_MAX - 1);
        error->index = i;
        if (!val_domain_init(domain, &spec->domains[i], error))
            return false;
    }
    return true;
}

static bool end_check(const struct val_policy_spec *spec, const struct val_end_spec *end,
                      struct val_policy_error *error, size_t conduit)
{
    if (end->zone >= spec->num_zones)
        return refuse(error, VAL_ERROR_CONDUIT, conduit, "an end names a zone that does not exist");
    if (end->domain != VAL_NO_DOMAIN && end->domain >= spec->num_domains)
        return refuse(error, VAL_ERROR_CONDUIT, conduit, "an end names a domain that does not exist");
    if (end->grade > VAL_GRADE_4)
        return refuse(error, VAL_ERROR_CONDUIT, conduit, "a grade is G0 to G4");
    if (end->domain == VAL_NO_DOMAIN && end->grade != VAL_GRADE_0)
        return refuse(error, VAL_ERROR_CONDUIT, conduit, "an end asks for grade G%d but names no domain to judge by",
                      end->grade);
    return true;
}

static bool conduit_check(const struct val_policy_spec *spec, size_t index, struct val_policy_error *error)
{
    const struct val_conduit_spec *conduit = &spec->conduits[index];

    if (!end_check(spec, &conduit->from, error, index) || !end_check(spec, &conduit->to, error, index))
        return false;
    if (spec->zones[conduit->from.zone].side == spec->zones[conduit->to.zone].side)
        return refuse(error, VAL_ERROR_CONDUIT, index, "both zones are on the same side of the box");
    for (size_t i = 0; i < conduit->num_ports; i++)
        if (conduit->ports[i].first > conduit->ports[i].last)
            return refuse(error, VAL_ERROR_CONDUIT, index, "a range of ports ends before it begins");
    if (conduit->version_min < 0x0301 || conduit->version_min > 0x0304)
        return refuse(error, VAL_ERROR_CONDUIT, index, "the least TLS version is 1.0 to 1.3");
    if (!is_action(conduit->not_tls))
        return refuse(error, VAL_ERROR_CONDUIT, index, "what is not TLS is passed or blocked");
    return true;
}

static bool conduit_init(struct val_conduit *out, const struct val_conduit_spec *spec, size_t index,
                         struct val_policy_error *error)
{
    const char *bad;

    if (!take_name(out->name, spec->name))
        return refuse(error, VAL_ERROR_CONDUIT, index, "a conduit's name has 1 to %d bytes", VAL_NAME_MAX - 1);
    out->from = spec->from;
    out->to = spec->to;
    out->version_min = spec->version_min;
    out->not_tls = spec->not_tls;
    out->port = calloc(spec->num_ports + 1, sizeof(*out->port));
    if (out->port == NULL)
        return refuse(error, VAL_ERROR_POLICY, 0, "no memory");
    if (spec->num_ports != 0)
        memcpy(out->port, spec->ports, spec->num_ports * sizeof(*out->port));
    out->num_ports = spec->num_ports;
    if (val_host_list_init(&out->names, spec->names, spec->num_names, true, &bad))
        return true;
    return bad == NULL ? refuse(error, VAL_ERROR_POLICY, 0, "no memory")
                       : refuse(error, VAL_ERROR_CONDUIT, index, "not a DNS name: %.200s", bad);
}

static int compare_routes(const void *a, const void *b)
{
    const struct val_route *left = a;
    const struct val_route *right = b;

    if (left->zones != right->zones)
        return left->zones < right->zones ? -1 : 1;
    return left->conduit - right->conduit;
}

static bool conduits_compile(struct val_policy *policy, const struct val_policy_spec *spec,
                             struct val_policy_error *error)
{
    policy->conduit = calloc(spec->num_conduits + 1, sizeof(*policy->conduit));
    policy->route = calloc(spec->num_conduits + 1, sizeof(*policy->route));
    if (policy->conduit == NULL || policy->route == NULL)
        return refuse(error, VAL_ERROR_POLICY, 0, "no memory");
    for (size_t i = 0; i < spec->num_conduits; i++) {
        const struct val_conduit_spec *conduit = &spec->conduits[i];

        policy->num_conduits = i + 1;
        if (!conduit_check(spec, i, error) || !conduit_init(&policy->conduit[i], conduit, i, error))
            return false;
        policy->route[i] =
            (struct val_route){.zones = (uint32_t)conduit->from.zone << 16 | conduit->to.zone, .conduit = (uint16_t)i};
    }
    qsort(policy->route, spec->num_conduits, sizeof(*policy->route), compare_routes);
    return true;
}

static bool pass_compile(struct val_policy *policy, const struct val_policy_spec *spec, struct val_policy_error *error)
{
    for (size_t i = 0; i < spec->num_pass; i++) {
        const struct val_pass_spec *pass = &spec->pass[i];

        if (pass->ethertype == ETHERTYPE_IPV4 || pass->ethertype == ETHERTYPE_IPV6)
            return refuse(error, VAL_ERROR_POLICY, 0, "passing all of IP would leave nothing to judge");
        if (pass->ethertype != 0 && (pass->protocol != 0 || pass->port != 0))
            return refuse(error, VAL_ERROR_POLICY, 0, "what passes has an EtherType or an IP protocol, not both");
        if (pass->ethertype == 0 && (pass->protocol == 0 || pass->protocol == PROTOCOL_TCP))
            return refuse(error, VAL_ERROR_POLICY, 0, "TCP passes by conduits only");
        if (pass->port != 0 && pass->protocol != PROTOCOL_UDP)
            return refuse(error, VAL_ERROR_POLICY, 0, "only UDP passes by port");
    }
    policy->pass = calloc(spec->num_pass + 1, sizeof(*policy->pass));
    if (policy->pass == NULL)
        return refuse(error, VAL_ERROR_POLICY, 0, "no memory");
    if (spec->num_pass != 0)
        memcpy(policy->pass, spec->pass, spec->num_pass * sizeof(*policy->pass));
    policy->num_pass = spec->num_pass;
    return true;
}

static bool head_compile(struct val_policy *policy, const struct val_policy_spec *spec, struct val_policy_error *error)
{
    if (!take_name(policy->cell, spec->cell))
        return refuse(error, VAL_ERROR_POLICY, 0, "a cell's name has 1 to %d bytes", VAL_NAME_MAX - 1);
    if (!is_action(spec->otherwise) || !is_action(spec->overload) || !is_action(spec->mid_stream))
        return refuse(error, VAL_ERROR_POLICY, 0, "otherwise, overload and mid_stream pass or block");
    if (spec->num_zones > VAL_ZONES_MAX || spec->num_domains > VAL_DOMAINS_MAX || spec->num_conduits > VAL_CONDUITS_MAX)
        return refuse(error, VAL_ERROR_POLICY, 0, "more than %d zones, %d domains or %d conduits", VAL_ZONES_MAX,
                      VAL_DOMAINS_MAX, VAL_CONDUITS_MAX);
    policy->epoch = spec->epoch;
    policy->monitor = spec->monitor != 0;
    policy->otherwise = spec->otherwise;
    policy->overload = spec->overload;
    policy->mid_stream = spec->mid_stream;
    policy->algorithms = spec->algorithms;
    return true;
}

/* After all objects were compiled: their names are there. Which of two is named does not matter, but that it is named does. */
static bool names_check(const struct val_policy_spec *spec, struct val_policy_error *error)
{
    const char *twice;

    if (!names_unique(spec->zones, offsetof(struct val_zone_spec, name), sizeof(*spec->zones), spec->num_zones,
                      &twice) ||
        !names_unique(spec->domains, offsetof(struct val_domain_spec, name), sizeof(*spec->domains), spec->num_domains,
                      &twice) ||
        !names_unique(spec->conduits, offsetof(struct val_conduit_spec, name), sizeof(*spec->conduits),
                      spec->num_conduits, &twice))
        return refuse(error, VAL_ERROR_POLICY, 0, twice == NULL ? "no memory" : "two objects are called %s", twice);
    return true;
}

struct val_policy *val_policy_new(const struct val_policy_spec *spec, struct val_policy_error *error)
{
    struct val_policy *policy = calloc(1, sizeof(*policy));

    memset(error, 0, sizeof(*error));
    if (policy == NULL) {
        refuse(error, VAL_ERROR_POLICY, 0, "no memory");
        return NULL;
    }
    if (head_compile(policy, spec, error) && zones_compile(policy, spec, error, VAL_SIDE_INSIDE) &&
        zones_compile(policy, spec, error, VAL_SIDE_OUTSIDE) && domains_compile(policy, spec, error) &&
        conduits_compile(policy, spec, error) && pass_compile(policy, spec, error) && names_check(spec, error))
        return policy;
    val_policy_free(policy);
    return NULL;
}

void val_policy_free(struct val_policy *policy)
{
    if (policy == NULL)
        return;
    for (size_t i = 0; i < policy->num_domains; i++)
        val_domain_fini(&policy->domain[i]);
    for (size_t i = 0; i < policy->num_conduits; i++) {
        val_host_list_fini(&policy->conduit[i].names);
        free(policy->conduit[i].port);
    }
    val_zones_free(policy->zones[VAL_SIDE_INSIDE]);
    val_zones_free(policy->zones[VAL_SIDE_OUTSIDE]);
    free(policy->domain);
    free(policy->conduit);
    free(policy->route);
    free(policy->pass);
    free(policy);
}
