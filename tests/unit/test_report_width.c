/* links: src/report/width.c src/base/buf.c */
/* Display width, and that nothing unsafe is drawn. */
#include <stdlib.h>

#include "check.h"
#include "report/width.h"

static int cells(const char *text)
{
    return smp_width_text(text, strlen(text), 1);
}

/* The text as drawn, in a buffer that the next call reuses. */
static const char *drawn(const char *text, size_t n, int utf8)
{
    static char copy[256];
    struct smp_buf b = {0};
    int told = smp_width_draw(&b, text, n, utf8, 0);
    CHECK_INT(told, smp_width_text(text, n, utf8));
    snprintf(copy, sizeof copy, "%s", b.data ? b.data : "");
    smp_buf_release(&b);
    return copy;
}

static void test_characters(void)
{
    CHECK_INT(smp_width_code('a'), 1);
    CHECK_INT(smp_width_code(0xE9), 1);    /* e acute */
    CHECK_INT(smp_width_code(0x4EF7), 2);  /* ideograph */
    CHECK_INT(smp_width_code(0xFF21), 2);  /* fullwidth A */
    CHECK_INT(smp_width_code(0xFF71), 1);  /* halfwidth katakana */
    CHECK_INT(smp_width_code(0xAC00), 2);  /* Hangul syllable */
    CHECK_INT(smp_width_code(0x1F600), 2); /* emoji */
    CHECK_INT(smp_width_code(0x301), 0);   /* combining acute */
    CHECK_INT(smp_width_code(0x200D), 0);  /* joiner */
    CHECK_INT(smp_width_code(0x3FFFD), 2); /* last of an ideographs' plane */
    CHECK_INT(smp_width_code(0x1B), -1);   /* escape */
    CHECK_INT(smp_width_code(0x9B), -1);   /* C1: control sequence */
    CHECK_INT(smp_width_code(0x202E), -1); /* right-to-left override */
    CHECK_INT(smp_width_code(0x2066), -1); /* isolate */
    CHECK_INT(smp_width_code(0x200B), -1); /* zero width space */
    CHECK_INT(smp_width_code(0xD800), -1); /* surrogate */
    CHECK_INT(smp_width_code(0x110000), -1);
}

static void test_texts(void)
{
    CHECK_INT(cells(""), 0);
    CHECK_INT(cells("abc"), 3);
    CHECK_INT(cells("\xe4\xbe\xa1\xe6\xa0\xbc"), 4);
    CHECK_INT(cells("e\xcc\x81"), 1);
    CHECK_INT(cells("\xf0\x9f\x98\x80!"), 3);
    /* The selector may widen a character: counted so. */
    CHECK_INT(cells("\xe2\x9d\xa4\xef\xb8\x8f"), 2);
}

static void test_tabs(void)
{
    CHECK_INT(cells("\t"), 4);
    CHECK_INT(cells("a\t"), 4);
    CHECK_INT(cells("12345678\tb"), 13);
    CHECK_INT(cells("\xe4\xbe\xa1\tb"), 5);
    CHECK_STR(drawn("a\tb", 3, 1), "a   b");
    struct smp_buf b = {0};
    CHECK_INT(smp_width_draw(&b, "\t", 1, 1, 5), 3); /* inside a line */
    CHECK_STR(b.data, "   ");
    smp_buf_release(&b);
}

static void test_controls_are_pictured(void)
{
    CHECK_STR(drawn("\x1b[2J", 4, 1), "\xe2\x90\x9b[2J");
    CHECK_STR(drawn("a\nb\rc", 5, 1), "a\xe2\x90\x8a"
                                      "b\xe2\x90\x8d"
                                      "c");
    CHECK_STR(drawn("\x7f", 1, 1), "\xe2\x90\xa1");
    CHECK_STR(drawn("\0x", 2, 1), "\xe2\x90\x80x");
    CHECK_STR(drawn("\xc2\x9b"
                    "1m",
                    4, 1),
              "\xef\xbf\xbd"
              "1m");
    CHECK_STR(drawn("\xe2\x80\xae", 3, 1), "\xef\xbf\xbd");
}

static void test_bytes_that_are_not_utf8(void)
{
    CHECK_STR(drawn("\xff", 1, 1), "\xef\xbf\xbd");
    CHECK_STR(drawn("\xe4\xbe", 2, 1), "\xef\xbf\xbd\xef\xbf\xbd");
    CHECK_STR(drawn("\xc0\x9b", 2, 1), "\xef\xbf\xbd\xef\xbf\xbd");
    CHECK_STR(drawn("\xed\xa0\x80", 3, 1),
              "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    CHECK_STR(drawn("\xf4\x90\x80\x80"
                    "a",
                    5, 1),
              "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
              "a");
}

static void test_ascii(void)
{
    CHECK_STR(drawn("caf\xc3\xa9", 5, 0), "caf?");
    CHECK_STR(drawn("\xe4\xbe\xa1x", 4, 0), "?x");
    CHECK_STR(drawn("e\xcc\x81", 3, 0), "e");
    CHECK_STR(drawn("\x1b[m", 3, 0), "?[m");
}

static void test_fit(void)
{
    const char *wide = "a\xe4\xbe\xa1"
                       "b";
    CHECK_INT(smp_width_fit(wide, 5, 1, 4), 5);
    CHECK_INT(smp_width_fit(wide, 5, 1, 3), 4);
    CHECK_INT(smp_width_fit(wide, 5, 1, 2), 1); /* half a character never */
    CHECK_INT(smp_width_fit(wide, 5, 1, 0), 0);
    /* What takes no cell stays with its letter. */
    CHECK_INT(smp_width_fit("e\xcc\x81x", 4, 1, 1), 3);
    CHECK_INT(smp_width_fit("a\tb", 3, 1, 3), 1);
}

static int is_safe_output(const struct smp_buf *b)
{
    for (size_t i = 0; i < b->length; i++) {
        unsigned char c = (unsigned char)b->data[i];
        int c1 = c == 0xC2 && (unsigned char)b->data[i + 1] < 0xA0;
        if (c < 0x20 || c == 0x7F || c1)
            return 0;
    }
    return 1;
}

/* Any bytes: drawn cells are what was counted, and no control gets through. */
static void test_random_bytes(void)
{
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        char bytes[16];
        struct smp_buf b = {0};
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1103515245 + 12345;
            bytes[i] = (char)(seed >> 16);
        }
        int utf8 = round & 1;
        int told = smp_width_draw(&b, bytes, sizeof bytes, utf8, 0);
        if (told != smp_width_text(bytes, sizeof bytes, utf8) ||
            !is_safe_output(&b))
            CHECK_INT(round, -1);
        size_t fit = smp_width_fit(bytes, sizeof bytes, utf8, 7);
        if (smp_width_text(bytes, fit, utf8) > 7)
            CHECK_INT(round, -2);
        smp_buf_release(&b);
    }
}

int main(void)
{
    RUN(test_characters);
    RUN(test_texts);
    RUN(test_tabs);
    RUN(test_controls_are_pictured);
    RUN(test_bytes_that_are_not_utf8);
    RUN(test_ascii);
    RUN(test_fit);
    RUN(test_random_bytes);
    return check_summary();
}
