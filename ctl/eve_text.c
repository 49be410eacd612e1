/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/eve_text.h"

#include "base/clock.h"
#include "ctl/printable.h"
#include "validator/suite.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <time.h>

#define END_MAX (CTL_EVE_ADDRESS_MAX + 8)

void ctl_eve_time(char out[CTL_EVE_TIME_MAX], int64_t time_us)
{
    int64_t fraction = time_us % CLOCK_US_PER_S;
    time_t seconds = (time_t)(time_us / CLOCK_US_PER_S);
    struct tm parts = {.tm_mday = 1};
    size_t len;

    if (fraction < 0) {
        fraction += CLOCK_US_PER_S;
        seconds--;
    }
    (void)gmtime_r(&seconds, &parts);
    len = strftime(out, CTL_EVE_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(out + len, CTL_EVE_TIME_MAX - len, ".%06d+0000", (int)fraction);
}

void ctl_eve_address(char out[CTL_EVE_ADDRESS_MAX], uint8_t family, const uint8_t address[16])
{
    if (!inet_ntop(family == 6 ? AF_INET6 : AF_INET, address, out, CTL_EVE_ADDRESS_MAX))
        out[0] = 0;
}

/* The name of a final version; NULL for drafts and everything else. */
static const char *final_version(uint16_t version)
{
    switch (version) {
    case 0:
        return "UNDETERMINED";
    case 0x0300:
        return "SSLv3";
    case 0x0301:
        return "TLSv1";
    case 0x0302:
        return "TLS 1.1";
    case 0x0303:
        return "TLS 1.2";
    case 0x0304:
        return "TLS 1.3";
    default:
        return NULL;
    }
}

void ctl_eve_version(char out[CTL_EVE_VERSION_MAX], uint16_t version)
{
    const char *name = final_version(version);

    if (name != NULL)
        (void)snprintf(out, CTL_EVE_VERSION_MAX, "%s", name);
    else if (version >> 8 == 0x7f) /* draft-ietf-tls-tls13-28, 4.2.1.1: 0x7f00 and the draft's number */
        (void)snprintf(out, CTL_EVE_VERSION_MAX, "TLS 1.3 draft-%u", version & 0xffU);
    else
        (void)snprintf(out, CTL_EVE_VERSION_MAX, "0x%04x", version);
}

void ctl_eve_cipher(char out[CTL_EVE_CIPHER_MAX], uint16_t cipher)
{
    const struct val_suite *suite = val_suite_find(cipher);

    if (suite)
        (void)snprintf(out, CTL_EVE_CIPHER_MAX, "%s", suite->name);
    else
        (void)snprintf(out, CTL_EVE_CIPHER_MAX, "0x%04x", cipher);
}

const char *ctl_eve_action(const struct val_verdict *verdict)
{
    return verdict->action == VAL_ACTION_ACCEPT ? "accept" : "block";
}

static void end_text(char out[END_MAX], uint8_t family, const uint8_t address[16], uint16_t port)
{
    char text[CTL_EVE_ADDRESS_MAX];

    ctl_eve_address(text, family, address);
    (void)snprintf(out, END_MAX, family == 6 ? "[%s]:%u" : "%s:%u", text, port);
}

#define ROW "%-12s %-26s %-6s %-12s %-16s %-21s -> %-21s %s\n"

const char *ctl_eve_heading(void)
{
    return "verdict      reason                     grades version      conduit          client                -> "
           "server                name\n";
}

size_t ctl_eve_row(char out[CTL_EVE_ROW_MAX], const struct val_verdict *verdict, const struct val_case *c,
                   const char *conduit)
{
    char sni[CTL_EVE_SNI_MAX * CTL_PRINTABLE_GROWTH + 1];
    struct bytes name = case_bytes(c, c->tls.sni);
    char client[END_MAX];
    char server[END_MAX];
    char grades[8];
    char action[16];
    char version[CTL_EVE_VERSION_MAX] = "-";

    if (c->tls.server_hello_seen)
        ctl_eve_version(version, c->tls.version);
    name.left = name.left < CTL_EVE_SNI_MAX ? name.left : CTL_EVE_SNI_MAX;
    (void)ctl_printable(sni, sizeof(sni), name);
    end_text(client, c->flow.family, c->flow.client_address, c->flow.client_port);
    end_text(server, c->flow.family, c->flow.server_address, c->flow.server_port);
    (void)snprintf(action, sizeof(action), "%s%s", verdict->monitor ? "would " : "", ctl_eve_action(verdict));
    (void)snprintf(grades, sizeof(grades), "G%u/G%u", verdict->grade[CASE_CLIENT] % 10U,
                   verdict->grade[CASE_SERVER] % 10U);
    (void)snprintf(out, CTL_EVE_ROW_MAX, ROW, action, reason_name((enum reason)verdict->reason), grades, version,
                   conduit ? conduit : "-", client, server, sni[0] ? sni : "-");
    return strlen(out);
}
