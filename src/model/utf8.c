/* UTF-8: is it, and if not, make it so. */
#include "model/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static int is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* The second byte's range is narrower after these four (Unicode, table 3-7). */
static int is_second(unsigned char first, unsigned char c)
{
    switch (first) {
    case 0xe0:
        return c >= 0xa0 && c <= 0xbf;
    case 0xed:
        return c >= 0x80 && c <= 0x9f;
    case 0xf0:
        return c >= 0x90 && c <= 0xbf;
    case 0xf4:
        return c >= 0x80 && c <= 0x8f;
    default:
        return is_tail(c);
    }
}

size_t smp_utf8_length(const unsigned char *b, size_t n)
{
    if (b[0] < 0x80)
        return b[0] ? 1 : 0;
    size_t length = b[0] >= 0xc2 && b[0] <= 0xdf   ? 2
                    : b[0] >= 0xe0 && b[0] <= 0xef ? 3
                    : b[0] >= 0xf0 && b[0] <= 0xf4 ? 4
                                                   : 0;
    if (!length || n < length || !is_second(b[0], b[1]))
        return 0;
    for (size_t i = 2; i < length; i++)
        if (!is_tail(b[i]))
            return 0;
    return length;
}

/* 1 where all eight bytes are ASCII and none is NUL. */
static int plain_word(const char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    uint64_t low = 0x0101010101010101u, high = 0x8080808080808080u;
    return !((word | (word - low)) & high);
}

size_t smp_utf8_valid_prefix(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n) {
        if (n - i >= 8 && plain_word(text + i)) {
            i += 8;
            continue;
        }
        size_t length = smp_utf8_length((const unsigned char *)text + i, n - i);
        if (!length)
            return i;
        i += length;
    }
    return n;
}

static size_t count_bad(const char *text, size_t n)
{
    size_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        i += smp_utf8_valid_prefix(text + i, n - i);
        bad += i < n;
    }
    return bad;
}

char *smp_utf8_clean(const char *text, size_t n, size_t *length)
{
    size_t bad = count_bad(text, n);
    char *clean = malloc(n + 2 * bad + 1);
    if (!clean)
        return NULL;
    char *to = clean;
    for (size_t i = 0; i < n; i++) {
        size_t good = smp_utf8_valid_prefix(text + i, n - i);
        memcpy(to, text + i, good);
        to += good;
        i += good;
        if (i < n) {
            memcpy(to, REPLACEMENT, 3);
            to += 3;
        }
    }
    *to = '\0';
    *length = (size_t)(to - clean);
    return clean;
}
