/* One CPU sample: in the handler, on the sampled thread. */
#include <stdatomic.h>

#include "recorder/heap.h"
#include "recorder/state.h"

/* Bytes at the eval function's start in which 3.11 and 3.12 show a frame that
 * they have not filled in yet: what is there is left over from an earlier call
 * and may look like a good stack. */
#define EVAL_PROLOGUE 256u

static int is_entering(const struct smp_os_context *context)
{
    uint64_t eval = (uint64_t)(uintptr_t)smp_recorder.api.eval;
    return smp_recorder.layout.frame_indirect &&
           context->pc - eval < EVAL_PROLOGUE;
}

static void walk_python(struct smp_capture *s,
                        const struct smp_os_context *context, int32_t tid)
{
    uint64_t state = smp_capture_state(s, tid);
    if (state && is_entering(context))
        s->flags |= SMP_SAMPLE_ENTERING;
    else if (state)
        smp_capture_frames(s, state);
}

/* 1 where the instruction before the PC is `syscall`: the kernel has just
 * worked for this thread. */
static int is_behind_syscall(struct smp_capture *s, uint64_t pc)
{
    uint8_t code[2];
    return !s->memory.read(s->memory.context, pc - 2, code, 2) &&
           code[0] == 0x0f && code[1] == 0x05;
}

/* A sixteenth of the ring is left to what codes are: of many records that find no
 * room small ones would else come in again and again, and a definition, which is
 * large, never. */
static int has_room(const struct smp_ring *ring)
{
    return smp_ring_used(ring) <= ring->data_bytes / 16 * 15;
}

static void write_sample(struct smp_capture *s, const struct smp_os_context *c,
                         const struct smp_slot *slot, int32_t tid, uint64_t now)
{
    struct smp_ring *ring = smp_recorder.ring;
    uint64_t registers[17];
    uint32_t stack_bytes = s->flags & SMP_SAMPLE_ENTERING
                               ? 0
                               : smp_capture_span(s, c->sp, slot->stack_top);
    uint32_t size = (uint32_t)sizeof(struct smp_record_sample) +
                    smp_capture_bytes(s, stack_bytes);
    struct smp_record_sample *r = NULL;
    if (has_room(ring))
        r = (struct smp_record_sample *)smp_ring_reserve(ring, size,
                                                         SMP_RECORD_SAMPLE);
    else
        atomic_fetch_add(&ring->counts.lost, 1);
    if (!r) {
        s->lost = 1;
        return;
    }
    r->time_ns = now;
    r->cpu_ns = smp_os_thread_cpu();
    smp_os_thread_usage(&r->system_us, &r->faults);
    r->pc = c->pc;
    r->sp = c->sp;
    r->anchor = s->walk.anchor;
    r->tid = tid;
    r->overrun = c->overrun;
    r->frame_count = s->frame_count;
    r->stack_bytes = stack_bytes;
    r->opcode = s->walk.opcode;
    r->flags = s->flags;
    r->coroutine = s->walk.coroutine ? smp_coroutine(s->walk.coroutine) |
                                           s->walk.coroutine_frame
                                     : 0;
    smp_os_registers(c, registers);
    smp_capture_write(s, (uint8_t *)(r + 1), registers, stack_bytes);
    smp_ring_commit(ring, &r->head);
    atomic_fetch_add_explicit(&ring->counts.samples, 1, memory_order_relaxed);
    if (s->flags & SMP_SAMPLE_UNREADABLE)
        atomic_fetch_add(&ring->counts.unreadable, 1);
    if (s->flags & SMP_SAMPLE_TRUNCATED)
        atomic_fetch_add(&ring->counts.truncated, 1);
}

/* 0 where the ring had no room. */
static int take_sample(const struct smp_os_context *context,
                       const struct smp_slot *slot, int32_t tid, uint64_t now)
{
    struct smp_ring *ring = smp_recorder.ring;
    struct smp_capture s;
    if (smp_capture_begin(&s, now)) {
        atomic_fetch_add(&ring->counts.lost_samples, 1);
        return 1;
    }
    s.in_handler = 1;
    if (is_behind_syscall(&s, context->pc))
        s.flags |= SMP_SAMPLE_SYSCALL;
    walk_python(&s, context, tid);
    if (!s.lost)
        write_sample(&s, context, slot, tid, now);
    smp_capture_end(&s);
    if (s.lost)
        atomic_fetch_add(&ring->counts.lost_samples, 1);
    if (context->overrun)
        atomic_fetch_add(&ring->counts.overruns, context->overrun);
    atomic_fetch_add(&ring->counts.handler_ns, smp_os_now() - now);
    return !s.lost;
}

void smp_cpu_sample(const struct smp_os_context *context)
{
    struct smp_slot *slot = context->slot;
    if (!smp_threads_is_slot(slot) ||
        atomic_load(&smp_recorder.phase) != SMP_RUNNING)
        return;
    uint32_t control = atomic_load(&smp_recorder.ring->control);
    if (control == SMP_CONTROL_STOP) {
        if (slot->timer >= 0)
            smp_os_timer_stop(slot->timer, 0);
        slot->timer = -1;
        if (smp_recorder.dormant)
            smp_leave();
        return;
    }
    int32_t tid = atomic_load(&slot->tid);
    uint64_t now = smp_os_now();
    if (tid > 0 && smp_pace_tick(slot, now)) {
        if (!take_sample(context, slot, tid, now))
            smp_pace_lost(slot, now);
        smp_heap_tick(now);
        smp_threads_retry(now);
    }
}
