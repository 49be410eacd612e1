/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/verdict.h"

#include "validator/case.h"

/* RFC 5246 7.2 */
enum alert {
    ALERT_HANDSHAKE_FAILURE = 40,
    ALERT_BAD_CERTIFICATE = 42,
    ALERT_UNSUPPORTED_CERTIFICATE = 43,
    ALERT_CERTIFICATE_EXPIRED = 45,
    ALERT_UNKNOWN_CA = 48,
    ALERT_ACCESS_DENIED = 49,
    ALERT_PROTOCOL_VERSION = 70,
};

/* What tells a peer about its own certificate; bad_certificate where nothing more exact is left to say. */
static enum alert alert_about_certificate(enum reason reason)
{
    switch (reason) {
    case REASON_EXPIRED:
    case REASON_NOT_YET_VALID:
        return ALERT_CERTIFICATE_EXPIRED;
    case REASON_UNKNOWN_ISSUER:
    case REASON_SELF_SIGNED:
    case REASON_DOMAIN_NOT_RECOGNISED:
        return ALERT_UNKNOWN_CA;
    case REASON_WRONG_USAGE:
    case REASON_UNSUPPORTED_ALGORITHM:
    case REASON_UNHANDLED_CRITICAL:
        return ALERT_UNSUPPORTED_CERTIFICATE;
    default:
        return ALERT_BAD_CERTIFICATE;
    }
}

uint8_t val_alert_for(const struct val_verdict *verdict, int side)
{
    unsigned refused = side == CASE_CLIENT ? 1U : 2U;

    if (verdict->reason == REASON_VERSION_NOT_ALLOWED)
        return ALERT_PROTOCOL_VERSION;
    if (verdict->reason == REASON_RESUMPTION_UNBOUND)
        return ALERT_HANDSHAKE_FAILURE;
    if (verdict->side_refused & refused)
        return (uint8_t)alert_about_certificate((enum reason)verdict->reason);
    return ALERT_ACCESS_DENIED;
}
