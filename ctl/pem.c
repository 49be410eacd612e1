/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/pem.h"

#include <stdio.h>
#include <stdlib.h>

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";

struct lines {
    struct bytes rest;
    struct bytes line; /* without its end and trailing blanks */
    unsigned number;   /* from 1 */
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool next_line(struct lines *lines)
{
    const uint8_t *end;
    size_t len;

    if (lines->rest.left == 0)
        return false;
    end = memchr(lines->rest.at, '\n', lines->rest.left);
    len = end ? (size_t)(end - lines->rest.at) : lines->rest.left;
    if (!bytes_take(&lines->rest, len, &lines->line) || (end && !bytes_skip(&lines->rest, 1)))
        return false;
    while (lines->line.left != 0 && is_blank(lines->line.at[lines->line.left - 1]))
        lines->line.left--;
    lines->number++;
    return true;
}

static bool starts_with(struct bytes line, const char *mark)
{
    size_t len = strlen(mark);

    return line.left >= len && memcmp(line.at, mark, len) == 0;
}

static bool is_text(struct bytes line, const char *text)
{
    return bytes_equal(line, bytes_of(text, strlen(text)));
}

static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

struct decoder {
    uint8_t *out;
    size_t len;
    uint32_t bits;
    unsigned num_bits;
    unsigned num_padding;
    size_t num_symbols;
};

static bool decode_line(struct decoder *decoder, struct bytes line)
{
    for (size_t i = 0; i < line.left; i++) {
        int value = base64_value(line.at[i]);

        if (line.at[i] == '=') {
            decoder->num_padding++;
            continue;
        }
        if (value < 0 || decoder->num_padding != 0)
            return false;
        decoder->num_symbols++;
        decoder->bits = (decoder->bits << 6) | (uint32_t)value;
        decoder->num_bits += 6;
        if (decoder->num_bits >= 8) {
            decoder->num_bits -= 8;
            decoder->out[decoder->len++] = (uint8_t)(decoder->bits >> decoder->num_bits);
        }
    }
    return true;
}

static bool decode_end(const struct decoder *decoder)
{
    return decoder->len != 0 && decoder->num_padding <= 2 && (decoder->num_symbols + decoder->num_padding) % 4 == 0;
}

/* From behind a BEGIN line to its END line. */
static bool read_block(struct lines *lines, struct decoder *decoder, char problem[CTL_PEM_PROBLEM_MAX])
{
    unsigned begin = lines->number;

    while (next_line(lines)) {
        if (is_text(lines->line, "-----END CERTIFICATE-----") ||
            is_text(lines->line, "-----END X509 CERTIFICATE-----")) {
            if (decode_end(decoder))
                return true;
            (void)snprintf(problem, CTL_PEM_PROBLEM_MAX, "the certificate in line %u is no whole base64", begin);
            return false;
        }
        if (starts_with(lines->line, begin_mark) || starts_with(lines->line, end_mark))
            break;
        if (!decode_line(decoder, lines->line)) {
            (void)snprintf(problem, CTL_PEM_PROBLEM_MAX, "line %u is not base64", lines->number);
            return false;
        }
    }
    (void)snprintf(problem, CTL_PEM_PROBLEM_MAX, "the certificate that begins in line %u has no end", begin);
    return false;
}

static bool is_begin(struct bytes line)
{
    return is_text(line, "-----BEGIN CERTIFICATE-----") || is_text(line, "-----BEGIN X509 CERTIFICATE-----");
}

static bool read_blocks(struct ctl_pem *pem, char problem[CTL_PEM_PROBLEM_MAX], struct bytes file)
{
    struct lines lines = {.rest = file};
    uint8_t *out = pem->memory;

    while (next_line(&lines)) {
        struct decoder decoder = {.out = out};

        if (!is_begin(lines.line))
            continue;
        if (pem->num == CTL_PEM_CERTIFICATES_MAX) {
            (void)snprintf(problem, CTL_PEM_PROBLEM_MAX, "more than %d certificates", CTL_PEM_CERTIFICATES_MAX);
            return false;
        }
        if (!read_block(&lines, &decoder, problem))
            return false;
        pem->certificate[pem->num++] = bytes_of(out, decoder.len);
        out += decoder.len;
    }
    if (pem->num == 0)
        (void)snprintf(problem, CTL_PEM_PROBLEM_MAX, "no certificate in it, neither PEM nor DER");
    return pem->num != 0;
}

static size_t num_begins(struct bytes file)
{
    struct lines lines = {.rest = file};
    size_t num = 0;

    while (num < CTL_PEM_CERTIFICATES_MAX && next_line(&lines))
        num += is_begin(lines.line);
    return num;
}

bool ctl_pem_init(struct ctl_pem *pem, char problem[CTL_PEM_PROBLEM_MAX], struct bytes file)
{
    bool der = file.left > 1 && file.at[0] == 0x30 && file.at[1] >= 0x80; /* text never is */
    bool good;

    *pem = (struct ctl_pem){.memory = malloc(file.left + 1),
                            .certificate = calloc(der ? 1 : num_begins(file) + 1, sizeof(*pem->certificate))};
    if (!pem->memory || !pem->certificate) {
        (void)snprintf(problem, CTL_PEM_PROBLEM_MAX, "out of memory");
        good = false;
    } else if (der) {
        memcpy(pem->memory, file.at, file.left);
        pem->certificate[0] = bytes_of(pem->memory, file.left);
        pem->num = 1;
        good = true;
    } else {
        good = read_blocks(pem, problem, file);
    }
    if (!good)
        ctl_pem_fini(pem);
    return good;
}

void ctl_pem_fini(struct ctl_pem *pem)
{
    free(pem->memory);
    free(pem->certificate);
    *pem = (struct ctl_pem){0};
}
