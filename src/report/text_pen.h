/* The pen of the terminal report: draws cells on a line that never grows wider
 * than it may, in colours that may be off. Every byte that reaches the output
 * passes here, so untrusted text can hold no escape sequence (report/width.h). */
#ifndef SMP_REPORT_TEXT_PEN_H
#define SMP_REPORT_TEXT_PEN_H

#include <stddef.h>

#include "base/buf.h"
#include "report/report.h"

/* What a piece of text means; how it looks is the pen's affair.
 * X(symbol, SGR for 16 colours, SGR for 256 colours). The kinds of time keep
 * apart for colour-blind eyes: blue, orange, purple, grey. */
#define SMP_STYLE_TABLE(X)                                                     \
    X(PLAIN, "", "")                                                           \
    X(BOLD, "1", "1")                                                          \
    X(DIM, "90", "38;5;245")                                                   \
    X(TITLE, "1", "1")                                                         \
    X(RULE, "90", "38;5;240")                                                  \
    X(HOT, "1;31", "1;38;5;196")                                               \
    X(WARM, "33", "1;38;5;166")                                                \
    X(WARNING, "33", "38;5;178")                                               \
    X(OPTION, "1", "1")                                                        \
    X(PYTHON, "36", "38;5;32")                                                 \
    X(NATIVE, "33", "38;5;172")                                                \
    X(SYSTEM, "35", "38;5;133")                                                \
    X(WAIT, "90", "38;5;244")                                                  \
    X(MEMORY, "32", "38;5;71")                                                 \
    X(KEYWORD, "34", "38;5;68")                                                \
    X(BUILTIN, "36", "38;5;73")                                                \
    X(DEFINED, "1", "1;38;5;73")                                               \
    X(DECORATOR, "35", "38;5;139")                                             \
    X(NUMBER, "36", "38;5;109")                                                \
    X(STRING, "32", "38;5;107")                                                \
    X(COMMENT, "90", "38;5;245")

enum smp_style {
#define SMP_X(symbol, sgr16, sgr256) SMP_STYLE_##symbol,
    SMP_STYLE_TABLE(SMP_X)
#undef SMP_X
        SMP_STYLE_COUNT
};
#define SMP_STYLE_UNDERLINE 0x100 /* added to a style */

/* Marks with an ASCII form. X(symbol, UTF-8, ASCII) */
#define SMP_MARK_TABLE(X)                                                      \
    X(ELLIPSIS, "\xE2\x80\xA6", "...")                                         \
    X(BAR, "\xE2\x94\x82", "|")                                                \
    X(RULE, "\xE2\x94\x80", "-")                                               \
    X(BRANCH, "\xE2\x94\x9C\xE2\x94\x80", "|-")                                \
    X(LAST, "\xE2\x94\x94\xE2\x94\x80", "`-")                                  \
    X(PLUS_MINUS, "\xC2\xB1", "+-")                                            \
    X(HOT, "\xE2\x96\xB6", ">")                                                \
    X(BULLET, "\xE2\x80\xA2", "*")

enum smp_mark {
#define SMP_X(symbol, utf8, ascii) SMP_MARK_##symbol,
    SMP_MARK_TABLE(SMP_X)
#undef SMP_X
};

struct smp_pen {
    struct smp_buf *out; /* borrowed */
    int width, utf8, links;
    enum smp_color color;
    int column; /* cells drawn on this line */
    int target; /* blanks asked for up to here: drawn with the next text */
    int style;  /* in force at the output's end */
    int margin; /* where smp_pen_word goes on after a line break */
};

void smp_pen_init(struct smp_pen *pen, struct smp_buf *out,
                  const struct smp_text_options *o);

const char *smp_pen_mark(const struct smp_pen *pen, enum smp_mark mark);

/* Cells left on the line. */
int smp_pen_room(const struct smp_pen *pen);

/* Draws text; what does not fit is cut, with an ellipsis in the last cell. */
void smp_pen_text(struct smp_pen *pen, int style, const char *text);
void smp_pen_text_n(struct smp_pen *pen, int style, const char *text, size_t n);
void smp_pen_printf(struct smp_pen *pen, int style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Draws the text in exactly `cells` cells, to the right or to the left. */
void smp_pen_right(struct smp_pen *pen, int style, int cells, const char *text);
void smp_pen_left(struct smp_pen *pen, int style, int cells, const char *text);

/* Goes on at this column, or stays where the line is there already. Trailing
 * blanks are never written. */
void smp_pen_to(struct smp_pen *pen, int column);
void smp_pen_blank(struct smp_pen *pen, int cells);

/* Repeats a mark of one cell up to a column. */
void smp_pen_rule(struct smp_pen *pen, int style, int to_column);

void smp_pen_line(struct smp_pen *pen); /* ends the line */

/* Flowing text. A word is never broken where it fits on a line of its own; a
 * space goes before it, except at the margin. `words` breaks at spaces. */
void smp_pen_word(struct smp_pen *pen, int style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void smp_pen_words(struct smp_pen *pen, int style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Draws `shown` in at most `cells` cells, as a terminal hyperlink (OSC 8) to
 * the file `path` where links are on and the path is absolute. */
void smp_pen_link(struct smp_pen *pen, int style, int cells, const char *path,
                  const char *shown);

/* Draws a part of a longer text that is known to fit: nothing is cut. `at`:
 * cells from that text's start, for its tabs. Returns the cells drawn. */
int smp_pen_part(struct smp_pen *pen, int style, const char *text, size_t n,
                 int at);

#endif
