/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/ja.h"

#include "validator/digest.h"

#include <stdlib.h>

#define EXTENSION_SNI      0
#define EXTENSION_GROUPS   10
#define EXTENSION_FORMATS  11
#define EXTENSION_SCHEMES  13
#define EXTENSION_ALPN     16
#define EXTENSION_VERSIONS 43

#define JA4_HASH_LEN  12
#define JA4_COUNT_MAX 99

struct items {
    uint16_t item[CTL_JA_ITEMS_MAX];
    size_t num;
};

struct hello {
    uint16_t version;
    bool sni;
    uint16_t version_best; /* of supported_versions; 0: absent */
    struct items suites;
    struct items extensions;
    struct items groups;
    struct items schemes;
    struct bytes formats;
    struct bytes alpn; /* the first name */
};

/* RFC 8701: 0x0a0a, 0x1a1a, ..., 0xfafa. */
static bool is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static bool add_item(struct items *items, uint16_t value)
{
    if (is_grease(value))
        return true;
    if (items->num == CTL_JA_ITEMS_MAX)
        return false;
    items->item[items->num++] = value;
    return true;
}

static bool read_items(struct items *items, struct bytes list)
{
    while (!bytes_done(&list)) {
        uint16_t value;

        if (!bytes_u16(&list, &value) || !add_item(items, value))
            return false;
    }
    return true;
}

static bool read_versions(struct hello *hello, struct bytes body)
{
    struct bytes list;
    uint16_t version;

    if (!bytes_vector(&body, 1, &list))
        return false;
    while (bytes_u16(&list, &version))
        if (!is_grease(version) && version > hello->version_best)
            hello->version_best = version;
    return true;
}

static bool read_extension(struct hello *hello, uint16_t type, struct bytes body)
{
    struct bytes list;

    switch (type) {
    case EXTENSION_SNI:
        hello->sni = true;
        return true;
    case EXTENSION_GROUPS:
        return bytes_vector(&body, 2, &list) && read_items(&hello->groups, list);
    case EXTENSION_SCHEMES:
        return bytes_vector(&body, 2, &list) && read_items(&hello->schemes, list);
    case EXTENSION_FORMATS:
        return bytes_vector(&body, 1, &hello->formats);
    case EXTENSION_VERSIONS:
        return read_versions(hello, body);
    case EXTENSION_ALPN:
        return bytes_vector(&body, 2, &list) && (bytes_done(&list) || bytes_vector(&list, 1, &hello->alpn));
    default:
        return true;
    }
}

static bool read_extensions(struct hello *hello, struct bytes in)
{
    struct bytes list;

    if (bytes_done(&in))
        return true; /* RFC 5246 7.4.1.2: a hello may end without any */
    if (!bytes_vector(&in, 2, &list))
        return false;
    while (!bytes_done(&list)) {
        struct bytes body;
        uint16_t type;

        if (!bytes_u16(&list, &type) || !bytes_vector(&list, 2, &body) || !add_item(&hello->extensions, type) ||
            !read_extension(hello, type, body))
            return false;
    }
    return true;
}

static bool read_hello(struct hello *hello, struct bytes in)
{
    struct bytes part;

    return bytes_skip(&in, 4) && bytes_u16(&in, &hello->version) && bytes_skip(&in, 32) && /* type, length; random */
           bytes_vector(&in, 1, &part) &&                                                  /* session_id */
           bytes_vector(&in, 2, &part) && read_items(&hello->suites, part) &&
           bytes_vector(&in, 1, &part) && /* compression_methods */
           read_extensions(hello, in);
}

/* Text under construction; what does not fit is left out, and `full` says so. No printf: a record has hundreds of numbers. */
struct text {
    char *at;
    size_t size;
    size_t len;
    bool full;
};

static struct text text_in(char *at, size_t size)
{
    at[0] = 0;
    return (struct text){.at = at, .size = size};
}

static void put(struct text *text, const char *piece, size_t len)
{
    if (text->full || len >= text->size - text->len) {
        text->full = true;
        return;
    }
    memcpy(text->at + text->len, piece, len);
    text->len += len;
    text->at[text->len] = 0;
}

static void put_decimal(struct text *text, uint16_t value)
{
    char digits[5];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value = (uint16_t)(value / 10);
    } while (value != 0);
    put(text, digits + at, sizeof(digits) - at);
}

static void put_hex(struct text *text, const uint8_t *bytes, size_t num)
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < num; i++) {
        char digits[] = {hex[bytes[i] >> 4], hex[bytes[i] & 15]};

        put(text, digits, sizeof(digits));
    }
}

static void put_decimals(struct text *text, const struct items *items)
{
    for (size_t i = 0; i < items->num; i++) {
        put(text, "-", i != 0);
        put_decimal(text, items->item[i]);
    }
    put(text, ",", 1);
}

static void put_hexes(struct text *text, const struct items *items)
{
    for (size_t i = 0; i < items->num; i++) {
        uint8_t bytes[] = {(uint8_t)(items->item[i] >> 8), (uint8_t)items->item[i]};

        put(text, ",", i != 0);
        put_hex(text, bytes, sizeof(bytes));
    }
}

static bool make_ja3(struct ctl_ja *out, const struct hello *hello)
{
    struct text text = text_in(out->ja3, sizeof(out->ja3));
    struct text hash = text_in(out->ja3_hash, sizeof(out->ja3_hash));
    uint8_t md5[VAL_MD5_LEN];

    put_decimal(&text, hello->version);
    put(&text, ",", 1);
    put_decimals(&text, &hello->suites);
    put_decimals(&text, &hello->extensions);
    put_decimals(&text, &hello->groups);
    for (size_t i = 0; i < hello->formats.left; i++) {
        put(&text, "-", i != 0);
        put_decimal(&text, hello->formats.at[i]);
    }
    if (text.full || !val_digest_md5(md5, bytes_of(text.at, text.len)))
        return false;
    put_hex(&hash, md5, sizeof(md5));
    return true;
}

static int compare_items(const void *a, const void *b)
{
    uint16_t left;
    uint16_t right;

    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    return (left > right) - (left < right);
}

/* Half of a SHA-256 over a list, which is sorted here, and what stands behind it; zeros for an empty list. */
static bool put_ja4_hash(struct text *text, struct items *items, const struct items *behind)
{
    static const char no_list[] = "000000000000";
    char raw[CTL_JA_ITEMS_MAX * 5 * 2 + 8];
    struct text list = text_in(raw, sizeof(raw));
    uint8_t sha256[VAL_SHA256_LEN];

    if (items->num == 0) {
        put(text, no_list, JA4_HASH_LEN);
        return true;
    }
    qsort(items->item, items->num, sizeof(items->item[0]), compare_items);
    put_hexes(&list, items);
    if (behind && behind->num != 0) {
        put(&list, "_", 1);
        put_hexes(&list, behind);
    }
    if (!val_digest_sha256(sha256, bytes_of(list.at, list.len)))
        return false;
    put_hex(text, sha256, JA4_HASH_LEN / 2);
    return true;
}

static void drop_item(struct items *items, uint16_t value)
{
    size_t num = 0;

    for (size_t i = 0; i < items->num; i++)
        if (items->item[i] != value)
            items->item[num++] = items->item[i];
    items->num = num;
}

static const char *ja4_version(uint16_t version)
{
    switch (version) {
    case 0x0304:
        return "13";
    case 0x0303:
        return "12";
    case 0x0302:
        return "11";
    case 0x0301:
        return "10";
    case 0x0300:
        return "s3";
    case 0x0002:
        return "s2";
    default:
        return "00";
    }
}

static bool is_alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* First and last character of the first ALPN name; where one of them is not alphanumeric, of its hexadecimal form. */
static void put_ja4_alpn(struct text *text, struct bytes alpn)
{
    static const char hex[] = "0123456789abcdef";
    char ends[] = {'0', '0'};

    if (alpn.left != 0) {
        uint8_t first = alpn.at[0];
        uint8_t last = alpn.at[alpn.left - 1];
        bool plain = is_alphanumeric(first) && is_alphanumeric(last);

        ends[0] = plain ? (char)first : hex[first >> 4];
        ends[1] = plain ? (char)last : hex[last & 15];
    }
    put(text, ends, sizeof(ends));
}

static void put_ja4_count(struct text *text, const struct items *items)
{
    size_t count = items->num < JA4_COUNT_MAX ? items->num : JA4_COUNT_MAX;
    char digits[] = {(char)('0' + count / 10), (char)('0' + count % 10)};

    put(text, digits, sizeof(digits));
}

static bool make_ja4(struct ctl_ja *out, struct hello *hello)
{
    struct text text = text_in(out->ja4, sizeof(out->ja4));

    put(&text, "t", 1);
    put(&text, ja4_version(hello->version_best ? hello->version_best : hello->version), 2);
    put(&text, hello->sni ? "d" : "i", 1);
    put_ja4_count(&text, &hello->suites);
    put_ja4_count(&text, &hello->extensions);
    put_ja4_alpn(&text, hello->alpn);
    put(&text, "_", 1);
    if (!put_ja4_hash(&text, &hello->suites, NULL))
        return false;
    put(&text, "_", 1);
    drop_item(&hello->extensions, EXTENSION_SNI);
    drop_item(&hello->extensions, EXTENSION_ALPN);
    if (!put_ja4_hash(&text, &hello->extensions, &hello->schemes))
        return false;
    return !text.full;
}

bool ctl_ja_hello(struct ctl_ja *out, struct bytes hello)
{
    struct hello parsed = {.version = 0};

    return read_hello(&parsed, hello) && make_ja3(out, &parsed) && make_ja4(out, &parsed);
}
