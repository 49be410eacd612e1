/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/yaml_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const char text[] =
    "number: 12\nhex: 0x8892\nquoted: \"12\"\nword: pass\nlist: [a, b]\nmap: {a: 1}\nempty:\nodd: 012\n";

struct tree {
    struct ctl_complaints complaints;
    struct ctl_yaml *yaml;
};

static int set_up(void **state)
{
    struct tree *tree = calloc(1, sizeof(*tree));

    ctl_complaints_init(&tree->complaints, "f");
    tree->yaml = ctl_yaml_new(&tree->complaints, bytes_of(text, strlen(text)));
    *state = tree;
    return tree->yaml ? 0 : -1;
}

static int tear_down(void **state)
{
    struct tree *tree = *state;

    ctl_yaml_free(tree->yaml);
    free(tree);
    return 0;
}

static const struct ctl_yaml_node *node(struct tree *tree, const char *key)
{
    return ctl_yaml_get(ctl_yaml_root(tree->yaml), key);
}

/* The one complaint so far; forgets it. */
static void complained(struct tree *tree, const char *wanted)
{
    char line[512] = "";

    assert_int_equal(tree->complaints.num, 1);
    ctl_complaints_line(&tree->complaints, 0, line, sizeof(line));
    assert_string_equal(line, wanted);
    tree->complaints.num = 0;
}

static void test_numbers(void **state)
{
    struct tree *tree = *state;
    uint32_t value = 7;

    assert_true(ctl_yaml_number(&tree->complaints, &value, node(tree, "number"), "it", 12, 12));
    assert_int_equal(value, 12);
    assert_true(ctl_yaml_number(&tree->complaints, &value, node(tree, "hex"), "it", 0, 65535));
    assert_int_equal(value, 0x8892);
    assert_false(ctl_yaml_number(&tree->complaints, &value, node(tree, "number"), "it", 13, 20));
    complained(tree, "f:1:9: it must be a whole number from 13 to 20");
    assert_false(ctl_yaml_number(&tree->complaints, &value, node(tree, "number"), "it", 1, 11));
    complained(tree, "f:1:9: it must be a whole number from 1 to 11");
    assert_false(ctl_yaml_number(&tree->complaints, &value, node(tree, "quoted"), "it", 1, 20));
    complained(tree, "f:3:9: it must be a whole number from 1 to 20");
    assert_false(ctl_yaml_number(&tree->complaints, &value, node(tree, "odd"), "it", 1, 20));
    complained(tree, "f:8:6: it must be a whole number from 1 to 20");
    assert_false(ctl_yaml_number(&tree->complaints, &value, node(tree, "list"), "it", 1, 20));
    complained(tree, "f:5:7: it must be a whole number from 1 to 20");
    assert_int_equal(value, 0x8892);
}

static void test_number_syntax(void **state)
{
    static const char *const bad[] = {
        "", "-1", "+1", " 1", "1 ", "0x", "0xg", "1a", "4294967296", "99999999999999999999", "1.0", "01"};
    uint32_t value = 3;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(ctl_yaml_parse_number(&value, bad[i], UINT32_MAX));
    assert_int_equal(value, 3);
    assert_true(ctl_yaml_parse_number(&value, "0", 0));
    assert_int_equal(value, 0);
    assert_true(ctl_yaml_parse_number(&value, "4294967295", UINT32_MAX));
    assert_int_equal(value, UINT32_MAX);
    assert_true(ctl_yaml_parse_number(&value, "0xFf", 255));
    assert_int_equal(value, 255);
}

static void test_words(void **state)
{
    struct tree *tree = *state;

    assert_int_equal(ctl_yaml_word(&tree->complaints, node(tree, "word"), "it", "block pass"), 1);
    assert_int_equal(ctl_yaml_word(&tree->complaints, node(tree, "word"), "it", "pa password"), -1);
    complained(tree, "f:4:7: it must be one of: pa password");
    assert_int_equal(ctl_yaml_word(&tree->complaints, node(tree, "map"), "it", "block pass"), -1);
    complained(tree, "f:6:6: it must be one of: block pass");
    assert_int_equal(ctl_yaml_word(&tree->complaints, node(tree, "empty"), "it", "block pass"), -1);
    complained(tree, "f:7:7: it must be one of: block pass");
}

static void test_strings(void **state)
{
    struct tree *tree = *state;

    assert_string_equal(ctl_yaml_string(&tree->complaints, node(tree, "word"), "it", 4), "pass");
    assert_null(ctl_yaml_string(&tree->complaints, node(tree, "word"), "it", 3));
    complained(tree, "f:4:7: it is longer than 3 bytes");
    assert_null(ctl_yaml_string(&tree->complaints, node(tree, "empty"), "it", 9));
    complained(tree, "f:7:7: it must be a text");
    assert_null(ctl_yaml_string(&tree->complaints, node(tree, "list"), "it", 9));
    complained(tree, "f:5:7: it must be a text");
}

static void test_collections(void **state)
{
    struct tree *tree = *state;

    assert_true(ctl_yaml_sequence(&tree->complaints, node(tree, "list"), "it", 2, 2));
    assert_false(ctl_yaml_sequence(&tree->complaints, node(tree, "list"), "it", 3, 9));
    complained(tree, "f:5:7: it: the list needs at least 3 entries");
    assert_false(ctl_yaml_sequence(&tree->complaints, node(tree, "list"), "it", 0, 1));
    complained(tree, "f:5:7: it: more than 1 entries");
    assert_false(ctl_yaml_sequence(&tree->complaints, node(tree, "map"), "it", 0, 1));
    complained(tree, "f:6:6: it must be a list, as in [a, b]");
    assert_true(ctl_yaml_mapping(&tree->complaints, node(tree, "map"), "it", "b a"));
    assert_false(ctl_yaml_mapping(&tree->complaints, node(tree, "map"), "it", "b ab"));
    complained(tree, "f:6:7: unknown key 'a'; it has: b ab");
    assert_false(ctl_yaml_mapping(&tree->complaints, node(tree, "list"), "it", "b"));
    complained(tree, "f:5:7: it must be a mapping with the keys: b");
    assert_non_null(ctl_yaml_need(&tree->complaints, node(tree, "map"), "it", "a"));
    assert_null(ctl_yaml_need(&tree->complaints, node(tree, "map"), "it", "b"));
    complained(tree, "f:6:6: it lacks the key 'b'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_numbers, set_up, tear_down),
        cmocka_unit_test(test_number_syntax),
        cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_strings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_collections, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
