/* Classes: whether CPU time was Python, native or the kernel's.
 *
 * The rules, in order (docs/how-it-measures.md says why):
 *   1 the PC is just behind a system call: system
 *   2 the PC is in an object that is neither the interpreter nor libc: native
 *   3 the interpreter runs no Python code on this thread: native
 *   4 the instruction is no call: Python (the interpreter does the work itself)
 *   5 the instruction is a call, and the eval function itself runs, or the
 *     callee is a Python function: Python; else native (a builtin) */
#include "collector/state.h"

/* Arguments that the eval function pushes move its stack pointer a little. */
#define PUSHED_MAX 48u

static void learn_depth(struct smp_depths *d, uint64_t depth)
{
    int empty = -1;
    for (int n = 0; n < SMP_DEPTHS; n++) {
        if (d->count[n] && d->depth[n] == depth) {
            d->count[n]++;
            return;
        }
        if (!d->count[n])
            empty = n;
    }
    if (empty >= 0) {
        d->depth[empty] = depth;
        d->count[empty] = 1;
        return;
    }
    for (int n = 0; n < SMP_DEPTHS; n++)
        d->count[n]--;
}

static int is_eval_itself(const struct smp_depths *d, uint64_t depth)
{
    int most = 0;
    for (int n = 1; n < SMP_DEPTHS; n++)
        if (d->count[n] > d->count[most])
            most = n;
    return d->count[most] && depth >= d->depth[most] &&
           depth - d->depth[most] <= PUSHED_MAX;
}

static enum smp_kind kind_of_pc(struct smp_image *i,
                                const struct smp_record_sample *r,
                                enum smp_object object)
{
    uint32_t version = i->hello.python_version;
    uint64_t depth = r->anchor > r->sp ? r->anchor - r->sp : 0;
    int calls = smp_opcode_calls(version, r->opcode);
    if (r->flags & SMP_SAMPLE_SYSCALL)
        return SMP_KIND_SYSTEM;
    if (object == SMP_OBJECT_OTHER || !r->frame_count || !r->anchor)
        return SMP_KIND_NATIVE;
    if (object == SMP_OBJECT_NONE)
        return SMP_KIND_PYTHON;
    if (object == SMP_OBJECT_INTERPRETER && !calls)
        learn_depth(&i->depths, depth);
    if (!calls || smp_opcode_calls_python(version, r->opcode))
        return SMP_KIND_PYTHON;
    return object == SMP_OBJECT_INTERPRETER && is_eval_itself(&i->depths, depth)
               ? SMP_KIND_PYTHON
               : SMP_KIND_NATIVE;
}

/* The part of this much CPU time that went into page faults. */
static double fault_part(struct smp_fault_cost *f, enum smp_kind kind,
                         double cpu_s, double system_s, double faults)
{
    f->usage_s += system_s;
    f->count += faults;
    if (kind == SMP_KIND_SYSTEM) {
        f->syscall_s += cpu_s;
        return 0;
    }
    double unseen = f->usage_s - f->syscall_s;
    if (unseen <= 0 || f->count <= 0 || cpu_s <= 0)
        return 0;
    double part = unseen / f->count * faults / cpu_s;
    return part < 1.0 ? part : 1.0;
}

struct smp_class smp_classify(struct smp_image *i,
                              const struct smp_record_sample *r,
                              uint64_t cpu_ns, uint64_t system_us,
                              uint64_t faults)
{
    enum smp_object object =
        i->space ? smp_space_object(i->space, r->pc, i->hello.eval)
                 : SMP_OBJECT_INTERPRETER;
    struct smp_class class = {.kind = kind_of_pc(i, r, object)};
    class.gc = (r->flags & SMP_SAMPLE_GC) && object != SMP_OBJECT_OTHER;
    class.system_part =
        fault_part(&i->faults, class.kind, (double)cpu_ns * 1e-9,
                   (double)system_us * 1e-6, (double)faults);
    return class;
}
