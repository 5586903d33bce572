/* Strings that nothing refers to any more: found, and their places used again. */
#include <stdlib.h>
#include <string.h>

#include "model/profile.h"
#include "model/profile_index.h"

static void mark(uint8_t *used, const struct smp_profile *p, uint32_t string)
{
    if (string < p->string_count)
        used[string] = 1;
}

static void mark_run(uint8_t *used, const struct smp_profile *p)
{
    used[0] = 1;
    mark(used, p, p->program);
    mark(used, p, p->command);
    mark(used, p, p->directory);
    mark(used, p, p->platform);
    mark(used, p, p->version);
    for (size_t n = 0; n < p->file_count; n++)
        mark(used, p, p->files[n].path);
    for (size_t n = 0; n < p->function_count; n++)
        mark(used, p, p->functions[n].name);
    for (size_t n = 0; n < p->process_count; n++) {
        mark(used, p, p->processes[n].command);
        mark(used, p, p->processes[n].interpreter);
        mark(used, p, p->processes[n].executable);
        mark(used, p, p->processes[n].note);
    }
}

uint8_t *smp_profile_strings_used(const struct smp_profile *p)
{
    uint8_t *used = calloc(p->string_count + 1, 1);
    if (!used)
        return NULL;
    mark_run(used, p);
    for (size_t n = 0; n < p->thread_count; n++)
        mark(used, p, p->threads[n].name);
    for (size_t n = 0; n < p->region_count; n++)
        mark(used, p, p->regions[n].name);
    for (size_t n = 0; n < p->mark_count; n++)
        mark(used, p, p->marks[n].text);
    for (size_t n = 0; n < p->task_count; n++)
        mark(used, p, p->tasks[n].name);
    for (size_t n = 0; n < p->index->string_free_count; n++)
        mark(used, p, p->index->string_frees[n]); /* dropped already */
    return used;
}

/* The place stays in the table, under a hash that no text finds. */
static void drop(struct smp_profile *p, uint32_t i)
{
    struct smp_map *m = &p->index->strings;
    char *text = p->strings[i];
    smp_map_remove(m, smp_hash_bytes(text, strlen(text)), i);
    smp_map_put(m, smp_profile_free_hash(i), i); /* has room: of the other */
    text[0] = '\0';
    char *less = realloc(text, 1);
    if (less)
        p->strings[i] = less;
    p->index->string_frees[p->index->string_free_count++] = i;
}

void smp_profile_drop_strings(struct smp_profile *p, const uint8_t *used)
{
    struct smp_profile_index *index = p->index;
    /* Before the table has caught up with the array none has a place in it. */
    if (index->strings.count < p->string_count)
        return;
    uint32_t *frees =
        realloc(index->string_frees, p->string_count * sizeof *frees);
    if (!frees)
        return;
    index->string_frees = frees;
    for (uint32_t n = 1; n < p->string_count; n++)
        if (!used[n])
            drop(p, n);
}

size_t smp_profile_string_count(const struct smp_profile *p)
{
    return p->string_count - p->index->string_free_count;
}
