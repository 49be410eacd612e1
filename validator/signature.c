/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rules only; the cryptography is validator/key's. Each rule that fails adds a reason; the signature is verified wherever
 * there is one that could be, so that a forgery is called one even when something else is wrong as well. PROVED is what
 * is left when no rule had anything to say.
 */
#include "validator/signature.h"

#include "validator/suite.h"

#include <stdlib.h>

#define TLS_1_0          0x0301
#define TLS_1_2          0x0303
#define RANDOM_LEN       32
#define CURVE_TYPE_NAMED 3 /* RFC 8422 5.4 */
#define RSA_PKCS1_SHA1   0x0201
#define ECDSA_SHA1       0x0203

struct val_possession_context {
    struct val_verifier *verifier;
};

/* A SignatureScheme of TLS 1.2: hash and signature algorithm (RFC 5246 7.4.1.4.1), or a whole (RFC 8446 4.2.3). */
struct scheme {
    uint16_t id;
    uint8_t kind;    /* enum val_key_kind that it needs */
    uint8_t padding; /* enum val_padding */
    uint8_t hash;    /* enum val_hash */
};

static const struct scheme schemes[] = {
    {0x0101, VAL_KEY_RSA, VAL_PADDING_PKCS1, VAL_HASH_MD5},
    {0x0103, VAL_KEY_EC, VAL_PADDING_ECDSA, VAL_HASH_MD5},
    {RSA_PKCS1_SHA1, VAL_KEY_RSA, VAL_PADDING_PKCS1, VAL_HASH_SHA1},
    {ECDSA_SHA1, VAL_KEY_EC, VAL_PADDING_ECDSA, VAL_HASH_SHA1},
    {0x0301, VAL_KEY_RSA, VAL_PADDING_PKCS1, VAL_HASH_SHA224},
    {0x0303, VAL_KEY_EC, VAL_PADDING_ECDSA, VAL_HASH_SHA224},
    {0x0401, VAL_KEY_RSA, VAL_PADDING_PKCS1, VAL_HASH_SHA256},
    {0x0403, VAL_KEY_EC, VAL_PADDING_ECDSA, VAL_HASH_SHA256},
    {0x0501, VAL_KEY_RSA, VAL_PADDING_PKCS1, VAL_HASH_SHA384},
    {0x0503, VAL_KEY_EC, VAL_PADDING_ECDSA, VAL_HASH_SHA384},
    {0x0601, VAL_KEY_RSA, VAL_PADDING_PKCS1, VAL_HASH_SHA512},
    {0x0603, VAL_KEY_EC, VAL_PADDING_ECDSA, VAL_HASH_SHA512},
    {0x0804, VAL_KEY_RSA, VAL_PADDING_PSS, VAL_HASH_SHA256},
    {0x0805, VAL_KEY_RSA, VAL_PADDING_PSS, VAL_HASH_SHA384},
    {0x0806, VAL_KEY_RSA, VAL_PADDING_PSS, VAL_HASH_SHA512},
    {0x0807, VAL_KEY_ED25519, VAL_PADDING_EDDSA, VAL_HASH_NONE},
    {0x0808, VAL_KEY_ED448, VAL_PADDING_EDDSA, VAL_HASH_NONE},
    {0x0809, VAL_KEY_RSA_PSS, VAL_PADDING_PSS, VAL_HASH_SHA256},
    {0x080a, VAL_KEY_RSA_PSS, VAL_PADDING_PSS, VAL_HASH_SHA384},
    {0x080b, VAL_KEY_RSA_PSS, VAL_PADDING_PSS, VAL_HASH_SHA512},
};

/* TLS 1.0 and 1.1 (RFC 4346 7.4.3, RFC 8422 5.4): the key says it all. */
static const struct scheme old_schemes[] = {
    {0, VAL_KEY_RSA, VAL_PADDING_PKCS1, VAL_HASH_MD5_SHA1},
    {0, VAL_KEY_EC, VAL_PADDING_ECDSA, VAL_HASH_SHA1},
};

/* One question: is this message, signed like this, proof that `party` holds `key`? */
struct question {
    const struct val_case *c;
    const struct case_party *party;
    const struct val_key *key;
    struct bytes offered; /* schemes that the other side takes; none: see default_scheme */
    uint16_t default_scheme;
    struct bytes message[3];
    size_t num_parts;
};

static bool listed(struct bytes list, uint16_t item)
{
    uint16_t value;

    while (bytes_u16(&list, &value))
        if (value == item)
            return true;
    return false;
}

/* ML-DSA and SLH-DSA in TLS 1.2: "MUST abort with illegal_parameter" (draft-ietf-tls-mldsa). */
static bool scheme_illegal(uint16_t id)
{
    return (id >= 0x0904 && id <= 0x0906) || (id >= 0x0911 && id <= 0x091c);
}

/* What both hellos must have agreed on before anything that follows means something. */
static uint64_t judge_hellos(const struct val_case *c, const struct val_suite *suite)
{
    uint64_t found = 0;

    if (c->tls.version < TLS_1_0)
        found |= reason_bit(REASON_VERSION_NOT_ALLOWED);
    if (c->tls.version > TLS_1_2 || c->tls.version > c->tls.hello_version)
        found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
    if (!listed(case_bytes(c, c->tls.suites), c->tls.cipher))
        found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
    if (suite == NULL)
        found |= reason_bit(REASON_CIPHER_NOT_ALLOWED);
    else if (suite->key_exchange == VAL_KX_TLS13)
        found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
    if (c->tls.client_random.len != RANDOM_LEN || c->tls.server_random.len != RANDOM_LEN)
        found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
    return found;
}

/* RFC 5246 7.4.2, RFC 8422 5.3: the server's key is one that the suite and the client's curves allow. */
static uint64_t judge_server_key(const struct val_case *c, const struct val_suite *suite, const struct val_key *key)
{
    enum val_key_kind kind = val_key_kind_of(key);
    uint64_t found = 0;
    bool fits = false;

    switch (suite->authentication) {
    case VAL_AUTH_RSA:
        fits = kind == VAL_KEY_RSA || kind == VAL_KEY_RSA_PSS;
        break;
    case VAL_AUTH_ECDSA:
        fits = kind == VAL_KEY_EC || kind == VAL_KEY_ED25519 || kind == VAL_KEY_ED448;
        break;
    case VAL_AUTH_DSS:
        fits = kind == VAL_KEY_DSA;
        break;
    default:
        break;
    }
    if (!fits)
        found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
    if (kind == VAL_KEY_EC && c->tls.groups.len != 0 && !listed(case_bytes(c, c->tls.groups), val_key_group(key)))
        found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
    return found;
}

/* The parameters that the server signs, as far as they are the handshake's business: RFC 8422 5.4, RFC 5246 7.4.3. */
static uint64_t judge_parameters(const struct val_case *c, const struct val_suite *suite)
{
    struct bytes in = case_bytes(c, c->party[CASE_SERVER].covered);
    struct bytes value;
    uint8_t curve_type;
    uint16_t group;
    bool good;

    if (suite->key_exchange == VAL_KX_ECDHE) {
        good = bytes_u8(&in, &curve_type) && curve_type == CURVE_TYPE_NAMED && bytes_u16(&in, &group) &&
               group == c->tls.group && bytes_vector(&in, 1, &value) && value.left != 0;
        /* A client that sent no list leaves the choice to the server (RFC 8422 4). */
        good = good && (c->tls.groups.len == 0 || listed(case_bytes(c, c->tls.groups), c->tls.group));
    } else {
        good = true;
        for (int i = 0; i < 3 && good; i++) /* p, g, Ys */
            good = bytes_vector(&in, 2, &value) && value.left != 0;
    }
    return good && bytes_done(&in) ? 0 : reason_bit(REASON_MALFORMED_HANDSHAKE);
}

/* The row for the scheme in use, or NULL with a reason. */
static const struct scheme *scheme_find(const struct question *q, uint64_t *found)
{
    enum val_key_kind kind = val_key_kind_of(q->key);
    uint16_t id = q->party->scheme;

    if (q->c->tls.version < TLS_1_2) {
        for (size_t i = 0; i < sizeof(old_schemes) / sizeof(old_schemes[0]); i++)
            if (old_schemes[i].kind == (uint8_t)kind)
                return &old_schemes[i];
        *found |= reason_bit(kind == VAL_KEY_DSA ? REASON_UNSUPPORTED_ALGORITHM : REASON_MALFORMED_HANDSHAKE);
        return NULL;
    }
    if (scheme_illegal(id) || (q->offered.left != 0 ? !listed(q->offered, id) : id != q->default_scheme))
        *found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (schemes[i].id != id)
            continue;
        if (schemes[i].kind == (uint8_t)kind)
            return &schemes[i];
        *found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
        return NULL;
    }
    if (!scheme_illegal(id))
        *found |= reason_bit(REASON_UNSUPPORTED_ALGORITHM);
    return NULL;
}

static uint64_t judge_signature(struct val_possession_context *context, const struct question *q,
                                const struct val_algorithms_spec *floor)
{
    const struct scheme *scheme;
    uint64_t found = 0;

    if (!val_key_may(q->key, VAL_KEY_MAY_SIGN))
        found |= reason_bit(REASON_WRONG_USAGE);
    scheme = scheme_find(q, &found);
    if (scheme == NULL)
        return found;
    if (q->c->tls.version == TLS_1_2 &&
        (scheme->hash == VAL_HASH_MD5 || (scheme->hash == VAL_HASH_SHA1 && floor->forbid_sha1)))
        found |= reason_bit(REASON_WEAK_ALGORITHM);
    if (!val_key_verify(context->verifier, q->key, scheme->padding, scheme->hash, q->message, q->num_parts,
                        case_bytes(q->c, q->party->signature)))
        found |= reason_bit(REASON_POSSESSION_FAILED);
    return found;
}

/* Static RSA and static (EC)DH: a certificate that could be used like this, and no ServerKeyExchange. */
static uint64_t judge_static(const struct val_case *c, const struct val_suite *suite, const struct val_key *key)
{
    const struct case_party *server = &c->party[CASE_SERVER];
    bool rsa = suite->key_exchange == VAL_KX_RSA;
    uint64_t found = 0;

    if (server->signature_sent || server->covered.len != 0) /* RFC 5246 7.4.3: "not legal" */
        found |= reason_bit(suite->exported ? REASON_CIPHER_NOT_ALLOWED : REASON_MALFORMED_HANDSHAKE);
    if (val_key_kind_of(key) != (rsa ? VAL_KEY_RSA : VAL_KEY_EC))
        found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
    if (!val_key_may(key, rsa ? VAL_KEY_MAY_ENCIPHER : VAL_KEY_MAY_AGREE))
        found |= reason_bit(REASON_WRONG_USAGE);
    return found;
}

static uint64_t judge_signed(struct val_possession_context *context, const struct val_case *c,
                             const struct val_suite *suite, const struct val_key *key,
                             const struct val_algorithms_spec *floor)
{
    const struct case_party *server = &c->party[CASE_SERVER];
    struct question q = {
        .c = c,
        .party = server,
        .key = key,
        .offered = case_bytes(c, c->tls.schemes),
        .default_scheme = suite->authentication == VAL_AUTH_RSA ? RSA_PKCS1_SHA1 : ECDSA_SHA1,
        .message = {case_bytes(c, c->tls.client_random), case_bytes(c, c->tls.server_random),
                    case_bytes(c, server->covered)},
        .num_parts = 3,
    };
    uint64_t found = judge_server_key(c, suite, key);

    if (!server->signature_sent || server->signature.len == 0 || server->covered.len == 0)
        return found | reason_bit(REASON_POSSESSION_FAILED);
    if (suite->authentication == VAL_AUTH_DSS)
        return found | reason_bit(REASON_UNSUPPORTED_ALGORITHM);
    return found | judge_parameters(c, suite) | judge_signature(context, &q, floor);
}

static enum val_possession check_server(struct val_possession_context *context, const struct val_case *c,
                                        const struct val_key *key, const struct val_algorithms_spec *floor,
                                        uint64_t *found)
{
    const struct case_party *server = &c->party[CASE_SERVER];
    const struct val_suite *suite = val_suite_find(c->tls.cipher);
    struct val_key *parsed = NULL;

    *found |= judge_hellos(c, suite);
    if (*found != 0)
        return VAL_POSSESSION_FAILED;
    if (!val_suite_certificate(suite) || suite->key_exchange == VAL_KX_PSK) {
        if (server->signature_sent || (server->certificate_sent && !val_suite_certificate(suite)))
            *found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
        return VAL_POSSESSION_NONE;
    }
    if (suite->key_exchange == VAL_KX_OTHER) {
        *found |= reason_bit(REASON_UNSUPPORTED_ALGORITHM);
        return VAL_POSSESSION_FAILED;
    }
    if (server->num_certificates == 0) { /* RFC 5246 7.4.2 */
        *found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
        return VAL_POSSESSION_FAILED;
    }
    if (key == NULL)
        key = parsed = val_key_new(case_bytes(c, server->certificate[0]), found);
    if (key == NULL)
        return VAL_POSSESSION_FAILED;
    *found |= val_suite_signed(suite) ? judge_signed(context, c, suite, key, floor) : judge_static(c, suite, key);
    val_key_free(parsed);
    if (*found != 0)
        return VAL_POSSESSION_FAILED;
    return val_suite_signed(suite) ? VAL_POSSESSION_PROVED : VAL_POSSESSION_UNOBSERVABLE;
}

/* RFC 5246 7.4.8: every message from ClientHello up to, and without, CertificateVerify. */
static bool covers_transcript(const struct val_case *c)
{
    struct case_span covered = c->party[CASE_CLIENT].covered;
    struct case_span signature = c->party[CASE_CLIENT].signature;

    return covered.len != 0 && covered.at == c->transcript.at && covered.len <= c->transcript.len &&
           signature.at >= covered.at + covered.len;
}

static enum val_possession check_client(struct val_possession_context *context, const struct val_case *c,
                                        const struct val_key *key, const struct val_algorithms_spec *floor,
                                        uint64_t *found)
{
    const struct case_party *client = &c->party[CASE_CLIENT];
    const struct val_suite *suite = val_suite_find(c->tls.cipher);
    struct val_key *parsed = NULL;

    if (client->num_certificates == 0) {
        if (client->signature_sent)
            *found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
        return VAL_POSSESSION_NONE;
    }
    *found |= judge_hellos(c, suite);
    /* RFC 5246 7.4.4: an anonymous server must not ask; RFC 4279 2: nor does one with a PSK. */
    if (!c->tls.certificate_requested || suite == NULL || !val_suite_certificate(suite) ||
        suite->key_exchange == VAL_KX_PSK)
        *found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
    if (*found != 0)
        return VAL_POSSESSION_FAILED;
    if (!client->signature_sent || client->signature.len == 0) {
        *found |= reason_bit(REASON_POSSESSION_FAILED);
        return VAL_POSSESSION_FAILED;
    }
    if (!covers_transcript(c)) {
        *found |= reason_bit(REASON_MALFORMED_HANDSHAKE);
        return VAL_POSSESSION_FAILED;
    }
    if (key == NULL)
        key = parsed = val_key_new(case_bytes(c, client->certificate[0]), found);
    if (key == NULL)
        return VAL_POSSESSION_FAILED;
    struct question q = {
        .c = c,
        .party = client,
        .key = key,
        .offered = case_bytes(c, c->tls.request_schemes),
        .message = {case_bytes(c, client->covered)},
        .num_parts = 1,
    };
    *found |= judge_signature(context, &q, floor);
    val_key_free(parsed);
    return *found == 0 ? VAL_POSSESSION_PROVED : VAL_POSSESSION_FAILED;
}

struct val_possession_context *val_possession_new(void)
{
    struct val_possession_context *context = calloc(1, sizeof(*context));

    if (context == NULL)
        return NULL;
    context->verifier = val_verifier_new();
    if (context->verifier == NULL) {
        free(context);
        return NULL;
    }
    return context;
}

void val_possession_free(struct val_possession_context *context)
{
    if (context == NULL)
        return;
    val_verifier_free(context->verifier);
    free(context);
}

enum val_possession val_possession_check(struct val_possession_context *context, const struct val_case *c, int side,
                                         const struct val_key *key, const struct val_algorithms_spec *floor,
                                         uint64_t *reasons)
{
    enum val_possession answer;
    uint64_t found = 0;

    if (c->tls.kind != CASE_KIND_FULL)
        return VAL_POSSESSION_NONE;
    answer = side == CASE_SERVER ? check_server(context, c, key, floor, &found)
                                 : check_client(context, c, key, floor, &found);
    if (found != 0)
        answer = VAL_POSSESSION_FAILED;
    if (answer == VAL_POSSESSION_FAILED && found == 0)
        found = reason_bit(REASON_POSSESSION_FAILED);
    if (answer == VAL_POSSESSION_UNOBSERVABLE)
        found = reason_bit(REASON_POSSESSION_UNOBSERVABLE);
    *reasons |= found;
    return answer;
}
