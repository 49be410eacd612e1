/* SPDX-License-Identifier: BSD-3-Clause */
#include "mint_random.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#define BLOCK_LEN 32
#define LABEL_MAX 32

void mint_random(void *out, size_t len, uint64_t seed, const char *label, uint64_t index)
{
    uint8_t input[24 + LABEL_MAX] = {0};
    uint8_t block[BLOCK_LEN];
    uint8_t *at = out;
    size_t label_len = strlen(label);

    if (label_len > LABEL_MAX)
        mint_die("the label %s is too long", label);
    memcpy(input, &seed, sizeof(seed));
    memcpy(input + 8, &index, sizeof(index));
    for (size_t i = 0; i < label_len; i++)
        input[24 + i] = (uint8_t)label[i];
    for (uint64_t counter = 0; len != 0; counter++) {
        size_t part = len < BLOCK_LEN ? len : BLOCK_LEN;

        memcpy(input + 16, &counter, sizeof(counter));
        if (EVP_Digest(input, 24 + label_len, block, NULL, EVP_sha256(), NULL) != 1)
            mint_die("SHA-256 failed");
        memcpy(at, block, part);
        at += part;
        len -= part;
    }
}

void mint_die(const char *format, ...)
{
    va_list arguments;

    fputs("mint: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}
