/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/tls_messages.h"

#include "dataplane/tls_extensions.h"
#include "dataplane/tls_hello.h"
#include "validator/suite.h"

#define TLS10 0x0301
#define TLS12 0x0303

#define CURVE_NAMED  3 /* RFC 8422 5.4 */
#define STATUS_OCSP  1 /* RFC 6066 8 */
#define STATUS_MULTI 2 /* RFC 6961 2.2 */

bool dp_tls_certificate(struct val_case *c, int side, struct case_span message)
{
    struct case_party *party = &c->party[side];
    struct bytes body = dp_tls_body(c, message);
    struct bytes list;
    struct bytes certificate;

    party->certificate_sent = 1;
    if (!bytes_vector(&body, 3, &list) || !bytes_done(&body))
        return false;
    while (!bytes_done(&list)) {
        if (party->num_certificates == CASE_CERTIFICATES_MAX || !bytes_vector(&list, 3, &certificate) ||
            certificate.left == 0)
            return false;
        party->certificate[party->num_certificates++] = dp_tls_span(c, certificate);
    }
    return true;
}

bool dp_tls_certificate_status(struct val_case *c, struct case_span message)
{
    struct bytes body = dp_tls_body(c, message);
    struct bytes list;
    struct bytes answer;
    uint8_t type;

    if (!bytes_u8(&body, &type))
        return false;
    if (type == STATUS_OCSP) {
        if (!bytes_vector(&body, 3, &answer) || answer.left == 0)
            return false;
    } else if (type == STATUS_MULTI) {
        if (!bytes_vector(&body, 3, &list) || !bytes_vector(&list, 3, &answer))
            return false;
    } else {
        return false;
    }
    c->tls.staple = dp_tls_span(c, answer);
    return bytes_done(&body);
}

/* DigitallySigned, RFC 5246 4.7; before TLS 1.2 without a scheme. It ends its message. */
static bool signature(const struct val_case *c, struct case_party *party, struct bytes in, uint16_t version)
{
    struct bytes value;

    if ((version >= TLS12 && !bytes_u16(&in, &party->scheme)) || !bytes_vector(&in, 2, &value) || !bytes_done(&in))
        return false;
    party->signature = dp_tls_span(c, value);
    party->signature_sent = 1;
    return true;
}

static bool is_named_curve(struct bytes body)
{
    return body.left >= 1 && body.at[0] == CURVE_NAMED;
}

static bool curve_parameters(struct val_case *c, struct bytes *in)
{
    struct bytes point;

    return bytes_skip(in, 1) && bytes_u16(in, &c->tls.group) && bytes_vector(in, 1, &point) && point.left != 0;
}

/* `num` integers, none of them empty: p, g, Ys of DHE (RFC 5246 7.4.3); modulus and exponent of export RSA (RFC 2246 7.4.3). */
static bool integers(struct bytes *in, unsigned int num)
{
    struct bytes value;

    for (unsigned int i = 0; i < num; i++)
        if (!bytes_vector(in, 2, &value) || value.left == 0)
            return false;
    return true;
}

bool dp_tls_server_key_exchange(struct val_case *c, struct case_span message, uint16_t version)
{
    const struct val_suite *suite = val_suite_find(c->tls.cipher);
    const uint8_t exchange = suite != NULL ? suite->key_exchange : VAL_KX_UNKNOWN;
    struct case_party *party = &c->party[CASE_SERVER];
    const struct bytes body = dp_tls_body(c, message);
    struct bytes in = body;

    party->covered = dp_tls_span(c, body);
    if (exchange == VAL_KX_ECDHE) {
        c->tls.curve_type = body.left != 0 ? body.at[0] : 0;
        if (!is_named_curve(body)) /* explicit curves (RFC 4492 5.4): the judge refuses them unread */
            return body.left != 0;
        if (!curve_parameters(c, &in))
            return false;
    } else if (exchange == VAL_KX_DHE) {
        if (!integers(&in, 3))
            return false;
    } else if (exchange == VAL_KX_RSA && suite->exported) {
        if (!integers(&in, 2))
            return false;
    } else {
        return true;
    }
    party->covered = dp_tls_span(c, bytes_of(body.at, body.left - in.left));
    if (suite->authentication == VAL_AUTH_NONE)
        return bytes_done(&in);
    return signature(c, party, in, version);
}

bool dp_tls_certificate_request(struct val_case *c, struct case_span message, uint16_t version)
{
    struct bytes body = dp_tls_body(c, message);
    struct bytes types;
    struct bytes schemes;
    struct bytes names;
    struct bytes name;

    c->tls.certificate_requested = 1;
    if (!bytes_vector(&body, 1, &types) || types.left == 0)
        return false;
    c->tls.request_types = dp_tls_span(c, types);
    if (version >= TLS12) {
        if (!bytes_vector(&body, 2, &schemes) || schemes.left == 0 || schemes.left % 2 != 0)
            return false;
        c->tls.request_schemes = dp_tls_span(c, schemes);
    }
    if (!bytes_vector(&body, 2, &names) || !bytes_done(&body))
        return false;
    while (!bytes_done(&names))
        if (!bytes_vector(&names, 2, &name) || name.left == 0)
            return false;
    return true;
}

bool dp_tls_client_key_exchange(const struct val_case *c, struct case_span message, uint16_t version)
{
    const struct val_suite *suite = val_suite_find(c->tls.cipher);
    struct bytes body = dp_tls_body(c, message);
    struct bytes value;

    if (suite == NULL || version < TLS10)
        return true;
    switch (suite->key_exchange) {
    case VAL_KX_RSA:
    case VAL_KX_DHE:
        return bytes_vector(&body, 2, &value) && value.left != 0 && bytes_done(&body);
    case VAL_KX_ECDHE:
        return bytes_vector(&body, 1, &value) && value.left != 0 && bytes_done(&body);
    default:
        return true;
    }
}

bool dp_tls_certificate_verify(struct val_case *c, struct case_span message, uint16_t version)
{
    struct case_party *party = &c->party[CASE_CLIENT];

    party->covered = (struct case_span){.at = c->transcript.at, .len = message.at - c->transcript.at};
    return signature(c, party, dp_tls_body(c, message), version);
}

bool dp_tls_new_session_ticket(const struct val_case *c, struct case_span message)
{
    struct bytes body = dp_tls_body(c, message);
    struct bytes ticket;

    return bytes_skip(&body, 4) && bytes_vector(&body, 2, &ticket) && bytes_done(&body);
}
