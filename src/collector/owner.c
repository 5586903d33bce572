/* Threads that run nothing of the program's own: native ones (OpenBLAS, OpenMP, a pool of
 * C threads; some have a Python state for a moment, as Cython's), and Python ones of a
 * library (a pool in which pandas reads a file): whose work is it that they run and
 * allocate for? The line of Python that waits for them, where one can be told; else of a
 * Python one the line that started it. */
#include <stdlib.h>
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

static int has_own_file(const struct smp_profile *p, uint32_t stack)
{
    for (; stack; stack = p->stacks[stack].parent)
        if (smp_is_own_file(
                p,
                p->functions[p->frames[p->stacks[stack].frame].function].file))
            return 1;
    return 0;
}

/* 1 where a file of the program is on the stack. Asked of each sample of each thread
 * but the main one: a stack is looked at once. */
static int is_of_program(struct smp_collector *c, uint32_t stack)
{
    const struct smp_profile *p = c->profile;
    if (!stack)
        return 0;
    if (stack >= c->own_capacity) {
        size_t capacity = p->stack_count * 2;
        uint8_t *own = realloc(c->own_stacks, capacity);
        if (!own)
            return has_own_file(p, stack);
        memset(own + c->own_capacity, 0, capacity - c->own_capacity);
        c->own_stacks = own;
        c->own_capacity = capacity;
    }
    if (!c->own_stacks[stack])
        c->own_stacks[stack] = (uint8_t)(1 + has_own_file(p, stack));
    return c->own_stacks[stack] == 2;
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

/* Where this thread waits for a lock or, for a native one, runs a library's code; 0: it
 * does neither. A builtin of the interpreter's has no pool. */
static uint32_t place_of(struct smp_collector *c, const struct smp_watched *t,
                         int python, uint64_t now)
{
    const struct smp_profile *p = c->profile;
    uint32_t stack = 0;
    if (t->ended || !p->threads[t->thread].python)
        return 0;
    if (t->wait_stack != SMP_NONE && t->wait_kind == SMP_KIND_WAIT_LOCK)
        stack = t->wait_stack;
    else if (python && now < t->lock_ns + RECENT_NS)
        stack = t->lock_stack; /* it woke up for a moment */
    else if (!python && t->wait_stack == SMP_NONE &&
             t->last_stack != SMP_NONE && t->last_library &&
             now - t->sampled_ns < RECENT_NS)
        stack = t->last_stack;
    if (python)
        return is_of_program(c, stack) ? stack : 0;
    stack = python_part(p, stack);
    return stack && !waits_in_python(p, stack) ? stack : 0;
}

/* One thread's, or the main one's among several; 0: it cannot be told. */
static uint32_t find_owner(struct smp_collector *c, const struct smp_image *i,
                           int python, uint64_t now)
{
    const struct smp_profile *p = c->profile;
    uint32_t found = 0, count = 0;
    for (size_t n = 0; n < i->thread_count && n < LOOKS; n++) {
        uint32_t stack = place_of(c, &i->threads[n], python, now);
        if (stack && p->threads[i->threads[n].thread].main)
            return stack;
        found = stack ? stack : found;
        count += stack != 0;
    }
    return count == 1 ? found : 0;
}

/* The stack of the program's that this one belongs on; 0: none, or it has its own. A
 * thread that ran Python code and now runs none is about to end, or to wait. */
static uint32_t owner_of(struct smp_collector *c, const struct smp_image *i,
                         const struct smp_watched *t, uint32_t stack,
                         uint64_t now)
{
    const struct smp_profile *p = c->profile;
    if (!python_part(p, stack))
        return t && t->framed ? 0 : find_owner(c, i, 0, now);
    if (!t || p->threads[t->thread].main || is_of_program(c, stack))
        return 0;
    uint32_t owner = find_owner(c, i, 1, now);
    return owner ? owner : is_of_program(c, t->started_by) ? t->started_by : 0;
}

uint32_t smp_owned_stack(struct smp_collector *c, const struct smp_image *i,
                         const struct smp_watched *t, uint32_t stack,
                         uint64_t now)
{
    struct smp_profile *p = c->profile;
    uint32_t frames[DEPTH], count = 0;
    uint32_t owner = stack == SMP_NONE ? 0 : owner_of(c, i, t, stack, now);
    if (!owner)
        return stack;
    for (uint32_t at = stack; at && count < DEPTH; at = p->stacks[at].parent)
        frames[count++] = p->stacks[at].frame;
    while (count && owner != SMP_NONE)
        owner = smp_profile_stack(p, owner, frames[--count]);
    return owner == SMP_NONE ? stack : owner;
}

/* ---- who starts a thread */

void smp_starts_note(struct smp_collector *c, struct smp_image *i,
                     const struct smp_record_starts *r)
{
    struct smp_stack_view view = {.payload = (const uint8_t *)(r + 1),
                                  .frame_count = r->frame_count};
    if (!smp_stack_view_fits(&view, r->head.size - sizeof *r)) {
        i->damaged++;
        return;
    }
    smp_starts_take(i, r->slot); /* a start that failed */
    uint32_t stack = smp_stack_python(c, i, &view);
    if (stack != SMP_NONE)
        i->starts[i->start_count++ % SMP_STARTS] =
            (struct smp_start){r->slot, stack};
}

uint32_t smp_starts_take(struct smp_image *i, uint32_t slot)
{
    for (uint32_t n = 0; n < SMP_STARTS; n++) {
        struct smp_start *s = &i->starts[n];
        if (!s->stack || s->slot != slot)
            continue;
        uint32_t stack = s->stack;
        s->stack = 0;
        return stack;
    }
    return 0;
}
