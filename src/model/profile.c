/* The profile: its things, each stored once and found by content. */
#include "model/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/profile_index.h"
#include "model/utf8.h"

int smp_profile_grow(void **array, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return 0;
    if (count >= SMP_NONE - 1)
        return SMP_ENOMEM; /* indices would meet SMP_NONE */
    size_t more = count < 16 ? 16 : count + count / 2;
    void *grown = realloc(*array, more * size);
    if (!grown)
        return SMP_ENOMEM;
    *array = grown;
    *room = more;
    return 0;
}

int smp_profile_catch_up(struct smp_map *m, const struct smp_profile *p,
                         size_t count,
                         uint64_t (*hash)(const struct smp_profile *, uint32_t))
{
    while (m->count < count) {
        uint32_t next = (uint32_t)m->count;
        int status = smp_map_put(m, hash(p, next), next);
        if (status)
            return status;
    }
    return 0;
}

/* Room in array `a` of profile p for one more. */
#define GROW(p, a, one)                                                        \
    smp_profile_grow((void **)&(p)->a, &(p)->index->one##_room,                \
                     (p)->one##_count, sizeof *(p)->a)

static int add_first(struct smp_profile *p)
{
    if (smp_profile_string(p, "") != 0 || GROW(p, stacks, stack))
        return SMP_ENOMEM;
    p->stacks[p->stack_count++] = (struct smp_stack){0, SMP_NONE};
    return 0;
}

struct smp_profile *smp_profile_new(void)
{
    struct smp_profile *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->bin_s = p->memory_bin_s = SMP_BIN_FIRST_S;
    p->exit_status = SMP_EXIT_UNKNOWN;
    p->index = calloc(1, sizeof *p->index);
    if (!p->index || add_first(p)) {
        smp_profile_free(p);
        return NULL;
    }
    return p;
}

void smp_profile_forget_rows(struct smp_profile_index *index)
{
    smp_map_release(&index->samples);
    smp_map_release(&index->allocations);
    smp_map_release(&index->deallocations);
    smp_map_release(&index->highs);
    smp_map_release(&index->copies);
    smp_map_release(&index->footprints);
    smp_map_release(&index->tasks);
    smp_map_release(&index->awaits);
    smp_map_release(&index->await_lines);
}

static void clear_index(struct smp_profile_index *index)
{
    smp_map_release(&index->strings);
    smp_map_release(&index->files);
    smp_map_release(&index->functions);
    smp_map_release(&index->frames);
    smp_map_release(&index->stacks);
    smp_profile_forget_rows(index);
    free(index->string_frees);
    *index = (struct smp_profile_index){0};
}

void smp_profile_arrays_replaced(struct smp_profile *p)
{
    clear_index(p->index);
}

void smp_profile_free(struct smp_profile *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->string_count; i++)
        free(p->strings[i]);
    for (size_t i = 0; i < p->file_count; i++)
        free(p->files[i].source);
    free(p->strings);
    free(p->files);
    free(p->functions);
    free(p->frames);
    free(p->stacks);
    free(p->processes);
    free(p->threads);
    free(p->samples);
    free(p->regions);
    free(p->marks);
    free(p->selected);
    free(p->allocations);
    free(p->deallocations);
    free(p->highs);
    free(p->at_peaks);
    free(p->copies);
    free(p->footprints);
    free(p->tasks);
    free(p->awaits);
    free(p->await_lines);
    if (p->index)
        clear_index(p->index);
    free(p->index);
    free(p);
}

/* --- strings --- */

struct text_key {
    const char *text;
    size_t length;
};

static int string_equal(const void *context, const void *key, uint32_t value)
{
    const struct smp_profile *p = context;
    const struct text_key *k = key;
    const char *stored = p->strings[value];
    return !strncmp(stored, k->text, k->length) && !stored[k->length];
}

static uint64_t string_hash(const struct smp_profile *p, uint32_t i)
{
    return smp_hash_bytes(p->strings[i], strlen(p->strings[i]));
}

static char *copy_text(const struct text_key *k)
{
    char *copy = malloc(k->length + 1);
    if (!copy)
        return NULL;
    memcpy(copy, k->text, k->length);
    copy[k->length] = '\0';
    return copy;
}

/* In the place of one that was dropped. Takes `copy`. */
static uint32_t reuse_string(struct smp_profile *p, uint64_t hash, char *copy)
{
    struct smp_map *m = &p->index->strings;
    uint32_t i = p->index->string_frees[--p->index->string_free_count];
    smp_map_remove(m, smp_profile_free_hash(i), i);
    smp_map_put(m, hash, i); /* has room: of the one that went */
    free(p->strings[i]);
    p->strings[i] = copy;
    return i;
}

uint64_t smp_profile_free_hash(uint32_t string)
{
    const char tag[] = "free";
    uint32_t words[] = {string, 0};
    memcpy(&words[1], tag, sizeof words[1]);
    return smp_hash_bytes(words, sizeof words);
}

/* `k` is clean UTF-8. */
static uint32_t intern_string(struct smp_profile *p, const struct text_key *k)
{
    struct smp_map *m = &p->index->strings;
    if (smp_profile_catch_up(m, p, p->string_count, string_hash))
        return SMP_NONE;
    uint64_t hash = smp_hash_bytes(k->text, k->length);
    uint32_t found = smp_map_find(m, hash, k, string_equal, p);
    if (found != SMP_MAP_NONE)
        return found;
    if (!p->index->string_free_count && GROW(p, strings, string))
        return SMP_NONE;
    char *copy = copy_text(k);
    if (!copy)
        return SMP_NONE;
    if (p->index->string_free_count)
        return reuse_string(p, hash, copy);
    if (smp_map_put(m, hash, (uint32_t)p->string_count)) {
        free(copy);
        return SMP_NONE;
    }
    p->strings[p->string_count] = copy;
    return (uint32_t)p->string_count++;
}

uint32_t smp_profile_string_n(struct smp_profile *p, const char *text, size_t n)
{
    if (smp_utf8_valid_prefix(text, n) == n)
        return intern_string(p, &(struct text_key){text, n});
    size_t length;
    char *clean = smp_utf8_clean(text, n, &length);
    if (!clean)
        return SMP_NONE;
    uint32_t i = intern_string(p, &(struct text_key){clean, length});
    free(clean);
    return i;
}

uint32_t smp_profile_string(struct smp_profile *p, const char *text)
{
    return smp_profile_string_n(p, text, strlen(text));
}

const char *smp_profile_text(const struct smp_profile *p, uint32_t string)
{
    return string < p->string_count ? p->strings[string] : "";
}

/* --- files, functions, frames, stacks --- */

static uint64_t pair_hash(uint32_t a, uint32_t b)
{
    return smp_hash_bytes((const uint32_t[]){a, b}, 2 * sizeof a);
}

static int file_equal(const void *context, const void *key, uint32_t value)
{
    const struct smp_file *a = key;
    const struct smp_file *b =
        &((const struct smp_profile *)context)->files[value];
    return a->path == b->path && a->kind == b->kind;
}

static uint64_t file_hash(const struct smp_profile *p, uint32_t i)
{
    return pair_hash(p->files[i].path, p->files[i].kind);
}

uint32_t smp_profile_file(struct smp_profile *p, uint32_t path,
                          enum smp_file_kind kind)
{
    struct smp_map *m = &p->index->files;
    struct smp_file file = {.path = path, .kind = (uint8_t)kind};
    if (path >= p->string_count ||
        smp_profile_catch_up(m, p, p->file_count, file_hash))
        return SMP_NONE;
    uint64_t hash = pair_hash(path, file.kind);
    uint32_t found = smp_map_find(m, hash, &file, file_equal, p);
    if (found != SMP_MAP_NONE)
        return found;
    if (p->file_count >= SMP_FILE_LIMIT &&
        strcmp(p->strings[path], SMP_OTHER) != 0)
        return smp_profile_file(p, smp_profile_string(p, SMP_OTHER),
                                SMP_FILE_NATIVE);
    if (GROW(p, files, file) || smp_map_put(m, hash, (uint32_t)p->file_count))
        return SMP_NONE;
    p->files[p->file_count] = file;
    return (uint32_t)p->file_count++;
}

/* Functions, frames and stacks have no padding: their bytes are their key. */
_Static_assert(sizeof(struct smp_function) == 12, "padding in smp_function");
_Static_assert(sizeof(struct smp_frame) == 20, "padding in smp_frame");
_Static_assert(sizeof(struct smp_stack) == 8, "padding in smp_stack");

#define DEFINE_KEYED(one, array)                                               \
    static int one##_equal(const void *context, const void *key,               \
                           uint32_t value)                                     \
    {                                                                          \
        const struct smp_profile *p = context;                                 \
        return !memcmp(key, &p->array[value], sizeof p->array[value]);         \
    }                                                                          \
    static uint64_t one##_hash(const struct smp_profile *p, uint32_t i)        \
    {                                                                          \
        return smp_hash_bytes(&p->array[i], sizeof p->array[i]);               \
    }                                                                          \
    static uint32_t one##_intern(struct smp_profile *p, struct smp_##one it)   \
    {                                                                          \
        struct smp_map *m = &p->index->array;                                  \
        if (smp_profile_catch_up(m, p, p->one##_count, one##_hash))            \
            return SMP_NONE;                                                   \
        uint64_t hash = smp_hash_bytes(&it, sizeof it);                        \
        uint32_t found = smp_map_find(m, hash, &it, one##_equal, p);           \
        if (found != SMP_MAP_NONE)                                             \
            return found;                                                      \
        if (GROW(p, array, one) ||                                             \
            smp_map_put(m, hash, (uint32_t)p->one##_count))                    \
            return SMP_NONE;                                                   \
        p->array[p->one##_count] = it;                                         \
        return (uint32_t)p->one##_count++;                                     \
    }

#define DEFINE_KNOWN(one, array)                                               \
    static int one##_known(struct smp_profile *p, struct smp_##one it)         \
    {                                                                          \
        struct smp_map *m = &p->index->array;                                  \
        return !smp_profile_catch_up(m, p, p->one##_count, one##_hash) &&      \
               smp_map_find(m, smp_hash_bytes(&it, sizeof it), &it,            \
                            one##_equal, p) != SMP_MAP_NONE;                   \
    }

DEFINE_KEYED(function, functions)
DEFINE_KEYED(frame, frames)
DEFINE_KEYED(stack, stacks)
DEFINE_KNOWN(function, functions)
DEFINE_KNOWN(frame, frames)
DEFINE_KNOWN(stack, stacks)

uint32_t smp_profile_function(struct smp_profile *p, struct smp_function f)
{
    if (f.name >= p->string_count || f.file >= p->file_count)
        return SMP_NONE;
    if (p->function_count < SMP_FUNCTION_LIMIT || function_known(p, f) ||
        !strcmp(p->strings[f.name], SMP_OTHER))
        return function_intern(p, f);
    uint32_t other = smp_profile_other_frame(p);
    return other == SMP_NONE ? SMP_NONE : p->frames[other].function;
}

uint32_t smp_profile_frame(struct smp_profile *p, struct smp_frame f)
{
    if (f.function >= p->function_count)
        return SMP_NONE;
    return p->frame_count < SMP_FRAME_LIMIT || frame_known(p, f)
               ? frame_intern(p, f)
               : smp_profile_other_frame(p);
}

uint32_t smp_profile_stack(struct smp_profile *p, uint32_t parent,
                           uint32_t frame)
{
    if (parent >= p->stack_count || frame >= p->frame_count)
        return SMP_NONE;
    struct smp_stack s = {parent, frame};
    return p->stack_count < SMP_STACK_LIMIT || stack_known(p, s)
               ? stack_intern(p, s)
               : smp_profile_other_stack(p);
}

/* These two may pass the limits. */
uint32_t smp_profile_other_frame(struct smp_profile *p)
{
    uint32_t *known = &p->index->other_frame;
    if (*known)
        return *known - 1;
    uint32_t name = smp_profile_string(p, SMP_OTHER);
    uint32_t file = smp_profile_file(p, name, SMP_FILE_NATIVE);
    uint32_t function =
        smp_profile_function(p, (struct smp_function){name, file, 0});
    if (function == SMP_NONE)
        return SMP_NONE;
    uint32_t frame = frame_intern(p, (struct smp_frame){.function = function});
    *known = frame + 1; /* SMP_NONE: 0 */
    return frame;
}

uint32_t smp_profile_other_stack(struct smp_profile *p)
{
    uint32_t frame = smp_profile_other_frame(p);
    return frame == SMP_NONE ? SMP_NONE
                             : stack_intern(p, (struct smp_stack){0, frame});
}

/* --- processes, threads, sources --- */

uint32_t smp_profile_process(struct smp_profile *p, struct smp_process process)
{
    if (GROW(p, processes, process))
        return SMP_NONE;
    p->processes[p->process_count] = process;
    return (uint32_t)p->process_count++;
}

uint32_t smp_profile_thread(struct smp_profile *p, struct smp_thread thread)
{
    if (thread.process >= p->process_count || GROW(p, threads, thread))
        return SMP_NONE;
    p->threads[p->thread_count] = thread;
    return (uint32_t)p->thread_count++;
}

static void set_hash(struct smp_file *file, const char *hash)
{
    memset(file->hash, 0, sizeof file->hash);
    if (hash)
        strncpy(file->hash, hash, sizeof file->hash - 1);
}

void smp_profile_set_source(struct smp_profile *p, uint32_t file, char *text,
                            size_t length, const char *hash)
{
    if (text && smp_utf8_valid_prefix(text, length) != length) {
        char *clean = smp_utf8_clean(text, length, &length);
        free(text);
        text = clean;
    }
    if (file >= p->file_count) {
        free(text);
        return;
    }
    struct smp_file *f = &p->files[file];
    free(f->source);
    f->source = text;
    f->source_length = text ? length : 0;
    set_hash(f, hash);
}
