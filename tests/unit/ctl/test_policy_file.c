/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/policy_file.h"

#include "chain.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define HEAD                                                                                                           \
    "cellgate: 1\n"                                                                                                    \
    "cell: welding-4\n"
#define ZONES                                                                                                          \
    "zones:\n"                                                                                                         \
    "  - {name: plant, side: inside, networks: [10.4.0.0/16, \"fd00:4::/32\"]}\n"                                      \
    "  - {name: partner, side: outside, networks: [0.0.0.0/0, \"::/0\"]}\n"
#define DOMAINS                                                                                                        \
    "domains:\n"                                                                                                       \
    "  - {name: producer, anchors: [root.pem], names: [producer.example]}\n"
#define CONDUITS                                                                                                       \
    "conduits:\n"                                                                                                      \
    "  - name: orders\n"                                                                                               \
    "    from: {zone: partner, grade: G0}\n"                                                                           \
    "    to: {zone: plant, domain: producer}\n"                                                                        \
    "    ports: [8883, 8000-8010]\n"

/* Lines of the parts above, for complaints: conduits begin in line 8. */
#define GOOD HEAD ZONES DOMAINS CONDUITS

/* Anchor files from memory. */
static int read_anchor(const struct ctl_anchor_source *source, uint8_t **data, size_t *len, const char *name)
{
    const char *text = strcmp(name, "root.pem") == 0      ? chain_root
                       : strcmp(name, "leaf.pem") == 0    ? chain_self_signed
                       : strcmp(name, "garbage.pem") == 0 ? "nothing"
                       : strcmp(name, "fake.pem") == 0
                           ? "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"
                           : NULL;

    if (!text)
        return strcmp(name, "huge.pem") == 0 ? -EFBIG : -ENOENT;
    *len = strlen(text);
    *data = malloc(*len);
    memcpy(*data, text, *len);
    return 0;
}

static const struct ctl_anchor_source anchors = {.read = read_anchor};

static int load(struct val_policy **policy, struct ctl_complaints *complaints, const char *text)
{
    uint8_t *copy = malloc(strlen(text) + 1);
    int result;

    memcpy(copy, text, strlen(text));
    result = ctl_policy_read(policy, complaints, "p.yaml", bytes_of(copy, strlen(text)), &anchors, 7);
    free(copy);
    return result;
}

/* The policy of a text that must be good. */
static struct val_policy *good(const char *text)
{
    struct ctl_complaints complaints;
    struct val_policy *policy = NULL;

    if (load(&policy, &complaints, text) != 0)
        ctl_complaints_print(&complaints, stderr);
    assert_non_null(policy);
    assert_int_equal(complaints.num, 0);
    return policy;
}

/* A text that must be refused, with a first complaint that starts as wanted; `num` complaints in all. */
static void refused_with(const char *text, size_t num, const char *wanted)
{
    struct ctl_complaints complaints;
    struct val_policy *policy = NULL;
    char line[1024] = "";

    assert_int_equal(load(&policy, &complaints, text), -1);
    assert_null(policy);
    ctl_complaints_line(&complaints, 0, line, sizeof(line));
    if (strncmp(line, wanted, strlen(wanted)) != 0)
        assert_string_equal(line, wanted);
    assert_int_equal(complaints.num, num);
}

static void refused(const char *text, const char *wanted)
{
    refused_with(text, 1, wanted);
}

static struct case_flow flow(uint8_t outside_last, uint16_t port)
{
    return (struct case_flow){.family = 4,
                              .initiator_side = VAL_SIDE_OUTSIDE,
                              .client_port = 40000,
                              .server_port = port,
                              .client_address = {203, 0, 113, outside_last},
                              .server_address = {10, 4, 0, 7}};
}

static void test_a_good_policy(void **state)
{
    struct val_policy *policy = good(GOOD);
    struct val_match match;
    struct case_flow orders = flow(20, 8005);
    struct case_flow other = flow(20, 8011);

    assert_string_equal(val_policy_cell(policy), "welding-4");
    assert_int_equal(val_policy_epoch(policy), 7);
    assert_false(val_policy_monitor(policy));
    assert_string_equal(val_policy_conduit_name(policy, 0), "orders");
    assert_null(val_policy_conduit_name(policy, 1));
    assert_string_equal(val_policy_domain_name(policy, 0), "producer");
    assert_null(val_policy_domain_name(policy, 1));
    val_policy_match(policy, &match, &orders);
    assert_int_equal(match.num, 1);
    val_policy_match(policy, &match, &other);
    assert_int_equal(match.num, 0);
    assert_false(val_policy_passes(policy, 0x8892, 0, 0, 0));
    val_policy_free(policy);
}

static void test_everything_that_can_be_said(void **state)
{
    struct val_policy *policy = good(
        HEAD
        "mode: monitor\notherwise: pass\noverload: pass\nmid_stream: pass\n"
        "algorithms: {rsa: 3072, ec: 384, forbid: []}\n"
        "pass: [{ethertype: 0x8892}, {protocol: udp, port: 123}, {protocol: 47}, {protocol: icmpv6}]\n" ZONES DOMAINS
        "conduits:\n"
        "  - {name: a, from: {zone: plant, domain: producer, grade: G2}, to: {zone: partner, grade: G0}, ports: any,\n"
        "     names: [\"*.brand.example\", brand.example], version: 1.0, not_tls: pass}\n");

    assert_true(val_policy_monitor(policy));
    assert_true(val_policy_passes(policy, 0x88ff, 0, 0, 0));
    val_policy_free(policy);
}

static void test_pass_list(void **state)
{
    struct val_policy *policy = good(GOOD "pass: [{ethertype: 0x8892}, {protocol: udp, port: 123}, {protocol: 47}]\n");

    assert_true(val_policy_passes(policy, 0x8892, 0, 0, 0));
    assert_false(val_policy_passes(policy, 0x8893, 0, 0, 0));
    assert_true(val_policy_passes(policy, 0x0800, 17, 40000, 123));
    assert_false(val_policy_passes(policy, 0x0800, 17, 40000, 124));
    assert_true(val_policy_passes(policy, 0x0800, 47, 0, 0));
    assert_false(val_policy_passes(policy, 0x0800, 50, 0, 0));
    val_policy_free(policy);
}

static void test_form(void **state)
{
    refused("", "p.yaml: the file is empty");
    refused("[1]", "p.yaml:1:1: not a policy; it must begin with 'cellgate: 1'");
    refused("cell: x\n", "p.yaml:1:1: the policy lacks the key 'cellgate'");
    refused("cellgate: 2\n", "p.yaml:1:11: cellgate (the format) must be a whole number from 1 to 1");
    refused(GOOD "colour: red\n", "p.yaml:13:1: unknown key 'colour'; a policy has: ");
    refused(GOOD "cell: two\n", "p.yaml:13:1: key 'cell' is repeated; it stands in line 2 already");
    refused("cellgate: 1\n" ZONES DOMAINS CONDUITS, "p.yaml:1:1: the policy lacks the key 'cell'");
    refused("cellgate: 1\ncell: a b\n" ZONES DOMAINS CONDUITS, "p.yaml:2:7: the cell's name may have letters");
    refused(GOOD "mode: audit\n", "p.yaml:13:7: mode must be one of: enforce monitor");
    refused(GOOD "otherwise: accept\n", "p.yaml:13:12: otherwise must be one of: block pass");
    refused(GOOD "overload: drop\n", "p.yaml:13:11: overload must be one of: block pass");
    refused(GOOD "mid_stream: drop\n", "p.yaml:13:13: mid_stream must be one of: block pass");
    refused(GOOD "algorithms: {rsa: 100}\n", "p.yaml:13:19: rsa (bits) must be a whole number from 512 to 16384");
    refused(GOOD "algorithms: {ec: 1000}\n", "p.yaml:13:18: ec (bits) must be a whole number from 160 to 521");
    refused(GOOD "algorithms: {forbid: [sha256]}\n", "p.yaml:13:23: an algorithm to forbid must be one of: md5 sha1");
    refused(GOOD "algorithms: {dsa: 1}\n", "p.yaml:13:14: unknown key 'dsa'; algorithms has: rsa ec forbid");
}

#define WITH_ZONE(zone) HEAD ZONES "  - " zone "\n" DOMAINS CONDUITS

static void test_zones(void **state)
{
    refused(HEAD DOMAINS, "p.yaml:1:1: the policy lacks the key 'zones'");
    refused(HEAD "zones: []\n", "p.yaml:3:8: zones: the list needs at least 1 entry");
    refused(WITH_ZONE("{name: z, side: inside}"), "p.yaml:6:5: the zone lacks the key 'networks'");
    refused(WITH_ZONE("{name: z, side: inside, networks: []}"),
            "p.yaml:6:39: networks: the list needs at least 1 entry");
    refused(WITH_ZONE("{name: z, networks: [10.9.0.0/16]}"), "p.yaml:6:5: the zone lacks the key 'side'");
    refused(WITH_ZONE("{name: z, side: left, networks: [10.9.0.0/16]}"),
            "p.yaml:6:21: side must be one of: inside outside");
    refused(WITH_ZONE("{side: inside, networks: [10.9.0.0/16]}"), "p.yaml:6:5: the zone lacks the key 'name'");
    refused(WITH_ZONE("{name: plant, side: inside, networks: [10.9.0.0/16]}"),
            "p.yaml:6:12: a second zone 'plant'; the first stands in line 4");
    refused(WITH_ZONE("{name: z, side: inside, networks: [10.9.1.0/16]}"),
            "p.yaml:6:40: '10.9.1.0/16' has bits set behind its prefix");
    refused(WITH_ZONE("{name: z, side: inside, networks: [\"fd00::1/64\"]}"),
            "p.yaml:6:40: 'fd00::1/64' has bits set behind its prefix");
    refused(WITH_ZONE("{name: z, side: inside, networks: [10.9.0.0/33]}"),
            "p.yaml:6:40: '10.9.0.0/33': the prefix length must be from 0 to 32");
    refused(WITH_ZONE("{name: z, side: inside, networks: [10.9.0.0/]}"), "p.yaml:6:40: '10.9.0.0/': the prefix length");
    refused(WITH_ZONE("{name: z, side: inside, networks: [10.9.0/16]}"), "p.yaml:6:40: '10.9.0/16' is no network");
    refused(WITH_ZONE("{name: z, side: inside, networks: [plant.example]}"),
            "p.yaml:6:40: 'plant.example' is no network");
    refused(WITH_ZONE("{name: z, side: inside, networks: [\"::ffff:10.0.0.0/104\"]}"),
            "p.yaml:6:40: '::ffff:10.0.0.0/104' is IPv4 written as IPv6");
    refused(WITH_ZONE("{name: z, side: inside, networks: [10.4.0.0/16]}"), "p.yaml:6:5: ");
}

#define WITH_DOMAIN(domain) HEAD ZONES DOMAINS "  - " domain "\n" CONDUITS

static void test_domains(void **state)
{
    struct val_policy *policy = good(WITH_DOMAIN("{name: d, anchors: [root.pem]}"));

    val_policy_free(policy);
    refused(WITH_DOMAIN("{name: d}"), "p.yaml:8:5: the domain lacks the key 'anchors'");
    refused(WITH_DOMAIN("{name: d, anchors: []}"), "p.yaml:8:24: anchors: the list needs at least 1 entry");
    refused(WITH_DOMAIN("{name: producer, anchors: [root.pem]}"),
            "p.yaml:8:12: a second domain 'producer'; the first stands in line 7");
    refused(WITH_DOMAIN("{name: d, anchors: [absent.pem]}"),
            "p.yaml:8:25: cannot read the anchor file 'absent.pem': No such file or directory");
    refused(WITH_DOMAIN("{name: d, anchors: [huge.pem]}"),
            "p.yaml:8:25: cannot read the anchor file 'huge.pem': File too large");
    refused(WITH_DOMAIN("{name: d, anchors: [garbage.pem]}"),
            "p.yaml:8:25: the anchor file 'garbage.pem' is of no use: no certificate in it");
    refused(WITH_DOMAIN("{name: d, anchors: [root.pem, fake.pem]}"), "p.yaml:8:35: ");
    refused(WITH_DOMAIN("{name: d, anchors: [leaf.pem]}"), "p.yaml:8:25: ");
    refused(WITH_DOMAIN("{name: d, anchors: [root.pem], names: [Brand.example]}"),
            "p.yaml:8:44: 'Brand.example' is no DNS name");
    refused(WITH_DOMAIN("{name: d, anchors: [root.pem], names: [\"*.brand.example\"]}"),
            "p.yaml:8:44: '*.brand.example' is no DNS name");
    refused(WITH_DOMAIN("{name: d, anchors: [root.pem], names: [10.0.0.1]}"), "p.yaml:8:44: '10.0.0.1' is no DNS name");
    refused(WITH_DOMAIN("{name: d, anchors: [root.pem], names: [a..b]}"), "p.yaml:8:44: 'a..b' is no DNS name");
    refused(WITH_DOMAIN("{name: d, anchors: [root.pem], names: []}"),
            "p.yaml:8:43: names: the list needs at least 1 entry");
    refused(WITH_DOMAIN("{name: d, anchors: [root.pem], level: SL2}"), "p.yaml:8:36: unknown key 'level'");
}

#define WITH_CONDUIT(conduit) HEAD ZONES DOMAINS CONDUITS "  - " conduit "\n"
#define FROM_TO               "from: {zone: partner, grade: G0}, to: {zone: plant, domain: producer}"

static void test_conduits(void **state)
{
    refused(WITH_CONDUIT("{name: c, " FROM_TO "}"), "p.yaml:13:5: the conduit lacks the key 'ports'");
    refused(WITH_CONDUIT("{name: c, " FROM_TO ", ports: []}"),
            "p.yaml:13:93: ports ('any', or a list): the list needs at least 1 entry");
    refused(WITH_CONDUIT("{name: orders, " FROM_TO ", ports: any}"),
            "p.yaml:13:12: a second conduit 'orders'; the first stands in line 9");
    refused(WITH_CONDUIT("{name: c, from: {zone: partner, grade: G0}, ports: any}"),
            "p.yaml:13:5: the conduit lacks the key 'to'");
    refused(WITH_CONDUIT("{name: c, from: {zone: plnt, grade: G0}, to: {zone: plant, domain: producer}, ports: any}"),
            "p.yaml:13:28: unknown zone 'plnt'");
    refused(
        WITH_CONDUIT("{name: c, from: {zone: partner, domain: prod}, to: {zone: plant, domain: producer}, ports: any}"),
        "p.yaml:13:45: unknown domain 'prod'");
    refused(WITH_CONDUIT("{name: c, from: {zone: partner}, to: {zone: plant, domain: producer}, ports: any}"),
            "p.yaml:13:21: from asks for grade G4 and names no domain");
    refused(
        WITH_CONDUIT("{name: c, from: {zone: partner, grade: G2}, to: {zone: plant, domain: producer}, ports: any}"),
        "p.yaml:13:21: from asks for grade G2 and names no domain");
    refused(
        WITH_CONDUIT("{name: c, from: {zone: partner, grade: G5}, to: {zone: plant, domain: producer}, ports: any}"),
        "p.yaml:13:44: grade must be one of: G0 G1 G2 G3 G4");
    refused(WITH_CONDUIT("{name: c, from: {zone: plant, grade: G0}, to: {zone: plant, domain: producer}, ports: any}"),
            "p.yaml:13:5: both ends are on the same side of the box");
    refused(WITH_CONDUIT("{name: c, " FROM_TO ", ports: any, version: 1.4}"),
            "p.yaml:13:107: version (the lowest that is allowed) must be one of: 1.0 1.1 1.2 1.3");
    refused(WITH_CONDUIT("{name: c, " FROM_TO ", ports: any, not_tls: accept}"),
            "p.yaml:13:107: not_tls must be one of: block pass");
    refused(WITH_CONDUIT("{name: c, " FROM_TO ", ports: any, names: [\"*.*.example\"]}"),
            "p.yaml:13:106: '*.*.example' is no DNS name");
    refused(WITH_CONDUIT("{name: c, " FROM_TO ", ports: any, level: SL2}"),
            "p.yaml:13:98: unknown key 'level'; a conduit has: ");
    refused_with(HEAD ZONES CONDUITS, 1, "p.yaml:9:31: unknown domain 'producer'");
}

static void refused_port(const char *port)
{
    char text[1024];

    (void)snprintf(text, sizeof(text), WITH_CONDUIT("{name: c, " FROM_TO ", ports: [%s]}"), port);
    refused(text, "p.yaml:13:94: ");
}

static void test_ports(void **state)
{
    refused_port("0");
    refused_port("65536");
    refused_port("0x50");
    refused_port("-1");
    refused_port("1-");
    refused_port("10-9");
    refused_port("0-9");
    refused_port("1-65536");
    refused_port("1-2-3");
    refused_port("https");
    refused_port("[1]");
    refused_port("\"80 \"");
}

#define WITH_PASS(pass) GOOD "pass:\n  - " pass "\n"

static void test_pass_complaints(void **state)
{
    refused(WITH_PASS("{}"), "p.yaml:14:5: an entry of 'pass' names either");
    refused(WITH_PASS("{port: 1}"), "p.yaml:14:5: an entry of 'pass' names either");
    refused(WITH_PASS("{ethertype: 0x8892, protocol: udp}"), "p.yaml:14:5: an entry of 'pass' names either");
    refused(WITH_PASS("{ethertype: 0x8892, port: 3}"), "p.yaml:14:5: only 'protocol: udp' has ports");
    refused(WITH_PASS("{ethertype: 0x0800}"), "p.yaml:14:17: ethertype 0x0800 is IP or a VLAN tag");
    refused(WITH_PASS("{ethertype: 0x8100}"), "p.yaml:14:17: ethertype 0x8100 is IP or a VLAN tag");
    refused(WITH_PASS("{ethertype: 100}"), "p.yaml:14:17: ethertype must be a whole number from 1536 to 65535");
    refused(WITH_PASS("{protocol: tcp}"), "p.yaml:14:16: protocol (a number, or a name) must be one of: ");
    refused(WITH_PASS("{protocol: 6}"), "p.yaml:14:16: protocol 6 cannot be passed unseen");
    refused(WITH_PASS("{protocol: 41}"), "p.yaml:14:16: protocol 41 cannot be passed unseen");
    refused(WITH_PASS("{protocol: 256}"), "p.yaml:14:16: protocol (a number, or a name) must be one of: ");
    refused(WITH_PASS("{protocol: gre, port: 1}"), "p.yaml:14:27: only udp has ports here");
    refused(WITH_PASS("{protocol: udp, port: 0}"), "p.yaml:14:27: port must be a whole number from 1 to 65535");
}

static void test_several_complaints_at_once(void **state)
{
    refused_with(HEAD "mode: off\nzones:\n  - {name: a, side: left, networks: [x]}\n" DOMAINS
                      "conduits:\n  - {name: c, from: {zone: b}, to: {zone: a, domain: e}, ports: [0]}\n",
                 7, "p.yaml:3:7: mode must be one of");
}

static void test_a_flood_ends_at_once(void **state)
{
    struct ctl_complaints complaints;
    struct val_policy *policy = NULL;
    size_t len = 10 * 1024 * 1024;
    uint8_t *text = malloc(len);

    memset(text, '[', len);
    assert_int_equal(ctl_policy_read(&policy, &complaints, "p", bytes_of(text, len), &anchors, 1), -1);
    assert_string_equal(complaints.list[0].text, "larger than 4194304 bytes");
    free(text);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

/* Anchors are looked for beside the policy, whatever the working directory is. */
static void test_load_from_files(void **state)
{
    char folder[] = "/tmp/test_policy.XXXXXX";
    struct ctl_complaints complaints;
    struct val_policy *policy = NULL;
    char path[64];

    assert_non_null(mkdtemp(folder));
    write_file(folder, "p.yaml", GOOD);
    (void)snprintf(path, sizeof(path), "%s/p.yaml", folder);
    assert_int_equal(ctl_policy_load(&policy, &complaints, path, 3), -1);
    assert_null(policy);
    assert_non_null(strstr(complaints.list[0].text, "cannot read the anchor file 'root.pem'"));
    write_file(folder, "root.pem", chain_root);
    assert_int_equal(ctl_policy_load(&policy, &complaints, path, 3), 0);
    assert_int_equal(val_policy_epoch(policy), 3);
    val_policy_free(policy);
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(ctl_policy_load(&policy, &complaints, "p.yaml", 4), 0);
    val_policy_free(policy);
    assert_int_equal(ctl_policy_load(&policy, &complaints, "q.yaml", 4), -1);
    assert_string_equal(complaints.list[0].text, "cannot read the policy: No such file or directory");
    assert_int_equal(unlink("p.yaml") | unlink("root.pem") | chdir("/") | rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_policy),
        cmocka_unit_test(test_everything_that_can_be_said),
        cmocka_unit_test(test_pass_list),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_domains),
        cmocka_unit_test(test_conduits),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_pass_complaints),
        cmocka_unit_test(test_several_complaints_at_once),
        cmocka_unit_test(test_a_flood_ends_at_once),
        cmocka_unit_test(test_load_from_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
