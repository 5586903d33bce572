/* JSON values: text that is also safe inside HTML, numbers that read back. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/json_write.h"

static int needs_comma(const struct smp_buf *b)
{
    char last = b->length ? b->data[b->length - 1] : '{';
    return last != '{' && last != '[' && last != ':';
}

/* A comma where something stands before on the same level, and the key. */
static void begin(struct smp_buf *b, const char *key)
{
    if (needs_comma(b))
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

void smp_json_close(struct smp_buf *b, char bracket)
{
    smp_buf_putc(b, bracket);
}

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

/* Numbers are made from their end in a field of this size, and go out with the
 * comma before them in one piece: a profile is mostly numbers. */
#define FIELD 48

static char *put_digits(char *at, uint64_t value)
{
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    return at;
}

static void put_field(struct smp_buf *b, const char *key, char *at, char *end)
{
    if (key)
        begin(b, key);
    else if (needs_comma(b))
        *--at = ',';
    smp_buf_add(b, at, (size_t)(end - at));
}

void smp_json_int(struct smp_buf *b, const char *key, int64_t value)
{
    char field[FIELD];
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char *at = put_digits(field + FIELD, size);
    if (value < 0)
        *--at = '-';
    put_field(b, key, at, field + FIELD);
}

void smp_json_index(struct smp_buf *b, uint32_t index)
{
    smp_json_int(b, NULL, index == SMP_NONE ? -1 : (int64_t)index);
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
static void put_nanos(struct smp_buf *b, const char *key, int negative,
                      uint64_t n)
{
    char field[FIELD], *end = field + FIELD - 1, *at = end;
    uint32_t part = (uint32_t)(n % NANO);
    for (int digit = 0; digit < 9; digit++, part /= 10)
        *--at = (char)('0' + part % 10);
    while (end > at + 1 && end[-1] == '0') /* one stays: "1." is no number */
        end--;
    *--at = '.';
    at = put_digits(at, n / NANO);
    if (negative)
        *--at = '-';
    put_field(b, key, at, end);
}

/* Below this, whole nanoseconds are exact in a double. */
#define NANOS_S 4e6

static void put_any(struct smp_buf *b, const char *key, double value)
{
    char field[FIELD];
    begin(b, key);
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
    uint64_t n = size < NANOS_S ? (uint64_t)(size * 1e9 + 0.5) : 0;
    if (n && (double)n / 1e9 == size)
        put_nanos(b, key, value < 0, n);
    else
        put_any(b, key, value);
}

void smp_json_bytes(struct smp_buf *b, const char *key, double value)
{
    smp_json_int(b, key, (int64_t)llround(value));
}

void smp_json_rounded(struct smp_buf *b, const char *key, double value)
{
    double size = fabs(value);
    if (size < NANOS_S)
        put_nanos(b, key, value < 0, (uint64_t)(size * 1e9 + 0.5));
    else
        put_any(b, key, value);
}
