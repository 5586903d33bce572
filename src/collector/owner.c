/* Threads that never run Python code (OpenBLAS, OpenMP, a pool of C threads; some have
 * a Python state for a moment, as Cython's): whose work is it that they run and
 * allocate for? The line of Python that waits for them, where one can be told. */
#include <string.h>

#include "collector/state.h"

#define LOOKS 256u                   /* threads of a process that are asked */
#define RECENT_NS UINT64_C(50000000) /* a CPU sample tells for so long */
#define DEPTH 64u                    /* native frames that are put on top */

/* Of the innermost frame; NULL: it has none. */
static const struct smp_file *file_of(const struct smp_profile *p,
                                      uint32_t stack)
{
    uint32_t function = p->frames[p->stacks[stack].frame].function;
    uint32_t file = p->functions[function].file;
    return file == SMP_NONE ? NULL : &p->files[file];
}

static int is_python(const struct smp_profile *p, uint32_t stack)
{
    const struct smp_file *file = file_of(p, stack);
    return file && file->kind != SMP_FILE_NATIVE;
}

/* The stack without the native frames on top of its last Python frame. */
static uint32_t python_part(const struct smp_profile *p, uint32_t stack)
{
    while (stack && !is_python(p, stack))
        stack = p->stacks[stack].parent;
    return stack;
}

/* Python's own ways to wait for Python threads: those do not wait for a pool. */
static int waits_in_python(const struct smp_profile *p, uint32_t stack)
{
    static const char *const files[] = {"threading.py", "queue.py"};
    const char *path = smp_profile_text(p, file_of(p, stack)->path);
    const char *slash = strrchr(path, '/');
    for (unsigned n = 0; n < sizeof files / sizeof *files; n++)
        if (!strcmp(slash ? slash + 1 : path, files[n]))
            return 1;
    return 0;
}

/* Where this thread waits for a lock or runs a library's code; 0: it does neither.
 * A builtin of the interpreter's has no pool. */
static uint32_t place_of(const struct smp_profile *p,
                         const struct smp_watched *t, uint64_t now)
{
    uint32_t stack = 0;
    if (t->ended || !p->threads[t->thread].python)
        return 0;
    if (t->wait_stack != SMP_NONE && t->wait_kind == SMP_KIND_WAIT_LOCK)
        stack = t->wait_stack;
    else if (t->wait_stack == SMP_NONE && t->last_stack != SMP_NONE &&
             t->last_library && now - t->sampled_ns < RECENT_NS)
        stack = t->last_stack;
    stack = python_part(p, stack);
    return stack && !waits_in_python(p, stack) ? stack : 0;
}

/* One thread's, or the main one's among several; 0: it cannot be told. */
static uint32_t find_owner(const struct smp_profile *p,
                           const struct smp_image *i, uint64_t now)
{
    uint32_t found = 0, count = 0;
    for (size_t n = 0; n < i->thread_count && n < LOOKS; n++) {
        uint32_t stack = place_of(p, &i->threads[n], now);
        if (stack && p->threads[i->threads[n].thread].main)
            return stack;
        found = stack ? stack : found;
        count += stack != 0;
    }
    return count == 1 ? found : 0;
}

uint32_t smp_owned_stack(struct smp_collector *c, const struct smp_image *i,
                         const struct smp_watched *t, uint32_t stack,
                         uint64_t now)
{
    struct smp_profile *p = c->profile;
    uint32_t frames[DEPTH], count = 0;
    if ((t && t->framed) || stack == SMP_NONE || python_part(p, stack))
        return stack;
    uint32_t owner = find_owner(p, i, now);
    if (!owner)
        return stack;
    for (uint32_t at = stack; at && count < DEPTH; at = p->stacks[at].parent)
        frames[count++] = p->stacks[at].frame;
    while (count && owner != SMP_NONE)
        owner = smp_profile_stack(p, owner, frames[--count]);
    return owner == SMP_NONE ? stack : owner;
}
