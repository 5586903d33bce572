/* SHA-256 (FIPS 180-4), to tell whether a source file is still the same. */
#ifndef SMP_BASE_SHA256_H
#define SMP_BASE_SHA256_H

#include <stddef.h>

/* The digest of n bytes as 64 hex digits and a NUL. */
void smp_sha256_hex(const void *bytes, size_t n, char hex[65]);

#endif
