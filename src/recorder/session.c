/* Sessions: getting ready, joining a collector, leaving it again. */
#include <stdatomic.h>

#include "base/status.h"
#include "recorder/heap.h"
#include "recorder/late.h"
#include "recorder/state.h"

static _Atomic int changing; /* 1: a thread joins or leaves just now */

int smp_session_prepare(void)
{
    if (smp_recorder.prepared)
        return 0;
    int status = smp_recorder.api.version ? 0 : smp_symbols_find();
    if (!status)
        status = smp_check_objects();
    if (status)
        return status;
    smp_real();
    smp_malloc_find_below();
    if (smp_os_signal_install(smp_cpu_sample))
        return SMP_EUNSUPPORTED;
    smp_process_watch();
    smp_process_claim();
    smp_recorder.prepared = 1;
    return 0;
}

/* With the ring in place: everything that records. */
static void begin(void)
{
    const struct smp_welcome *w = &smp_recorder.welcome;
    atomic_store(&smp_recorder.phase, SMP_RUNNING);
    if (w->heap && smp_python_is_wrapped())
        smp_heap_start(w);
    else if (w->heap)
        atomic_store(&smp_recorder.ring->counts.heap_state, SMP_HEAP_UNSEEN);
    smp_threads_start_timers(); /* of a session before */
    smp_threads_arm_current();
    smp_threads_arm_others();
}

int smp_session_start(void)
{
    const struct smp_welcome *w = &smp_recorder.welcome;
    int status = smp_meet_start();
    if (status)
        return status;
    if (w->heap)
        smp_boot_wrap(!w->heap_fixed);
    begin();
    return 0;
}

/* A collector's call: in the signal handler, on any thread. */
static void on_call(uint32_t session)
{
    const struct smp_ring *ring = smp_recorder.ring;
    if (!smp_process_is_ours())
        return;
    if (atomic_load(&smp_recorder.phase) == SMP_RUNNING &&
        (atomic_load(&ring->control) == SMP_CONTROL_STOP ||
         smp_pace_is_deserted(ring, smp_os_now())))
        smp_leave();
    smp_join(session);
}

int smp_session_sleep(void)
{
    int status = smp_session_prepare();
    if (status)
        return status;
    smp_boot_wrap(1);
    smp_os_signal_on_call(on_call);
    return 0;
}

int smp_join(uint32_t session)
{
    int free_to = 0, status;
    if (!smp_recorder.prepared)
        return SMP_EUNSUPPORTED;
    if (!atomic_compare_exchange_strong(&changing, &free_to, 1))
        return SMP_EINVAL;
    if (atomic_load(&smp_recorder.phase) == SMP_RUNNING) {
        status = SMP_EINVAL;
    } else {
        smp_boot_name_session(session);
        smp_codes_forget();
        status = smp_meet_join();
        if (!status) {
            begin();
            smp_threads_note_names();
            if (smp_late_is_late())
                smp_audit_listen(); /* to imports */
        }
    }
    atomic_store(&changing, 0);
    return status;
}

void smp_leave(void)
{
    int running = SMP_RUNNING, free_to = 0;
    if (!smp_process_is_ours() ||
        !atomic_compare_exchange_strong(&changing, &free_to, 1))
        return;
    if (atomic_load(&smp_recorder.phase) == SMP_RUNNING)
        smp_process_note(SMP_RECORD_LEAVE, 0);
    if (atomic_compare_exchange_strong(&smp_recorder.phase, &running,
                                       SMP_ASLEEP)) {
        smp_heap_stop();
        smp_entry_undo();
        smp_threads_leave();
    }
    atomic_store(&changing, 0);
}
