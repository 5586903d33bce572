/* Symbols as people write them. */
#ifndef SMP_COLLECTOR_NATIVE_DEMANGLE_H
#define SMP_COLLECTOR_NATIVE_DEMANGLE_H

#include "base/buf.h"

/* Adds to `out` what a symbol of an ELF file stands for: without its version
 * ("@@GLIBC_2.14") and the compiler's marks for pieces and copies of a
 * function (".cold", ".part.0", ".isra.0", ...); C++ and Rust names demangled,
 * without parameters. What cannot be demangled is added as it is; at most 1024
 * bytes, then "...". */
void smp_demangle(struct smp_buf *out, const char *symbol);

#endif
