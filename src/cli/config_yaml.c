/* The YAML config file: one mapping of option names to values. */
#include <yaml.h>

#include "cli/config.h"
#include "cli/say.h"

static int line_of(const yaml_node_t *node)
{
    return (int)node->start_mark.line + 1;
}

static const char *scalar(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE
               ? (const char *)node->data.scalar.value
               : NULL;
}

static int wrong(const struct smp_config *c, int line, const char *what)
{
    return smp_say_usage("%s:%d: %s", c->path, line, what);
}

/* One value; of a list each item. */
static int take_value(struct smp_config *c, yaml_document_t *document,
                      const char *key, yaml_node_t *node)
{
    if (scalar(node))
        return smp_config_key(c, line_of(node), key, scalar(node));
    if (node->type != YAML_SEQUENCE_NODE)
        return wrong(c, line_of(node),
                     "a value is a word, a number, true, false or a list");
    for (yaml_node_item_t *i = node->data.sequence.items.start;
         i < node->data.sequence.items.top; i++) {
        yaml_node_t *item = yaml_document_get_node(document, *i);
        if (!scalar(item))
            return wrong(c, line_of(item), "a list holds words only");
        int code = smp_config_key(c, line_of(item), key, scalar(item));
        if (code)
            return code;
    }
    return 0;
}

static int take_document(struct smp_config *c, yaml_document_t *document)
{
    yaml_node_t *root = yaml_document_get_root_node(document);
    if (!root || (scalar(root) && !*scalar(root)))
        return 0; /* nothing but comments */
    if (root->type != YAML_MAPPING_NODE)
        return wrong(c, line_of(root), "lines of 'option: value' expected");
    for (yaml_node_pair_t *pair = root->data.mapping.pairs.start;
         pair < root->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(document, pair->key);
        yaml_node_t *value = yaml_document_get_node(document, pair->value);
        if (!scalar(key))
            return wrong(c, line_of(key), "a key is the name of an option");
        int code = take_value(c, document, scalar(key), value);
        if (code)
            return code;
    }
    return 0;
}

int smp_config_yaml(struct smp_config *c, const struct smp_buf *text)
{
    yaml_parser_t parser;
    yaml_document_t document;
    if (!yaml_parser_initialize(&parser))
        return wrong(c, 1, "out of memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text->data,
                                 text->length);
    int code = 0;
    if (!yaml_parser_load(&parser, &document)) {
        code = wrong(c, (int)parser.problem_mark.line + 1,
                     parser.problem ? parser.problem : "not YAML");
    } else {
        code = take_document(c, &document);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    return code;
}
