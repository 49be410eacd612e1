/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mint_people: the two domains of the generated traffic: a producer's machines and a shoe brand's software.
 *
 * Each domain has a root, an intermediate and as many leaves as asked for, all P-256, all made from the seed: keys are
 * derived from it and signatures are deterministic (RFC 6979), so that a seed always gives the same bytes. Every leaf
 * bears a DNS name of its own. There is one more key, the thief's, that no certificate bears.
 *
 * Order of calls: mint_people_new(), any use (from any thread: nothing changes any more), mint_people_free().
 * A failure of the library ends the program.
 */
#ifndef CELLGATE_PERF_MINT_PEOPLE_H
#define CELLGATE_PERF_MINT_PEOPLE_H

#include <stdint.h>
#include <stdio.h>

#include <openssl/types.h>

#define MINT_NAME_MAX      64
#define MINT_SIGNATURE_MAX 72 /* DER of an ECDSA signature with P-256 */

enum mint_side { MINT_CLIENT = 0, MINT_SERVER = 1, MINT_SIDES = 2 };

struct mint_person {
    EVP_PKEY *key;
    uint8_t *der; /* the certificate */
    size_t der_len;
    char name[MINT_NAME_MAX]; /* the DNS name in it; of an authority, its common name */
};

struct mint_domain {
    struct mint_person root;
    struct mint_person intermediate;
    struct mint_person *leaf;
};

struct mint_people {
    struct mint_domain domain[MINT_SIDES]; /* by the side that its leaves stand on */
    EVP_PKEY *thief;
    uint32_t num_leaves;
};

/* mint_people_new: everybody, with `num_leaves` (at least 1) leaves on each side. */
struct mint_people *mint_people_new(uint64_t seed, uint32_t num_leaves);
void mint_people_free(struct mint_people *people);

/* mint_people_write: writes DIR/policy.yaml and DIR/anchors/{producer,brand}-root.pem, making the folders. */
void mint_people_write(const struct mint_people *people, const char *dir);

/* mint_sign: ECDSA with SHA-256 over the `digest` of 32 bytes, deterministic; returns the length of `signature`. */
size_t mint_sign(uint8_t signature[MINT_SIGNATURE_MAX], EVP_PKEY *key, const uint8_t digest[32]);

/* mint_create: opens DIR/NAME for writing, making DIR; ends the program when it cannot. */
FILE *mint_create(const char *dir, const char *name);

#endif
