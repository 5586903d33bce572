/* Look-ups of symbols that may not be there.
 *
 * A dlsym that fails leaves its message behind, in memory of malloc's, which the
 * program's own next dlerror() would show, and the next dlsym frees: where that
 * `free` is a wrapper that only then looks up the real one, it calls itself for
 * ever. So what no loaded object defines is not asked for. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "recorder/state.h"

struct wanted {
    const char *name;
    uint32_t gnu, sysv; /* its hashes */
    int below;          /* 1: only in objects behind ours */
    int found;
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

static int is_it(const struct table *t, uint32_t number, const char *name)
{
    const ElfW(Sym) *symbol = &t->symbols[number];
    return symbol->st_shndx != SHN_UNDEF &&
           !strcmp(t->names + symbol->st_name, name);
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

/* The loader has made most of these absolute; not in every object. */
static const void *pointer(const struct dl_phdr_info *info, ElfW(Addr) value)
{
    uintptr_t base = info->dlpi_addr;
    return (const void *)(value < base ? base + value : value);
}

static struct table table_of(const struct dl_phdr_info *info)
{
    struct table t = {0};
    const ElfW(Dyn) *d = NULL;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            d = (const ElfW(Dyn) *)(info->dlpi_addr +
                                    info->dlpi_phdr[i].p_vaddr);
    for (; d && d->d_tag != DT_NULL; d++) {
        if (d->d_tag == DT_SYMTAB)
            t.symbols = pointer(info, d->d_un.d_ptr);
        else if (d->d_tag == DT_STRTAB)
            t.names = pointer(info, d->d_un.d_ptr);
        else if (d->d_tag == DT_GNU_HASH)
            t.gnu = pointer(info, d->d_un.d_ptr);
        else if (d->d_tag == DT_HASH)
            t.sysv = pointer(info, d->d_un.d_ptr);
    }
    return t;
}

static int is_ours(const struct dl_phdr_info *info)
{
    uintptr_t at = (uintptr_t)&smp_recorder - info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD &&
            at - info->dlpi_phdr[i].p_vaddr < info->dlpi_phdr[i].p_memsz)
            return 1;
    return 0;
}

static int look(struct dl_phdr_info *info, size_t size, void *context)
{
    struct wanted *w = context;
    (void)size;
    if (w->below) { /* those before us, and ourselves */
        w->below = !is_ours(info);
        return 0;
    }
    struct table t = table_of(info);
    if (!t.symbols || !t.names)
        return 0;
    w->found = t.gnu    ? is_in_gnu(&t, w)
               : t.sysv ? is_in_sysv(&t, w)
                        : 1; /* who knows */
    return w->found;
}

static int is_defined(const char *name, int below)
{
    struct wanted w = {name, gnu_hash(name), sysv_hash(name), below, 0};
    dl_iterate_phdr(look, &w);
    return w.found;
}

void *smp_lookup(const char *name)
{
    return is_defined(name, 0) ? dlsym(RTLD_DEFAULT, name) : NULL;
}

void *smp_lookup_below(const char *name)
{
    return is_defined(name, 1) ? dlsym(RTLD_NEXT, name) : NULL;
}
