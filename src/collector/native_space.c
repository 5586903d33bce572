/* One process's mappings of code, by address. */
#include "collector/native_space.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/status.h"

#define MAPS_LIMIT (32u << 20) /* bytes of a maps file */

struct range {
    uint64_t start, end;
};

/* A read in progress: what is there now, and what it covers. */
struct draft {
    struct smp_modules *modules;
    struct smp_mapping *mappings; /* owned; each holds its module */
    size_t count, capacity;
    struct range *covers; /* owned; all code, of files or not, by address */
    size_t cover_count, cover_capacity;
};

struct smp_space *smp_space_new(struct smp_modules *m)
{
    struct smp_space *s = calloc(1, sizeof *s);
    if (s)
        s->modules = m;
    return s;
}

static void drop_mappings(struct smp_modules *m, struct smp_mapping *mappings,
                          size_t count)
{
    for (size_t k = 0; k < count; k++)
        smp_module_drop(m, mappings[k].module);
    free(mappings);
}

void smp_space_free(struct smp_space *s)
{
    if (!s)
        return;
    drop_mappings(s->modules, s->mappings, s->count);
    free(s);
}

struct smp_space *smp_space_copy(const struct smp_space *s)
{
    struct smp_space *copy = smp_space_new(s->modules);
    size_t bytes = s->count * sizeof *s->mappings;
    if (copy && s->count && !(copy->mappings = malloc(bytes))) {
        free(copy);
        return NULL;
    }
    if (!copy || !s->count)
        return copy;
    memcpy(copy->mappings, s->mappings, bytes);
    copy->count = s->count;
    for (size_t k = 0; k < copy->count; k++)
        smp_module_hold(s->modules, copy->mappings[k].module);
    return copy;
}

int smp_space_is_valid(const struct smp_space *s)
{
    for (size_t k = 0; k < s->count; k++) {
        const struct smp_mapping *x = &s->mappings[k];
        if (x->start >= x->end || !x->module || !x->module->users)
            return 0;
        if (k && s->mappings[k - 1].end > x->start)
            return 0;
    }
    return s->count <= SMP_SPACE_MAPPINGS;
}

struct smp_mapping *smp_space_find(const struct smp_space *s, uint64_t address)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->mappings[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->count && s->mappings[low].start <= address
               ? &s->mappings[low]
               : NULL;
}

int smp_space_covers(const struct smp_space *s, uint64_t address)
{
    return smp_space_find(s, address) != NULL;
}

uint64_t smp_mapping_address(struct smp_modules *m, struct smp_mapping *mapping,
                             uint64_t address)
{
    uint64_t shift;
    if (mapping->has_shift)
        return address + mapping->shift;
    if (smp_module_open(m, mapping->module) &&
        !smp_image_address_shift(&mapping->module->image, mapping->offset,
                                 mapping->end - mapping->start, &shift)) {
        mapping->shift = shift + mapping->offset - mapping->start;
        mapping->has_shift = 1;
        return address + mapping->shift;
    }
    return address - mapping->start + mapping->offset;
}

enum smp_object smp_space_object(struct smp_space *s, uint64_t address,
                                 uint64_t interpreter)
{
    const struct smp_mapping *x = smp_space_find(s, address);
    const struct smp_mapping *python = smp_space_find(s, interpreter);
    if (!x)
        return SMP_OBJECT_NONE;
    return python && python->module == x->module ? SMP_OBJECT_INTERPRETER
                                                 : x->module->object;
}

/* --- reading anew --- */

/* Room for one more item; 0, SMP_EFULL or SMP_ENOMEM. */
static int reserve(void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return 0;
    if (count >= SMP_SPACE_MAPPINGS)
        return SMP_EFULL;
    void *more = realloc(*items, (*capacity * 2 + 64) * size);
    if (!more)
        return SMP_ENOMEM;
    *items = more;
    *capacity = *capacity * 2 + 64;
    return 0;
}

/* Takes over the hold on the mapping's module where it succeeds. */
static int add_mapping(struct draft *d, const struct smp_mapping *mapping)
{
    int status = d->count >= SMP_SPACE_MAPPINGS
                     ? SMP_EFULL
                     : reserve((void **)&d->mappings, d->count, &d->capacity,
                               sizeof *d->mappings);
    if (!status)
        d->mappings[d->count++] = *mapping;
    return status;
}

static int add_cover(struct draft *d, uint64_t start, uint64_t end)
{
    int status = reserve((void **)&d->covers, d->cover_count,
                         &d->cover_capacity, sizeof *d->covers);
    if (!status)
        d->covers[d->cover_count++] = (struct range){start, end};
    return status;
}

static int take_line(struct draft *d, pid_t pid,
                     const struct smp_maps_line *line)
{
    if (!line->executable)
        return 0;
    int status = add_cover(d, line->start, line->end);
    if (status || !smp_maps_line_is_file(line))
        return status;
    struct smp_module *module = smp_module_of_line(d->modules, pid, line);
    if (!module)
        return SMP_ENOMEM;
    struct smp_mapping mapping = {.start = line->start,
                                  .end = line->end,
                                  .offset = line->offset,
                                  .module = module};
    status = add_mapping(d, &mapping);
    if (status)
        smp_module_drop(d->modules, module);
    return status;
}

/* Keeps the part of an old mapping that lies in [start, end). */
static void keep_part(struct draft *d, const struct smp_mapping *old,
                      uint64_t start, uint64_t end)
{
    struct smp_mapping part = *old;
    if (start >= end)
        return;
    part.start = start;
    part.end = end;
    part.offset += start - old->start;
    if (!add_mapping(d, &part)) /* full: the old ones are the first to go */
        smp_module_hold(d->modules, part.module);
}

/* Keeps what no code of now covers; `first` is the first cover that may
 * matter, for a walk along both lists. */
static void keep_uncovered(struct draft *d, const struct smp_mapping *old,
                           size_t *first)
{
    uint64_t at = old->start;
    while (*first < d->cover_count && d->covers[*first].end <= old->start)
        ++*first;
    for (size_t k = *first; k < d->cover_count && at < old->end; k++) {
        const struct range *c = &d->covers[k];
        if (c->start >= old->end)
            break;
        keep_part(d, old, at, c->start);
        at = c->end > at ? c->end : at;
    }
    keep_part(d, old, at, old->end);
}

static int by_start(const void *a, const void *b)
{
    const struct smp_mapping *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* The draft becomes the space. */
static void adopt(struct smp_space *s, struct draft *d)
{
    size_t first = 0;
    for (size_t k = 0; k < s->count; k++)
        keep_uncovered(d, &s->mappings[k], &first);
    drop_mappings(s->modules, s->mappings, s->count);
    if (d->count)
        qsort(d->mappings, d->count, sizeof *d->mappings, by_start);
    struct smp_mapping *exact =
        d->count ? realloc(d->mappings, d->count * sizeof *exact) : NULL;
    s->mappings = exact ? exact : d->mappings;
    s->count = d->count;
    free(d->covers);
}

int smp_space_take(struct smp_space *s, pid_t pid, const char *text)
{
    struct draft d = {.modules = s->modules};
    struct smp_maps_line line;
    int status = 0;
    while (!status && (text = smp_maps_next(text, &line)))
        status = take_line(&d, pid, &line);
    if (status) {
        drop_mappings(d.modules, d.mappings, d.count);
        free(d.covers);
        return status;
    }
    adopt(s, &d);
    assert(smp_space_is_valid(s));
    return 0;
}

int smp_space_read(struct smp_space *s, pid_t pid)
{
    char path[64];
    struct smp_buf text = {0};
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    int status = smp_buf_read_file(&text, path, MAPS_LIMIT);
    if (status == SMP_ENOENT || status == SMP_EIO ||
        (!status && !text.length)) /* a zombie has no mappings */
        status = SMP_EGONE;
    if (!status)
        status = smp_space_take(s, pid, text.data);
    smp_buf_release(&text);
    return status;
}
