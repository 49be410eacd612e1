/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * case: what one flow's handshake showed, as one flat block.
 *
 * A case is a header followed by bytes; every reference inside it is an offset from the start of the block (a
 * `struct case_span`), never a pointer. So a block can be copied, grown, queued, written to a file and read back, and is
 * the same in the data plane, in a test and in a replay.
 *
 * Life: the data plane takes a block from its pool, calls case_init(), appends bytes with case_append() and fills the
 * fields as messages arrive; gives it to the judge; gets it back with the verdict; frees it. Whoever holds it is the only
 * one who may touch it. The judge never trusts a span: it reads them through case_bytes(), which refuses what lies outside.
 *
 * Handshake messages stand in the block in transcript order (RFC 5246 7.4.9: "all handshake messages" with their
 * 4-byte headers, without record headers), as one run from `transcript.at`. All other spans point into that run.
 *
 * It does not parse TLS (dataplane/tls does), does not know X.509, and owns no memory.
 */
#ifndef CELLGATE_VALIDATOR_CASE_H
#define CELLGATE_VALIDATOR_CASE_H

#include "base/bytes.h"
#include "base/reason.h"

#include <stdint.h>

#define CASE_MAGIC            0x63656c6cU /* "cell" */
#define CASE_CERTIFICATES_MAX 32
#define CASE_FACTS_MAX        16
#define CASE_VLANS_MAX        2

enum case_side { CASE_CLIENT = 0, CASE_SERVER = 1, CASE_SIDES = 2 };

/* Where a span lies in the block; len 0 means "absent" (at is then 0 too). */
struct case_span {
    uint32_t at;
    uint32_t len;
};

/* How the handshake establishes its keys; 0 until the ServerHello says. */
enum case_kind {
    CASE_KIND_UNDECIDED = 0,
    CASE_KIND_FULL,    /* TLS <= 1.2 with a full handshake */
    CASE_KIND_RESUMED, /* TLS <= 1.2, abbreviated: no certificates (RFC 5246 7.3, RFC 5077) */
    CASE_KIND_TLS13,   /* everything after ServerHello is encrypted */
};

/* What one side of the flow showed. */
struct case_party {
    uint8_t complete;         /* 1: everything that this side will show before its verdict has been seen */
    uint8_t certificate_sent; /* 1: a Certificate message came, possibly an empty one */
    uint8_t signature_sent;   /* 1: ServerKeyExchange with a signature, or CertificateVerify, came */
    uint8_t num_certificates; /* in `certificate`; the first is the leaf */
    uint16_t scheme;          /* SignatureScheme (TLS 1.2); 0 in TLS <= 1.1, where the key implies it */
    struct case_span signature;
    /* What the signature covers. Server: the ServerKeyExchange parameters (both randoms come before them, RFC 5246 7.4.3).
     * Client: all handshake messages before CertificateVerify (RFC 5246 7.4.8). */
    struct case_span covered;
    struct case_span certificate[CASE_CERTIFICATES_MAX];
};

/* The two ends and the time: filled by the data plane when the flow opens. */
struct case_flow {
    uint64_t flow_id;       /* printed in records; unique within a run */
    int64_t time_us;        /* wall time of the packet that made the judgement due */
    int64_t start_us;       /* wall time of the flow's first packet */
    uint8_t family;         /* 4 or 6 */
    uint8_t initiator_side; /* 0: the client is inside, 1: outside */
    uint8_t num_vlans;
    uint8_t reserved;
    uint16_t vlan[CASE_VLANS_MAX]; /* tag ids, outermost first */
    uint16_t client_port;
    uint16_t server_port;
    uint8_t client_address[16]; /* IPv4 in the first 4 bytes */
    uint8_t server_address[16];
};

/* What the hellos said. Lists are kept as they stood on the wire (2-byte items, without their length). */
struct case_tls {
    uint8_t kind;                   /* enum case_kind */
    uint8_t client_hello_seen;      /* 1: `client_hello` is whole and parsed */
    uint8_t server_hello_seen;      /* 1: a ServerHello that is no HelloRetryRequest */
    uint8_t hello_retry;            /* 1: a HelloRetryRequest came before it */
    uint8_t extended_master_secret; /* 1: ServerHello has extension 23 */
    uint8_t certificate_requested;  /* 1: CertificateRequest came */
    uint8_t curve_type;             /* ServerKeyExchange, ECDHE only: 3 is named_curve (RFC 8422 5.4) */
    uint8_t ech;                    /* 1: ClientHello has encrypted_client_hello (0xfe0d) */
    uint16_t record_version;        /* of the ClientHello's first record */
    uint16_t hello_version;         /* ClientHello.legacy_version */
    uint16_t version;               /* negotiated: supported_versions of ServerHello if there, else its version */
    uint16_t cipher;                /* the suite that ServerHello picked */
    uint16_t group; /* ServerKeyExchange's named curve, or the key_share group of a TLS 1.3 ServerHello */
    uint16_t reserved;
    struct case_span client_hello; /* the message that ServerHello answers (the second after a HelloRetryRequest) */
    struct case_span server_hello;
    struct case_span client_random;
    struct case_span server_random;
    struct case_span sni;               /* host_name bytes as sent, when there is exactly one */
    struct case_span session_id;        /* ClientHello.session_id */
    struct case_span server_session_id; /* ServerHello.session_id */
    struct case_span ticket;            /* ClientHello's session_ticket content (RFC 5077) */
    struct case_span suites;            /* offered */
    struct case_span schemes;           /* offered signature_algorithms; absent when the extension was */
    struct case_span groups;            /* offered supported_groups; absent when the extension was */
    struct case_span versions;          /* offered supported_versions; absent when the extension was */
    struct case_span alpn;              /* offered protocol name list as sent, without its length */
    struct case_span request_types;     /* CertificateRequest.certificate_types */
    struct case_span request_schemes;   /* CertificateRequest.supported_signature_algorithms (TLS 1.2) */
    struct case_span staple;            /* OCSPResponse in CertificateStatus (RFC 6066 8) */
};

/* A fact that the judge found and keeps for a later look at the same case: how one side stands with one domain. The judge
 * believes its own facts: whoever takes a case from outside sets num_facts to 0 first. */
struct case_fact {
    uint16_t domain;      /* index in the policy of `policy_epoch` */
    uint8_t side;         /* enum case_side */
    uint8_t grade;        /* 0..4 */
    uint16_t names_asked; /* bit i: the i-th conduit that matches the flow was asked about the side's names ... */
    uint16_t names_fit;   /* ... and they are what it asks for */
    uint64_t reasons;     /* set of enum reason; empty: nothing against it */
};

struct val_case {
    uint32_t magic;
    uint32_t capacity;     /* bytes of the block, this header included */
    uint32_t used;         /* bytes in use from the block's start */
    uint32_t policy_epoch; /* of the policy that `fact` was found under */
    uint64_t reasons; /* set by the data plane: what it found against the flow (not_tls, malformed_handshake, ...) */
    uint64_t owner;   /* the data plane's own reference (flow index and generation); the judge leaves it alone */
    struct case_flow flow;
    struct case_tls tls;
    struct case_party party[CASE_SIDES];
    struct case_span transcript;
    uint32_t num_facts;
    uint32_t reserved;
    struct case_fact fact[CASE_FACTS_MAX];
};

/* case_init: makes an empty case of a block of `capacity` bytes (at least sizeof(struct val_case)), aligned to 8. */
void case_init(struct val_case *c, uint32_t capacity);

/* case_append: copies `data` to the end of the transcript and names where it stands in `out`. False when the block is
 * too small; nothing has changed then, and the caller may grow the block and try again. */
BYTES_MUST_CHECK bool case_append(struct val_case *c, struct case_span *out, struct bytes data);

/* case_grow: copies the case in `old` into the larger block `fresh` of `capacity` bytes. `old` is still the caller's. */
void case_grow(struct val_case *fresh, uint32_t capacity, const struct val_case *old);

/* case_bytes: the bytes of `span`; an empty view when the span does not lie within the used part of the block. */
struct bytes case_bytes(const struct val_case *c, struct case_span span);

/* case_check: true when a block of `len` bytes that came from outside (a file, a queue) is a case: magic, sizes, counts
 * and every span within it. */
BYTES_MUST_CHECK bool case_check(const struct val_case *c, size_t len);

#endif
