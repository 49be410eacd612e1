/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * file: a whole file into memory, with a bound.
 *
 * For files that a person names: settings, policies, certificates. The bound holds whatever the file is (a device, a pipe),
 * because what counts is what was read, not what the file system says.
 *
 * Threads: any; no state. Ownership: the memory is the caller's, freed with free(). It does not parse anything.
 */
#ifndef CELLGATE_CTL_FILE_H
#define CELLGATE_CTL_FILE_H

#include "base/bytes.h"

/* ctl_file_read: the bytes of the file `path`, at most `max`. 0, or a negative errno; -EFBIG when it is longer. */
BYTES_MUST_CHECK int ctl_file_read(uint8_t **data, size_t *len, const char *path, size_t max);

#endif
