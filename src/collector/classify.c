/* Classes: whether CPU time was Python, native or the kernel's.
 *
 * The rules, in order (docs/how-it-measures.md says why):
 *   1 the PC is just behind a system call: system
 *   2 the PC is in an object that is neither the interpreter nor libc, or in libc
 *     on behalf of such a one; or in no object but code that a library made (a
 *     JIT): native
 *   3 the interpreter runs no Python code on this thread: native
 *   4 the instruction is no call: Python (the interpreter does the work itself)
 *   5 the instruction is a call: Python where the eval function itself runs, or
 *     one that readies or clears a Python frame; else native (a builtin) */
#include <math.h>
#include <string.h>

#include "collector/state.h"

#define FAULTS_OWED_S 0.02 /* at most: a few samples on, other code runs */

/* What the interpreter calls to begin or end a Python frame. */
static const char *const frame_helpers[] = {
    "_PyEvalFramePushAndInit", "_PyEvalFrameClearAndPop",
    "_PyEval_Vector",          "_PyFrame_",
    "_PyFunction_Vectorcall",  "_PyThreadState_PushFrame",
    "_PyThreadState_PopFrame", "initialize_locals",
    "clear_thread_frame",      "clear_gen_frame",
    "_Py_Specialize_",         "_PyObject_GC_",
    "_PyObject_FastCall",
};

static enum smp_object object_of(struct smp_image *i,
                                 const struct smp_record_sample *r)
{
    return i->space ? smp_space_object(i->space, r->pc, i->hello.eval)
                    : SMP_OBJECT_INTERPRETER;
}

static int calls_native(const struct smp_image *i,
                        const struct smp_record_sample *r)
{
    uint32_t version = i->hello.python_version;
    return smp_opcode_calls(version, r->opcode) &&
           !smp_opcode_calls_python(version, r->opcode);
}

int smp_classify_needs_native(struct smp_image *i,
                              const struct smp_record_sample *r)
{
    enum smp_object object = object_of(i, r);
    return (r->flags & SMP_SAMPLE_SYSCALL) || !r->frame_count || !r->anchor ||
           calls_native(i, r) || object != SMP_OBJECT_INTERPRETER;
}

/* 1 where a library of neither the interpreter nor libc is on the way: an operator
 * of numpy's, say, that waits in libc for its threads. */
static int is_through_library(struct smp_image *i,
                              const struct smp_native_stack *native)
{
    for (size_t n = 0; i->space && n < native->count; n++)
        if (smp_space_object(i->space, native->frames[n].address,
                             i->hello.eval) == SMP_OBJECT_OTHER)
            return 1;
    return 0;
}

int smp_classify_is_library(struct smp_image *i,
                            const struct smp_record_sample *r,
                            const struct smp_native_stack *native)
{
    enum smp_object object = object_of(i, r);
    return object == SMP_OBJECT_OTHER || object == SMP_OBJECT_NONE ||
           (native && is_through_library(i, native));
}

/* 1 where the frame next to the eval function only readies a Python frame. */
static int is_frame_work(const struct smp_native_stack *native)
{
    const char *name = native->frames[native->count - 1].name;
    for (unsigned n = 0;
         name && n < sizeof frame_helpers / sizeof *frame_helpers; n++)
        if (!strncmp(name, frame_helpers[n], strlen(frame_helpers[n])))
            return 1;
    return 0;
}

#define OWN_JIT 0x030du /* CPython may make code itself from 3.13 on */

/* 1 where code in no object is a library's (numba's): what was called, or whatever
 * it is where the interpreter has none. */
static int is_jit_of_library(struct smp_image *i,
                             const struct smp_record_sample *r,
                             const struct smp_native_stack *native)
{
    return calls_native(i, r) || i->hello.python_version >> 16 < OWN_JIT ||
           (native && is_through_library(i, native));
}

static enum smp_kind kind_of(struct smp_image *i,
                             const struct smp_record_sample *r,
                             enum smp_object object,
                             const struct smp_native_stack *native)
{
    if (r->flags & SMP_SAMPLE_SYSCALL)
        return SMP_KIND_SYSTEM;
    if (object == SMP_OBJECT_OTHER || !r->frame_count || !r->anchor)
        return SMP_KIND_NATIVE;
    if (object == SMP_OBJECT_LIBC && native && is_through_library(i, native))
        return SMP_KIND_NATIVE;
    if (object == SMP_OBJECT_NONE)
        return is_jit_of_library(i, r, native) ? SMP_KIND_NATIVE
                                               : SMP_KIND_PYTHON;
    if (!calls_native(i, r))
        return SMP_KIND_PYTHON;
    if (native && native->complete &&
        (native->count == 0 || is_frame_work(native)))
        return SMP_KIND_PYTHON;
    return SMP_KIND_NATIVE;
}

/* The part of this much CPU time that went into page faults. A sample behind a
 * system call stands for the kernel as a whole, so the faults before it do not
 * count: the others stand for them. What faults took in one interval may come out
 * longer than the interval, as their number is not even: the next one has it. */
static double fault_part(struct smp_fault_cost *f, enum smp_kind kind,
                         double cpu_s, double system_s, double faults)
{
    f->usage_s += system_s;
    if (kind == SMP_KIND_SYSTEM) {
        f->syscall_s += cpu_s;
        return 0;
    }
    f->count += faults;
    double unseen = f->usage_s - f->syscall_s;
    if (unseen <= 0 || f->count <= 0 || cpu_s <= 0)
        return 0;
    double took = unseen / f->count * faults + f->owed_s;
    double charged = took < cpu_s ? took : cpu_s;
    f->owed_s = fmin(took - charged, FAULTS_OWED_S);
    return charged / cpu_s;
}

struct smp_class smp_classify(struct smp_image *i,
                              const struct smp_record_sample *r,
                              const struct smp_native_stack *native,
                              uint64_t cpu_ns, uint64_t system_us,
                              uint64_t faults)
{
    enum smp_object object = object_of(i, r);
    struct smp_class class = {.kind = kind_of(i, r, object, native)};
    class.gc = (r->flags & SMP_SAMPLE_GC) && object != SMP_OBJECT_OTHER;
    class.system_part =
        fault_part(&i->faults, class.kind, (double)cpu_ns * 1e-9,
                   (double)system_us * 1e-6, (double)faults);
    return class;
}
