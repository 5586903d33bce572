/* A source text by its lines. */
#include "report/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* Bytes up to the line's end; `next`: with the line end as well. */
static size_t line_length(const char *text, size_t n, size_t *next)
{
    size_t i = 0;
    while (i < n && text[i] != '\n' && text[i] != '\r')
        i++;
    *next = i + (i < n);
    if (*next < n && text[i] == '\r' && text[*next] == '\n')
        (*next)++;
    return i;
}

static uint32_t count_lines(const char *text, size_t n)
{
    uint32_t count = 0;
    for (size_t at = 0, next; at < n && count < UINT32_MAX; at += next, count++)
        line_length(text + at, n - at, &next);
    return count;
}

int smp_source_make(struct smp_source *s, const struct smp_file *file)
{
    struct smp_source made = {0};
    size_t n = file->source ? file->source_length : 0;
    smp_token_state state = 0;
    made.count = count_lines(file->source, n);
    made.lines = calloc(made.count + (size_t)1, sizeof *made.lines);
    if (!made.lines)
        return SMP_ENOMEM;
    size_t at = 0;
    for (uint32_t i = 0; i < made.count; i++) {
        size_t next, length = line_length(file->source + at, n - at, &next);
        made.lines[i] =
            (struct smp_source_line){file->source + at, length, state};
        state = smp_tokens_skip(file->source + at, length, state);
        at += next;
    }
    *s = made;
    return 0;
}

void smp_source_release(struct smp_source *s)
{
    free(s->lines);
    *s = (struct smp_source){0};
}

struct smp_source_line smp_source_line(const struct smp_source *s,
                                       uint32_t line)
{
    if (line < 1 || line > s->count)
        return (struct smp_source_line){.text = ""};
    return s->lines[line - 1];
}

size_t smp_source_indent(const struct smp_source_line *line)
{
    size_t i = 0;
    while (i < line->length && (line->text[i] == ' ' || line->text[i] == '\t' ||
                                line->text[i] == '\f'))
        i++;
    return i;
}

int smp_source_is_blank(const struct smp_source_line *line)
{
    return smp_source_indent(line) == line->length;
}

static int begins_with(const struct smp_source_line *line, size_t at,
                       const char *word)
{
    size_t n = strlen(word);
    return line->length - at >= n && memcmp(line->text + at, word, n) == 0;
}

static int is_definition(const struct smp_source_line *line)
{
    size_t at = smp_source_indent(line);
    return begins_with(line, at, "def ") || begins_with(line, at, "class ") ||
           begins_with(line, at, "async def ");
}

uint32_t smp_source_enclosing(const struct smp_source *s, uint32_t line)
{
    struct smp_source_line it = smp_source_line(s, line);
    size_t indent = smp_source_indent(&it);
    for (uint32_t i = line; indent > 0 && i-- > 1;) {
        it = smp_source_line(s, i);
        /* Text inside a string, blank lines and closing brackets at the
         * margin say nothing about blocks. */
        if (it.state || smp_source_is_blank(&it) ||
            smp_source_indent(&it) >= indent)
            continue;
        if (is_definition(&it))
            return i;
        if (!strchr(")]}#", it.text[smp_source_indent(&it)]))
            indent = smp_source_indent(&it);
    }
    return 0;
}
