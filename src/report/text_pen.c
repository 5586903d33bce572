/* The pen of the terminal report: cells, styles, line ends. */
#include "report/text_pen.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/width.h"

static const char *const marks[][2] = {
#define SMP_X(symbol, utf8, ascii) {ascii, utf8},
    SMP_MARK_TABLE(SMP_X)
#undef SMP_X
};

static const char *const sgr[][2] = {
#define SMP_X(symbol, sgr16, sgr256) {sgr16, sgr256},
    SMP_STYLE_TABLE(SMP_X)
#undef SMP_X
};

void smp_pen_init(struct smp_pen *pen, struct smp_buf *out,
                  const struct smp_text_options *o)
{
    *pen = (struct smp_pen){.out = out,
                            .width = o->width < 20 ? 20 : o->width,
                            .utf8 = o->utf8,
                            .links = o->links,
                            .color = o->color};
}

const char *smp_pen_mark(const struct smp_pen *pen, enum smp_mark mark)
{
    return marks[mark][pen->utf8 != 0];
}

static void set_style(struct smp_pen *pen, int style)
{
    if (style == pen->style || pen->color == SMP_COLOR_NONE)
        return;
    const char *codes = sgr[style & 0xFF][pen->color == SMP_COLOR_256];
    const char *underline = style & SMP_STYLE_UNDERLINE ? ";4" : "";
    smp_buf_printf(pen->out, "\x1b[0%s%s%sm", *codes ? ";" : "", codes,
                   underline);
    pen->style = style;
}

/* Draws the blanks that were asked for, so that text can follow. */
static void reach_target(struct smp_pen *pen)
{
    if (pen->target > pen->column)
        set_style(pen, SMP_STYLE_PLAIN);
    for (; pen->column < pen->target; pen->column++)
        smp_buf_putc(pen->out, ' ');
}

static int position(const struct smp_pen *pen)
{
    return pen->target > pen->column ? pen->target : pen->column;
}

int smp_pen_room(const struct smp_pen *pen)
{
    return pen->width - position(pen);
}

int smp_pen_part(struct smp_pen *pen, int style, const char *text, size_t n,
                 int at)
{
    if (!n)
        return 0;
    reach_target(pen);
    set_style(pen, style);
    int cells = smp_width_draw(pen->out, text, n, pen->utf8, at);
    pen->column += cells;
    return cells;
}

static void draw(struct smp_pen *pen, int style, const char *text, size_t n)
{
    smp_pen_part(pen, style, text, n, 0);
}

/* Draws text in at most `cells` cells, cut with an ellipsis. */
static void draw_cut(struct smp_pen *pen, int style, const char *text, size_t n,
                     int cells)
{
    const char *ellipsis = smp_pen_mark(pen, SMP_MARK_ELLIPSIS);
    int wide = smp_width_text(ellipsis, strlen(ellipsis), pen->utf8);
    size_t whole = smp_width_fit(text, n, pen->utf8, cells);
    if (whole == n || cells < wide) {
        draw(pen, style, text, whole);
        return;
    }
    draw(pen, style, text, smp_width_fit(text, n, pen->utf8, cells - wide));
    draw(pen, style, ellipsis, strlen(ellipsis));
}

void smp_pen_text_n(struct smp_pen *pen, int style, const char *text, size_t n)
{
    draw_cut(pen, style, text, n, smp_pen_room(pen));
}

void smp_pen_text(struct smp_pen *pen, int style, const char *text)
{
    smp_pen_text_n(pen, style, text, strlen(text));
}

void smp_pen_printf(struct smp_pen *pen, int style, const char *format, ...)
{
    struct smp_buf text = {0};
    va_list args;
    va_start(args, format);
    smp_buf_vprintf(&text, format, args);
    va_end(args);
    pen->out->failed |= text.failed;
    if (text.data)
        smp_pen_text_n(pen, style, text.data, text.length);
    smp_buf_release(&text);
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

void smp_pen_right(struct smp_pen *pen, int style, int cells, const char *text)
{
    int wide = smp_width_text(text, strlen(text), pen->utf8);
    int end = position(pen) + cells;
    if (wide < cells)
        smp_pen_to(pen, end - wide);
    draw_cut(pen, style, text, strlen(text), least(cells, smp_pen_room(pen)));
    smp_pen_to(pen, end);
}

void smp_pen_left(struct smp_pen *pen, int style, int cells, const char *text)
{
    int end = position(pen) + cells;
    draw_cut(pen, style, text, strlen(text), least(cells, smp_pen_room(pen)));
    smp_pen_to(pen, end);
}

void smp_pen_to(struct smp_pen *pen, int column)
{
    if (column > pen->width)
        column = pen->width;
    if (column > pen->target)
        pen->target = column;
}

void smp_pen_blank(struct smp_pen *pen, int cells)
{
    smp_pen_to(pen, position(pen) + cells);
}

void smp_pen_rule(struct smp_pen *pen, int style, int to_column)
{
    const char *mark = smp_pen_mark(pen, SMP_MARK_RULE);
    while (position(pen) < to_column && smp_pen_room(pen) > 0)
        draw(pen, style, mark, strlen(mark));
}

void smp_pen_line(struct smp_pen *pen)
{
    set_style(pen, SMP_STYLE_PLAIN);
    smp_buf_putc(pen->out, '\n');
    pen->column = pen->target = 0;
}

static void word(struct smp_pen *pen, int style, const char *text, size_t n)
{
    int wide = smp_width_text(text, n, pen->utf8);
    int first = position(pen) == 0 ||
                (pen->target == pen->margin && pen->column < pen->margin);
    if (!first && wide + 1 > smp_pen_room(pen)) {
        smp_pen_line(pen);
        smp_pen_to(pen, pen->margin);
    } else if (!first) {
        smp_pen_blank(pen, 1);
    }
    smp_pen_text_n(pen, style, text, n);
}

static void split_words(struct smp_pen *pen, int style, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, " ");
        if (n)
            word(pen, style, text, n);
        text += n + (text[n] == ' ');
    }
}

void smp_pen_word(struct smp_pen *pen, int style, const char *format, ...)
{
    struct smp_buf text = {0};
    va_list args;
    va_start(args, format);
    smp_buf_vprintf(&text, format, args);
    va_end(args);
    pen->out->failed |= text.failed;
    if (text.data)
        word(pen, style, text.data, text.length);
    smp_buf_release(&text);
}

void smp_pen_words(struct smp_pen *pen, int style, const char *format, ...)
{
    struct smp_buf text = {0};
    va_list args;
    va_start(args, format);
    smp_buf_vprintf(&text, format, args);
    va_end(args);
    pen->out->failed |= text.failed;
    if (text.data)
        split_words(pen, style, text.data);
    smp_buf_release(&text);
}

/* The bytes of a path that a URI may hold as they are; the rest as %XX. */
static void add_uri(struct smp_buf *out, const char *path)
{
    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;
        int letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (letter || (c >= '0' && c <= '9') ||
            (c < 0x80 && strchr("/-._~", c)))
            smp_buf_putc(out, (char)c);
        else
            smp_buf_printf(out, "%%%02X", c);
    }
}

void smp_pen_link(struct smp_pen *pen, int style, int cells, const char *path,
                  const char *shown)
{
    int linked = pen->links && path[0] == '/';
    if (linked) {
        reach_target(pen);
        smp_buf_puts(pen->out, "\x1b]8;;file://");
        add_uri(pen->out, path);
        smp_buf_puts(pen->out, "\x1b\\");
    }
    draw_cut(pen, style, shown, strlen(shown), least(cells, smp_pen_room(pen)));
    if (linked)
        smp_buf_puts(pen->out, "\x1b]8;;\x1b\\");
}
