/* The pace: how often a thread's timer fires, and switching the recording.
 *
 * While the recording is off nothing wakes anybody up: a thread that runs looks
 * at the ring's word at each SLOW_NS of its CPU time, one that waits not at all.
 * So switching on needs no signal, which would end a program's poll() early. */
#include <stdatomic.h>

#include "recorder/heap.h"
#include "recorder/state.h"

#define SLOW_NS UINT64_C(20000000)       /* off: 0.01 % of the thread's time */
#define DESERTED_NS UINT64_C(1000000000) /* the collector is gone */
#define READ_LATEST_NS UINT64_C(5000000000)
#define FIRST_NS 1 /* as threads.c */
/* Threads that a switch notes exactly and at once; others see it at their next
 * look. */
#define SWITCHED_MOST 256u

int smp_pace_is_deserted(const struct smp_ring *ring, uint64_t now)
{
    uint64_t read_ns =
        atomic_load_explicit(&ring->read_ns, memory_order_relaxed);
    return read_ns && now > read_ns + READ_LATEST_NS;
}

static void set_pace(struct smp_slot *slot, int slow, uint64_t slow_ns)
{
    slot->slow = (uint8_t)slow;
    if (slot->timer >= 0)
        smp_os_timer_pace(slot->timer, slow ? slow_ns : FIRST_NS,
                          slow ? slow_ns : smp_recorder.interval_ns);
}

uint64_t smp_pace_interval(void)
{
    return atomic_load(&smp_recorder.ring->control) == SMP_CONTROL_RUN
               ? smp_recorder.interval_ns
               : SLOW_NS;
}

/* Python's allocators are its own while the recording is off. */
static void switch_allocators(int off)
{
    smp_heap_pause(off);
    if (off)
        smp_entry_undo();
    else
        smp_entry_now();
}

int smp_pace_tick(struct smp_slot *slot, uint64_t now)
{
    const struct smp_ring *ring = smp_recorder.ring;
    int off = atomic_load(&ring->control) == SMP_CONTROL_PAUSE;
    if (off != slot->slow && (off || !smp_pace_is_deserted(ring, now))) {
        set_pace(slot, off, SLOW_NS);
        switch_allocators(off);
    }
    return !slot->slow;
}

void smp_pace_lost(struct smp_slot *slot, uint64_t now)
{
    if (smp_pace_is_deserted(smp_recorder.ring, now))
        set_pace(slot, 1, DESERTED_NS);
}

/* ---- switching */

static void note_switch(int32_t tid, uint64_t cpu_ns, uint32_t control)
{
    struct smp_record_switch *r =
        (struct smp_record_switch *)smp_ring_reserve(smp_recorder.ring,
                                                     sizeof *r,
                                                     SMP_RECORD_SWITCH);
    if (!r)
        return;
    r->time_ns = smp_os_now();
    r->cpu_ns = cpu_ns;
    r->tid = tid;
    r->control = control;
    smp_ring_commit(smp_recorder.ring, &r->head);
}

static void switch_other(struct smp_slot *slot, int32_t tid)
{
    uint32_t control = atomic_load(&smp_recorder.ring->control);
    if (slot == smp_threads_mine())
        return;
    note_switch(tid, smp_os_cpu_of_thread(tid), control);
    set_pace(slot, control == SMP_CONTROL_PAUSE, SLOW_NS);
}

int smp_is_active(void)
{
    return atomic_load(&smp_recorder.phase) == SMP_RUNNING &&
           smp_process_is_ours() &&
           atomic_load(&smp_recorder.ring->control) == SMP_CONTROL_RUN;
}

int smp_switch(uint32_t control)
{
    uint32_t before =
        control == SMP_CONTROL_RUN ? SMP_CONTROL_PAUSE : SMP_CONTROL_RUN;
    struct smp_slot *mine = smp_threads_mine();
    if (atomic_load(&smp_recorder.phase) != SMP_RUNNING ||
        !smp_process_is_ours() ||
        !atomic_compare_exchange_strong(&smp_recorder.ring->control, &before,
                                        control))
        return 0;
    /* The caller's own time is told last when it goes on, first when off: what
     * we do here is not the program's. */
    if (control == SMP_CONTROL_PAUSE)
        note_switch(smp_os_thread_id(), smp_os_thread_cpu(), control);
    switch_allocators(control == SMP_CONTROL_PAUSE);
    smp_threads_each_slot(switch_other, SWITCHED_MOST);
    if (mine)
        set_pace(mine, control == SMP_CONTROL_PAUSE, SLOW_NS);
    if (control == SMP_CONTROL_RUN) {
        smp_heap_resume();
        note_switch(smp_os_thread_id(), smp_os_thread_cpu(), control);
    }
    return 1;
}
