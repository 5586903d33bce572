/* JSON values: text that is also safe inside HTML, numbers that read back. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/json_write.h"

/* A comma where something stands before on the same level, and the key. */
static void begin(struct smp_buf *b, const char *key)
{
    char last = b->length ? b->data[b->length - 1] : '{';
    if (last != '{' && last != '[' && last != ':')
        smp_buf_putc(b, ',');
    if (!key)
        return;
    smp_buf_putc(b, '"');
    smp_buf_puts(b, key);
    smp_buf_add(b, "\":", 2);
}

void smp_json_open(struct smp_buf *b, const char *key, char bracket)
{
    begin(b, key);
    smp_buf_putc(b, bracket);
}

void smp_json_close(struct smp_buf *b, char bracket) { smp_buf_putc(b, bracket); }

/* '<' would let text end the <script> element that a page keeps JSON in; the
 * other two are there for old readers that take JSON for a script. */
static int needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' ||
           c == '&' || c == 0x7f;
}

static void escape(struct smp_buf *b, unsigned char c)
{
    switch (c) {
    case '"':
        smp_buf_add(b, "\\\"", 2);
        break;
    case '\\':
        smp_buf_add(b, "\\\\", 2);
        break;
    case '\n':
        smp_buf_add(b, "\\n", 2);
        break;
    case '\t':
        smp_buf_add(b, "\\t", 2);
        break;
    default:
        smp_buf_printf(b, "\\u%04x", c);
    }
}

void smp_json_text_n(struct smp_buf *b, const char *key, const char *text,
                     size_t n)
{
    begin(b, key);
    smp_buf_putc(b, '"');
    for (size_t i = 0; i < n; i++) {
        size_t from = i;
        while (i < n && !needs_escape((unsigned char)text[i]))
            i++;
        smp_buf_add(b, text + from, i - from);
        if (i < n)
            escape(b, (unsigned char)text[i]);
    }
    smp_buf_putc(b, '"');
}

void smp_json_text(struct smp_buf *b, const char *key, const char *text)
{
    smp_json_text_n(b, key, text, strlen(text));
}

/* Digits of `value` at the end of a 20 byte field; where they start. */
static char *digits(char field[20], uint64_t value)
{
    char *at = field + 20;
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    return at;
}

static void put_int(struct smp_buf *b, int64_t value)
{
    char field[21];
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char *at = digits(field + 1, size);
    if (value < 0)
        *--at = '-';
    smp_buf_add(b, at, (size_t)(field + 21 - at));
}

void smp_json_int(struct smp_buf *b, const char *key, int64_t value)
{
    begin(b, key);
    put_int(b, value);
}

void smp_json_index(struct smp_buf *b, uint32_t index)
{
    begin(b, NULL);
    put_int(b, index == SMP_NONE ? -1 : (int64_t)index);
}

void smp_json_bool(struct smp_buf *b, const char *key, int value)
{
    begin(b, key);
    smp_buf_puts(b, value ? "true" : "false");
}

void smp_json_null(struct smp_buf *b, const char *key)
{
    begin(b, key);
    smp_buf_puts(b, "null");
}

#define NANO 1000000000u

/* n / 1e9 as a decimal number, without zeros at its end. */
static void put_nanos(struct smp_buf *b, int negative, uint64_t n)
{
    char field[32], *end = field + 31, *at = end;
    uint64_t whole = n / NANO;
    uint32_t part = (uint32_t)(n % NANO);
    for (int digit = 0; digit < 9; digit++, part /= 10)
        *--at = (char)('0' + part % 10);
    while (end > at && end[-1] == '0')
        end--;
    *--at = '.';
    do {
        *--at = (char)('0' + whole % 10);
        whole /= 10;
    } while (whole);
    if (negative)
        *--at = '-';
    /* "1." is no JSON number: 1.0 it is, which also keeps it a real number. */
    if (end[-1] == '.')
        *end++ = '0';
    smp_buf_add(b, at, (size_t)(end - at));
}

/* Below this, whole nanoseconds are exact in a double. */
#define NANOS_S 4e6

static void put_any(struct smp_buf *b, double value)
{
    char field[40];
    if (!isfinite(value)) {
        smp_buf_puts(b, "null"); /* JSON has no word for it */
        return;
    }
    snprintf(field, sizeof field, "%.17g", value);
    size_t point = strspn(field, "+-0123456789e");
    if (field[point])
        field[point] = '.'; /* where the locale has another one */
    smp_buf_puts(b, field);
    if (!strpbrk(field, ".e"))
        smp_buf_puts(b, ".0");
}

/* n / 1e9 is the double nearest to the decimal that put_nanos writes, and so
 * is what a reader makes of it: equal here means equal when read back. */
void smp_json_exact(struct smp_buf *b, const char *key, double value)
{
    double size = fabs(value);
    begin(b, key);
    if (size < NANOS_S) {
        uint64_t n = (uint64_t)(size * 1e9 + 0.5);
        if ((double)n / 1e9 == size) {
            put_nanos(b, value < 0, n);
            return;
        }
    }
    put_any(b, value);
}

void smp_json_rounded(struct smp_buf *b, const char *key, double value)
{
    double size = fabs(value);
    begin(b, key);
    if (size < NANOS_S)
        put_nanos(b, value < 0, (uint64_t)(size * 1e9 + 0.5));
    else
        put_any(b, value);
}
