/* Threads: each gets a slot and a timer when it begins, and gives them back. */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <string.h>

#include "recorder/state.h"

static struct smp_slot slots[SMP_THREADS];
static _Atomic uint32_t hint; /* where a free slot may be */
static _Atomic uint32_t used; /* slots from here on were never taken */

/* The calling thread's slot, and the name of the thread it creates next. Small
 * and initial-exec: the library is loaded at the start. */
static __thread struct smp_slot *mine
    __attribute__((tls_model("initial-exec")));
static __thread struct {
    uint16_t bytes;
    char text[SMP_NAME_BYTES];
} next_name __attribute__((tls_model("initial-exec")));

extern char *__libc_stack_end; /* of the main thread, by the dynamic linker */

/* A slot that smp_threads_leave has taken from its thread is another's by now:
 * that of a session before. */
static _Atomic uint32_t sessions;
static __thread uint32_t mine_since
    __attribute__((tls_model("initial-exec"))); /* of `sessions` */

struct smp_slot *smp_threads_mine(void)
{
    if (mine && !mine->wrapped && mine_since != atomic_load(&sessions))
        mine = NULL;
    return mine;
}

/* Threads that have no timer, and when that was last tried again. */
static _Atomic uint32_t untimed;
static _Atomic uint64_t tried_ns;
#define RETRY_NS UINT64_C(100000000)

static void set_untimed(struct smp_slot *slot, uint32_t is)
{
    atomic_fetch_add(&untimed, is - atomic_exchange(&slot->untimed, is));
}

static struct smp_slot *take_slot(void)
{
    uint32_t start = atomic_load(&hint);
    for (uint32_t i = 0; i < SMP_THREADS; i++) {
        struct smp_slot *slot = &slots[(start + i) % SMP_THREADS];
        int32_t free_tid = 0;
        if (atomic_load_explicit(&slot->tid, memory_order_relaxed) == 0 &&
            atomic_compare_exchange_strong(&slot->tid, &free_tid, -1)) {
            uint32_t index = (start + i) % SMP_THREADS;
            uint32_t most = atomic_load(&used);
            while (most <= index &&
                   !atomic_compare_exchange_weak(&used, &most, index + 1))
                ;
            atomic_store(&hint, (index + 1) % SMP_THREADS);
            slot->timer = -1;
            slot->slow = slot->wrapped = 0;
            slot->stack_top = 0;
            slot->name_bytes = 0;
            return slot;
        }
    }
    return NULL;
}

static void give_slot(struct smp_slot *slot)
{
    set_untimed(slot, 0);
    atomic_store(&slot->tid, 0);
    atomic_store(&hint, (uint32_t)(slot - slots));
}

int smp_threads_is_slot(const void *p)
{
    uintptr_t at = (uintptr_t)p - (uintptr_t)slots;
    return at < sizeof slots && at % sizeof *slots == 0;
}

/* Timers of CPU time expire at the kernel's ticks, which fall into a thread's
 * life at random: so the first of them makes the first sample, and many short
 * threads are seen in proportion to their time. */
#define FIRST_NS 1

static void make_timer(struct smp_slot *slot, int32_t tid)
{
    uint64_t interval = smp_pace_interval();
    slot->slow = interval != smp_recorder.interval_ns;
    uint32_t failed =
        smp_os_timer_start(&slot->timer, tid, slot,
                           slot->slow ? interval : FIRST_NS, interval) != 0;
    set_untimed(slot, failed);
    if (failed) {
        slot->timer = -1;
        atomic_fetch_add(&smp_recorder.ring->counts.untimed, 1);
    }
}

static void start_timer(struct smp_slot *slot, int32_t tid)
{
    atomic_store(&slot->tid, tid);
    make_timer(slot, tid);
}

/* The system counts timers and pending signals of all of a user's programs
 * together: another one's may be gone a moment later. */
void smp_threads_retry(uint64_t now)
{
    uint64_t before = atomic_load_explicit(&tried_ns, memory_order_relaxed);
    if (!atomic_load_explicit(&untimed, memory_order_relaxed) ||
        now - before < RETRY_NS ||
        !atomic_compare_exchange_strong(&tried_ns, &before, now))
        return;
    for (uint32_t i = 0; i < atomic_load(&used); i++) {
        struct smp_slot *slot = &slots[i];
        int32_t tid = atomic_load(&slot->tid);
        if (tid <= 0 || !atomic_load(&slot->untimed))
            continue;
        atomic_fetch_sub(&smp_recorder.ring->counts.untimed, 1);
        make_timer(slot, tid);
        /* It ended meanwhile. */
        if (atomic_load(&slot->tid) != tid && slot->timer >= 0)
            smp_os_timer_stop(slot->timer, 0);
    }
}

static void note_thread(enum smp_record_type type, const struct smp_slot *slot)
{
    uint32_t bytes = type == SMP_RECORD_THREAD_START ? slot->name_bytes : 0;
    struct smp_record_thread *r = (struct smp_record_thread *)
        smp_ring_reserve(smp_recorder.ring, (uint32_t)sizeof *r + bytes, type);
    if (!r)
        return;
    r->time_ns = smp_os_now();
    r->tid = atomic_load(&slot->tid);
    r->cpu_ns = smp_os_cpu_of_thread(r->tid);
    r->name_bytes = bytes;
    r->slot = (uint32_t)(slot - slots);
    r->reserved = 0;
    memcpy(r + 1, slot->name, bytes);
    smp_ring_commit(smp_recorder.ring, &r->head);
}

void smp_threads_arm_current(void)
{
    if (!smp_threads_mine()) {
        mine = take_slot();
        mine_since = atomic_load(&sessions);
    }
    if (!mine) {
        atomic_fetch_add(&smp_recorder.ring->counts.untimed, 1);
        return;
    }
    int32_t tid = smp_os_thread_id();
    if (tid == smp_recorder.pid)
        mine->stack_top = (uint64_t)(uintptr_t)__libc_stack_end;
    if (mine->timer < 0)
        start_timer(mine, tid);
}

void smp_threads_disarm_current(void)
{
    if (mine && mine->timer >= 0)
        smp_os_timer_stop(mine->timer, 1);
    if (mine)
        mine->timer = -1;
}

void smp_threads_stop_timers(void)
{
    for (uint32_t i = 0; i < atomic_load(&used); i++)
        if (&slots[i] != mine && atomic_load(&slots[i].tid) > 0 &&
            slots[i].timer >= 0) {
            smp_os_timer_stop(slots[i].timer, 0);
            slots[i].timer = -1;
        }
    smp_threads_disarm_current();
}

void smp_threads_start_timers(void)
{
    for (uint32_t i = 0; i < atomic_load(&used); i++) {
        int32_t tid = atomic_load(&slots[i].tid);
        if (tid > 0 && slots[i].timer < 0)
            start_timer(&slots[i], tid);
    }
}

void smp_threads_note_names(void)
{
    for (uint32_t i = 0; i < atomic_load(&used); i++)
        if (atomic_load(&slots[i].tid) > 0 && slots[i].name_bytes)
            note_thread(SMP_RECORD_THREAD_START, &slots[i]);
}

static int has_slot(int32_t tid)
{
    for (uint32_t i = 0; i < atomic_load(&used); i++)
        if (atomic_load(&slots[i].tid) == tid)
            return 1;
    return 0;
}

static void arm_other(int32_t tid)
{
    if (has_slot(tid))
        return;
    struct smp_slot *slot = take_slot();
    if (slot)
        start_timer(slot, tid);
    else
        atomic_fetch_add(&smp_recorder.ring->counts.untimed, 1);
}

void smp_threads_arm_others(void)
{
    smp_os_each_thread(arm_other);
}

void smp_threads_leave(void)
{
    atomic_fetch_add(&sessions, 1);
    for (uint32_t i = 0; i < atomic_load(&used); i++) {
        struct smp_slot *slot = &slots[i];
        if (atomic_load(&slot->tid) <= 0)
            continue;
        if (slot->timer >= 0)
            smp_os_timer_stop(slot->timer, 0);
        slot->timer = -1;
        if (!slot->wrapped)
            give_slot(slot);
    }
}

void smp_threads_each_slot(void (*visit)(struct smp_slot *slot, int32_t tid),
                           uint32_t most)
{
    for (uint32_t i = 0; i < atomic_load(&used) && most; i++) {
        int32_t tid = atomic_load(&slots[i].tid);
        if (tid > 0) {
            visit(&slots[i], tid);
            most--;
        }
    }
}

uint64_t smp_threads_stack_top(void)
{
    const struct smp_slot *slot = smp_threads_mine();
    return slot ? slot->stack_top : 0;
}

void smp_threads_after_fork(void)
{
    for (uint32_t i = 0; i < atomic_load(&used); i++) {
        if (&slots[i] != mine)
            atomic_store(&slots[i].tid, 0);
        slots[i].timer = -1; /* timers are not inherited */
        set_untimed(&slots[i], 0);
    }
}

void smp_threads_name_next(const char *name, uint32_t bytes)
{
    if (bytes > SMP_NAME_BYTES)
        bytes = SMP_NAME_BYTES;
    memcpy(next_name.text, name, bytes);
    next_name.bytes = (uint16_t)bytes;
}

static void end_thread(void *p)
{
    struct smp_slot *slot = p;
    /* No drain: what is pending is delivered here and now, or dies with the
     * thread. */
    if (slot->timer >= 0)
        smp_os_timer_stop(slot->timer, 0);
    slot->timer = -1;
    if (atomic_load(&smp_recorder.phase) == SMP_RUNNING)
        note_thread(SMP_RECORD_THREAD_END, slot);
    mine = NULL;
    give_slot(slot);
}

static void *run_thread(void *p)
{
    struct smp_slot *slot = p;
    void *result;
    mine = slot;
    slot->stack_top = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    if (atomic_load(&smp_recorder.phase) == SMP_RUNNING) {
        start_timer(slot, smp_os_thread_id());
        note_thread(SMP_RECORD_THREAD_START, slot);
    } else {
        atomic_store(&slot->tid, smp_os_thread_id());
    }
    pthread_cleanup_push(end_thread, slot);
    result = slot->start(slot->argument);
    pthread_cleanup_pop(1);
    return result;
}

__attribute__((visibility("default"))) int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
               void *(*start)(void *), void *argument)
{
    struct smp_slot *slot = NULL;
    int phase = atomic_load(&smp_recorder.phase);
    /* Of one that sleeps, so that its threads have names when it wakes up. */
    if ((phase == SMP_RUNNING || (phase == SMP_ASLEEP && smp_recorder.dormant &&
                                  smp_recorder.prepared)) &&
        smp_process_is_ours()) {
        slot = take_slot();
        if (!slot && phase == SMP_RUNNING)
            atomic_fetch_add(&smp_recorder.ring->counts.untimed, 1);
    }
    if (!slot)
        return smp_real()->pthread_create(thread, attributes, start, argument);
    smp_names_from_start(start, argument);
    slot->start = start;
    slot->argument = argument;
    slot->wrapped = 1;
    slot->name_bytes = next_name.bytes;
    memcpy(slot->name, next_name.text, next_name.bytes);
    next_name.bytes = 0;
    if (phase == SMP_RUNNING)
        smp_starts_note((uint32_t)(slot - slots));
    int error =
        smp_real()->pthread_create(thread, attributes, run_thread, slot);
    if (error)
        give_slot(slot);
    return error;
}

/* glibc installs its handler of the signal at the first cancel: go in front. */
__attribute__((visibility("default"))) int pthread_cancel(pthread_t thread)
{
    int error = smp_real()->pthread_cancel(thread);
    if (atomic_load(&smp_recorder.phase) == SMP_RUNNING &&
        !smp_os_signal_is_ours())
        smp_os_signal_install(smp_cpu_sample);
    return error;
}
