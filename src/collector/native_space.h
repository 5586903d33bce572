/* One process's mappings of code, by address. */
#ifndef SMP_COLLECTOR_NATIVE_SPACE_H
#define SMP_COLLECTOR_NATIVE_SPACE_H

#include <stddef.h>
#include <stdint.h>

#include "collector/native_modules.h"

#define SMP_SPACE_MAPPINGS 8192 /* of one process, at most */

struct smp_mapping {
    uint64_t start, end; /* [start, end) */
    uint64_t offset;     /* of `start` in the file */
    /* address + shift = the module's own address, once `has_shift`; until
     * then, and where the file cannot be read, `offset` is all there is. */
    uint64_t shift;
    int has_shift;
    struct smp_module *module; /* held */
};

/* Sorted by address; no two overlap. */
struct smp_space {
    struct smp_modules *modules;  /* borrowed */
    struct smp_mapping *mappings; /* owned */
    size_t count;
};

/* The mapping that an address lies in; NULL: none. */
struct smp_mapping *smp_space_find(const struct smp_space *s, uint64_t address);

/* The address as the module's file gives it (opens the file at the first
 * need); as an offset in the file where that cannot be known. */
uint64_t smp_mapping_address(struct smp_modules *m, struct smp_mapping *mapping,
                             uint64_t address);

/* As smp_space_read, from the text of a maps file. 0, SMP_EFULL (too many
 * mappings), SMP_ENOMEM. */
int smp_space_take(struct smp_space *s, pid_t pid, const char *text);

/* Sorted, nothing overlaps, modules are held. */
int smp_space_is_valid(const struct smp_space *s);

#endif
