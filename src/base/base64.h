/* Base64 (RFC 4648, with padding): bytes as text for a page. */
#ifndef SMP_BASE_BASE64_H
#define SMP_BASE_BASE64_H

#include <stddef.h>

#include "base/buf.h"

/* Appends the n bytes as 4 characters for each 3. Check out->failed. */
void smp_base64_add(struct smp_buf *out, const void *bytes, size_t n);

#endif
