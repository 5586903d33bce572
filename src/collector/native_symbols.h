/* The names of functions in one ELF file, found by address. */
#ifndef SMP_COLLECTOR_NATIVE_SYMBOLS_H
#define SMP_COLLECTOR_NATIVE_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "collector/native_image.h"

/* One symbol table, read in place; what we add is 4 bytes a function. */
struct smp_symbol_table {
    const Elf64_Sym *symbols; /* borrowed from the image */
    size_t count;
    const char *strings; /* borrowed */
    size_t strings_size;
    uint32_t *order; /* owned: indices of functions, by address */
    size_t order_count;
    const struct smp_image *image;
};

/* Where names come from: .symtab; where the file was stripped of it, the
 * separate debug file or the packed .gnu_debugdata, and .dynsym. Storage of
 * the caller; {0} has no names. */
struct smp_symbols {
    struct smp_symbol_table tables[2]; /* the better one first */
    struct smp_image extra;            /* the debug file or what was unpacked */
};

/* `i` must outlive it; `path` is where the file lies, for finding its debug
 * file. 0 or SMP_ENOMEM; a file without symbols is no error. */
int smp_symbols_open(struct smp_symbols *s, const struct smp_image *i,
                     const char *path);
void smp_symbols_release(struct smp_symbols *s);

/* The symbol that an address (in the file's own addresses) lies in, as the
 * file spells it, and where it begins; NULL: none. Borrowed from the file.
 * Symbols with a size count as far as they reach; without one up to the end
 * of their section. */
const char *smp_symbols_find(const struct smp_symbols *s, uint64_t address,
                             uint64_t *start);

/* native_debug.c: the separate file with a stripped file's symbols (by
 * build-id, then by .gnu_debuglink, accepted where the build-ids agree), or
 * its unpacked .gnu_debugdata. 0 or SMP_ENOENT. */
int smp_debug_image_open(struct smp_image *out, const struct smp_image *i,
                         const char *path);

#endif
