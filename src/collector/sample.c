/* CPU samples: stack, kind and weight of each, into the profile. */
#include "base/status.h"
#include "collector/tasks.h"

void smp_charge(struct smp_collector *c, double at_s, struct smp_sample s)
{
    if (smp_profile_add(c->profile, at_s, s) == SMP_EFULL) {
        s.stack = smp_profile_other_stack(c->profile);
        smp_profile_add(c->profile, at_s, s);
    }
}

void smp_charge_cpu(struct smp_collector *c, struct smp_watched *t,
                    uint64_t at_ns, uint64_t ns, uint32_t stack,
                    enum smp_kind kind, int gc, uint32_t count)
{
    struct smp_sample s = {.thread = t->thread,
                           .stack = stack == SMP_NONE ? 0 : stack,
                           .kind = (uint8_t)kind,
                           .gc = (uint8_t)gc,
                           .count = count,
                           .seconds = (double)ns * 1e-9};
    smp_charge(c, smp_collector_time(c, at_ns), s);
    smp_window_cpu(c, c->profile->threads[t->thread].process, s.stack, kind,
                   at_ns, ns);
}

/* The record's payload, checked; 0 where it does not fit the record. */
static int view_of(const struct smp_record_sample *r, struct smp_stack_view *v)
{
    *v = (struct smp_stack_view){.payload = (const uint8_t *)(r + 1),
                                 .frame_count = r->frame_count,
                                 .stack_bytes = r->stack_bytes,
                                 .anchor = r->anchor};
    return smp_stack_view_fits(v, r->head.size - sizeof *r);
}

static uint64_t since(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

/* Charges a sample whose stack is known. */
static void charge(struct smp_collector *c, struct smp_image *i,
                   struct smp_watched *t, const struct smp_record_sample *r,
                   const struct smp_stack_view *view, uint64_t cpu_ns)
{
    if (i->space && !smp_space_covers(i->space, r->pc))
        smp_stack_read_maps(i, r->time_ns);
    const struct smp_native_stack *native =
        i->space && smp_classify_needs_native(i, r)
            ? smp_stack_unwind(c, i, view)
            : NULL;
    int known = t->samples && !t->fresh; /* totals of when it was on */
    struct smp_class class =
        smp_classify(i, r, native, cpu_ns,
                     known ? since(r->system_us, t->system_us) : 0,
                     known ? since(r->faults, t->faults) : 0);
    uint32_t stack = smp_stack_python(c, i, view);
    smp_tasks_charge_cpu(c, i, r, t->thread, stack, cpu_ns);
    if (native && class.kind != SMP_KIND_PYTHON)
        stack = smp_stack_add_native(c, native, stack);
    t->framed |= r->frame_count > 0;
    stack = smp_owned_stack(c, i, t, stack, r->time_ns);
    uint64_t system_ns = (uint64_t)((double)cpu_ns * class.system_part);
    if (system_ns)
        smp_charge_cpu(c, t, r->time_ns, system_ns, stack, SMP_KIND_SYSTEM,
                       class.gc, 0);
    smp_charge_cpu(c, t, r->time_ns, cpu_ns - system_ns, stack, class.kind,
                   class.gc, 1);
    t->last_stack = stack;
    t->last_kind = (uint8_t) class.kind;
    t->last_library =
        class.kind != SMP_KIND_PYTHON && smp_classify_is_library(i, r, native);
}

void smp_sample_charge(struct smp_collector *c, struct smp_image *i,
                       const struct smp_record_sample *r)
{
    struct smp_stack_view view;
    if (!view_of(r, &view)) {
        i->damaged++;
        return;
    }
    struct smp_watched *t = smp_image_thread(c, i, r->tid, r->time_ns);
    if (!t)
        return;
    uint64_t cpu_ns = since(r->cpu_ns, t->cpu_ns);
    /* Where no stack can be told the last one has to do: it is the caller's. */
    if (r->flags & SMP_SAMPLE_ENTERING)
        smp_charge_cpu(c, t, r->time_ns, cpu_ns, t->last_stack,
                       (enum smp_kind)t->last_kind, 0, 1);
    else
        charge(c, i, t, r, &view, cpu_ns);
    if (r->flags & SMP_SAMPLE_PYTHON)
        c->profile->threads[t->thread].python = 1;
    if (r->cpu_ns > t->cpu_ns)
        t->cpu_ns = r->cpu_ns;
    t->system_us = r->system_us;
    t->faults = r->faults;
    t->fresh = 0;
    t->sampled_ns = r->time_ns;
    t->samples++;
}
