/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * policy_file: a policy as its author wrote it (YAML, docs/policy.md), turned into a compiled snapshot or refused whole.
 *
 * A file is read, checked for form (unknown and repeated keys, types, ranges), then for sense (names that stand for
 * nothing, duplicates, networks with host bits), then compiled by val_policy_new(). Every complaint names file, line and
 * column. Nothing outside is touched before all of that has succeeded: a bad file changes nothing.
 *
 * Anchor files are read relative to the folder of the policy file: PEM with one or several certificates, or DER.
 *
 * Bounds: policy file 4 MB, anchor file 1 MB, CTL_POLICY_ANCHORS_MAX anchors in all, names and counts as in
 * validator/policy.h.
 *
 * Threads: any; no state. Ownership: the snapshot is the caller's, freed with val_policy_free(). On failure `*out` is
 * left as it was and at least one complaint is there.
 *
 * It does not watch files, does not swap snapshots and does not know epochs: the caller numbers them.
 */
#ifndef CELLGATE_CTL_POLICY_FILE_H
#define CELLGATE_CTL_POLICY_FILE_H

#include "base/bytes.h"
#include "ctl/complaint.h"
#include "validator/policy.h"

#define CTL_POLICY_ANCHORS_MAX      1024
#define CTL_POLICY_ANCHOR_BYTES_MAX (1024 * 1024)
#define CTL_POLICY_DEFAULT_VERSION  0x0303 /* TLS 1.2 */
#define CTL_POLICY_DEFAULT_RSA_BITS 2048
#define CTL_POLICY_DEFAULT_EC_BITS  256

/* Where the bytes of anchor files come from: the file system, or a test's memory. */
struct ctl_anchor_source {
    /* read: the whole file `name` (as the policy wrote it) into fresh memory, freed by the caller with free(); 0, or a
     * negative errno (-EFBIG past the bound). */
    int (*read)(const struct ctl_anchor_source *source, uint8_t **data, size_t *len, const char *name);
    const char *folder; /* for relative names */
};

/* ctl_policy_load: the policy in the file `path`, compiled under `epoch`. 0, or -1 with complaints. */
BYTES_MUST_CHECK int ctl_policy_load(struct val_policy **out, struct ctl_complaints *complaints, const char *path,
                                     uint32_t epoch);

/* ctl_policy_read: as above from the text itself; `file` is what complaints call it, `anchors` gives the anchor files. */
BYTES_MUST_CHECK int ctl_policy_read(struct val_policy **out, struct ctl_complaints *complaints, const char *file,
                                     struct bytes text, const struct ctl_anchor_source *anchors, uint32_t epoch);

#endif
