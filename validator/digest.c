/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>

static bool digest(uint8_t *out, size_t len, const EVP_MD *hash, struct bytes data)
{
    uint8_t value[EVP_MAX_MD_SIZE];
    unsigned value_len = 0;
    bool good = EVP_Digest(data.at, data.left, value, &value_len, hash, NULL) == 1 && value_len == len;

    if (good)
        memcpy(out, value, len);
    else
        memset(out, 0, len);
    ERR_clear_error();
    return good;
}

bool val_digest_sha256(uint8_t out[VAL_SHA256_LEN], struct bytes data)
{
    return digest(out, VAL_SHA256_LEN, EVP_sha256(), data);
}

bool val_digest_md5(uint8_t out[VAL_MD5_LEN], struct bytes data)
{
    return digest(out, VAL_MD5_LEN, EVP_md5(), data);
}
