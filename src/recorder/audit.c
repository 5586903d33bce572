/* Audit events: we listen only while we wait for one.
 *
 * While anybody listens each event costs the program 30 to 45 ns, most of it for the
 * tuple of its arguments; logging, which asks for its caller's frame, was slowed down
 * by 5 %. So once the recording has begun (in a program that we came to late: unless it
 * is on) our entry is taken out of the interpreter's list, and put back for what is
 * still to come: a package that asks for its bridge calls ctermid() first, which hardly
 * anybody else does and which costs nothing. */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdio.h>

#include "recorder/state.h"

/* Of _PyRuntime; the list's head lies at 656 (3.11), 3,064 (3.12), 10,424 (3.13). */
#define RUNTIME_BYTES 16384u

/* An entry of the list, as CPython has it (pycore_runtime.h). */
struct entry {
    struct entry *_Atomic next;
    void *function, *data;
};

static struct entry *ours;
static struct entry *_Atomic *head; /* NULL: not found */
static _Atomic int is_resting;
static _Atomic int awaited; /* 1: the bridge's event is about to come */

void smp_audit_is_at(void *entry)
{
    ours = entry;
}

static struct entry *_Atomic *runtime_words(void)
{
    return (struct entry * _Atomic *)(uintptr_t)smp_recorder.api.runtime;
}

/* The one word of the interpreter's state that has our entry's address. Looked for
 * once: where another entry stands before ours, we stay. */
static void find_head(void)
{
    static int looked;
    struct entry *_Atomic *word = runtime_words();
    if (looked)
        return;
    looked = word != NULL;
    for (size_t n = 0; word && n < RUNTIME_BYTES / sizeof *word && !head; n++)
        if (atomic_load_explicit(&word[n], memory_order_relaxed) == ours)
            head = &word[n];
}

void smp_audit_find(void *function)
{
    static struct smp_guard guard;
    struct entry *_Atomic *word = runtime_words();
    smp_guard_begin(&guard, smp_os_now());
    struct smp_memory m = smp_guard_memory(&guard);
    for (size_t n = 0; word && n < RUNTIME_BYTES / sizeof *word && !ours; n++) {
        struct entry seen, *at = atomic_load(&word[n]);
        if (at && (uintptr_t)at % sizeof(void *) == 0 &&
            !m.read(m.context, (uint64_t)(uintptr_t)at, &seen, sizeof seen) &&
            seen.function == function) {
            ours = at;
            head = &word[n];
        }
    }
}

void smp_audit_rest(void)
{
    if (!ours || atomic_load(&awaited) || atomic_load(&is_resting))
        return;
    if (!head)
        find_head();
    struct entry *first = ours;
    /* Who walks through the list just now still finds its way from our entry. */
    if (head &&
        atomic_compare_exchange_strong(head, &first, atomic_load(&ours->next)))
        atomic_store(&is_resting, 1);
}

void smp_audit_listen(void)
{
    int resting = 1;
    if (!atomic_compare_exchange_strong(&is_resting, &resting, 0))
        return;
    struct entry *first = atomic_load(head);
    do
        atomic_store(&ours->next, first);
    while (!atomic_compare_exchange_strong(head, &first, ours));
}

void smp_audit_answered(void)
{
    atomic_store(&awaited, 0);
}

__attribute__((visibility("default"))) char *ctermid(char *to)
{
    atomic_store(&awaited, 1);
    smp_audit_listen();
    return smp_real()->ctermid(to);
}
