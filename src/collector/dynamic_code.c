/* Functions that came by value: cloudpickle (joblib, Dask, Ray, Spark) calls their
 * file "<dynamic-code>". They are from the script, where that has them. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "collector/state.h"

#define BY_VALUE "<dynamic-code>"
#define SCRIPT_BYTES_MAX (8u << 20)
#define DECORATORS_MAX 32 /* lines between the first line and the "def" */

static const char *line_of(const char *text, int32_t line)
{
    for (; text && line > 1; line--) {
        text = strchr(text, '\n');
        text += text != NULL;
    }
    return text;
}

static int is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || (c & 0x80);
}

/* 1 where the n bytes hold `word`, whole, and `before` somewhere before it. */
static int has_word(const char *at, size_t n, const char *before,
                    const char *word)
{
    size_t length = strlen(word);
    const char *from = memmem(at, n, before, strlen(before));
    if (!from)
        return 0;
    for (from += strlen(before); from + length <= at + n; from++)
        if (!memcmp(from, word, length) && !is_word(from[-1]) &&
            (from + length == at + n || !is_word(from[length])))
            return 1;
    return 0;
}

/* 1 where a function of this name begins at this line: at its "def", or at a
 * decorator above it. What has no name of its own is taken by its line alone. */
static int begins_at(const char *text, int32_t line, const char *name)
{
    const char *at = line_of(text, line);
    for (int n = 0; at && *at && n < DECORATORS_MAX; n++) {
        size_t length = strcspn(at, "\n");
        if (*name == '<' || has_word(at, length, "def ", name))
            return 1;
        if (n == 0 && at[strspn(at, " \t")] != '@')
            return 0;
        at = at[length] ? at + length + 1 : NULL;
    }
    return 0;
}

uint32_t smp_dynamic_file(struct smp_collector *c, uint32_t filename,
                          uint32_t qualname, int32_t first_line)
{
    const char *name = smp_profile_text(c->profile, qualname);
    if (!c->script[0] || first_line < 1 ||
        strcmp(smp_profile_text(c->profile, filename), BY_VALUE) != 0)
        return filename;
    if (!c->script_text) {
        struct smp_buf text = {0};
        smp_buf_read_file(&text, c->script, SCRIPT_BYTES_MAX);
        c->script_text = smp_buf_take(&text);
    }
    const char *dot = strrchr(name, '.');
    return c->script_text &&
                   begins_at(c->script_text, first_line, dot ? dot + 1 : name)
               ? smp_profile_string(c->profile, c->script)
               : filename;
}
