/* Display width of UTF-8, tabs, wide and combining characters. */
#include "report/width.h"

#include <string.h>

#include "report/width_table.h"

#define CODE_REPLACEMENT 0xFFFD      /* drawn for what must not be drawn */
#define CODE_INVALID 0x110000        /* bytes that are not UTF-8 */
#define CODE_EMOJI_SELECTOR 0xFE0F   /* makes the character before it wide */
#define CODE_CONTROL_PICTURES 0x2400 /* U+2400 + c pictures the control c */

static int in_table(uint32_t code, const struct smp_range *t, size_t n)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (code > t[middle].high)
            low = middle + 1;
        else if (code < t[middle].low)
            high = middle;
        else
            return 1;
    }
    return 0;
}

#define IN_TABLE(code, t) in_table((code), (t), sizeof(t) / sizeof((t)[0]))

int smp_width_code(uint32_t code)
{
    if (code >= 0x20 && code < 0x7F)
        return 1;
    if (code > 0x10FFFF || IN_TABLE(code, smp_width_unsafe))
        return -1;
    if (IN_TABLE(code, smp_width_zero))
        return 0;
    return IN_TABLE(code, smp_width_wide) ? 2 : 1;
}

/* Length of the UTF-8 sequence that this byte begins; 0: none does. */
static size_t sequence_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead < 0xE0)
        return 2;
    if (lead >= 0xE0 && lead < 0xF0)
        return 3;
    return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

static int is_scalar(uint32_t code, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int surrogate = code >= 0xD800 && code < 0xE000;
    return code >= least[length] && code <= 0x10FFFF && !surrogate;
}

/* The first character; CODE_INVALID with one byte consumed where there is none. */
static uint32_t decode(const char *text, size_t n, size_t *consumed)
{
    unsigned char lead = (unsigned char)text[0];
    size_t length = sequence_length(lead);
    *consumed = 1;
    if (length == 1)
        return lead;
    if (length == 0 || length > n)
        return CODE_INVALID;
    uint32_t code = lead & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        unsigned char next = (unsigned char)text[i];
        if ((next & 0xC0) != 0x80)
            return CODE_INVALID;
        code = code << 6 | (next & 0x3F);
    }
    if (!is_scalar(code, length))
        return CODE_INVALID;
    *consumed = length;
    return code;
}

static void encode(struct smp_glyph *g, uint32_t code)
{
    if (code < 0x80) {
        g->bytes[g->length++] = (char)code;
    } else if (code < 0x800) {
        g->bytes[g->length++] = (char)(0xC0 | code >> 6);
        g->bytes[g->length++] = (char)(0x80 | (code & 0x3F));
    } else {
        if (code < 0x10000) {
            g->bytes[g->length++] = (char)(0xE0 | code >> 12);
        } else {
            g->bytes[g->length++] = (char)(0xF0 | code >> 18);
            g->bytes[g->length++] = (char)(0x80 | (code >> 12 & 0x3F));
        }
        g->bytes[g->length++] = (char)(0x80 | (code >> 6 & 0x3F));
        g->bytes[g->length++] = (char)(0x80 | (code & 0x3F));
    }
}

/* What is drawn in the place of a character that must not be drawn. */
static uint32_t picture(uint32_t code)
{
    if (code < 0x20)
        return CODE_CONTROL_PICTURES + code;
    return code == 0x7F ? 0x2421 : CODE_REPLACEMENT;
}

struct smp_glyph smp_width_glyph(const char *text, size_t n, int utf8, int at)
{
    struct smp_glyph g = {0};
    size_t consumed;
    uint32_t code = decode(text, n, &consumed);
    g.consumed = (uint8_t)consumed;
    if (code == '\t') {
        g.cells = (uint8_t)(SMP_TAB_CELLS - at % SMP_TAB_CELLS);
        return g;
    }
    int cells = smp_width_code(code);
    if (!utf8 && (code >= 0x80 || cells < 0)) {
        g.cells = cells != 0;
        if (g.cells)
            g.bytes[g.length++] = '?';
        return g;
    }
    encode(&g, cells < 0 ? picture(code) : code);
    g.cells = cells < 0 ? 1 : (uint8_t)cells;
    /* Terminals differ: some draw the selected emoji in two cells. Counting
     * the wider keeps every line inside its width on all of them. */
    if (code == CODE_EMOJI_SELECTOR && at > 0)
        g.cells = 1;
    return g;
}

int smp_width_text(const char *text, size_t n, int utf8)
{
    int cells = 0;
    for (size_t i = 0; i < n;) {
        struct smp_glyph g = smp_width_glyph(text + i, n - i, utf8, cells);
        cells += g.cells;
        i += g.consumed;
    }
    return cells;
}

size_t smp_width_fit(const char *text, size_t n, int utf8, int cells)
{
    int used = 0;
    size_t i = 0;
    while (i < n) {
        struct smp_glyph g = smp_width_glyph(text + i, n - i, utf8, used);
        if (used + g.cells > cells)
            break;
        used += g.cells;
        i += g.consumed;
    }
    return i;
}

int smp_width_draw(struct smp_buf *out, const char *text, size_t n, int utf8,
                   int at)
{
    int begin = at;
    for (size_t i = 0; i < n;) {
        struct smp_glyph g = smp_width_glyph(text + i, n - i, utf8, at);
        if (g.length)
            smp_buf_add(out, g.bytes, g.length);
        else
            for (int k = 0; k < g.cells; k++)
                smp_buf_putc(out, ' ');
        at += g.cells;
        i += g.consumed;
    }
    return at - begin;
}
