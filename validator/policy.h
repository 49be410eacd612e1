/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * policy: one domain policy, compiled into an immutable snapshot.
 *
 * Order of calls: whoever reads a policy file fills a `struct val_policy_spec` (all strings and arrays borrowed until
 * val_policy_new() returns), val_policy_new() compiles it whole or refuses it whole, any number of threads read it, and
 * the last user frees it. Nothing in a snapshot changes after val_policy_new().
 *
 * The initiator of a TCP connection is its client and stands for `from`; the responder stands for `to`.
 *
 * It does not read files or YAML (ctl/policy_file does), and holds no state of flows.
 */
#ifndef CELLGATE_VALIDATOR_POLICY_H
#define CELLGATE_VALIDATOR_POLICY_H

#include "base/bytes.h"
#include "validator/case.h"
#include "validator/verdict.h"

#include <stdint.h>

#define VAL_NAME_MAX     64 /* bytes of a cell, zone, domain or conduit name, NUL included */
#define VAL_ZONES_MAX    256
#define VAL_DOMAINS_MAX  256
#define VAL_CONDUITS_MAX 4096
#define VAL_MATCH_MAX    16 /* conduits that may match one flow */
#define VAL_NO_DOMAIN    0xffffU
#define VAL_SIDE_INSIDE  0
#define VAL_SIDE_OUTSIDE 1

struct val_network {
    uint8_t family;      /* 4 or 6 */
    uint8_t prefix;      /* bits */
    uint8_t address[16]; /* bits after the prefix are 0 */
};

struct val_zone_spec {
    const char *name;
    uint8_t side; /* VAL_SIDE_INSIDE or VAL_SIDE_OUTSIDE: of the box */
    const struct val_network *networks;
    size_t num_networks;
};

/* One trust anchor: a certificate in DER. `label` names it in messages ("anchors/producer-root.pem"). */
struct val_anchor_spec {
    const char *label;
    struct bytes der;
};

struct val_domain_spec {
    const char *name;
    const struct val_anchor_spec *anchors;
    size_t num_anchors;
    const char *const
        *names; /* DNS names that its certificates may bear: the name itself and all below it; none: any */
    size_t num_names;
};

struct val_end_spec {
    uint16_t zone;   /* index */
    uint16_t domain; /* index, or VAL_NO_DOMAIN: certificates of this side are not judged; grade must then be G0 */
    uint8_t grade;   /* least enum val_grade */
};

struct val_port_range {
    uint16_t first;
    uint16_t last;
};

struct val_conduit_spec {
    const char *name;
    struct val_end_spec from;
    struct val_end_spec to;
    const struct val_port_range *ports; /* of the responder; none: every port */
    size_t num_ports;
    const char *const
        *names; /* server names that a client may ask for ("*.brand.example" allowed); none: any. With no SNI
                                 the server certificate must bear one of these, or the destination address */
    size_t num_names;
    uint16_t version_min; /* TLS version, 0x0301..0x0304 */
    uint8_t not_tls;      /* enum val_action: what happens to a flow whose first bytes are not TLS */
};

struct val_algorithms_spec {
    uint16_t rsa_bits_min; /* 0: no floor of ours */
    uint16_t ec_bits_min;
    uint8_t forbid_md5;
    uint8_t forbid_sha1;
};

/* A kind of traffic that passes besides TCP on conduits and what always passes (ARP, ND, LLDP, LACP, STP, PTP). */
struct val_pass_spec {
    uint16_t ethertype; /* non-zero: every frame of this type; the two below are then 0 */
    uint8_t protocol;   /* IP protocol number */
    uint16_t port;      /* UDP port, either end; 0: any */
};

struct val_policy_spec {
    const char *cell;
    uint8_t monitor;    /* 1: judge and log, block nothing */
    uint8_t otherwise;  /* enum val_action: flows and other protocols that nothing covers */
    uint8_t overload;   /* enum val_action: new flows and handshakes past a bound */
    uint8_t mid_stream; /* enum val_action: flows that were up before the box */
    uint32_t epoch;
    struct val_algorithms_spec algorithms;
    const struct val_zone_spec *zones;
    size_t num_zones;
    const struct val_domain_spec *domains;
    size_t num_domains;
    const struct val_conduit_spec *conduits;
    size_t num_conduits;
    const struct val_pass_spec *pass;
    size_t num_pass;
};

/* Why a spec was refused: a sentence, and which object it is about, so that the reader of the file can name the line. */
struct val_policy_error {
    char text[256];
    enum val_error_object {
        VAL_ERROR_POLICY,
        VAL_ERROR_ZONE,
        VAL_ERROR_DOMAIN,
        VAL_ERROR_ANCHOR,
        VAL_ERROR_CONDUIT
    } object;
    size_t index; /* of the zone, domain or conduit */
    size_t inner; /* of the anchor within the domain */
};

struct val_policy;

/* val_policy_new: compiles `spec`; NULL with `error` filled where it is contradictory (unknown index, an anchor that is no
 * certificate or no CA or breaks a rule of RFC 5280 for which every chain below it would be refused, a grade without a
 * domain, a conduit between two zones of one side, the same network twice on one side, a name twice, no memory). Dates and
 * algorithms of anchors are not its business: they are judged with each chain. */
struct val_policy *val_policy_new(const struct val_policy_spec *spec, struct val_policy_error *error);
void val_policy_free(struct val_policy *policy);

/* val_policy_epoch, val_policy_monitor, val_policy_cell: what the spec said; the name lives as long as the policy. */
uint32_t val_policy_epoch(const struct val_policy *policy);
bool val_policy_monitor(const struct val_policy *policy);
const char *val_policy_cell(const struct val_policy *policy);
/* val_policy_conduit_name: NULL for VAL_NO_CONDUIT and for an index that does not exist. */
const char *val_policy_conduit_name(const struct val_policy *policy, uint16_t conduit);
/* val_policy_domain_name: NULL for an index that does not exist; domains are numbered in the order of the policy file. */
const char *val_policy_domain_name(const struct val_policy *policy, uint16_t domain);

/* The conduits that join two addresses on a port, in the order of the policy file. */
struct val_match {
    uint16_t conduit[VAL_MATCH_MAX];
    uint8_t num;
};

/* val_policy_match: fills `out` for the flow's addresses, sides and port: longest prefix decides the zone of each end, on
 * the side that it stands on. Bounded time, no allocation; called for each SYN. num is 0 where no conduit joins them. */
void val_policy_match(const struct val_policy *policy, struct val_match *out, const struct case_flow *flow);

/* val_policy_prefix: the length in bits of the longest network on `side` that holds the address (family 4 or 6, 16 bytes,
 * IPv4 in the first 4); -1 when no zone of that side holds it. Replay uses it to tell on which side an address stands. */
int val_policy_prefix(const struct val_policy *policy, uint8_t side, uint8_t family, const uint8_t address[16]);

/* val_policy_passes: whether a frame that is not TCP may pass: by the policy's `pass` list, else by `otherwise`.
 * protocol 0: not IP; src_port and dst_port are 0 unless UDP. What always passes is the data plane's own list. */
bool val_policy_passes(const struct val_policy *policy, uint16_t ethertype, uint8_t protocol, uint16_t src_port,
                       uint16_t dst_port);

/* val_policy_react: what happens to a flow that the data plane found `reasons` against before it could be judged
 * (no_conduit, overload, mid_stream, ...). No cryptography, no allocation: the hot path calls it. The verdict covers the flow. */
void val_policy_react(const struct val_policy *policy, struct val_verdict *out, const struct case_flow *flow,
                      uint64_t reasons);

#endif
