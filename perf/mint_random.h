/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mint_random: bytes that look random and follow from a seed, a label and a number alone.
 *
 * Counter mode of SHA-256: the same arguments give the same bytes on every machine, in every order and thread.
 * Good for test data and test keys, for nothing else. A failure of the library ends the program.
 */
#ifndef CELLGATE_PERF_MINT_RANDOM_H
#define CELLGATE_PERF_MINT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* mint_random: fills `out` with `len` bytes. `label` keeps uses apart, `index` the objects of one use. */
void mint_random(void *out, size_t len, uint64_t seed, const char *label, uint64_t index);

/* mint_die: says what went wrong and ends the program with status 1. */
__attribute__((noreturn, format(printf, 1, 2))) void mint_die(const char *format, ...);

#endif
