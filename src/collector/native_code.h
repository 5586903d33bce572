/* What is known about code addresses: their unwind rule and function name. */
#ifndef SMP_COLLECTOR_NATIVE_CODE_H
#define SMP_COLLECTOR_NATIVE_CODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"
#include "collector/native_cfi.h"

#define SMP_CODE_LIMIT 12000           /* addresses kept, at most: 2 MB */
#define SMP_CODE_NAME_BYTES (4u << 20) /* bytes of names kept, at most */

/* One code address of one module. */
struct smp_code {
    uint64_t address;           /* in the module's own addresses */
    uint32_t module;            /* the module's serial number; 0: a free slot */
    uint8_t has_rule, has_name; /* whether the fields below are set */
    struct smp_rule rule;
    const char *name;  /* owned by the cache; NULL: none */
    uint64_t function; /* where the function begins; 0: unknown */
};

/* A cache that is emptied as a whole when it is full: a program comes back to
 * the same few thousand addresses, so nearly every look-up hits. {0} is empty.
 * Entries and names stay valid until the next smp_code_make_room(). */
struct smp_code_cache {
    struct smp_code *slots; /* owned; open addressing */
    size_t mask;            /* slots - 1; 0 while nothing is allocated */
    size_t count;
    struct smp_expressions expressions;
    /* Names, each once. */
    struct smp_map names;
    const char **name_list; /* owned array; the names lie in `chunks` */
    size_t name_count, name_capacity;
    struct smp_code_chunk *chunks; /* owned list */
    size_t name_bytes;
    struct smp_buf scratch;
    uint64_t clears; /* how often the cache was full */
};

void smp_code_cache_release(struct smp_code_cache *c);

/* Room for `count` new addresses, by emptying the cache where it must be. 0 or
 * SMP_ENOMEM. */
int smp_code_make_room(struct smp_code_cache *c, size_t count);

/* The entry of an address, new where it was not there; NULL: no room. */
struct smp_code *smp_code_find(struct smp_code_cache *c, uint32_t module,
                               uint64_t address);

/* The kept copy of what `symbol` stands for (demangled); NULL: out of memory
 * or symbol is NULL. */
const char *smp_code_keep_name(struct smp_code_cache *c, const char *symbol);

#endif
