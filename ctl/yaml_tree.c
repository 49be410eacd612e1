/* SPDX-License-Identifier: BSD-3-Clause */
#include "ctl/yaml_tree.h"

#include <stdlib.h>
#include <yaml.h>

#define CHUNK_BYTES 65536

/* Memory that is freed all at once. */
struct chunk {
    struct chunk *next;
    size_t used;
    size_t size;
    _Alignas(16) uint8_t data[];
};

struct ctl_yaml {
    struct chunk *chunks;
    const struct ctl_yaml_node *root;
    size_t num_nodes;
};

/* A mapping or sequence that has not ended yet. */
struct open_node {
    struct ctl_yaml_node *node;
    struct ctl_yaml_node *last; /* child */
    struct ctl_yaml_node *key;  /* of a mapping: the key whose value comes next */
};

struct build {
    struct ctl_yaml *yaml;
    struct ctl_complaints *complaints;
    struct open_node open[CTL_YAML_DEPTH_MAX];
    size_t depth;
    size_t num_documents;
};

enum step { STEP_FAILED = 0, STEP_MORE, STEP_END };

static void *take(struct ctl_yaml *yaml, size_t len)
{
    struct chunk *chunk = yaml->chunks;
    size_t rounded = (len + 15) & ~(size_t)15;

    if (!chunk || chunk->size - chunk->used < rounded) {
        size_t size = rounded > CHUNK_BYTES ? rounded : CHUNK_BYTES;

        chunk = malloc(sizeof(*chunk) + size);
        if (!chunk)
            return NULL;
        *chunk = (struct chunk){.next = yaml->chunks, .size = size};
        yaml->chunks = chunk;
    }
    chunk->used += rounded;
    return chunk->data + chunk->used - rounded;
}

static unsigned mark_line(yaml_mark_t mark)
{
    return (unsigned)mark.line + 1;
}

static unsigned mark_column(yaml_mark_t mark)
{
    return (unsigned)mark.column + 1;
}

static struct ctl_yaml_node *new_node(struct build *build, enum ctl_yaml_kind kind, yaml_mark_t mark)
{
    struct ctl_yaml_node *node;

    if (build->yaml->num_nodes == CTL_YAML_NODES_MAX) {
        ctl_complain(build->complaints, mark_line(mark), mark_column(mark),
                     "more than %d values; make the file smaller", CTL_YAML_NODES_MAX);
        return NULL;
    }
    node = take(build->yaml, sizeof(*node));
    if (!node) {
        ctl_complain(build->complaints, mark_line(mark), mark_column(mark), "out of memory");
        return NULL;
    }
    build->yaml->num_nodes++;
    *node = (struct ctl_yaml_node){.kind = (uint8_t)kind, .line = mark_line(mark), .column = mark_column(mark)};
    return node;
}

static bool key_fits(struct build *build, const struct open_node *top, const struct ctl_yaml_node *key)
{
    const struct ctl_yaml_node *earlier;

    if (key->kind != CTL_YAML_SCALAR || key->num == 0) {
        ctl_yaml_complain(build->complaints, key, "a key must be a word");
        return false;
    }
    earlier = ctl_yaml_get(top->node, key->text);
    if (earlier) {
        ctl_yaml_complain(build->complaints, key, "key '%s' is repeated; it stands in line %u already", key->text,
                          earlier->key->line);
        return false;
    }
    if (top->node->num == CTL_YAML_KEYS_MAX) {
        ctl_yaml_complain(build->complaints, key, "more than %d keys in one mapping", CTL_YAML_KEYS_MAX);
        return false;
    }
    return true;
}

/* Puts a node where it belongs: as root, as entry of a sequence, as key or as value of a mapping. */
static bool place(struct build *build, struct ctl_yaml_node *node)
{
    struct open_node *top;

    if (build->depth == 0) {
        build->yaml->root = node;
        return true;
    }
    top = &build->open[build->depth - 1];
    if (top->node->kind == CTL_YAML_MAPPING && !top->key) {
        if (!key_fits(build, top, node))
            return false;
        top->key = node;
        return true;
    }
    node->key = top->key;
    top->key = NULL;
    if (top->last)
        top->last->next = node;
    else
        top->node->first = node;
    top->last = node;
    top->node->num++;
    return true;
}

static enum step refuse(struct build *build, yaml_mark_t mark, const char *text)
{
    ctl_complain(build->complaints, mark_line(mark), mark_column(mark), "%s", text);
    return STEP_FAILED;
}

static enum step on_scalar(struct build *build, const yaml_event_t *event)
{
    size_t len = event->data.scalar.length;
    struct ctl_yaml_node *node;
    char *text;

    if (event->data.scalar.anchor || event->data.scalar.tag)
        return refuse(build, event->start_mark, "anchors (&) and tags (!) are not supported; write the value out");
    if (memchr(event->data.scalar.value, 0, len))
        return refuse(build, event->start_mark, "a text with a NUL in it");
    node = new_node(build, CTL_YAML_SCALAR, event->start_mark);
    if (!node)
        return STEP_FAILED;
    text = take(build->yaml, len + 1);
    if (!text)
        return refuse(build, event->start_mark, "out of memory");
    memcpy(text, event->data.scalar.value, len);
    text[len] = 0;
    node->text = text;
    node->num = (uint32_t)len;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return place(build, node) ? STEP_MORE : STEP_FAILED;
}

static enum step on_start(struct build *build, const yaml_event_t *event)
{
    bool mapping = event->type == YAML_MAPPING_START_EVENT;
    struct ctl_yaml_node *node;

    if (mapping ? event->data.mapping_start.anchor || event->data.mapping_start.tag
                : event->data.sequence_start.anchor || event->data.sequence_start.tag)
        return refuse(build, event->start_mark, "anchors (&) and tags (!) are not supported; write the value out");
    if (build->depth == CTL_YAML_DEPTH_MAX)
        return refuse(build, event->start_mark, "nested too deeply: more than 16 levels");
    node = new_node(build, mapping ? CTL_YAML_MAPPING : CTL_YAML_SEQUENCE, event->start_mark);
    if (!node || !place(build, node))
        return STEP_FAILED;
    build->open[build->depth++] = (struct open_node){.node = node};
    return STEP_MORE;
}

static enum step on_event(struct build *build, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(build, event);
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        return on_start(build, event);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        if (build->depth == 0)
            return refuse(build, event->start_mark, "an end without a start");
        build->depth--;
        return STEP_MORE;
    case YAML_ALIAS_EVENT:
        return refuse(build, event->start_mark, "aliases (*) are not supported; write the value out");
    case YAML_DOCUMENT_START_EVENT:
        if (build->num_documents++ != 0)
            return refuse(build, event->start_mark, "a second document; keep one to a file");
        return STEP_MORE;
    case YAML_STREAM_END_EVENT:
        return STEP_END;
    default:
        return STEP_MORE;
    }
}

/* libyaml names bytes that are no UTF-8 by their offset only. */
static void complain_bytes(struct ctl_complaints *complaints, const yaml_parser_t *parser, struct bytes text)
{
    unsigned line = 1;
    unsigned column = 1;

    for (size_t i = 0; i < parser->problem_offset && i < text.left; i++) {
        column = text.at[i] == '\n' ? 1 : column + 1;
        line += text.at[i] == '\n';
    }
    ctl_complain(complaints, line, column, "%s; the file must be UTF-8 text", parser->problem);
}

static void complain_syntax(struct ctl_complaints *complaints, const yaml_parser_t *parser, struct bytes text)
{
    if (parser->error == YAML_READER_ERROR)
        complain_bytes(complaints, parser, text);
    else if (parser->error == YAML_MEMORY_ERROR)
        ctl_complain(complaints, 0, 0, "out of memory");
    else
        ctl_complain(complaints, mark_line(parser->problem_mark), mark_column(parser->problem_mark), "not YAML: %s%s%s",
                     parser->problem ? parser->problem : "unknown cause", parser->context ? ", " : "",
                     parser->context ? parser->context : "");
}

static bool build_tree(struct build *build, struct bytes text)
{
    yaml_parser_t parser;
    enum step step = STEP_MORE;

    if (!yaml_parser_initialize(&parser)) {
        ctl_complain(build->complaints, 0, 0, "out of memory");
        return false;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, text.at, text.left);
    while (step == STEP_MORE) {
        yaml_event_t event;

        if (!yaml_parser_parse(&parser, &event)) {
            complain_syntax(build->complaints, &parser, text);
            step = STEP_FAILED;
            break;
        }
        step = on_event(build, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (step == STEP_END && !build->yaml->root)
        ctl_complain(build->complaints, 0, 0, "the file is empty");
    return step == STEP_END && build->yaml->root;
}

struct ctl_yaml *ctl_yaml_new(struct ctl_complaints *complaints, struct bytes text)
{
    struct build build = {.complaints = complaints};

    if (text.left > CTL_YAML_BYTES_MAX) {
        ctl_complain(complaints, 0, 0, "larger than %d bytes", CTL_YAML_BYTES_MAX);
        return NULL;
    }
    build.yaml = calloc(1, sizeof(*build.yaml));
    if (!build.yaml) {
        ctl_complain(complaints, 0, 0, "out of memory");
        return NULL;
    }
    if (build_tree(&build, text))
        return build.yaml;
    ctl_yaml_free(build.yaml);
    return NULL;
}

void ctl_yaml_free(struct ctl_yaml *yaml)
{
    if (!yaml)
        return;
    while (yaml->chunks) {
        struct chunk *next = yaml->chunks->next;

        free(yaml->chunks);
        yaml->chunks = next;
    }
    free(yaml);
}

const struct ctl_yaml_node *ctl_yaml_root(const struct ctl_yaml *yaml)
{
    return yaml->root;
}
