/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/eve.h"

#include "ctl/eve_text.h"
#include "ctl/ja.h"
#include "ctl/printable.h"
#include "validator/describe.h"
#include "validator/digest.h"
#include "validator/suite.h"

#include <stdlib.h>
#include <yyjson.h>

#define SCRATCH_MAX     (128 * 1024)  /* printable texts of one record: two descriptions at their longest are 43 kB */
#define JSON_MAX        (1024 * 1024) /* the tree and the line of one record: six bytes for each of the texts at worst */
#define FINGERPRINT_MAX (VAL_SHA256_LEN * 3)

/* The conduits of one policy. A verdict knows its conduit by number, and numbers change with the policy. */
struct names {
    uint32_t epoch;
    uint32_t num;
    char (*name)[VAL_NAME_MAX];
};

struct ctl_eve {
    struct names names[2]; /* of the newest policy, and of the one before it */
    bool json;
    bool headed; /* the table's heading is printed */
    size_t scratch_used;
    char scratch[SCRATCH_MAX];
    struct val_description description;
    struct ctl_ja ja;
    char row[CTL_EVE_ROW_MAX];
    char memory[JSON_MAX];
};

/* One record while it is made. */
struct record {
    struct ctl_eve *eve;
    const struct val_verdict *verdict;
    const struct val_case *c;
    yyjson_mut_doc *doc;
};

struct ctl_eve *ctl_eve_new(const struct val_policy *policy, bool json)
{
    struct ctl_eve *eve = malloc(sizeof(*eve));

    if (!eve)
        return NULL;
    memset(eve->names, 0, sizeof(eve->names));
    eve->json = json;
    eve->headed = false;
    if (ctl_eve_policy(eve, policy))
        return eve;
    free(eve);
    return NULL;
}

void ctl_eve_free(struct ctl_eve *eve)
{
    if (!eve)
        return;
    free(eve->names[0].name);
    free(eve->names[1].name);
    free(eve);
}

bool ctl_eve_policy(struct ctl_eve *eve, const struct val_policy *policy)
{
    struct names names = {.epoch = val_policy_epoch(policy)};

    while (names.num < VAL_CONDUITS_MAX && val_policy_conduit_name(policy, (uint16_t)names.num))
        names.num++;
    names.name = calloc(names.num + 1, sizeof(*names.name));
    if (!names.name)
        return false;
    for (uint32_t i = 0; i < names.num; i++)
        (void)snprintf(names.name[i], VAL_NAME_MAX, "%s", val_policy_conduit_name(policy, (uint16_t)i));
    free(eve->names[1].name);
    eve->names[1] = eve->names[0];
    eve->names[0] = names;
    return true;
}

static const char *conduit_name(const struct ctl_eve *eve, const struct val_verdict *verdict)
{
    for (size_t i = 0; i < 2; i++)
        if (eve->names[i].epoch == verdict->policy_epoch)
            return verdict->conduit < eve->names[i].num ? eve->names[i].name[verdict->conduit] : NULL;
    return NULL;
}

/* A text from the wire as a value; `escaped`: its backslashes are escapes already. */
static yyjson_mut_val *wire_text(const struct record *record, struct bytes text, bool escaped)
{
    struct ctl_eve *eve = record->eve;
    char *at = eve->scratch + eve->scratch_used;
    size_t room = sizeof(eve->scratch) - eve->scratch_used;
    size_t len;

    if (room < text.left * CTL_PRINTABLE_GROWTH + 1)
        return NULL;
    len = escaped ? ctl_printable_rest(at, room, text) : ctl_printable(at, room, text);
    eve->scratch_used += len + 1;
    return yyjson_mut_strn(record->doc, at, len);
}

static void add_description(const struct record *record, yyjson_mut_val *to, const char *key, const char *text)
{
    if (text[0])
        yyjson_mut_obj_add_val(record->doc, to, key, wire_text(record, bytes_of(text, strlen(text)), true));
}

static void add_address(const struct record *record, yyjson_mut_val *to, const char *key, const uint8_t address[16])
{
    char text[CTL_EVE_ADDRESS_MAX];

    ctl_eve_address(text, record->c->flow.family, address);
    yyjson_mut_obj_add_strcpy(record->doc, to, key, text);
}

static void add_head(const struct record *record, yyjson_mut_val *root)
{
    const struct case_flow *flow = &record->c->flow;
    char time[CTL_EVE_TIME_MAX];
    uint8_t num_vlans = flow->num_vlans < CASE_VLANS_MAX ? flow->num_vlans : CASE_VLANS_MAX;

    ctl_eve_time(time, flow->time_us);
    yyjson_mut_obj_add_strcpy(record->doc, root, "timestamp", time);
    yyjson_mut_obj_add_uint(record->doc, root, "flow_id", flow->flow_id);
    yyjson_mut_obj_add_str(record->doc, root, "event_type", "verdict");
    if (num_vlans != 0) {
        yyjson_mut_val *vlans = yyjson_mut_obj_add_arr(record->doc, root, "vlan");

        for (uint8_t i = 0; i < num_vlans; i++)
            yyjson_mut_arr_add_uint(record->doc, vlans, flow->vlan[i]);
    }
    add_address(record, root, "src_ip", flow->client_address);
    yyjson_mut_obj_add_uint(record->doc, root, "src_port", flow->client_port);
    add_address(record, root, "dest_ip", flow->server_address);
    yyjson_mut_obj_add_uint(record->doc, root, "dest_port", flow->server_port);
    yyjson_mut_obj_add_str(record->doc, root, "proto", "TCP");
}

static void add_grade(const struct record *record, yyjson_mut_val *to, const char *key, uint8_t grade)
{
    static const char *const names[] = {"G0", "G1", "G2", "G3", "G4"};

    yyjson_mut_obj_add_str(record->doc, to, key, grade < 5 ? names[grade] : names[0]);
}

static void add_verdict(const struct record *record, yyjson_mut_val *root)
{
    const struct val_verdict *verdict = record->verdict;
    const char *conduit = conduit_name(record->eve, verdict);
    yyjson_mut_val *to = yyjson_mut_obj_add_obj(record->doc, root, "verdict");
    yyjson_mut_val *inner;

    yyjson_mut_obj_add_str(record->doc, to, "action", verdict->monitor ? "accept" : ctl_eve_action(verdict));
    if (verdict->monitor)
        yyjson_mut_obj_add_str(record->doc, to, "would", ctl_eve_action(verdict));
    yyjson_mut_obj_add_str(record->doc, to, "reason", reason_name((enum reason)verdict->reason));
    inner = yyjson_mut_obj_add_arr(record->doc, to, "reasons");
    for (int i = 1; i < REASON_COUNT; i++)
        if (verdict->reasons & reason_bit((enum reason)i))
            yyjson_mut_arr_add_str(record->doc, inner, reason_name((enum reason)i));
    inner = yyjson_mut_obj_add_obj(record->doc, to, "grade");
    add_grade(record, inner, "client", verdict->grade[CASE_CLIENT]);
    add_grade(record, inner, "server", verdict->grade[CASE_SERVER]);
    if (conduit)
        yyjson_mut_obj_add_strcpy(record->doc, to, "conduit", conduit);
    yyjson_mut_obj_add_uint(record->doc, to, "policy_epoch", verdict->policy_epoch);
    yyjson_mut_obj_add_uint(record->doc, to, "held_us", verdict->held_us);
}

static void add_fingerprint(const struct record *record, yyjson_mut_val *chain, struct bytes der)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t sha256[VAL_SHA256_LEN];
    char text[FINGERPRINT_MAX];

    if (!val_digest_sha256(sha256, der))
        return;
    for (size_t i = 0; i < VAL_SHA256_LEN; i++) {
        text[i * 3] = hex[sha256[i] >> 4];
        text[i * 3 + 1] = hex[sha256[i] & 15];
        text[i * 3 + 2] = ':';
    }
    yyjson_mut_arr_add_strncpy(record->doc, chain, text, FINGERPRINT_MAX - 1);
}

static void add_leaf(const struct record *record, yyjson_mut_val *to, struct bytes der)
{
    struct val_description *leaf = &record->eve->description;

    memset(leaf, 0, offsetof(struct val_description, names));
    leaf->num_names = 0;
    if (!val_describe(leaf, der)) {
        add_description(record, to, "fingerprint", leaf->fingerprint);
        return;
    }
    add_description(record, to, "subject", leaf->subject);
    add_description(record, to, "issuerdn", leaf->issuer);
    add_description(record, to, "serial", leaf->serial);
    add_description(record, to, "fingerprint", leaf->fingerprint);
    add_description(record, to, "notbefore", leaf->not_before);
    add_description(record, to, "notafter", leaf->not_after);
    if (leaf->num_names != 0) {
        yyjson_mut_val *san = yyjson_mut_obj_add_arr(record->doc, to, "san");

        for (uint8_t i = 0; i < leaf->num_names && i < VAL_DESCRIBE_NAMES_MAX; i++)
            yyjson_mut_arr_append(san, wire_text(record, bytes_of(leaf->names[i], strlen(leaf->names[i])), true));
    }
}

/* The fingerprints of all certificates; the leaf's is in its description already. */
static void add_chain(const struct record *record, yyjson_mut_val *to, const struct case_party *party, uint8_t num)
{
    yyjson_mut_val *chain = yyjson_mut_obj_add_arr(record->doc, to, "chain");

    if (num != 0)
        yyjson_mut_arr_add_strcpy(record->doc, chain, record->eve->description.fingerprint);
    for (uint8_t i = 1; i < num; i++)
        add_fingerprint(record, chain, case_bytes(record->c, party->certificate[i]));
}

/* What one side showed of itself. */
static void add_party(const struct record *record, yyjson_mut_val *to, enum case_side side)
{
    static const char *const possessions[] = {"none", "proved", "failed", "unobservable"};
    const struct case_party *party = &record->c->party[side];
    uint8_t possession = record->verdict->possession[side];
    uint8_t num = party->num_certificates < CASE_CERTIFICATES_MAX ? party->num_certificates : CASE_CERTIFICATES_MAX;

    if (num != 0)
        add_leaf(record, to, case_bytes(record->c, party->certificate[0]));
    if (party->certificate_sent)
        add_chain(record, to, party, num);
    yyjson_mut_obj_add_str(record->doc, to, "possession", possession < 4 ? possessions[possession] : possessions[0]);
}

static void add_hello(const struct record *record, yyjson_mut_val *to)
{
    const struct val_case *c = record->c;
    struct bytes hello = case_bytes(c, c->tls.client_hello);
    struct bytes sni = case_bytes(c, c->tls.sni);

    if (sni.left != 0) {
        sni.left = sni.left < CTL_EVE_SNI_MAX ? sni.left : CTL_EVE_SNI_MAX;
        yyjson_mut_obj_add_val(record->doc, to, "sni", wire_text(record, sni, false));
    }
    if (c->tls.server_hello_seen) {
        char cipher[CTL_EVE_CIPHER_MAX];

        ctl_eve_cipher(cipher, c->tls.cipher);
        yyjson_mut_obj_add_strcpy(record->doc, to, "cipher", cipher);
    }
    if (hello.left != 0 && ctl_ja_hello(&record->eve->ja, hello)) {
        yyjson_mut_val *ja3 = yyjson_mut_obj_add_obj(record->doc, to, "ja3");

        yyjson_mut_obj_add_str(record->doc, ja3, "hash", record->eve->ja.ja3_hash);
        yyjson_mut_obj_add_str(record->doc, ja3, "string", record->eve->ja.ja3);
        yyjson_mut_obj_add_str(record->doc, to, "ja4", record->eve->ja.ja4);
    }
}

static void add_version(const struct record *record, yyjson_mut_val *to, uint16_t version)
{
    char text[CTL_EVE_VERSION_MAX];

    ctl_eve_version(text, version);
    yyjson_mut_obj_add_strcpy(record->doc, to, "version", text);
}

static void add_tls(const struct record *record, yyjson_mut_val *root)
{
    const struct val_case *c = record->c;
    yyjson_mut_val *to;

    if (!c->tls.client_hello_seen && !c->tls.server_hello_seen)
        return;
    to = yyjson_mut_obj_add_obj(record->doc, root, "tls");
    if (c->tls.server_hello_seen)
        add_version(record, to, c->tls.version);
    add_hello(record, to);
    if (c->tls.server_hello_seen)
        add_party(record, to, CASE_SERVER);
    if (c->party[CASE_CLIENT].certificate_sent)
        add_party(record, yyjson_mut_obj_add_obj(record->doc, to, "client"), CASE_CLIENT);
}

static const char *json_line(struct record *record, size_t *len)
{
    yyjson_alc pool;
    yyjson_mut_val *root;

    record->eve->scratch_used = 0;
    if (!yyjson_alc_pool_init(&pool, record->eve->memory, sizeof(record->eve->memory)))
        return NULL;
    record->doc = yyjson_mut_doc_new(&pool);
    root = yyjson_mut_obj(record->doc);
    if (!root)
        return NULL;
    yyjson_mut_doc_set_root(record->doc, root);
    add_head(record, root);
    add_verdict(record, root);
    add_tls(record, root);
    return yyjson_mut_write_opts(record->doc, YYJSON_WRITE_NEWLINE_AT_END, &pool, len, NULL);
}

const char *ctl_eve_line(struct ctl_eve *eve, const struct val_verdict *verdict, const struct val_case *c, size_t *len)
{
    struct record record = {.eve = eve, .verdict = verdict, .c = c};

    if (eve->json)
        return json_line(&record, len);
    *len = ctl_eve_row(eve->row, verdict, c, conduit_name(eve, verdict));
    return eve->row;
}

void ctl_eve_print(struct ctl_eve *eve, FILE *to, const struct val_verdict *verdict, const struct val_case *c)
{
    size_t len;
    const char *line = ctl_eve_line(eve, verdict, c, &len);

    if (!eve->json && !eve->headed)
        (void)fputs(ctl_eve_heading(), to);
    eve->headed = true;
    if (line)
        (void)fwrite(line, 1, len, to);
}
