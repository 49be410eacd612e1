/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * eve_text: the words of a verdict record: times, addresses, versions, suites, and the row of the table for people.
 *
 * Threads: any; no state. It knows no JSON (ctl/eve does). Texts from the wire leave it printable.
 */
#ifndef CELLGATE_CTL_EVE_TEXT_H
#define CELLGATE_CTL_EVE_TEXT_H

#include "validator/case.h"
#include "validator/verdict.h"

#define CTL_EVE_TIME_MAX    40
#define CTL_EVE_ADDRESS_MAX 48
#define CTL_EVE_CIPHER_MAX  64
#define CTL_EVE_VERSION_MAX 24
#define CTL_EVE_SNI_MAX     256 /* bytes of a server name that are shown; a DNS name has at most 253 */
#define CTL_EVE_ROW_MAX     2048

/* ctl_eve_time: "2026-01-31T12:00:00.123456+0000", always UTC. */
void ctl_eve_time(char out[CTL_EVE_TIME_MAX], int64_t time_us);

/* ctl_eve_address: an IPv4 (family 4) or IPv6 address. */
void ctl_eve_address(char out[CTL_EVE_ADDRESS_MAX], uint8_t family, const uint8_t address[16]);

/* ctl_eve_version: the version as Suricata writes it: "SSLv3", "TLSv1", "TLS 1.1", ..., "TLS 1.3 draft-28"; "UNDETERMINED"
 * where no ServerHello came, and the number ("0xfb1a") of what has no name. */
void ctl_eve_version(char out[CTL_EVE_VERSION_MAX], uint16_t version);

/* ctl_eve_cipher: the IANA name of a suite, or its number as "0x1a2b". */
void ctl_eve_cipher(char out[CTL_EVE_CIPHER_MAX], uint16_t cipher);

/* ctl_eve_action: "accept" or "block": what the policy decides, whatever the mode. Undecided reads as block. */
const char *ctl_eve_action(const struct val_verdict *verdict);

/* ctl_eve_heading: the line above the rows. */
const char *ctl_eve_heading(void);

/* ctl_eve_row: one line with its newline; its length. `conduit` may be NULL. */
size_t ctl_eve_row(char out[CTL_EVE_ROW_MAX], const struct val_verdict *verdict, const struct val_case *c,
                   const char *conduit);

#endif
