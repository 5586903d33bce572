/* Look-ups of symbols that may not be there.
 *
 * A dlsym that fails leaves its message behind, in memory of malloc's, which the
 * program's own next dlerror() would show, and the next dlsym frees: where that
 * `free` is a wrapper that only then looks up the real one, it calls itself for
 * ever. So what no loaded object defines is not asked for.
 *
 * This begins with the program's first malloc, when a library that stands before
 * libc's functions (a sanitizer) may not know those yet: none is called. The
 * loader's list is walked without its lock, in a process that has just begun. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>

#include "recorder/late.h"
#include "recorder/state.h"

struct wanted {
    const char *name;
    uint32_t gnu, sysv; /* its hashes */
};

/* An object's table of symbols: by either hash, or by none. */
struct table {
    const ElfW(Sym) * symbols;
    const char *names;
    const uint32_t *gnu, *sysv;
};

static uint32_t gnu_hash(const char *name)
{
    uint32_t hash = 5381;
    for (; *name; name++)
        hash = hash * 33 + (uint8_t)*name;
    return hash;
}

static uint32_t sysv_hash(const char *name)
{
    uint32_t hash = 0;
    for (; *name; name++) {
        hash = (hash << 4) + (uint8_t)*name;
        hash ^= hash >> 24 & 0xf0;
        hash &= 0x0fffffff;
    }
    return hash;
}

static int is_same(const char *a, const char *b)
{
    for (; *a && *a == *b; a++, b++)
        ;
    return *a == *b;
}

static int is_it(const struct table *t, uint32_t number, const char *name)
{
    const ElfW(Sym) *symbol = &t->symbols[number];
    return symbol->st_shndx != SHN_UNDEF &&
           is_same(t->names + symbol->st_name, name);
}

/* Header: buckets, first symbol, words of the filter, shift; filter; buckets;
 * hashes, the last of a bucket with its lowest bit set. */
static int is_in_gnu(const struct table *t, const struct wanted *w)
{
    uint32_t buckets = t->gnu[0], first = t->gnu[1], words = t->gnu[2];
    const uint64_t *filter = (const uint64_t *)(const void *)(t->gnu + 4);
    const uint32_t *bucket = (const uint32_t *)(const void *)(filter + words);
    const uint32_t *hashes = bucket + buckets;
    if (!buckets || !words)
        return 0;
    uint64_t both = UINT64_C(1) << (w->gnu % 64) |
                    UINT64_C(1) << ((w->gnu >> t->gnu[3]) % 64);
    if ((filter[w->gnu / 64 % words] & both) != both)
        return 0;
    uint32_t number = bucket[w->gnu % buckets];
    if (number < first)
        return 0;
    for (;; number++) {
        uint32_t hash = hashes[number - first];
        if ((hash | 1) == (w->gnu | 1) && is_it(t, number, w->name))
            return 1;
        if (hash & 1)
            return 0;
    }
}

/* Header: buckets, symbols; buckets; for each symbol the next one. */
static int is_in_sysv(const struct table *t, const struct wanted *w)
{
    uint32_t buckets = t->sysv[0], number;
    if (!buckets)
        return 0;
    for (number = t->sysv[2 + w->sysv % buckets]; number;
         number = t->sysv[2 + buckets + number])
        if (is_it(t, number, w->name))
            return 1;
    return 0;
}

static const void *pointer(const struct link_map *object, ElfW(Addr) value)
{
    return (const void *)smp_lookup_pointer(object->l_addr, value);
}

static struct table table_of(const struct link_map *object)
{
    struct table t = {0};
    const ElfW(Dyn) *d = object->l_ld;
    for (; d && d->d_tag != DT_NULL; d++) {
        if (d->d_tag == DT_SYMTAB)
            t.symbols = pointer(object, d->d_un.d_ptr);
        else if (d->d_tag == DT_STRTAB)
            t.names = pointer(object, d->d_un.d_ptr);
        else if (d->d_tag == DT_GNU_HASH)
            t.gnu = pointer(object, d->d_un.d_ptr);
        else if (d->d_tag == DT_HASH)
            t.sysv = pointer(object, d->d_un.d_ptr);
    }
    return t;
}

static int has(const struct link_map *object, const struct wanted *w)
{
    struct table t = table_of(object);
    if (!t.symbols || !t.names)
        return 0;
    return t.gnu    ? is_in_gnu(&t, w)
           : t.sysv ? is_in_sysv(&t, w)
                    : 1; /* who knows */
}

/* `below`: only in objects behind ours. */
static int is_defined(const char *name, int below)
{
    struct wanted w = {name, gnu_hash(name), sysv_hash(name)};
    const struct link_map *object = _r_debug.r_map;
    for (; object; object = object->l_next) {
        if (!below && has(object, &w))
            return 1;
        if (object->l_ld == _DYNAMIC)
            below = 0;
    }
    return 0;
}

void *smp_lookup(const char *name)
{
    return smp_late_is_late() || is_defined(name, 0) ? dlsym(RTLD_DEFAULT, name)
                                                     : NULL;
}

void *smp_lookup_below(const char *name)
{
    return is_defined(name, 1) ? dlsym(RTLD_NEXT, name) : NULL;
}
