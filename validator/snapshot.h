/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * snapshot: what a compiled policy looks like inside, for the files of validator/ that judge by it.
 *
 * Nobody outside validator/ includes this: policy.h is the door. Filled by validator/policy and validator/domain, constant
 * afterwards; any number of threads read it.
 */
#ifndef CELLGATE_VALIDATOR_SNAPSHOT_H
#define CELLGATE_VALIDATOR_SNAPSHOT_H

#include "validator/certificate.h"
#include "validator/digest.h"
#include "validator/policy.h"
#include "validator/zones.h"

#define VAL_LABEL_MAX   128 /* bytes of an anchor's label, NUL included */
#define VAL_ANCHORS_MAX 256 /* of one domain */

/* Host names or patterns in normal form (validator/names). */
struct val_host_list {
    char **host;
    size_t num;
};

struct val_anchor {
    char label[VAL_LABEL_MAX];
    uint8_t *der; /* what `certificate` borrows */
    struct val_certificate *certificate;
};

struct val_domain {
    char name[VAL_NAME_MAX];
    struct val_anchor *anchor;
    const struct val_certificate **certificate; /* those of `anchor`, for val_path_query */
    size_t num_anchors;
    struct val_host_list names;
    uint8_t digest[VAL_SHA256_LEN]; /* over the anchors: two domains with the same anchors share what is remembered */
};

struct val_conduit {
    char name[VAL_NAME_MAX];
    struct val_end_spec from;
    struct val_end_spec to;
    struct val_port_range *port;
    size_t num_ports;
    struct val_host_list names;
    uint16_t version_min;
    uint8_t not_tls;
};

/* Conduits sorted by (from zone, to zone), then by their place in the file. */
struct val_route {
    uint32_t zones; /* from << 16 | to */
    uint16_t conduit;
};

struct val_policy {
    char cell[VAL_NAME_MAX];
    uint32_t epoch;
    uint8_t monitor;
    uint8_t otherwise;
    uint8_t overload;
    uint8_t mid_stream;
    struct val_algorithms_spec algorithms;
    struct val_zones *zones[2]; /* by VAL_SIDE_INSIDE, VAL_SIDE_OUTSIDE */
    struct val_domain *domain;
    size_t num_domains;
    struct val_conduit *conduit;
    struct val_route *route;
    size_t num_conduits;
    struct val_pass_spec *pass;
    size_t num_pass;
};

/* val_domain_init: compiles one domain. False with `error` filled (but for its index) where an anchor or a name is no good;
 * val_domain_fini() is then still called. */
bool val_domain_init(struct val_domain *domain, const struct val_domain_spec *spec, struct val_policy_error *error);
void val_domain_fini(struct val_domain *domain);

/* val_host_list_init: copies names into normal form; `wildcards`: "*.x.y" is allowed. False with `bad` naming the one that
 * is no host name, or NULL where memory is missing. val_host_list_fini() is to be called in any case. */
bool val_host_list_init(struct val_host_list *list, const char *const names[], size_t num, bool wildcards,
                        const char **bad);
void val_host_list_fini(struct val_host_list *list);

#endif
