/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A walk over the certificate's DER, without OpenSSL: it runs for every record, and decoding keys that nobody looks at
 * would cost several times as much as all of it.
 *
 * Names are written as in Suricata's records ("C=DE, O=Producer, CN=machine-7"), in the order of the certificate, and
 * whatever would make two different names look alike is escaped as in RFC 4514 2.4: `,` `+` `\` by a backslash, NUL as \00. All text
 * is UTF-8; a value that has no text form stands as '#' and its bytes in hex.
 */
#include "validator/describe.h"

#include "validator/der.h"
#include "validator/digest.h"

#include <arpa/inet.h>
#include <stdio.h>

#define TAG_VERSION    0xa0
#define TAG_ISSUER_ID  0x81
#define TAG_SUBJECT_ID 0x82
#define TAG_EXTENSIONS 0xa3
#define TAG_BOOLEAN    0x01
#define NAME_DNS       0x82
#define NAME_URI       0x86
#define NAME_IP        0x87

/* A string under construction. What does not fit whole is left out, with everything after it. */
struct text {
    char *at;
    size_t size;
    size_t len;
    bool cut;
};

struct attribute {
    const char *oid; /* content bytes */
    size_t oid_len;
    const char *name;
};

#define X520(last, name) {"\x55\x04" last, 3, name}

/* RFC 4514 3, RFC 4519, RFC 2985; in the spelling that OpenSSL and Suricata use. */
static const struct attribute attributes[] = {
    X520("\x03", "CN"),
    X520("\x04", "SN"),
    X520("\x05", "serialNumber"),
    X520("\x06", "C"),
    X520("\x07", "L"),
    X520("\x08", "ST"),
    X520("\x09", "street"),
    X520("\x0a", "O"),
    X520("\x0b", "OU"),
    X520("\x0c", "title"),
    X520("\x0f", "businessCategory"),
    X520("\x11", "postalCode"),
    X520("\x29", "name"),
    X520("\x2a", "GN"),
    X520("\x2b", "initials"),
    X520("\x2e", "dnQualifier"),
    X520("\x61", "organizationIdentifier"),
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", 10, "UID"},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 10, "DC"},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, "emailAddress"},
};

static struct text text_in(char *at, size_t size)
{
    at[0] = '\0';
    return (struct text){.at = at, .size = size};
}

static void put(struct text *out, const char *unit, size_t len)
{
    if (out->cut || len >= out->size - out->len) {
        out->cut = true;
        return;
    }
    memcpy(out->at + out->len, unit, len);
    out->len += len;
    out->at[out->len] = '\0';
}

static void put_word(struct text *out, const char *word)
{
    put(out, word, strlen(word));
}

static const char hex_lower[] = "0123456789abcdef";
static const char hex_upper[] = "0123456789ABCDEF";

/* Two digits a byte; `separator` is a character, or 0 for none. */
static void put_hex(struct text *out, struct bytes data, const char *digits, char separator)
{
    for (size_t i = 0; i < data.left && !out->cut; i++) {
        const char unit[] = {separator, digits[data.at[i] >> 4], digits[data.at[i] & 0xf]};
        size_t skip = i == 0 || separator == 0 ? 1 : 0;

        put(out, unit + skip, sizeof(unit) - skip);
    }
}

/* One character as UTF-8; `special` are those that a backslash goes before. */
static void put_character(struct text *out, uint32_t code, const char *special)
{
    char unit[4];
    size_t len = 0;

    if (code == 0) {
        put_word(out, "\\00");
        return;
    }
    if (code < 0x80) {
        if (strchr(special, (int)code) != NULL)
            unit[len++] = '\\';
        unit[len++] = (char)code;
    } else if (code < 0x800) {
        unit[len++] = (char)(0xc0 | (code >> 6));
        unit[len++] = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        unit[len++] = (char)(0xe0 | (code >> 12));
        unit[len++] = (char)(0x80 | ((code >> 6) & 0x3f));
        unit[len++] = (char)(0x80 | (code & 0x3f));
    } else {
        unit[len++] = (char)(0xf0 | (code >> 18));
        unit[len++] = (char)(0x80 | ((code >> 12) & 0x3f));
        unit[len++] = (char)(0x80 | ((code >> 6) & 0x3f));
        unit[len++] = (char)(0x80 | (code & 0x3f));
    }
    put(out, unit, len);
}

/* The next character of UTF-8 (RFC 3629); false when it is none. */
static bool next_utf8(struct bytes *in, uint32_t *code)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    struct bytes rest;
    uint8_t first;
    size_t more;

    if (!bytes_u8(in, &first))
        return false;
    more = first < 0x80 ? 0 : first < 0xc0 ? 4 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf8 ? 3 : 4;
    if (more == 4 || !bytes_take(in, more, &rest))
        return false;
    *code = more == 0 ? first : first & (0x3fU >> more);
    for (size_t i = 0; i < more; i++) {
        if ((rest.at[i] & 0xc0) != 0x80)
            return false;
        *code = (*code << 6) | (rest.at[i] & 0x3f);
    }
    return *code >= least[more] && *code <= 0x10ffff && (*code < 0xd800 || *code > 0xdfff);
}

/* The next character of a string of ASN.1 type `tag`; false when it is none, or the type has no characters. */
static bool next_character(struct bytes *in, uint8_t tag, uint32_t *code)
{
    size_t width;

    switch (tag) {
    case 0x0c:
        return next_utf8(in, code); /* UTF8String */
    case 0x12:                      /* NumericString */
    case 0x13:                      /* PrintableString */
    case 0x14:                      /* TeletexString: everybody writes Latin-1 into it */
    case 0x16:                      /* IA5String */
    case 0x1a:
        width = 1;
        break; /* VisibleString */
    case 0x1e:
        width = 2;
        break; /* BMPString */
    case 0x1c:
        width = 4;
        break; /* UniversalString */
    default:
        return false;
    }
    return bytes_uint(in, width, code) && *code <= 0x10ffff && (*code < 0xd800 || *code > 0xdfff);
}

static void put_string(struct text *out, uint8_t tag, struct bytes value, const char *special)
{
    struct bytes in = value;
    uint32_t code;

    while (!bytes_done(&in))
        if (!next_character(&in, tag, &code)) {
            put_word(out, "#");
            put_hex(out, value, hex_lower, 0);
            return;
        }
    in = value;
    while (!out->cut && !bytes_done(&in) && next_character(&in, tag, &code))
        put_character(out, code, special);
}

static void put_oid(struct text *out, struct bytes oid)
{
    char number[24];
    uint64_t arc = 0;
    bool first = true;

    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
        if (bytes_equal(oid, bytes_of(attributes[i].oid, attributes[i].oid_len))) {
            put_word(out, attributes[i].name);
            return;
        }
    for (size_t i = 0; i < oid.left && !out->cut; i++) {
        if (arc >> 56) { /* an arc that fits no number: its bytes instead */
            put_word(out, "#");
            put_hex(out, oid, hex_lower, 0);
            return;
        }
        arc = (arc << 7) | (oid.at[i] & 0x7f);
        if (oid.at[i] & 0x80)
            continue;
        if (first) {
            unsigned top = arc < 40 ? 0 : arc < 80 ? 1 : 2; /* X.690 8.19.4 */
            snprintf(number, sizeof(number), "%u.%llu", top, (unsigned long long)(arc - 40ULL * top));
        } else {
            snprintf(number, sizeof(number), ".%llu", (unsigned long long)arc);
        }
        put_word(out, number);
        first = false;
        arc = 0;
    }
}

/* Name (RFC 5280 4.1.2.4): a sequence of sets of attribute and value. */
static bool describe_name(struct text *out, struct bytes name)
{
    struct bytes set;
    struct bytes pair;
    struct bytes oid;
    struct bytes value;
    uint8_t tag;

    for (bool first_set = true; !bytes_done(&name); first_set = false) {
        if (!val_der_take(&name, DER_SET, &set))
            return false;
        for (bool first = true; !bytes_done(&set); first = false) {
            if (!val_der_take(&set, DER_SEQUENCE, &pair) || !val_der_take(&pair, DER_OID, &oid) ||
                !val_der_next(&pair, &tag, &value) || !bytes_done(&pair))
                return false;
            put_word(out, !first ? " + " : first_set ? "" : ", ");
            put_oid(out, oid);
            put_word(out, "=");
            put_string(out, tag, value, ",+\\");
        }
    }
    return true;
}

/* Time in the only forms that RFC 5280 4.1.2.5 allows; anything else stays empty. */
static bool describe_time(char *out, size_t size, struct bytes *validity)
{
    struct text text = text_in(out, size);
    char digits[14];
    struct bytes value;
    uint8_t tag;
    size_t at = 0;

    if (!val_der_next(validity, &tag, &value) || (tag != DER_UTC_TIME && tag != DER_GENERALIZED_TIME))
        return false;
    if (value.left != (tag == DER_UTC_TIME ? 13U : 15U) || value.at[value.left - 1] != 'Z')
        return true;
    for (size_t i = 0; i + 1 < value.left; i++)
        if (value.at[i] < '0' || value.at[i] > '9')
            return true;
    if (tag == DER_UTC_TIME) { /* RFC 5280 4.1.2.5.1: from 50 on it is 19xx */
        digits[0] = value.at[0] < '5' ? '2' : '1';
        digits[1] = value.at[0] < '5' ? '0' : '9';
        at = 2;
    }
    memcpy(digits + at, value.at, value.left - 1);
    for (size_t i = 0; i < sizeof(digits); i++) {
        if (i >= 4 && i % 2 == 0)
            put_word(&text, i < 8 ? "-" : i == 8 ? "T" : ":");
        put(&text, digits + i, 1);
    }
    return true;
}

static void describe_alternative(struct val_description *out, uint8_t tag, struct bytes value)
{
    struct text text;
    char address[INET6_ADDRSTRLEN];

    if (tag != NAME_DNS && tag != NAME_URI && tag != NAME_IP)
        return;
    if (out->num_names == VAL_DESCRIBE_NAMES_MAX) {
        out->truncated = 1;
        return;
    }
    text = text_in(out->names[out->num_names], sizeof(out->names[0]));
    out->num_names++;
    if (tag != NAME_IP) {
        put_string(&text, 0x16, value, "\\");
    } else if (value.left == 4 || value.left == 16) {
        put_word(&text, inet_ntop(value.left == 4 ? AF_INET : AF_INET6, value.at, address, sizeof(address)));
    } else {
        put_word(&text, "#");
        put_hex(&text, value, hex_lower, 0);
    }
    out->truncated |= text.cut;
}

/* Extensions (RFC 5280 4.2): looks for subjectAltName, and reads its names as far as they can be read. */
static void describe_extensions(struct val_description *out, struct bytes extensions)
{
    static const uint8_t san[] = {0x55, 0x1d, 0x11};
    struct bytes extension;
    struct bytes oid;
    struct bytes value;
    struct bytes names;
    uint8_t tag;

    while (val_der_take(&extensions, DER_SEQUENCE, &extension)) {
        if (!val_der_take(&extension, DER_OID, &oid) || !bytes_equal(oid, bytes_of(san, sizeof(san))))
            continue;
        if (val_der_next_is(&extension, TAG_BOOLEAN) && !val_der_take(&extension, TAG_BOOLEAN, &value))
            continue;
        if (!val_der_take(&extension, DER_OCTET_STRING, &value) || !val_der_take(&value, DER_SEQUENCE, &names))
            continue;
        while (val_der_next(&names, &tag, &value))
            describe_alternative(out, tag, value);
    }
}

static bool describe_tbs(struct val_description *out, struct bytes tbs)
{
    struct text subject = text_in(out->subject, sizeof(out->subject));
    struct text issuer = text_in(out->issuer, sizeof(out->issuer));
    struct text serial = text_in(out->serial, sizeof(out->serial));
    struct bytes number;
    struct bytes name;
    struct bytes validity;
    struct bytes passed;

    if (val_der_next_is(&tbs, TAG_VERSION) && !val_der_take(&tbs, TAG_VERSION, &passed))
        return false;
    if (!val_der_take(&tbs, DER_INTEGER, &number) || !val_der_take(&tbs, DER_SEQUENCE, &passed) ||
        !val_der_take(&tbs, DER_SEQUENCE, &name) || !describe_name(&issuer, name) ||
        !val_der_take(&tbs, DER_SEQUENCE, &validity) ||
        !describe_time(out->not_before, sizeof(out->not_before), &validity) ||
        !describe_time(out->not_after, sizeof(out->not_after), &validity) || !bytes_done(&validity) ||
        !val_der_take(&tbs, DER_SEQUENCE, &name) || !describe_name(&subject, name) ||
        !val_der_take(&tbs, DER_SEQUENCE, &passed)) /* subjectPublicKeyInfo */
        return false;
    put_hex(&serial, number, hex_upper, ':');
    out->truncated = subject.cut || issuer.cut || serial.cut;
    for (uint8_t tag = TAG_ISSUER_ID; tag <= TAG_SUBJECT_ID; tag++)
        if (val_der_next_is(&tbs, tag) && !val_der_take(&tbs, tag, &passed))
            return false;
    if (bytes_done(&tbs))
        return true;
    if (!val_der_take(&tbs, TAG_EXTENSIONS, &passed) || !bytes_done(&tbs) ||
        !val_der_take(&passed, DER_SEQUENCE, &name))
        return false;
    describe_extensions(out, name);
    return true;
}

bool val_describe(struct val_description *out, struct bytes der)
{
    struct bytes in = der;
    struct bytes certificate;
    struct bytes tbs;
    struct bytes passed;
    struct text fingerprint;
    uint8_t hash[VAL_SHA256_LEN];
    bool good;

    memset(out, 0, sizeof(*out));
    good = val_der_take(&in, DER_SEQUENCE, &certificate) && bytes_done(&in) &&
           val_der_take(&certificate, DER_SEQUENCE, &tbs) && val_der_take(&certificate, DER_SEQUENCE, &passed) &&
           describe_tbs(out, tbs);
    if (!good)
        memset(out, 0, sizeof(*out));
    fingerprint = text_in(out->fingerprint, sizeof(out->fingerprint));
    if (val_digest_sha256(hash, der))
        put_hex(&fingerprint, bytes_of(hash, sizeof(hash)), hex_lower, ':');
    return good;
}
