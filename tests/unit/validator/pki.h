/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pki: the chains of tests/pki for unit tests.
 *
 * They lie in $CELLGATE_PKI; the first test that needs them makes them there. Programs may run at the same time: each
 * makes its own and one of them wins.
 */
#ifndef CELLGATE_TESTS_VALIDATOR_PKI_H
#define CELLGATE_TESTS_VALIDATOR_PKI_H

#include "base/bytes.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PKI_CHAIN_MAX 8

/* 2026-06-01T00:00:00Z: what tests/pki calls valid is valid then. */
#define PKI_TIME_US (INT64_C(1780272000) * 1000000)

struct pki_chain {
    struct bytes der[PKI_CHAIN_MAX]; /* the caller's: pki_free() */
    size_t num;
};

static inline const char *pki_folder(void)
{
    const char *folder = getenv("CELLGATE_PKI");
    const char *source = getenv("CELLGATE_SOURCE");
    char command[1024];
    char path[512];

    assert_non_null(folder);
    assert_non_null(source);
    snprintf(path, sizeof(path), "%s/index.tsv", folder);
    if (access(path, R_OK) == 0)
        return folder;
    snprintf(path, sizeof(path), "%s.%d", folder, (int)getpid());
    snprintf(command, sizeof(command), "'%s/tests/pki/make' '%s' >&2", source, path);
    assert_int_equal(system(command), 0);
    if (rename(path, folder) != 0) { /* another program was faster */
        snprintf(command, sizeof(command), "rm -r '%s'", path);
        assert_int_equal(system(command), 0);
    }
    return folder;
}

static inline FILE *pki_open(const char *domain, const char *file)
{
    char path[512];
    FILE *in;

    snprintf(path, sizeof(path), "%s/%s/%s", pki_folder(), domain, file);
    in = fopen(path, "r");
    assert_non_null(in);
    return in;
}

/* All certificates of a PEM file ("machine.chain.pem", "root.pem"). */
static inline struct pki_chain pki_load(const char *domain, const char *file)
{
    struct pki_chain chain = {.num = 0};
    FILE *in = pki_open(domain, file);
    char *name;
    char *header;
    unsigned char *data;
    long len;

    while (PEM_read(in, &name, &header, &data, &len) == 1) {
        assert_true(chain.num < PKI_CHAIN_MAX);
        chain.der[chain.num++] = bytes_of(data, (size_t)len);
        OPENSSL_free(name);
        OPENSSL_free(header);
    }
    fclose(in);
    assert_true(chain.num != 0);
    return chain;
}

/* The chain that a program with this leaf sends. */
static inline struct pki_chain pki_leaf(const char *domain, const char *leaf)
{
    char file[128];

    snprintf(file, sizeof(file), "%s.chain.pem", leaf);
    return pki_load(domain, file);
}

static inline void pki_free(struct pki_chain *chain)
{
    for (size_t i = 0; i < chain->num; i++)
        OPENSSL_free((void *)(uintptr_t)chain->der[i].at);
    chain->num = 0;
}

static inline EVP_PKEY *pki_key(const char *domain, const char *leaf)
{
    char file[128];
    FILE *in;
    EVP_PKEY *key;

    snprintf(file, sizeof(file), "%s.key", leaf);
    in = pki_open(domain, file);
    key = PEM_read_PrivateKey(in, NULL, NULL, NULL);
    fclose(in);
    assert_non_null(key);
    return key;
}

#endif
