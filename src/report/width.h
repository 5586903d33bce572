/* Display width: how many terminal cells a text takes, and what is safe to show.
 *
 * Text from a profile is untrusted. What a terminal would obey instead of draw
 * (control characters, escape sequences, marks that reorder or hide text) is
 * replaced by something visible, so nothing printed through this file can move
 * the cursor. */
#ifndef SMP_REPORT_WIDTH_H
#define SMP_REPORT_WIDTH_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A tab reaches the next multiple of this, from the text's start: as most
 * editors show Python, and half of what would push code out of sight. */
#define SMP_TAB_CELLS 4

/* One character as it will be drawn. */
struct smp_glyph {
    char bytes[5];    /* safe UTF-8 (or ASCII), NUL-terminated */
    uint8_t length;   /* of bytes */
    uint8_t cells;    /* 0 to 2, of a tab up to SMP_TAB_CELLS (bytes: spaces) */
    uint8_t consumed; /* bytes of the input it stands for, at least 1 */
};

/* Decodes the first character of n >= 1 bytes. `utf8` 0: anything beyond ASCII
 * is drawn as "?". `at`: cells from the text's start, for tabs. A tab comes
 * back with length 0: draw `cells` spaces. */
struct smp_glyph smp_width_glyph(const char *text, size_t n, int utf8, int at);

/* Cells of a character: 0, 1 or 2; -1: it must not reach a terminal. */
int smp_width_code(uint32_t code);

/* Cells that the text takes as drawn. */
int smp_width_text(const char *text, size_t n, int utf8);

/* How many bytes from the start fit into `cells`; characters that take no cell
 * stay with the one before them. */
size_t smp_width_fit(const char *text, size_t n, int utf8, int cells);

/* Appends the text as drawn and returns its cells. `at`: as above. */
int smp_width_draw(struct smp_buf *out, const char *text, size_t n, int utf8,
                   int at);

#endif
