/* Base64 (RFC 4648, with padding): bytes as text for a page. */
#include "base/base64.h"

#include <stdint.h>

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Groups of 3 bytes that are encoded before they are appended. */
#define GROUPS 1024

static void encode_group(char out[4], const unsigned char *in)
{
    uint32_t bits =
        (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | (uint32_t)in[2];
    out[0] = letters[bits >> 18];
    out[1] = letters[bits >> 12 & 63];
    out[2] = letters[bits >> 6 & 63];
    out[3] = letters[bits & 63];
}

/* The last one or two bytes. */
static void add_rest(struct smp_buf *out, const unsigned char *in, size_t n)
{
    unsigned char last[3] = {in[0], n > 1 ? in[1] : 0, 0};
    char text[4];
    encode_group(text, last);
    text[3] = '=';
    if (n == 1)
        text[2] = '=';
    smp_buf_add(out, text, sizeof text);
}

void smp_base64_add(struct smp_buf *out, const void *bytes, size_t n)
{
    const unsigned char *in = bytes;
    char text[4 * GROUPS];
    while (n >= 3) {
        size_t groups = n / 3 < GROUPS ? n / 3 : GROUPS;
        for (size_t i = 0; i < groups; i++)
            encode_group(text + 4 * i, in + 3 * i);
        smp_buf_add(out, text, 4 * groups);
        in += 3 * groups;
        n -= 3 * groups;
    }
    if (n)
        add_rest(out, in, n);
}
