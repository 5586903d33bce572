/* A terminal report in a test: made, and each line of it held to the rules. */
#ifndef SMP_TESTS_TERMINAL_REPORT_H
#define SMP_TESTS_TERMINAL_REPORT_H

#include "report/report.h"
#include "report/width.h"
#include "shop_profile.h"

static const struct smp_text_options plain = {.cpu_percent_threshold = 1,
                                              .width = 80,
                                              .utf8 = 1};

/* Length of the escape sequence here: a colour or a link; 0: none of ours. */
static inline size_t escape_length(const char *s)
{
    if (s[0] != '\x1b')
        return 0;
    if (s[1] == '[') {
        size_t n = strspn(s + 2, "0123456789;");
        return s[2 + n] == 'm' ? n + 3 : 0;
    }
    if (strncmp(s, "\x1b]8;;", 5) != 0)
        return 0;
    const char *end = strstr(s, "\x1b\\");
    size_t n = end ? (size_t)(end - s) : 0;
    for (size_t i = 1; i < n; i++)
        if ((unsigned char)s[i] <= 0x20 || (unsigned char)s[i] >= 0x7F)
            return 0;
    return end ? n + 2 : 0;
}

/* The line without our own escape sequences; 0 where another control is left. */
static inline int strip(const char *line, size_t n, struct smp_buf *out)
{
    smp_buf_clear(out);
    for (size_t i = 0; i < n;) {
        size_t escape = escape_length(line + i);
        unsigned char c = (unsigned char)line[i];
        if (!escape && (c < 0x20 || c == 0x7F))
            return 0;
        if (!escape)
            smp_buf_putc(out, line[i]);
        i += escape ? escape : 1;
    }
    return 1;
}

static inline int line_is_right(const struct smp_buf *stripped,
                                const struct smp_text_options *o)
{
    int width = o->width < 20 ? 20 : o->width;
    if (!stripped->length)
        return 1;
    for (size_t i = 0; !o->utf8 && i < stripped->length; i++)
        if ((unsigned char)stripped->data[i] >= 0x80)
            return 0;
    return smp_width_text(stripped->data, stripped->length, o->utf8) <= width &&
           stripped->data[stripped->length - 1] != ' ';
}

/* No line is wider than asked, none ends with blanks, no escape but ours. */
static inline void check_lines(const struct smp_buf *b,
                               const struct smp_text_options *o)
{
    struct smp_buf stripped = {0};
    const char *line = b->data, *end;
    for (; line && (end = strchr(line, '\n')); line = end + 1) {
        size_t n = (size_t)(end - line);
        if (!strip(line, n, &stripped) || !line_is_right(&stripped, o)) {
            printf("width %d: %.*s\n", o->width, (int)n, line);
            CHECK(0);
        }
        if (o->color == SMP_COLOR_NONE && !o->links && memchr(line, '\x1b', n))
            CHECK(0);
    }
    CHECK(line && !*line); /* it ends with a line end, and has no NUL inside */
    CHECK_INT(line - b->data, b->length);
    smp_buf_release(&stripped);
}

/* The report, in a buffer that the next call reuses. */
static inline const char *report(const struct smp_profile *p,
                                 const struct smp_text_options *o)
{
    static struct smp_buf b;
    smp_buf_clear(&b);
    CHECK_INT(smp_report_text(&b, p, o), 0);
    check_lines(&b, o);
    return b.data;
}

static inline int has(const char *text, const char *part)
{
    if (strstr(text, part))
        return 1;
    printf("not there: %s\n", part);
    return 0;
}

/* The line that holds this. */
static inline const char *line_with(const char *text, const char *part)
{
    static char copy[1024];
    const char *at = strstr(text, part);
    if (!at)
        return "";
    while (at > text && at[-1] != '\n')
        at--;
    snprintf(copy, sizeof copy, "%.*s", (int)strcspn(at, "\n"), at);
    return copy;
}

#endif
