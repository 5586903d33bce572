/* The entry into Python's allocators: when they are wrapped.
 *
 * Programs can see it: sys._debugmallocstats() and the names of the allocators
 * compare function pointers, and a sampled object has another address than the one
 * just freed. A program that hardly runs has nothing to measure either, so the
 * wrapping waits until the program has run for some ticks of CPU time, has mapped
 * an arena for small objects, or has grown. That happens in signal
 * handlers and in the middle of an allocation, so nothing is called: the functions
 * alone are exchanged, a word each, where the interpreter keeps them; context and
 * `free` stay as they are. */
#define _GNU_SOURCE
#include <link.h>

#include "base/status.h"
#include "recorder/heap.h"

#define TICKS 5u /* CPU samples, of all threads */
#define GROWN                                                                  \
    (UINT64_C(1) << 20) /* bytes that malloc and its like were asked for */
/* A block that grows counts for so many: a list with 1,000 objects comes to GROWN while
 * it grows. An arena has room for a megabyte of such objects before the next one is
 * mapped. Compiling a script asks for some hundred kilobytes, but they hardly grow. */
#define GROWS 16u
#define NEAR                                                                   \
    16384u /* bytes of the interpreter's state that are looked at first */
#define FUNCTIONS 3 /* malloc, calloc, realloc: neighbours in the structure */

struct entry {
    _Atomic uintptr_t *slot; /* NULL: not found */
    uintptr_t hook, real;
};
static struct entry entries[2 * FUNCTIONS];

enum state { CLOSED, OPEN, FAILED };
static _Atomic int state;
static _Atomic uint32_t ticks;
static _Atomic uint64_t grown;

/* ---- where they are kept */

static void name(struct entry *e, const struct smp_python_allocator *hook,
                 const struct smp_python_allocator *real)
{
    e[0].hook = (uintptr_t)hook->malloc;
    e[1].hook = (uintptr_t)hook->calloc;
    e[2].hook = (uintptr_t)hook->realloc;
    e[0].real = (uintptr_t)real->malloc;
    e[1].real = (uintptr_t)real->calloc;
    e[2].real = (uintptr_t)real->realloc;
}

static int are_at(const _Atomic uintptr_t *word, const struct entry *e)
{
    for (int n = 0; n < FUNCTIONS; n++)
        if (atomic_load_explicit(&word[n], memory_order_relaxed) != e[n].hook)
            return 0;
    return 1;
}

static int all_found(void)
{
    return entries[0].slot && entries[FUNCTIONS].slot;
}

static void search(uintptr_t from, uintptr_t to)
{
    _Atomic uintptr_t *word = (_Atomic uintptr_t *)from;
    size_t words = to > from ? (to - from) / sizeof *word : 0;
    for (size_t n = 0; n + FUNCTIONS <= words && !all_found(); n++)
        for (int k = 0; k < 2 * FUNCTIONS; k += FUNCTIONS)
            if (word[n] == entries[k].hook && are_at(&word[n], &entries[k]))
                for (int f = 0; f < FUNCTIONS; f++)
                    entries[k + f].slot = &word[n + (size_t)f];
}

/* Initialised data of the object that has the interpreter's state: near the begin of
 * that since 3.12. All of it is half a megabyte and more. */
static int search_object(struct dl_phdr_info *info, size_t size, void *context)
{
    uint64_t runtime = (uint64_t)(uintptr_t)smp_recorder.api.runtime;
    int is_it = 0;
    (void)size;
    (void)context;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        is_it |= p->p_type == PT_LOAD &&
                 runtime - (info->dlpi_addr + p->p_vaddr) < p->p_memsz;
    }
    for (int i = 0; is_it && i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || !(p->p_flags & PF_W))
            continue;
        uintptr_t from = (info->dlpi_addr + p->p_vaddr + 7) & ~(uintptr_t)7;
        uintptr_t to = info->dlpi_addr + p->p_vaddr + p->p_filesz;
        if (runtime >= from && runtime < to)
            search(runtime, to - runtime > NEAR ? runtime + NEAR : to);
        search(from, to);
    }
    return is_it;
}

int smp_entry_find(const struct smp_python_allocator hooks[3],
                   const struct smp_python_allocator real[3])
{
    name(&entries[0], &hooks[SMP_PYMEM_MEM], &real[SMP_PYMEM_MEM]);
    name(&entries[FUNCTIONS], &hooks[SMP_PYMEM_OBJ], &real[SMP_PYMEM_OBJ]);
    dl_iterate_phdr(search_object, NULL);
    if (!all_found())
        return SMP_ENOENT;
    atomic_store(&state, OPEN);
    return 0;
}

/* ---- when */

int smp_entry_is_open(void)
{
    return atomic_load_explicit(&state, memory_order_relaxed) == OPEN;
}

void smp_entry_done(void)
{
    atomic_store(&state, CLOSED);
}

void smp_entry_now(void)
{
    int open = OPEN;
    if (!smp_entry_is_open() || !smp_heap_is_on() || !smp_is_active() ||
        !atomic_compare_exchange_strong(&state, &open, CLOSED))
        return;
    for (int n = 0; n < 2 * FUNCTIONS; n++)
        if (atomic_load(entries[n].slot) != entries[n].real) {
            atomic_store(&state, FAILED);
            smp_audit_listen(); /* boot.c asks at the next event */
            return;
        }
    for (int n = 0; n < 2 * FUNCTIONS; n++) {
        uintptr_t real = entries[n].real;
        atomic_compare_exchange_strong(entries[n].slot, &real, entries[n].hook);
    }
}

/* A hook that a thread is in just now calls on as before. */
void smp_entry_undo(void)
{
    int closed = CLOSED;
    if (!entries[0].slot || !entries[FUNCTIONS].slot ||
        !atomic_compare_exchange_strong(&state, &closed, OPEN))
        return;
    for (int n = 0; n < 2 * FUNCTIONS; n++) {
        uintptr_t hook = entries[n].hook;
        atomic_compare_exchange_strong(entries[n].slot, &hook, entries[n].real);
    }
    atomic_store(&ticks, 0);
    atomic_store(&grown, 0);
}

void smp_entry_tick(void)
{
    if (smp_entry_is_open() && atomic_fetch_add(&ticks, 1) + 1 >= TICKS)
        smp_entry_now();
}

void smp_entry_grown(uint64_t bytes)
{
    if (smp_entry_is_open() && atomic_fetch_add(&grown, bytes) + bytes >= GROWN)
        smp_entry_now();
}

void smp_entry_regrown(uint64_t bytes)
{
    smp_entry_grown((GROWS - 1) *
                    (bytes > SMP_HEAP_LARGE ? bytes : SMP_HEAP_LARGE));
}

int smp_entry_failed(void)
{
    int failed = FAILED;
    return atomic_load_explicit(&state, memory_order_relaxed) == FAILED &&
           atomic_compare_exchange_strong(&state, &failed, CLOSED);
}
