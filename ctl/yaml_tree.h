/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * yaml_tree: a small YAML file as a tree in which every node knows where it stood.
 *
 * libyaml's events become nodes with line and column, so that every later complaint, about form or about sense, can name
 * the place. It is the subset that a configuration needs: one document of mappings, sequences and scalars. Refused are
 * aliases and anchors, tags, keys that are no plain words, repeated keys, and whatever is past a bound:
 * CTL_YAML_BYTES_MAX of text, CTL_YAML_DEPTH_MAX levels, CTL_YAML_NODES_MAX nodes, CTL_YAML_KEYS_MAX keys in a mapping. The bounds
 * hold while the text is read: hostile text costs no more than it takes to reach one.
 *
 * Order of calls: ctl_yaml_new(), then from ctl_yaml_root() down with the readers below, then ctl_yaml_free().
 * Scalars stay text ("yes" is the word yes): what they mean is the business of who asks. The readers say what was
 * expected and what stood there, and return false; the caller need not complain again.
 *
 * Threads: a tree belongs to one thread. Ownership: nodes and texts live as long as the tree.
 * It does not know any key. The only file that includes libyaml is ctl/yaml_tree.c.
 */
#ifndef CELLGATE_CTL_YAML_TREE_H
#define CELLGATE_CTL_YAML_TREE_H

#include "base/bytes.h"
#include "ctl/complaint.h"

#define CTL_YAML_BYTES_MAX (4 * 1024 * 1024)
#define CTL_YAML_DEPTH_MAX 16
#define CTL_YAML_NODES_MAX 262144
#define CTL_YAML_KEYS_MAX  64

enum ctl_yaml_kind { CTL_YAML_SCALAR = 1, CTL_YAML_SEQUENCE = 2, CTL_YAML_MAPPING = 3 };

struct ctl_yaml_node {
    uint8_t kind;   /* enum ctl_yaml_kind */
    uint8_t quoted; /* scalar: 1 when it stood in quotes or in a block, and so is text whatever it looks like */
    uint32_t line;  /* from 1 */
    uint32_t column;
    uint32_t num;                      /* children; of a scalar: bytes of text */
    const char *text;                  /* scalar: NUL behind it, none within */
    const struct ctl_yaml_node *key;   /* of a value in a mapping: its key, a scalar */
    const struct ctl_yaml_node *first; /* child */
    const struct ctl_yaml_node *next;  /* sibling */
};

struct ctl_yaml;

/* ctl_yaml_new: the tree of `text`; NULL with a complaint. `text` is not needed afterwards. */
struct ctl_yaml *ctl_yaml_new(struct ctl_complaints *complaints, struct bytes text);
void ctl_yaml_free(struct ctl_yaml *yaml);

/* ctl_yaml_root: the document's node; never NULL. */
const struct ctl_yaml_node *ctl_yaml_root(const struct ctl_yaml *yaml);

/* ctl_yaml_get: the value of `key` in a mapping; NULL when it has none, or `node` is NULL or no mapping. */
const struct ctl_yaml_node *ctl_yaml_get(const struct ctl_yaml_node *node, const char *key);

/* ctl_yaml_need: as ctl_yaml_get(), with a complaint where `node`, called `what`, lacks the key. */
const struct ctl_yaml_node *ctl_yaml_need(struct ctl_complaints *complaints, const struct ctl_yaml_node *node,
                                          const char *what, const char *key);

/* ctl_yaml_complain: a complaint about `node`. */
void ctl_yaml_complain(struct ctl_complaints *complaints, const struct ctl_yaml_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ctl_yaml_mapping: whether `node`, called `what` in a complaint, is a mapping whose keys are all in `keys` (words with one
 * space between them). Every unknown key is complained about. */
BYTES_MUST_CHECK bool ctl_yaml_mapping(struct ctl_complaints *complaints, const struct ctl_yaml_node *node,
                                       const char *what, const char *keys);

/* ctl_yaml_sequence: whether `node` is a sequence of `least` to `most` entries. */
BYTES_MUST_CHECK bool ctl_yaml_sequence(struct ctl_complaints *complaints, const struct ctl_yaml_node *node,
                                        const char *what, size_t least, size_t most);

/* ctl_yaml_string: the text of a scalar of 1 to `len_max` bytes; NULL with a complaint. Borrowed from the tree. */
const char *ctl_yaml_string(struct ctl_complaints *complaints, const struct ctl_yaml_node *node, const char *what,
                            size_t len_max);

/* ctl_yaml_number: a whole number of `least` to `most`, decimal or 0x hexadecimal, not in quotes. */
BYTES_MUST_CHECK bool ctl_yaml_number(struct ctl_complaints *complaints, uint32_t *out,
                                      const struct ctl_yaml_node *node, const char *what, uint32_t least,
                                      uint32_t most);

/* ctl_yaml_word: the index of the scalar in `words` (with one space between them); -1 with a complaint. */
int ctl_yaml_word(struct ctl_complaints *complaints, const struct ctl_yaml_node *node, const char *what,
                  const char *words);

/* ctl_yaml_parse_number: `text` as a whole number, decimal or 0x hexadecimal, at most `most`; false otherwise. */
BYTES_MUST_CHECK bool ctl_yaml_parse_number(uint32_t *out, const char *text, uint32_t most);

#endif
