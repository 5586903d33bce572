/* CPU samples: stack, kind and weight of each, into the profile. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "collector/state.h"

#define MAPS_AGAIN_NS 50000000u /* between two readings of a process's maps */

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
    smp_profile_add(c->profile, smp_collector_time(c, at_ns), s);
}

/* The Python frames as a stack, outermost first. */
static uint32_t python_stack(struct smp_collector *c, struct smp_image *i,
                             const struct smp_record_sample *r)
{
    const struct smp_record_frame *frames = (const void *)(r + 1);
    uint32_t stack = 0;
    for (uint32_t n = r->frame_count; n-- > 0;) {
        uint32_t def = smp_code_definition(i, frames[n].code);
        if (def == SMP_NONE) {
            c->profile->ledger.records_damaged++;
            continue;
        }
        stack = smp_profile_stack(c->profile, stack,
                                  smp_resolver_frame(&c->resolver, def,
                                                     frames[n].offset));
    }
    return stack;
}

static uint32_t native_frame(struct smp_collector *c,
                             const struct smp_native_frame *f)
{
    struct smp_profile *p = c->profile;
    const char *object = f->object[0] ? f->object : "[unknown]";
    const char *slash = strrchr(object, '/');
    uint32_t file =
        smp_profile_file(p, smp_profile_string(p, object), SMP_FILE_NATIVE);
    char name[128];
    if (!f->name && !f->object[0]) {
        strcpy(name, object);
        p->ledger.native_unnamed++;
    } else if (!f->name) {
        snprintf(name, sizeof name, "[%.80s+0x%llx]",
                 slash ? slash + 1 : object,
                 (unsigned long long)(f->function ? f->function : f->offset));
        p->ledger.native_unnamed++;
        if (file != SMP_NONE)
            p->files[file].stripped = 1;
    }
    uint32_t function = smp_profile_function(
        p,
        (struct smp_function){smp_profile_string(p, f->name ? f->name : name),
                              file, 0});
    return smp_profile_frame(p, (struct smp_frame){.function = function});
}

static void read_maps(struct smp_image *i, uint64_t now)
{
    if (now - i->maps_read_ns < MAPS_AGAIN_NS)
        return;
    i->maps_read_ns = now;
    smp_space_read(i->space, i->pid);
}

/* The sample's native stack; NULL where the record has none. */
static const struct smp_native_stack *unwind(struct smp_collector *c,
                                             struct smp_image *i,
                                             const struct smp_record_sample *r)
{
    static struct smp_native_stack
        native; /* large; the collector has one thread */
    if (!i->space || !r->stack_bytes || !smp_classify_needs_native(i, r))
        return NULL;
    const uint8_t *at = (const uint8_t *)(r + 1) +
                        r->frame_count * sizeof(struct smp_record_frame);
    struct smp_native_input in = {.stack = at + sizeof in.registers,
                                  .stack_size = r->stack_bytes,
                                  .anchor = r->anchor};
    memcpy(in.registers, at, sizeof in.registers);
    smp_native_unwind(i->space, &in, &native);
    if (native.complete)
        c->profile->ledger.native_unwound++;
    else
        c->profile->ledger.native_cut++;
    return &native;
}

/* Puts the native frames on top of the Python stack. */
static uint32_t add_native(struct smp_collector *c,
                           const struct smp_native_stack *native,
                           uint32_t stack)
{
    for (size_t n = native->count; n-- > 0;)
        stack = smp_profile_stack(c->profile, stack,
                                  native_frame(c, &native->frames[n]));
    return stack;
}

/* Sizes in the record against its length. */
static int is_whole(const struct smp_record_sample *r)
{
    uint64_t need =
        sizeof *r + r->frame_count * sizeof(struct smp_record_frame) +
        (r->stack_bytes ? (uint64_t)r->stack_bytes + 8 * SMP_REGISTER_COUNT
                        : 0);
    return r->head.size >= sizeof *r && r->frame_count <= SMP_RECORD_DEPTH &&
           r->stack_bytes <= SMP_RECORD_STACK_BYTES && need <= r->head.size;
}

static uint64_t since(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

/* Charges a sample whose stack is known. */
static void charge(struct smp_collector *c, struct smp_image *i,
                   struct smp_watched *t, const struct smp_record_sample *r,
                   uint64_t cpu_ns)
{
    if (i->space && !smp_space_covers(i->space, r->pc))
        read_maps(i, r->time_ns);
    const struct smp_native_stack *native = unwind(c, i, r);
    struct smp_class class =
        smp_classify(i, r, native, cpu_ns,
                     t->samples ? since(r->system_us, t->system_us) : 0,
                     t->samples ? since(r->faults, t->faults) : 0);
    uint32_t stack = python_stack(c, i, r);
    if (native && class.kind != SMP_KIND_PYTHON)
        stack = add_native(c, native, stack);
    uint64_t system_ns = (uint64_t)((double)cpu_ns * class.system_part);
    if (system_ns)
        smp_charge_cpu(c, t, r->time_ns, system_ns, stack, SMP_KIND_SYSTEM,
                       class.gc, 0);
    smp_charge_cpu(c, t, r->time_ns, cpu_ns - system_ns, stack, class.kind,
                   class.gc, 1);
    t->last_stack = stack;
    t->last_kind = (uint8_t) class.kind;
}

void smp_sample_charge(struct smp_collector *c, struct smp_image *i,
                       const struct smp_record_sample *r)
{
    if (!is_whole(r)) {
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
        charge(c, i, t, r, cpu_ns);
    if (r->flags & SMP_SAMPLE_PYTHON)
        c->profile->threads[t->thread].python = 1;
    if (r->cpu_ns > t->cpu_ns)
        t->cpu_ns = r->cpu_ns;
    t->system_us = r->system_us;
    t->faults = r->faults;
    t->sampled_ns = r->time_ns;
    t->samples++;
}
