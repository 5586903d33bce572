/* links: src/base/sha256.c */
/* SHA-256 against digests that NIST and others publish, and at every length
 * near a block's end. */
#include "base/sha256.h"

#include <stdlib.h>

#include "check.h"

static void is(const char *text, const char *digest)
{
    char hex[65];
    smp_sha256_hex(text, strlen(text), hex);
    CHECK_STR(hex, digest);
}

static void test_known_digests(void)
{
    is("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    is("abc",
       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void test_a_million(void)
{
    size_t n = 1000000;
    char hex[65], *text = malloc(n);
    memset(text, 'a', n);
    smp_sha256_hex(text, n, hex);
    CHECK_STR(hex, "cdc76e5c9914fb9281a1c7e284d73e67"
                   "f1809a48a497200e046d39ccc7112cd0");
    free(text);
}

/* The digest of the digests of 0, 1, ... 199 bytes: computed with Python's
 * hashlib. */
static void test_every_length(void)
{
    char bytes[200], all[200 * 64], hex[65];
    for (int n = 0; n < 200; n++)
        bytes[n] = (char)(n * 7);
    for (size_t n = 0; n < 200; n++) {
        smp_sha256_hex(bytes, n, hex);
        memcpy(all + 64 * n, hex, 64);
    }
    smp_sha256_hex(all, sizeof all, hex);
    CHECK_STR(hex, "ca07a79e06ea4c825585cbbf34308733"
                   "cb36356746a5eec888d7f813ec003999");
}

int main(void)
{
    RUN(test_known_digests);
    RUN(test_a_million);
    RUN(test_every_length);
    return check_summary();
}
