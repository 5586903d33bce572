/* links: src/base/base64.c src/base/buf.c */
/* Base64: the vectors of RFC 4648, and every byte over a block's end. */
#include "base/base64.h"

#include "check.h"

static void is(const char *bytes, const char *text)
{
    struct smp_buf b = {0};
    smp_base64_add(&b, bytes, strlen(bytes));
    CHECK_STR(b.data ? b.data : "", text);
    smp_buf_release(&b);
}

static void test_known(void)
{
    is("", "");
    is("f", "Zg==");
    is("fo", "Zm8=");
    is("foo", "Zm9v");
    is("foob", "Zm9vYg==");
    is("fooba", "Zm9vYmE=");
    is("foobar", "Zm9vYmFy");
    is("\xfb\xff\xbf", "+/+/");
}

static int value(char c)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqr"
                                  "stuvwxyz0123456789+/";
    return (int)(strchr(letters, c) - letters);
}

static void test_long(void)
{
    enum { SIZE = 3 * 1024 * 3 + 2 };
    unsigned char bytes[SIZE];
    struct smp_buf b = {0};
    for (int i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    smp_base64_add(&b, bytes, SIZE);
    CHECK_INT(b.length, (SIZE + 2) / 3 * 4);
    for (int i = 0; i + 3 <= SIZE; i += 3) {
        const char *c = b.data + i / 3 * 4;
        int bits = value(c[0]) << 18 | value(c[1]) << 12 | value(c[2]) << 6 |
                   value(c[3]);
        if (bits != (bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2])) {
            CHECK_INT(bits, bytes[i] << 16);
            break;
        }
    }
    smp_buf_release(&b);
}

int main(void)
{
    RUN(test_known);
    RUN(test_long);
    return check_summary();
}
