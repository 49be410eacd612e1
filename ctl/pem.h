/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pem: the certificates in a file, as DER.
 *
 * A file is PEM (RFC 7468: any number of CERTIFICATE blocks, with text or blocks of other kinds between them, which are
 * passed over) or one certificate in DER (known by its first two bytes). What stands in a block is decoded and not
 * looked at: whether it is a certificate is for the validator to say.
 *
 * Threads: any; no state. Ownership: ctl_pem_fini() frees what ctl_pem_init() made; the views point into it.
 */
#ifndef CELLGATE_CTL_PEM_H
#define CELLGATE_CTL_PEM_H

#include "base/bytes.h"

#define CTL_PEM_CERTIFICATES_MAX 1024
#define CTL_PEM_PROBLEM_MAX      96

struct ctl_pem {
    uint8_t *memory;
    struct bytes *certificate; /* in the order of the file */
    size_t num;                /* at least 1 after success */
};

/* ctl_pem_init: reads `file`; false with a sentence in `problem`, and nothing to free then. */
BYTES_MUST_CHECK bool ctl_pem_init(struct ctl_pem *pem, char problem[CTL_PEM_PROBLEM_MAX], struct bytes file);
void ctl_pem_fini(struct ctl_pem *pem);

#endif
