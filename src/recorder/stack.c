/* Stacks: the calling thread's Python frames, and a piece of its native stack,
 * taken by the thread itself, in a signal handler or in a hook. */
#include <stdatomic.h>
#include <string.h>

#include "base/status.h"
#include "recorder/state.h"

/* Frames are collected here before the record's size is known. Handlers and
 * hooks of several threads run at once, at most about as many as there are CPUs,
 * and a handler may interrupt its own thread's hook. */
#define SCRATCHES 32u
static struct scratch {
    struct smp_record_frame frames[SMP_RECORD_DEPTH];
    struct smp_guard guard;      /* not on the stack: that may be a small one */
    struct smp_code_cache codes; /* words: 1 + a code's number */
    uint32_t epoch;              /* of these numbers */
} scratches[SCRATCHES];
static _Atomic uint32_t scratches_taken; /* bit set */
_Static_assert(SCRATCHES == 32, "one bit each");

/* Beyond this the anchor belongs to another stack (greenlets, coroutines in C). */
#define STACK_SPAN_MAX (1u << 20)
#define STACK_NO_ANCHOR 8192u /* copied where there is no Python frame */

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

int smp_capture_begin(struct smp_capture *c, uint64_t now)
{
    int scratch = take_scratch();
    *c = (struct smp_capture){.scratch = scratch, .now = now};
    if (scratch < 0)
        return SMP_EFULL;
    struct scratch *s = &scratches[scratch];
    c->frames = s->frames;
    smp_guard_begin(&s->guard, now);
    c->memory = smp_guard_memory(&s->guard);
    c->memory.codes = &s->codes;
    if (s->epoch != smp_codes_epoch()) {
        memset(&s->codes, 0, sizeof s->codes);
        s->epoch = smp_codes_epoch();
    }
    return 0;
}

void smp_capture_end(struct smp_capture *c)
{
    if (c->scratch >= 0)
        atomic_fetch_and(&scratches_taken, ~(1u << c->scratch));
    c->scratch = -1;
}

void smp_capture_after_fork(void)
{
    /* A walk of another thread's may have been cut off. */
    for (uint32_t i = 0; i < SCRATCHES; i++)
        if (atomic_load(&scratches_taken) & 1u << i)
            memset(&scratches[i].codes, 0, sizeof scratches[i].codes);
    atomic_store(&scratches_taken, 0);
}

uint64_t smp_capture_state(struct smp_capture *c, int32_t tid)
{
    const struct smp_api *api = &smp_recorder.api;
    const struct smp_layout *l = &smp_recorder.layout;
    /* While the interpreter is taken down, other threads' states are freed
     * under them. */
    if (tid != smp_recorder.pid && smp_recorder.api.is_finalizing &&
        smp_recorder.api.is_finalizing())
        return 0;
    uint64_t state = (uint64_t)(uintptr_t)api->gilstate_this();
    if (api->state_unchecked) {
        /* 3.11 keeps the first interpreter's state there for ever; the one
         * that holds the GIL may be this thread's in another interpreter. */
        uint64_t running = (uint64_t)(uintptr_t)api->state_unchecked();
        if (running != state &&
            smp_walk_owns(l, &c->memory, running, (uint64_t)tid))
            state = running;
    }
    if (!smp_walk_owns(l, &c->memory, state, (uint64_t)tid))
        return 0;
    c->flags |= SMP_SAMPLE_PYTHON;
    return state;
}

/* The regions that the frame has entered stand outside of it. */
static int add_regions(struct smp_capture *c,
                       const struct smp_walk_frame *frame)
{
    uint32_t regions[SMP_REGION_WAYS];
    uint32_t n =
        smp_regions_of_frame(smp_ring_regions(smp_recorder.ring),
                             frame->address, frame->code.address, regions);
    for (uint32_t i = 0; i < n && c->frame_count < SMP_RECORD_DEPTH; i++)
        c->frames[c->frame_count++] =
            (struct smp_record_frame){SMP_RECORD_REGION, (int32_t)regions[i]};
    return 0;
}

static uint32_t number_of(struct smp_capture *c,
                          const struct smp_walk_frame *frame)
{
    if (frame->word)
        return frame->word - 1;
    uint32_t number =
        smp_codes_number(&c->memory, &frame->code, c->in_handler ? 0 : c->now);
    if (number != UINT32_MAX)
        smp_walk_keep(&c->memory, frame->code.address, number + 1);
    return number;
}

static int add_frame(void *context, const struct smp_walk_frame *frame)
{
    struct smp_capture *c = context;
    if (c->frame_count == SMP_RECORD_DEPTH)
        return 1;
    uint32_t number = number_of(c, frame);
    if (number == UINT32_MAX) {
        c->lost = 1;
        return 1;
    }
    c->frames[c->frame_count++] =
        (struct smp_record_frame){number, frame->offset};
    return add_regions(c, frame);
}

static void note_collection(struct smp_capture *c)
{
    int collecting = 0;
    uint64_t at =
        smp_recorder.interpreter + smp_recorder.layout.interp_gc_collecting;
    if (!c->memory.read(c->memory.context, at, &collecting,
                        sizeof collecting) &&
        collecting == 1)
        c->flags |= SMP_SAMPLE_GC;
}

void smp_capture_frames(struct smp_capture *c, uint64_t state)
{
    int status = smp_walk(&smp_recorder.layout, &c->memory,
                          (uint64_t)(uintptr_t)smp_recorder.api.code_type,
                          state, add_frame, c, &c->walk);
    if (status) {
        c->frame_count = 0;
        c->walk = (struct smp_walk_result){0};
        c->flags |=
            status == SMP_EAGAIN ? SMP_SAMPLE_ENTERING : SMP_SAMPLE_UNREADABLE;
    } else if (c->walk.truncated) {
        c->flags |= SMP_SAMPLE_TRUNCATED;
    }
    note_collection(c);
}

uint32_t smp_capture_span(struct smp_capture *c, uint64_t sp, uint64_t top)
{
    uint64_t span = STACK_NO_ANCHOR, anchor = c->walk.anchor;
    if (!smp_recorder.native_stacks)
        return 0;
    if (anchor > sp && anchor - sp < STACK_SPAN_MAX)
        span = anchor - sp + 64;
    else if (top > sp && top - sp < span)
        span = top - sp;
    if (span > SMP_RECORD_STACK_BYTES)
        span = SMP_RECORD_STACK_BYTES;
    /* Only pages that can be read, and not past them. */
    uint64_t end = (sp + span) & ~(uint64_t)7, page = sp & ~(uint64_t)4095;
    for (page += SMP_OS_PAGE; page < end; page += SMP_OS_PAGE)
        if (!smp_os_is_readable((const void *)(uintptr_t)page))
            end = page;
    return sp % 8 || end <= sp ? 0 : (uint32_t)(end - sp);
}

uint32_t smp_capture_bytes(const struct smp_capture *c, uint32_t stack_bytes)
{
    return c->frame_count * (uint32_t)sizeof *c->frames +
           (stack_bytes ? stack_bytes + SMP_REGISTERS * 8 : 0);
}

void smp_capture_write(const struct smp_capture *c, uint8_t *to,
                       const uint64_t registers[SMP_REGISTERS],
                       uint32_t stack_bytes)
{
    size_t frames = c->frame_count * sizeof *c->frames;
    memcpy(to, c->frames, frames);
    if (!stack_bytes)
        return;
    to += frames;
    memcpy(to, registers, SMP_REGISTERS * 8);
    memcpy(to + SMP_REGISTERS * 8,
           (const void *)(uintptr_t)registers[SMP_REGISTER_STACK], stack_bytes);
}
