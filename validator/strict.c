/* SPDX-License-Identifier: BSD-3-Clause */
#include "validator/strict.h"

#define CLASS_MASK      0xc0
#define CLASS_UNIVERSAL 0x00
#define CONSTRUCTED     0x20

enum universal_tag {
    TAG_END_OF_CONTENTS = 0, /* BER's indefinite lengths end with it */
    TAG_BOOLEAN = 1,
    TAG_INTEGER = 2,
    TAG_BIT_STRING = 3,
    TAG_NULL = 5,
    TAG_OBJECT_IDENTIFIER = 6,
    TAG_ENUMERATED = 10,
    TAG_SEQUENCE = 16,
    TAG_SET = 17,
    TAG_UTC_TIME = 23,
    TAG_GENERALIZED_TIME = 24,
    TAG_LONG_FORM = 31,
};

/* X.690 8.1.2: tag numbers from 31 on take further bytes, base 128, shortest. */
static bool tag_take(struct bytes *in, uint8_t *class_form, uint32_t *number)
{
    uint8_t first;
    uint8_t next;

    if (!bytes_u8(in, &first))
        return false;
    *class_form = first & (CLASS_MASK | CONSTRUCTED);
    *number = first & TAG_LONG_FORM;
    if (*number != TAG_LONG_FORM)
        return true;
    *number = 0;
    do {
        if (!bytes_u8(in, &next) || *number > (UINT32_MAX >> 7) || (*number == 0 && next == 0x80))
            return false;
        *number = (*number << 7) | (next & 0x7fU);
    } while (next & 0x80);
    return *number >= TAG_LONG_FORM;
}

/* X.690 10.1: definite, in the fewest bytes. */
static bool length_take(struct bytes *in, uint32_t *len)
{
    uint8_t first;
    unsigned width;

    if (!bytes_u8(in, &first))
        return false;
    *len = first;
    if (first < 0x80)
        return true;
    width = first & 0x7fU;
    if (width < 1 || width > 4 || !bytes_uint(in, width, len))
        return false;
    return *len >= 0x80 && *len >> (8 * (width - 1)) != 0;
}

static bool integer_ok(struct bytes value)
{
    if (value.left == 0)
        return false;
    if (value.left == 1)
        return true;
    return !(value.at[0] == 0x00 && value.at[1] < 0x80) && !(value.at[0] == 0xff && value.at[1] >= 0x80);
}

static bool bit_string_ok(struct bytes value)
{
    if (value.left == 0 || value.at[0] > 7)
        return false;
    if (value.left == 1)
        return value.at[0] == 0;
    return (value.at[value.left - 1] & ((1U << value.at[0]) - 1)) == 0;
}

static bool object_identifier_ok(struct bytes value)
{
    bool starts = true;

    if (value.left == 0)
        return false;
    for (size_t i = 0; i < value.left; i++) {
        if (starts && value.at[i] == 0x80)
            return false;
        starts = value.at[i] < 0x80;
    }
    return starts;
}

/* RFC 5280 4.1.2.5: YYMMDDHHMMSSZ and YYYYMMDDHHMMSSZ, without fractions and without other zones. */
static bool time_ok(struct bytes value, size_t digits)
{
    if (value.left != digits + 1 || value.at[digits] != 'Z')
        return false;
    for (size_t i = 0; i < digits; i++)
        if (value.at[i] < '0' || value.at[i] > '9')
            return false;
    return true;
}

static bool primitive_ok(uint32_t tag, struct bytes value)
{
    switch (tag) {
    case TAG_BOOLEAN:
        return value.left == 1 && (value.at[0] == 0x00 || value.at[0] == 0xff);
    case TAG_INTEGER:
    case TAG_ENUMERATED:
        return integer_ok(value);
    case TAG_BIT_STRING:
        return bit_string_ok(value);
    case TAG_NULL:
        return value.left == 0;
    case TAG_OBJECT_IDENTIFIER:
        return object_identifier_ok(value);
    case TAG_UTC_TIME:
        return time_ok(value, 12);
    case TAG_GENERALIZED_TIME:
        return time_ok(value, 14);
    case TAG_END_OF_CONTENTS:
    case TAG_SEQUENCE:
    case TAG_SET:
        return false;
    default:
        return true;
    }
}

/* One value and all that is in it; the recursion ends at VAL_STRICT_DEPTH_MAX. */
static bool value_ok(struct bytes *in, unsigned depth)
{
    uint8_t class_form;
    uint32_t tag;
    uint32_t len;
    struct bytes value;

    if (depth == 0 || !tag_take(in, &class_form, &tag) || !length_take(in, &len) || !bytes_take(in, len, &value))
        return false;
    if (class_form == CLASS_UNIVERSAL)
        return primitive_ok(tag, value);
    if (!(class_form & CONSTRUCTED))
        return true;
    if ((class_form & CLASS_MASK) == CLASS_UNIVERSAL && tag != TAG_SEQUENCE && tag != TAG_SET)
        return false;
    while (!bytes_done(&value))
        if (!value_ok(&value, depth - 1))
            return false;
    return true;
}

bool val_strict_check(struct bytes in)
{
    return value_ok(&in, VAL_STRICT_DEPTH_MAX) && bytes_done(&in);
}
