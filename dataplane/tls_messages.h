/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tls_messages: the messages of a TLS <= 1.2 handshake after the hellos, from bytes in a case to fields of that case.
 *
 * Each function takes a whole message (header included) that stands in the case's transcript. False: malformed, that is, its
 * lengths do not fit or a field is empty that may not be; what was understood before stays in the case. `version` is the
 * negotiated one: it says whether signatures carry a scheme (TLS 1.2).
 *
 * What a suite demands is asked of validator/suite. Where it says nothing about ServerKeyExchange (PSK, SRP, unknown suites, a
 * message that the suite does not have) the body is kept as a whole, without a signature, and the judge refuses or grades it.
 *
 * RFC 5246 7.4.2 to 7.4.8, 4346, 2246, 8422 5.4, 5.7, 6066 8, 6961, 5077 3.3. Ownership: the case is borrowed.
 * It does not parse certificates, keys, signatures or OCSP answers.
 */
#ifndef CELLGATE_DATAPLANE_TLS_MESSAGES_H
#define CELLGATE_DATAPLANE_TLS_MESSAGES_H

#include "base/bytes.h"
#include "validator/case.h"

#include <stdbool.h>

/* dp_tls_certificate: the chain that `side` sent, possibly empty. More than CASE_CERTIFICATES_MAX is malformed, with the
 * first ones kept. */
BYTES_MUST_CHECK bool dp_tls_certificate(struct val_case *c, int side, struct case_span message);

/* dp_tls_certificate_status: the staple; with the multiple form (RFC 6961) the first answer, which is the leaf's. */
BYTES_MUST_CHECK bool dp_tls_certificate_status(struct val_case *c, struct case_span message);

/* dp_tls_server_key_exchange: the parameters as what the server's signature covers, scheme and signature. */
BYTES_MUST_CHECK bool dp_tls_server_key_exchange(struct val_case *c, struct case_span message, uint16_t version);

/* dp_tls_certificate_request: the kinds of certificates and the schemes that the server takes. */
BYTES_MUST_CHECK bool dp_tls_certificate_request(struct val_case *c, struct case_span message, uint16_t version);

/* dp_tls_client_key_exchange: checks the form where the suite gives one; nothing of it is kept. */
BYTES_MUST_CHECK bool dp_tls_client_key_exchange(const struct val_case *c, struct case_span message, uint16_t version);

/* dp_tls_certificate_verify: the client's signature, over all messages before this one. */
BYTES_MUST_CHECK bool dp_tls_certificate_verify(struct val_case *c, struct case_span message, uint16_t version);

/* dp_tls_new_session_ticket: checks the form; nothing of it is kept. */
BYTES_MUST_CHECK bool dp_tls_new_session_ticket(const struct val_case *c, struct case_span message);

#endif
