/* One CPU sample: in the handler, on the sampled thread. */
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/status.h"
#include "cpython/walk.h"
#include "recorder/state.h"

/* Frames are collected here before the record's size is known. Handlers of
 * several threads run at once, at most about as many as there are CPUs. */
#define SCRATCHES 32u
static struct scratch {
    struct smp_record_frame frames[SMP_RECORD_DEPTH];
    struct smp_guard guard; /* not on the stack: that may be a small one */
} scratches[SCRATCHES];
static _Atomic uint32_t scratches_taken; /* bit set */
_Static_assert(SCRATCHES == 32, "one bit each");

/* Beyond this the anchor belongs to another stack (greenlets, coroutines in C). */
#define STACK_SPAN_MAX (1u << 20)
/* Bytes at the eval function's start in which 3.11 and 3.12 show a frame that
 * they have not filled in yet: what is there is left over from an earlier call
 * and may look like a good stack. */
#define EVAL_PROLOGUE 256u
#define STACK_NO_ANCHOR 8192u /* copied where there is no Python frame */

struct sample {
    const struct smp_os_context *context;
    struct smp_memory memory;
    struct smp_record_frame *frames;
    uint32_t frame_count;
    int lost; /* 1: a code's definition found no room */
    uint16_t flags;
    struct smp_walk_result walk;
};

static int take_scratch(void)
{
    uint32_t taken = atomic_load(&scratches_taken);
    while (taken != UINT32_MAX) {
        int i = __builtin_ctz(~taken);
        if (atomic_compare_exchange_weak(&scratches_taken, &taken,
                                         taken | 1u << i))
            return i;
    }
    return -1;
}

static void give_scratch(int i)
{
    atomic_fetch_and(&scratches_taken, ~(1u << i));
}

void smp_cpu_after_fork(void)
{
    atomic_store(&scratches_taken, 0);
}

/* The calling thread's Python state: 0 where it has none. */
static uint64_t current_state(struct sample *s, int32_t tid)
{
    const struct smp_api *api = &smp_recorder.api;
    const struct smp_layout *l = &smp_recorder.layout;
    uint64_t state = (uint64_t)(uintptr_t)api->gilstate_this();
    if (api->state_unchecked) {
        /* 3.11 keeps the first interpreter's state there for ever; the one
         * that holds the GIL may be this thread's in another interpreter. */
        uint64_t running = (uint64_t)(uintptr_t)api->state_unchecked();
        if (running != state &&
            smp_walk_owns(l, &s->memory, running, (uint64_t)tid))
            return running;
    }
    if (state && api->state_of_thread) {
        /* 3.12 lets a thread run with a subinterpreter's first state, which
         * bears the number of the thread that made it. Asked only of a thread
         * that has a state: the first use of thread-local storage may allocate. */
        void *running = api->state_of_thread();
        if (running)
            return (uint64_t)(uintptr_t)running;
    }
    return smp_walk_owns(l, &s->memory, state, (uint64_t)tid) ? state : 0;
}

static int add_frame(void *context, const struct smp_walk_frame *frame)
{
    struct sample *s = context;
    if (s->frame_count == SMP_RECORD_DEPTH)
        return 1;
    uint32_t number = smp_codes_number(&s->memory, &frame->code);
    if (number == UINT32_MAX) {
        s->lost = 1;
        return 1;
    }
    s->frames[s->frame_count++] =
        (struct smp_record_frame){number, frame->offset};
    return 0;
}

static int is_entering(const struct sample *s)
{
    uint64_t eval = (uint64_t)(uintptr_t)smp_recorder.api.eval;
    return smp_recorder.layout.frame_indirect &&
           s->context->pc - eval < EVAL_PROLOGUE;
}

static void walk_python(struct sample *s, int32_t tid)
{
    uint64_t state = current_state(s, tid);
    if (!state)
        return;
    s->flags |= SMP_SAMPLE_PYTHON;
    if (is_entering(s)) {
        s->flags |= SMP_SAMPLE_ENTERING;
        return;
    }
    if (smp_walk(&smp_recorder.layout, &s->memory,
                 (uint64_t)(uintptr_t)smp_recorder.api.code_type, state,
                 add_frame, s, &s->walk)) {
        s->frame_count = 0;
        s->walk = (struct smp_walk_result){0};
        s->flags |= SMP_SAMPLE_UNREADABLE;
        atomic_fetch_add(&smp_recorder.ring->counts.unreadable, 1);
    } else if (s->walk.truncated) {
        s->flags |= SMP_SAMPLE_TRUNCATED;
        atomic_fetch_add(&smp_recorder.ring->counts.truncated, 1);
    }
    int collecting = 0;
    if (!s->memory.read(s->memory.context,
                        smp_recorder.interpreter +
                            smp_recorder.layout.interp_gc_collecting,
                        &collecting, sizeof collecting) &&
        collecting == 1)
        s->flags |= SMP_SAMPLE_GC;
}

/* 1 where the instruction before the PC is `syscall`: the kernel has just
 * worked for this thread. */
static int is_behind_syscall(struct sample *s)
{
    uint8_t code[2];
    return !s->memory.read(s->memory.context, s->context->pc - 2, code, 2) &&
           code[0] == 0x0f && code[1] == 0x05;
}

/* How much stack to copy: up to the interpreter's frame. Nothing where the
 * interpreter itself runs bytecode. */
static uint32_t stack_span(struct sample *s, const struct smp_slot *slot)
{
    uint64_t sp = s->context->sp, span = STACK_NO_ANCHOR;
    if (!smp_recorder.native_stacks || (s->flags & SMP_SAMPLE_ENTERING))
        return 0;
    if (s->walk.anchor > sp && s->walk.anchor - sp < STACK_SPAN_MAX)
        span = s->walk.anchor - sp + 64;
    else if (slot->stack_top > sp && slot->stack_top - sp < span)
        span = slot->stack_top - sp;
    if (span > SMP_RECORD_STACK_BYTES)
        span = SMP_RECORD_STACK_BYTES;
    /* Only pages that can be read, and not past them. */
    uint64_t end = (sp + span) & ~(uint64_t)7, page = sp & ~(uint64_t)4095;
    for (page += SMP_OS_PAGE; page < end; page += SMP_OS_PAGE)
        if (!smp_os_is_readable((const void *)(uintptr_t)page))
            end = page;
    return sp % 8 || end <= sp ? 0 : (uint32_t)(end - sp);
}

static void write_sample(struct sample *s, const struct smp_slot *slot,
                         int32_t tid, uint64_t now)
{
    struct smp_ring *ring = smp_recorder.ring;
    const struct smp_os_context *c = s->context;
    uint32_t frame_bytes = s->frame_count * (uint32_t)sizeof *s->frames;
    uint32_t stack_bytes = stack_span(s, slot);
    uint32_t size = (uint32_t)sizeof(struct smp_record_sample) + frame_bytes +
                    (stack_bytes ? stack_bytes + 17 * 8 : 0);
    struct smp_record_sample *r =
        (struct smp_record_sample *)smp_ring_reserve(ring, size,
                                                     SMP_RECORD_SAMPLE);
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
    r->reserved = 0;
    uint8_t *to = (uint8_t *)(r + 1);
    memcpy(to, s->frames, frame_bytes);
    if (stack_bytes) {
        /* 8-aligned: a frame has 8 bytes, the head 96. */
        smp_os_registers(c, (uint64_t *)(void *)(to + frame_bytes));
        memcpy(to + frame_bytes + 17 * 8, (const void *)(uintptr_t)c->sp,
               stack_bytes);
    }
    smp_ring_commit(ring, &r->head);
    atomic_fetch_add_explicit(&ring->counts.samples, 1, memory_order_relaxed);
}

static void take_sample(const struct smp_os_context *context,
                        const struct smp_slot *slot, int32_t tid)
{
    struct smp_ring *ring = smp_recorder.ring;
    uint64_t now = smp_os_now();
    struct sample s = {.context = context};
    int scratch = take_scratch();
    if (scratch < 0) {
        atomic_fetch_add(&ring->counts.lost_samples, 1);
        return;
    }
    s.frames = scratches[scratch].frames;
    memset(&scratches[scratch].guard, 0, sizeof scratches[scratch].guard);
    s.memory = smp_guard_memory(&scratches[scratch].guard);
    if (is_behind_syscall(&s))
        s.flags |= SMP_SAMPLE_SYSCALL;
    /* While the interpreter is taken down, other threads' states are freed
     * under them. */
    if (!atomic_load(&smp_recorder.finalizing) || tid == smp_recorder.pid)
        walk_python(&s, tid);
    if (!s.lost)
        write_sample(&s, slot, tid, now);
    give_scratch(scratch);
    if (s.lost)
        atomic_fetch_add(&ring->counts.lost_samples, 1);
    if (context->overrun)
        atomic_fetch_add(&ring->counts.overruns, context->overrun);
    atomic_fetch_add(&ring->counts.handler_ns, smp_os_now() - now);
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
        return;
    }
    int32_t tid = atomic_load(&slot->tid);
    if (control == SMP_CONTROL_RUN && tid > 0)
        take_sample(context, slot, tid);
}
