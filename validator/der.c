/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/der.h"

#define TAG_LONG_FORM    0x1f
#define LENGTH_LONG_FORM 0x80

bool val_der_next(struct bytes *in, uint8_t *tag, struct bytes *content)
{
    struct bytes at = *in;
    uint8_t found;
    uint8_t first;
    uint32_t len;

    if (!bytes_u8(&at, &found) || (found & TAG_LONG_FORM) == TAG_LONG_FORM || !bytes_u8(&at, &first))
        return false;
    len = first;
    if (first >= LENGTH_LONG_FORM) {
        size_t width = first & 0x7fU;

        if (width == 0 || width > 4 || !bytes_uint(&at, width, &len))
            return false;
        /* X.690 10.1: the shortest form that holds it */
        if (len < LENGTH_LONG_FORM || (width > 1 && (len >> (8 * (width - 1))) == 0))
            return false;
    }
    if (!bytes_take(&at, len, content))
        return false;
    *tag = found;
    *in = at;
    return true;
}

bool val_der_take(struct bytes *in, uint8_t tag, struct bytes *content)
{
    struct bytes at = *in;
    struct bytes found_content;
    uint8_t found;

    if (!val_der_next(&at, &found, &found_content) || found != tag)
        return false;
    *content = found_content;
    *in = at;
    return true;
}

bool val_der_next_is(const struct bytes *in, uint8_t tag)
{
    return in->left != 0 && in->at[0] == tag;
}
