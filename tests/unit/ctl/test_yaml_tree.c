/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/yaml_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

static struct ctl_yaml *parse_bytes(struct ctl_complaints *complaints, const char *text, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    struct ctl_yaml *yaml;

    memcpy(copy, text, len);
    ctl_complaints_init(complaints, "f");
    yaml = ctl_yaml_new(complaints, bytes_of(copy, len));
    free(copy); /* the tree keeps nothing of the text */
    return yaml;
}

static struct ctl_yaml *parse(struct ctl_complaints *complaints, const char *text)
{
    return parse_bytes(complaints, text, strlen(text));
}

static void refused_bytes(const char *text, size_t len, const char *wanted)
{
    struct ctl_complaints complaints;
    char line[512] = "";

    assert_null(parse_bytes(&complaints, text, len));
    assert_int_equal(complaints.num, 1);
    ctl_complaints_line(&complaints, 0, line, sizeof(line));
    if (strncmp(line, wanted, strlen(wanted)) != 0)
        assert_string_equal(line, wanted);
}

static void refused(const char *text, const char *wanted)
{
    refused_bytes(text, strlen(text), wanted);
}

static void test_nodes_know_their_places(void **state)
{
    struct ctl_complaints complaints;
    struct ctl_yaml *yaml = parse(&complaints, "a: 1\nb:\n  - {c: \"x\"}\n  - plain # said\n");
    const struct ctl_yaml_node *root;
    const struct ctl_yaml_node *b;
    const struct ctl_yaml_node *c;

    assert_non_null(yaml);
    root = ctl_yaml_root(yaml);
    b = ctl_yaml_get(root, "b");
    assert_int_equal(root->kind, CTL_YAML_MAPPING);
    assert_int_equal(root->num, 2);
    assert_int_equal(b->kind, CTL_YAML_SEQUENCE);
    assert_int_equal(b->key->line, 2);
    assert_int_equal(b->num, 2);
    c = ctl_yaml_get(b->first, "c");
    assert_string_equal(c->text, "x");
    assert_int_equal(c->quoted, 1);
    assert_int_equal(c->line, 3);
    assert_int_equal(c->column, 9);
    assert_string_equal(b->first->next->text, "plain");
    assert_int_equal(b->first->next->quoted, 0);
    assert_int_equal(b->first->next->line, 4);
    assert_null(b->first->next->next);
    assert_null(ctl_yaml_get(root, "c"));
    assert_null(ctl_yaml_get(c, "c"));
    assert_null(ctl_yaml_get(NULL, "c"));
    ctl_yaml_free(yaml);
}

static void test_what_is_not_of_the_subset(void **state)
{
    refused("", "f: the file is empty");
    refused("# nothing\n", "f: the file is empty");
    refused("a: &x 1\n", "f:1:4: anchors (&) and tags (!)");
    refused("a: &x [1]\n", "f:1:4: anchors (&) and tags (!)");
    refused("a: &x {b: 1}\n", "f:1:4: anchors (&) and tags (!)");
    refused("a: *x\n", "f:1:4: aliases (*) are not supported");
    refused("a: !!int 1\n", "f:1:4: anchors (&) and tags (!)");
    refused("a: !x [1]\n", "f:1:4: anchors (&) and tags (!)");
    refused("a: 1\n---\nb: 2\n", "f:2:1: a second document");
    refused("a: 1\nb: 2\na: 3\n", "f:3:1: key 'a' is repeated; it stands in line 1 already");
    refused("{a: 1, b: {c: 1, c: 2}}", "f:1:18: key 'c' is repeated; it stands in line 1 already");
    refused("[1, 2]: 3\n", "f:1:1: a key must be a word");
    refused("? {a: 1}\n: 3\n", "f:1:3: a key must be a word");
    refused("{\"\": 3}", "f:1:2: a key must be a word");
    refused("a: \"x\\0y\"\n", "f:1:4: a text with a NUL in it");
}

static void test_what_is_no_yaml(void **state)
{
    refused("a: [1\n", "f:2:1: not YAML: ");
    refused("a: 1\n b: 2\n", "f:2:3: not YAML: ");
    refused("a: \"x\n", "f:2:1: not YAML: ");
    refused("a: \t%\n", "f:1:");
    refused_bytes("a: b\nc: \xff\n", 9, "f:2:4: invalid leading UTF-8 octet; the file must be UTF-8 text");
    refused_bytes("\xff\xfe"
                  "a\0",
                  4, "f:1:1: ");
    refused_bytes("a: \0b\n", 6, "f:1:4: control characters are not allowed; the file must be UTF-8 text");
}

/* Depth counts mappings and sequences: [[[...]]]. */
static void nest(char *text, size_t depth)
{
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    text[2 * depth] = 0;
}

static void test_depth_is_bounded(void **state)
{
    struct ctl_complaints complaints;
    struct ctl_yaml *yaml;
    char text[64];

    nest(text, CTL_YAML_DEPTH_MAX);
    yaml = parse(&complaints, text);
    assert_non_null(yaml);
    ctl_yaml_free(yaml);
    nest(text, CTL_YAML_DEPTH_MAX + 1);
    refused(text, "f:1:17: nested too deeply");
}

static double refuse_flood(char c, size_t len, const char *wanted)
{
    char *text = malloc(len);
    clock_t start = clock();

    memset(text, c, len);
    refused_bytes(text, len, wanted);
    free(text);
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static void test_floods_end_at_once(void **state)
{
    assert_true(refuse_flood('[', 10 * 1024 * 1024, "f: larger than 4194304 bytes") < 1);
    assert_true(refuse_flood('[', CTL_YAML_BYTES_MAX, "f:1:17: nested too deeply") < 1);
    assert_true(refuse_flood('{', CTL_YAML_BYTES_MAX, "f:1:2: a key must be a word") < 1);
    assert_true(refuse_flood('\n', CTL_YAML_BYTES_MAX, "f: the file is empty") < 1);
}

static void test_nodes_are_bounded(void **state)
{
    size_t num = CTL_YAML_NODES_MAX + 1;
    char *text = malloc(num * 4 + 1);

    for (size_t i = 0; i < num; i++)
        memcpy(text + i * 4, "- x\n", 4);
    refused_bytes(text, num * 4, "f:262144:3: more than 262144 values");
    free(text);
}

static void test_keys_are_bounded(void **state)
{
    char text[(CTL_YAML_KEYS_MAX + 1) * 8];
    size_t len = 0;

    for (int i = 0; i <= CTL_YAML_KEYS_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "k%d: 1\n", i);
    refused(text, "f:65:1: more than 64 keys in one mapping");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nodes_know_their_places), cmocka_unit_test(test_what_is_not_of_the_subset),
        cmocka_unit_test(test_what_is_no_yaml),         cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_floods_end_at_once),      cmocka_unit_test(test_nodes_are_bounded),
        cmocka_unit_test(test_keys_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
