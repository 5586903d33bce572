/* Gzip of bytes in memory. */
#ifndef SMP_REPORT_GZIP_H
#define SMP_REPORT_GZIP_H

#include <stddef.h>

#include "base/buf.h"

/* Appends the n bytes, compressed; level 1 (quick) to 9 (small). 0 or
 * SMP_ENOMEM. */
int smp_gzip(struct smp_buf *out, const void *bytes, size_t n, int level);

#endif
