/* UTF-8: is it, and if not, make it so. */
#ifndef SMP_MODEL_UTF8_H
#define SMP_MODEL_UTF8_H

#include <stddef.h>

/* Length of the valid character (RFC 3629: no overlong form, no surrogate, at
 * most U+10FFFF) at the start of n >= 1 bytes; 0 where there is none. NUL is
 * not taken for one: the profile keeps text in C strings. */
size_t smp_utf8_length(const unsigned char *bytes, size_t n);

/* Bytes at the start of `text` that are valid UTF-8 without NUL: n if all. */
size_t smp_utf8_valid_prefix(const char *text, size_t n);

/* A NUL-terminated, owned copy in which each byte that is not part of a valid
 * character is U+FFFD; its length in *length. NULL: out of memory. */
char *smp_utf8_clean(const char *text, size_t n, size_t *length);

#endif
