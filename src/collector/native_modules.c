/* The store of ELF modules that the processes of a run share. */
#include "collector/native_modules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/status.h"
#include "collector/native_guard.h"

#define VDSO "[vdso]"
#define RULES_BETWEEN_FORGETTING 512

struct smp_modules *smp_modules_new(void)
{
    return calloc(1, sizeof(struct smp_modules));
}

static void close_module(struct smp_modules *m, struct smp_module *module)
{
    if (module->state != SMP_MODULE_OPEN)
        return;
    smp_symbols_release(&module->symbols);
    smp_image_release(&module->image);
    module->frames = (struct smp_frames){0};
    module->has_symbols = 0;
    module->state = SMP_MODULE_CLOSED;
    m->open--;
}

static void free_module(struct smp_modules *m, struct smp_module *module)
{
    close_module(m, module);
    free(module->path);
    free(module);
}

void smp_modules_free(struct smp_modules *m)
{
    if (!m)
        return;
    for (size_t k = 0; k < m->count; k++)
        if (m->items[k])
            free_module(m, m->items[k]);
    free(m->items);
    smp_map_release(&m->by_id);
    smp_code_cache_release(&m->code);
    free(m);
}

void smp_modules_counts(const struct smp_modules *m,
                        struct smp_native_counts *out)
{
    *out = m->counts;
    out->cache_clears = m->code.clears;
    out->pages_cut = smp_guard_zeroed();
    out->modules = out->unreadable = 0;
    for (size_t k = 0; k < m->count; k++)
        if (m->items[k]) {
            out->modules++;
            out->unreadable += m->items[k]->state == SMP_MODULE_UNREADABLE;
        }
}

/* --- which module it is --- */

struct key {
    struct smp_file_id id;
    const char *path; /* not terminated */
    size_t path_length;
};

static uint64_t hash_key(const struct key *k)
{
    uint64_t parts[] = {k->id.major,
                        k->id.minor,
                        k->id.inode,
                        k->id.size,
                        (uint64_t)k->id.mtime_ns,
                        smp_hash_bytes(k->path, k->path_length)};
    return smp_hash_bytes(parts, sizeof parts);
}

static int same_id(const struct smp_file_id *a, const struct smp_file_id *b)
{
    return a->major == b->major && a->minor == b->minor &&
           a->inode == b->inode && a->size == b->size &&
           a->mtime_ns == b->mtime_ns;
}

static int same_module(const void *context, const void *key, uint32_t slot)
{
    const struct smp_module *x =
        ((const struct smp_modules *)context)->items[slot];
    const struct key *k = key;
    return same_id(&x->id, &k->id) && strlen(x->path) == k->path_length &&
           !memcmp(x->path, k->path, k->path_length);
}

static uint64_t hash_module(const struct smp_module *x)
{
    struct key k = {x->id, x->path, strlen(x->path)};
    return hash_key(&k);
}

/* Libraries that are the C library or belong to it: what their names begin
 * with. */
static enum smp_object object_of_path(const char *path)
{
    /* librecorder.so: our hooks, which stand before libc's functions. */
    static const char *const libc[] = {
        VDSO,
        "libc.so",
        "libc-2.",
        "libc.musl",
        "ld-linux",
        "ld-2.",
        "ld-musl-",
        "ld.so",
        "libm.so",
        "libm-2.",
        "libmvec",
        "libdl.so",
        "libdl-2.",
        "librt.so",
        "librt-2.",
        "libpthread.so",
        "libpthread-2.",
        "librecorder.so",
    };
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    for (size_t k = 0; k < sizeof libc / sizeof *libc; k++)
        if (!strncmp(name, libc[k], strlen(libc[k])))
            return SMP_OBJECT_LIBC;
    return SMP_OBJECT_OTHER;
}

/* --- opening --- */

static int open_image(struct smp_image *image, const char *path,
                      const struct smp_file_id *id)
{
    if (!strcmp(path, VDSO))
        return smp_image_open_vdso(image);
    return smp_image_open(image, path, id);
}

static void close_least_used(struct smp_modules *m)
{
    struct smp_module *oldest = NULL;
    for (size_t k = 0; k < m->count; k++) {
        struct smp_module *x = m->items[k];
        /* What was opened by way of a process cannot be opened again. */
        if (x && x->state == SMP_MODULE_OPEN && x->id.size &&
            (!oldest || x->used < oldest->used))
            oldest = x;
    }
    if (oldest)
        close_module(m, oldest);
}

static int open_at(struct smp_modules *m, struct smp_module *module,
                   const char *path)
{
    while (m->open >= SMP_MODULES_OPEN) {
        size_t before = m->open;
        close_least_used(m);
        if (m->open == before)
            return 0;
    }
    if (open_image(&module->image, path, &module->id))
        return 0;
    smp_frames_open(&module->frames, &module->image);
    module->state = SMP_MODULE_OPEN;
    m->open++;
    return 1;
}

int smp_module_open(struct smp_modules *m, struct smp_module *module)
{
    module->used = ++m->clock;
    if (module->state == SMP_MODULE_CLOSED && !open_at(m, module, module->path))
        module->state = SMP_MODULE_UNREADABLE;
    return module->state == SMP_MODULE_OPEN;
}

/* By way of the process, for a file that its path does not lead to. */
static void open_through_process(struct smp_modules *m,
                                 struct smp_module *module, pid_t pid,
                                 const struct smp_maps_line *line)
{
    struct smp_buf path = {0};
    smp_buf_printf(&path, "/proc/%d/root%s", (int)pid, module->path);
    int done = !path.failed && open_at(m, module, path.data);
    char link[96];
    snprintf(link, sizeof link, "/proc/%d/map_files/%llx-%llx", (int)pid,
             (unsigned long long)line->start, (unsigned long long)line->end);
    done = done || open_at(m, module, link);
    snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
    if (!done && !open_at(m, module, link))
        module->state = SMP_MODULE_UNREADABLE;
    smp_buf_release(&path);
}

/* --- the store --- */

static int free_slot(struct smp_modules *m, uint32_t *slot)
{
    for (size_t k = 0; k < m->count; k++)
        if (!m->items[k]) {
            *slot = (uint32_t)k;
            return 0;
        }
    if (m->count == m->capacity) {
        size_t capacity = m->capacity * 2 + 32;
        void *items = realloc(m->items, capacity * sizeof *m->items);
        if (!items)
            return SMP_ENOMEM;
        m->items = items;
        m->capacity = capacity;
    }
    *slot = (uint32_t)m->count;
    m->items[m->count++] = NULL;
    return 0;
}

static struct smp_module *add_module(struct smp_modules *m,
                                     const struct key *key)
{
    uint32_t slot;
    struct smp_module *x = calloc(1, sizeof *x);
    char *path = strndup(key->path, key->path_length);
    if (!x || !path || free_slot(m, &slot) ||
        smp_map_put(&m->by_id, hash_key(key), slot)) {
        free(x);
        free(path);
        return NULL;
    }
    *x = (struct smp_module){.id = key->id,
                             .path = path,
                             .slot = slot,
                             .serial = ++m->last_serial,
                             .object = object_of_path(path)};
    m->items[slot] = x;
    m->idle++;
    return x;
}

static void forget_oldest_idle(struct smp_modules *m)
{
    struct smp_module *oldest = NULL;
    for (size_t k = 0; k < m->count; k++)
        if (m->items[k] && !m->items[k]->users &&
            (!oldest || m->items[k]->used < oldest->used))
            oldest = m->items[k];
    if (!oldest)
        return;
    smp_map_remove(&m->by_id, hash_module(oldest), oldest->slot);
    m->items[oldest->slot] = NULL;
    m->idle--;
    free_module(m, oldest);
}

void smp_module_hold(struct smp_modules *m, struct smp_module *module)
{
    m->idle -= module->users++ == 0;
}

void smp_module_drop(struct smp_modules *m, struct smp_module *module)
{
    module->used = ++m->clock;
    if (--module->users)
        return;
    if (++m->idle > SMP_MODULES_IDLE)
        forget_oldest_idle(m);
}

/* What the path leads to now, as far as stat() can tell; 0 where that is
 * surely not the mapped file. */
static int complete_id(struct smp_file_id *id, const char *path, int deleted)
{
    struct stat st;
    if (deleted || stat(path, &st) || st.st_ino != id->inode)
        return 0;
    id->size = (uint64_t)st.st_size;
    id->mtime_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
    return 1;
}

struct smp_module *smp_module_of_line(struct smp_modules *m, pid_t pid,
                                      const struct smp_maps_line *line)
{
    struct key key = {.path = line->path,
                      .path_length = line->path_length,
                      .id = {.major = line->major,
                             .minor = line->minor,
                             .inode = line->inode}};
    int is_vdso = smp_maps_line_is_vdso(line);
    char *path = strndup(line->path, line->path_length);
    if (!path)
        return NULL;
    int reachable = is_vdso || complete_id(&key.id, path, line->deleted);
    free(path);
    uint32_t slot =
        smp_map_find(&m->by_id, hash_key(&key), &key, same_module, m);
    struct smp_module *x =
        slot == SMP_MAP_NONE ? add_module(m, &key) : m->items[slot];
    if (!x)
        return NULL;
    smp_module_hold(m, x);
    if (!reachable && x->state != SMP_MODULE_OPEN)
        open_through_process(m, x, pid, line);
    return x;
}

/* --- what is at an address --- */

/* Reading rules here and there in a large file maps much of it. */
static void forget_pages(struct smp_modules *m)
{
    for (size_t k = 0; k < m->count; k++)
        if (m->items[k] && m->items[k]->state == SMP_MODULE_OPEN)
            smp_image_forget_pages(&m->items[k]->image);
}

const struct smp_rule *smp_module_rule(struct smp_modules *m,
                                       struct smp_module *module,
                                       uint64_t address)
{
    struct smp_code *code = smp_code_find(&m->code, module->serial, address);
    if (code && !code->has_rule) {
        if (++m->counts.rules % RULES_BETWEEN_FORGETTING == 0)
            forget_pages(m);
        smp_module_open(m, module);
        smp_cfi_compile(&module->frames, address, &m->code.expressions,
                        &code->rule);
        code->has_rule = 1;
    }
    return code ? &code->rule : NULL;
}

static const char *find_symbol(struct smp_module *module, uint64_t address,
                               uint64_t *start)
{
    if (!module->has_symbols)
        smp_symbols_open(&module->symbols, &module->image, module->path);
    module->has_symbols = 1;
    return smp_symbols_find(&module->symbols, address, start);
}

static void name_code(struct smp_modules *m, struct smp_module *module,
                      struct smp_code *code)
{
    uint64_t start = 0;
    code->has_name = 1;
    if (!smp_module_open(m, module))
        return;
    const char *symbol = find_symbol(module, code->address, &start);
    code->name = smp_code_keep_name(&m->code, symbol);
    if (!symbol) {
        /* Only inside what the table describes: it has gaps. */
        struct smp_frame_entry entry;
        if (!smp_frames_find(&module->frames, code->address, &entry))
            start = entry.begin;
    }
    code->function = start;
}

void smp_module_name(struct smp_modules *m, struct smp_module *module,
                     uint64_t address, const char **name, uint64_t *function)
{
    struct smp_code *code = smp_code_find(&m->code, module->serial, address);
    if (code && !code->has_name)
        name_code(m, module, code);
    *name = code ? code->name : NULL;
    *function = code ? code->function : 0;
}
