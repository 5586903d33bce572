/* Source lines in the report. */
#include "report/text_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/width.h"

#define CONTEXT_LINES 1      /* shown before and after a line with time */
#define EXPRESSION_SHARE 0.5 /* of the line's time, to be underlined */

static const int token_styles[] = {
    [SMP_TOKEN_PLAIN] = SMP_STYLE_PLAIN,
    [SMP_TOKEN_KEYWORD] = SMP_STYLE_KEYWORD,
    [SMP_TOKEN_BUILTIN] = SMP_STYLE_BUILTIN,
    [SMP_TOKEN_DEFINED] = SMP_STYLE_DEFINED,
    [SMP_TOKEN_DECORATOR] = SMP_STYLE_DECORATOR,
    [SMP_TOKEN_NUMBER] = SMP_STYLE_NUMBER,
    [SMP_TOKEN_STRING] = SMP_STYLE_STRING,
    [SMP_TOKEN_COMMENT] = SMP_STYLE_COMMENT,
};

static void show_context(struct smp_listing *l, uint32_t line)
{
    uint32_t from = line > CONTEXT_LINES ? line - CONTEXT_LINES : 1;
    uint32_t to = line + CONTEXT_LINES;
    uint32_t def = smp_source_enclosing(&l->source, line);
    for (uint32_t i = from; i <= to && i <= l->source.count; i++)
        l->show[i] |= SMP_SHOW_CONTEXT;
    if (def)
        l->show[def] |= SMP_SHOW_CONTEXT;
}

static void show_lines(struct smp_listing *l, const struct smp_text *t,
                       const struct smp_file_cost *file, double threshold)
{
    for (size_t i = 0; i < file->line_count; i++) {
        const struct smp_line_cost *it = &file->lines[i];
        if (!it->line || it->line > l->source.count ||
            !smp_text_shows_line(t, it, threshold))
            continue;
        l->show[it->line] |= SMP_SHOW_TIME;
        if (!t->options->reduced)
            show_context(l, it->line);
    }
}

static int is_blank(const struct smp_listing *l, uint32_t line)
{
    struct smp_source_line it = smp_source_line(&l->source, line);
    return smp_source_is_blank(&it);
}

/* Blank context at the ends of a stretch says nothing; one hidden line takes no
 * less room than the mark that would stand for it. */
static void tidy(struct smp_listing *l)
{
    uint32_t last = l->source.count;
    for (uint32_t i = 1; i <= last; i++)
        if (l->show[i] == SMP_SHOW_CONTEXT && !l->show[i - 1] && is_blank(l, i))
            l->show[i] = SMP_SHOW_NOT;
    for (uint32_t i = last; i >= 1; i--)
        if (l->show[i] == SMP_SHOW_CONTEXT && !l->show[i + 1] && is_blank(l, i))
            l->show[i] = SMP_SHOW_NOT;
    for (uint32_t i = 2; i < last; i++)
        if (!l->show[i] && l->show[i - 1] && l->show[i + 1])
            l->show[i] = SMP_SHOW_CONTEXT;
}

/* Bytes of space that both lines begin with. */
static size_t common_indent(const struct smp_source_line *a,
                            const struct smp_source_line *b)
{
    size_t n = smp_source_indent(a), i = 0;
    while (i < n && i < b->length && a->text[i] == b->text[i])
        i++;
    return i;
}

/* Comments and the inside of strings may stand left of their block. */
static int is_code(const struct smp_source_line *line)
{
    return !line->state && !smp_source_is_blank(line) &&
           line->text[smp_source_indent(line)] != '#';
}

/* Dedents only where that saves a line from being cut. */
static void find_dedent(struct smp_listing *l, const struct smp_text *t,
                        int room)
{
    struct smp_source_line first = {.text = NULL};
    size_t least = 0;
    int cut = 0;
    for (uint32_t i = 1; i <= l->source.count; i++) {
        struct smp_source_line it = smp_source_line(&l->source, i);
        if (!l->show[i] || !is_code(&it))
            continue;
        if (!first.text) {
            first = it;
            least = smp_source_indent(&it);
        }
        size_t common = common_indent(&first, &it);
        least = common < least ? common : least;
        cut |= smp_width_text(it.text, it.length, t->pen.utf8) > room;
    }
    l->dedent = cut ? least : 0;
}

int smp_listing_make(struct smp_listing *l, const struct smp_text *t,
                     const struct smp_file_cost *file, double threshold,
                     int room)
{
    *l = (struct smp_listing){0};
    if (smp_source_make(&l->source, &t->profile->files[file->file]))
        return SMP_ENOMEM;
    l->show = calloc((size_t)l->source.count + 2, 1);
    if (!l->show) {
        smp_listing_release(l);
        return SMP_ENOMEM;
    }
    show_lines(l, t, file, threshold);
    if (!t->options->reduced)
        tidy(l);
    find_dedent(l, t, room);
    return 0;
}

void smp_listing_release(struct smp_listing *l)
{
    smp_source_release(&l->source);
    free(l->show);
    *l = (struct smp_listing){0};
}

/* The bytes of a line to underline: none where start == end. */
struct span {
    size_t start, end;
};

static struct span hot_expression(const struct smp_line_cost *cost,
                                  const struct smp_source_line *line)
{
    struct span none = {0, 0};
    if (!cost || cost->expression_share < EXPRESSION_SHARE || !cost->column ||
        cost->end_column <= cost->column || cost->end_column > line->length + 1)
        return none;
    struct span s = {cost->column - 1, cost->end_column - 1};
    int whole = s.start <= smp_source_indent(line) && s.end == line->length;
    return whole ? none : s;
}

/* One line on its way to the pen. */
struct drawing {
    struct smp_pen *pen;
    const char *text;
    size_t start, end; /* bytes to draw: behind the dedent, up to the cut */
    int at;            /* cells drawn */
    struct span under;
};

static void draw_bytes(struct drawing *d, int style, size_t from, size_t to)
{
    from = from < d->start ? d->start : from;
    to = to > d->end ? d->end : to;
    if (from < to)
        d->at += smp_pen_part(d->pen, style, d->text + from, to - from, d->at);
}

/* A token, in up to three pieces: before, in and behind the underlined span. */
static void draw_token(struct drawing *d, int style, size_t from, size_t to)
{
    size_t a = d->under.start < from ? from : d->under.start;
    size_t b = d->under.end > to ? to : d->under.end;
    if (a >= b) {
        draw_bytes(d, style, from, to);
        return;
    }
    draw_bytes(d, style, from, a);
    draw_bytes(d, style | SMP_STYLE_UNDERLINE, a, b);
    draw_bytes(d, style, b, to);
}

/* Sets the part of the line that fits; 1 where an ellipsis must follow. */
static int cut_line(struct drawing *d, const struct smp_source_line *line,
                    size_t dedent)
{
    const char *ellipsis = smp_pen_mark(d->pen, SMP_MARK_ELLIPSIS);
    int utf8 = d->pen->utf8, room = smp_pen_room(d->pen);
    size_t indent = smp_source_indent(line);
    d->start = dedent < indent ? dedent : indent;
    const char *text = line->text + d->start;
    size_t n = line->length - d->start;
    if (smp_width_fit(text, n, utf8, room) == n) {
        d->end = line->length;
        return 0;
    }
    room -= smp_width_text(ellipsis, strlen(ellipsis), utf8);
    d->end = d->start + smp_width_fit(text, n, utf8, room);
    return 1;
}

void smp_listing_draw(struct smp_text *t, const struct smp_listing *l,
                      uint32_t line, int style,
                      const struct smp_line_cost *cost)
{
    struct smp_source_line it = smp_source_line(&l->source, line);
    struct drawing d = {.pen = &t->pen, .text = it.text};
    struct smp_tokens tokens;
    struct smp_token token;
    d.under = hot_expression(cost, &it);
    while (it.length && strchr(" \t\f", it.text[it.length - 1]))
        it.length--; /* trailing space is not worth a cut */
    int is_cut = cut_line(&d, &it, l->dedent);
    smp_tokens_init(&tokens, it.text, it.length, it.state);
    while (smp_tokens_next(&tokens, &token))
        draw_token(&d, style ? style : token_styles[token.kind], token.start,
                   token.start + token.length);
    if (is_cut)
        smp_pen_text(&t->pen, SMP_STYLE_DIM,
                     smp_pen_mark(&t->pen, SMP_MARK_ELLIPSIS));
}
