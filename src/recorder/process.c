/* The process: what it tells of its forks, its programs and its end. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "recorder/heap.h"
#include "recorder/late.h"
#include "recorder/state.h"

/* 1, in a page that is empty in a forked child. NULL: the system has no such pages. */
static _Atomic uint32_t *mark;

int smp_process_is_ours(void)
{
    return smp_os_process_id() == smp_recorder.pid;
}

int smp_process_has_memory(void)
{
    return mark ? atomic_load_explicit(mark, memory_order_relaxed) != 0
                : smp_process_is_ours();
}

void smp_process_claim(void)
{
    if (!mark)
        mark = smp_os_map_forgotten();
    if (mark)
        atomic_store(mark, 1);
    smp_recorder.pid = smp_os_process_id();
}

void smp_process_note(enum smp_record_type type, int32_t status)
{
    int saved = errno;
    struct smp_record_process *r =
        (struct smp_record_process *)smp_ring_reserve(smp_recorder.ring,
                                                      sizeof *r, type);
    if (r) {
        r->time_ns = smp_os_now();
        r->cpu_ns = smp_os_process_cpu();
        r->pid = smp_recorder.pid;
        r->status = status;
        r->main_cpu_ns =
            smp_os_thread_id() == smp_recorder.pid ? smp_os_thread_cpu() : 0;
        r->peak_rss = type == SMP_RECORD_EXIT ? smp_os_peak_resident() : 0;
        r->reserved = 0;
        smp_ring_commit(smp_recorder.ring, &r->head);
    }
    errno = saved;
}

/* The collector knows by this whom to expect, should this process end at once. */
static void after_fork_in_parent(void)
{
    if (atomic_load(&smp_recorder.phase) == SMP_RUNNING &&
        smp_process_is_ours())
        atomic_fetch_add(&smp_recorder.ring->counts.forks, 1);
}

/* In the child: timers are gone, the ring is still the parent's. */
static void after_fork_in_child(void)
{
    int saved = errno;
    int32_t parent = smp_recorder.pid;
    int asleep = atomic_load(&smp_recorder.phase) != SMP_RUNNING;
    if (!smp_sandbox_is_on())
        smp_process_claim();
    smp_threads_after_fork();
    smp_codes_after_fork();
    smp_capture_after_fork();
    smp_late_after_fork();
    if (asleep) {
        smp_heap_after_fork(0);
        errno = saved;
        return;
    }
    if (smp_meet_after_fork(parent)) {
        atomic_store(&smp_recorder.phase, SMP_STOPPED);
        smp_heap_stop();
    } else {
        smp_heap_after_fork(smp_recorder.welcome.heap);
        smp_threads_arm_current();
    }
    errno = saved;
}

static void note_end(int32_t status)
{
    if (atomic_load(&smp_recorder.phase) == SMP_RUNNING &&
        smp_process_is_ours())
        smp_process_note(SMP_RECORD_EXIT, status);
}

/* exit() and the return from main. */
static void at_exit(int status, void *unused)
{
    (void)unused;
    note_end(status & 0xff);
}

void smp_process_watch(void)
{
    static int watched;
    if (watched)
        return;
    watched = 1;
    pthread_atfork(NULL, after_fork_in_parent, after_fork_in_child);
    on_exit(at_exit, NULL); /* inherited by forked children */
}

__attribute__((visibility("default"), noreturn)) void _exit(int status)
{
    note_end(status & 0xff);
    smp_real()->exit_now(status);
    __builtin_unreachable();
}

__attribute__((visibility("default"), noreturn)) void _Exit(int status)
{
    _exit(status);
}
