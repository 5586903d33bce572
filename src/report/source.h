/* A source text by its lines, each with what the tokeniser needs to start there. */
#ifndef SMP_REPORT_SOURCE_H
#define SMP_REPORT_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "model/profile.h"
#include "report/tokens.h"

struct smp_source_line {
    const char *text;      /* borrowed from the profile, not NUL-terminated */
    size_t length;         /* without the line end */
    smp_token_state state; /* before its first byte */
};

/* Storage of the caller; {0} has no lines. */
struct smp_source {
    struct smp_source_line *lines; /* owned; lines[0] is line 1 */
    uint32_t count;
};

/* Divides the text as Python does (\n, \r\n, \r); no lines where the profile
 * has no text. 0 or SMP_ENOMEM. The file must outlive it. */
int smp_source_make(struct smp_source *s, const struct smp_file *file);
void smp_source_release(struct smp_source *s);

/* Line number `line` (from 1); an empty line where there is none. */
struct smp_source_line smp_source_line(const struct smp_source *s,
                                       uint32_t line);

/* Bytes of space at the line's start; the length where it is blank. */
size_t smp_source_indent(const struct smp_source_line *line);
int smp_source_is_blank(const struct smp_source_line *line);

/* The line of the `def` or `class` statement that `line` lies in, by its
 * indentation; 0 where there is none above it. */
uint32_t smp_source_enclosing(const struct smp_source *s, uint32_t line);

#endif
