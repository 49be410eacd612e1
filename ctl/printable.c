/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/printable.h"

struct range {
    uint32_t first;
    uint32_t last;
};

/* Characters that are valid and yet show nothing, or show something else than they are. */
static const struct range hidden[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f},   {0x00ad, 0x00ad},    {0x034f, 0x034f}, {0x061c, 0x061c}, {0x115f, 0x1160},
    {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},    {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
    {0xe000, 0xf8ff}, {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},    {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb},
    {0xfffe, 0xffff}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff},
};

static bool shows_itself(uint32_t code)
{
    if (code >= 0x20 && code < 0x7f)
        return true;
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        if (code >= hidden[i].first && code <= hidden[i].last)
            return false;
    return (code & 0xfffe) != 0xfffe;
}

/* The character at the start of `text` and its length in bytes; 0 where there is no well-formed one (RFC 3629 4). */
static size_t character(struct bytes text, uint32_t *code)
{
    uint8_t head = text.at[0];
    size_t len = head < 0x80 ? 1 : head < 0xc2 ? 0 : head < 0xe0 ? 2 : head < 0xf0 ? 3 : head < 0xf5 ? 4 : 0;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    if (len == 0 || len > text.left)
        return 0;
    *code = len == 1 ? head : head & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        if ((text.at[i] & 0xc0) != 0x80)
            return 0;
        *code = (*code << 6) | (text.at[i] & 0x3fU);
    }
    if (*code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
        return 0;
    return len;
}

static size_t escape(char *out, uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";

    if (byte == '\\') {
        out[0] = out[1] = '\\';
        return 2;
    }
    out[0] = '\\';
    out[1] = 'x';
    out[2] = hex[byte >> 4];
    out[3] = hex[byte & 15];
    return 4;
}

/* How many characters at the start are plain ASCII: nearly all of nearly every text. */
static size_t plain_run(struct bytes text, size_t max)
{
    size_t len = 0;

    while (len < text.left && len < max && text.at[len] >= 0x20 && text.at[len] < 0x7f && text.at[len] != '\\')
        len++;
    return len;
}

/* One character as it is, or its bytes as escapes, in `out`; what it became in `len`, what it was as the result. */
static size_t convert(char out[4 * CTL_PRINTABLE_GROWTH], size_t *len, struct bytes text, bool backslash)
{
    uint32_t code = 0;
    size_t taken = character(text, &code);

    *len = 0;
    if (taken != 0 && shows_itself(code) && (code != '\\' || backslash)) {
        memcpy(out, text.at, taken);
        *len = taken;
        return taken;
    }
    taken = taken == 0 ? 1 : taken;
    for (size_t i = 0; i < taken; i++)
        *len += escape(out + *len, text.at[i]);
    return taken;
}

static size_t make_printable(char *out, size_t size, struct bytes text, bool backslash)
{
    size_t used = 0;

    while (text.left != 0) {
        size_t len = plain_run(text, size - used - 1);
        size_t taken = len;
        char piece[4 * CTL_PRINTABLE_GROWTH];

        if (len != 0) {
            memcpy(out + used, text.at, len);
        } else {
            taken = convert(piece, &len, text, backslash);
            if (len >= size - used)
                break;
            memcpy(out + used, piece, len);
        }
        used += len;
        if (!bytes_skip(&text, taken))
            break;
    }
    out[used] = 0;
    return used;
}

size_t ctl_printable(char *out, size_t size, struct bytes text)
{
    return make_printable(out, size, text, false);
}

size_t ctl_printable_rest(char *out, size_t size, struct bytes text)
{
    return make_printable(out, size, text, true);
}
