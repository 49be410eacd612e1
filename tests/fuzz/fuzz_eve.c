/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: a verdict record from hostile bytes. The input is the ClientHello, the server name and the certificates of
 * one case. Whatever they hold, the record is one line of JSON that a reader takes back, and no byte of it moves a terminal.
 */
#include "ctl/eve.h"
#include "ctl/ja.h"
#include "ctl/policy_file.h"

#include <stdlib.h>
#include <yyjson.h>

#define INPUT_MAX 65535
#define COPIES    4 /* of the input in one case */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char policy_text[] =
    "{cellgate: 1, cell: c, zones: [{name: a, side: inside, networks: [10.0.0.0/8]}, {name: b, side: outside, "
    "networks: "
    "[192.0.2.1]}], conduits: [{name: c, from: {zone: b, grade: G0}, to: {zone: a, grade: G0}, ports: any}]}";

/* What all runs share: made once, because it takes longer than a run. */
struct tools {
    struct val_policy *policy;
    struct ctl_eve *json;
    struct ctl_eve *table;
    struct ctl_ja ja;
};

static struct tools *make_tools(void)
{
    struct tools *tools = calloc(1, sizeof(*tools));
    struct ctl_complaints complaints;

    if (!tools ||
        ctl_policy_read(&tools->policy, &complaints, "p", bytes_of(policy_text, sizeof(policy_text) - 1), NULL, 1) != 0)
        abort();
    tools->json = ctl_eve_new(tools->policy, true);
    tools->table = ctl_eve_new(tools->policy, false);
    if (!tools->json || !tools->table)
        abort();
    return tools;
}

static struct val_case *make_case(struct bytes input)
{
    uint32_t len = (uint32_t)(sizeof(struct val_case) + COPIES * input.left);
    struct val_case *c = malloc(len);

    if (!c)
        abort();
    case_init(c, len);
    c->flow.family = input.left % 2 ? 4 : 6;
    c->flow.num_vlans = (uint8_t)input.left;
    c->flow.time_us = (int64_t)input.left << 50;
    c->tls.client_hello_seen = c->tls.server_hello_seen = 1;
    c->tls.version = (uint16_t)input.left;
    c->tls.cipher = (uint16_t)input.left;
    for (int side = 0; side < CASE_SIDES; side++) {
        c->party[side].certificate_sent = 1;
        c->party[side].num_certificates = (uint8_t)input.left;
        if (!case_append(c, &c->party[side].certificate[0], input))
            abort();
    }
    if (!case_append(c, &c->tls.client_hello, input) || !case_append(c, &c->tls.sni, input))
        abort();
    return c;
}

static void check_line(const char *line, size_t len)
{
    yyjson_doc *doc = yyjson_read(line, len, 0);

    if (!doc)
        abort();
    yyjson_doc_free(doc);
    for (size_t i = 0; i + 1 < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            abort();
}

static void make_record(struct ctl_eve *eve, const struct val_case *c, size_t size, bool json)
{
    struct val_verdict verdict = {.action = (uint8_t)size,
                                  .monitor = size % 3 == 0,
                                  .reason = (uint8_t)size,
                                  .reasons = (uint64_t)size << 20,
                                  .grade = {(uint8_t)size, 4},
                                  .possession = {(uint8_t)size, 1},
                                  .conduit = (uint16_t)(size % 2),
                                  .policy_epoch = 1};
    size_t len = 0;
    const char *line = ctl_eve_line(eve, &verdict, c, &len);

    if (!line || len < 2 || line[len - 1] != '\n')
        abort();
    if (json)
        check_line(line, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tools *tools;
    struct bytes input = bytes_of(data, size < INPUT_MAX ? size : INPUT_MAX);
    struct val_case *c = make_case(input);

    if (!tools)
        tools = make_tools();
    /* On the input itself, which ends where its memory ends. */
    if (ctl_ja_hello(&tools->ja, input) && strlen(tools->ja.ja4) != CTL_JA4_LEN)
        abort();
    make_record(tools->json, c, size, true);
    make_record(tools->table, c, size, false);
    free(c);
    return 0;
}
