/* links: src/collector/classify.c src/collector/opcode.c */
/* The rules that tell Python, native and system time apart, and the part of it
 * that went into page faults. */
#include <string.h>

#include "check.h"
#include "collector/state.h"
#include "no_native.h"

#define V312 0x030c01f0u
#define ADD 122        /* BINARY_OP of 3.12 */
#define CALL 171       /* CALL of 3.12 */
#define CALL_PYTHON 23 /* CALL_PY_EXACT_ARGS of 3.12 */

struct is {
    int flags;
    uint32_t frames;
    uint64_t anchor;
    enum smp_object object;
    uint16_t opcode;
    int native;         /* frames of the native stack; -1: none unwound */
    const char *helper; /* name of the one next to the eval function */
    int complete;
};

static struct smp_image image;
static struct smp_space space;
static struct smp_record_sample record;
static struct smp_native_stack native;

static const struct smp_native_stack *set_up(struct is is)
{
    image = (struct smp_image){.space = &space};
    image.hello.python_version = V312;
    space.object = is.object;
    record = (struct smp_record_sample){.flags = (uint16_t)is.flags,
                                        .frame_count = is.frames,
                                        .anchor = is.anchor,
                                        .opcode = is.opcode};
    memset(&native, 0, sizeof native);
    if (is.native < 0)
        return NULL;
    native.count = (size_t)is.native;
    native.complete = is.complete;
    if (is.native)
        native.frames[is.native - 1].name = is.helper;
    return &native;
}

static enum smp_kind kind(struct is is)
{
    const struct smp_native_stack *n = set_up(is);
    return smp_classify(&image, &record, n, 1000000, 0, 0).kind;
}

static const struct is python = {.frames = 3,
                                 .anchor = 64,
                                 .object = SMP_OBJECT_INTERPRETER,
                                 .opcode = ADD,
                                 .native = -1};

static void test_rule_1_system_calls(void)
{
    struct is is = python;
    is.flags = SMP_SAMPLE_SYSCALL;
    CHECK_INT(kind(is), SMP_KIND_SYSTEM);
    is.object = SMP_OBJECT_OTHER;
    CHECK_INT(kind(is), SMP_KIND_SYSTEM);
    is.frames = 0;
    CHECK_INT(kind(is), SMP_KIND_SYSTEM);
}

static void test_rule_2_other_objects(void)
{
    struct is is = python;
    is.object = SMP_OBJECT_OTHER;
    CHECK_INT(kind(is), SMP_KIND_NATIVE);
}

static void test_rule_2_libc_for_a_library(void)
{
    struct is is = python;
    is.object = SMP_OBJECT_LIBC;
    is.native = 2;
    is.complete = 1;
    CHECK_INT(kind(is), SMP_KIND_PYTHON);
    CHECK(smp_classify_needs_native(&image, &record));
    const struct smp_native_stack *n = set_up(is);
    native.frames[1].address = ADDRESS_OF_LIBRARY;
    CHECK_INT(smp_classify(&image, &record, n, 1000000, 0, 0).kind,
              SMP_KIND_NATIVE);
}

static void test_rule_3_no_python(void)
{
    struct is is = python;
    is.frames = 0;
    CHECK_INT(kind(is), SMP_KIND_NATIVE);
    is = python;
    is.anchor = 0;
    CHECK_INT(kind(is), SMP_KIND_NATIVE);
}

static void test_rule_4_no_call(void)
{
    struct is is = python;
    CHECK_INT(kind(is), SMP_KIND_PYTHON);
    is.object = SMP_OBJECT_LIBC;
    CHECK_INT(kind(is), SMP_KIND_PYTHON);
    is = python;
    is.opcode = CALL_PYTHON;
    CHECK_INT(kind(is), SMP_KIND_PYTHON);
}

static void test_code_in_no_object(void)
{
    struct is is = python;
    is.object = SMP_OBJECT_NONE; /* a JIT: a library's */
    CHECK_INT(kind(is), SMP_KIND_NATIVE);
    CHECK(smp_classify_needs_native(&image, &record));
    CHECK(smp_classify_is_library(&image, &record, NULL));
    set_up(is);
    image.hello.python_version = 0x030d00f0u; /* may be CPython's own */
    CHECK_INT(smp_classify(&image, &record, NULL, 1000000, 0, 0).kind,
              SMP_KIND_PYTHON);
    record.opcode = 53; /* CALL of 3.13 */
    CHECK_INT(smp_classify(&image, &record, NULL, 1000000, 0, 0).kind,
              SMP_KIND_NATIVE);
}

static void test_rule_5_calls(void)
{
    struct is is = python;
    is.opcode = CALL;
    CHECK_INT(kind(is), SMP_KIND_NATIVE); /* nothing was unwound */
    is.native = 0;
    is.complete = 1;
    CHECK_INT(kind(is), SMP_KIND_PYTHON); /* the eval function itself */
    is.native = 2;
    is.helper = "list_sort_impl";
    CHECK_INT(kind(is), SMP_KIND_NATIVE);
    is.helper = "_PyEvalFramePushAndInit";
    CHECK_INT(kind(is), SMP_KIND_PYTHON);
    is.helper = "_PyEvalFrameClearAndPop.isra.0";
    CHECK_INT(kind(is), SMP_KIND_PYTHON);
    is.helper = NULL;
    CHECK_INT(kind(is), SMP_KIND_NATIVE);
    is.native = 0;
    is.complete = 0; /* cut: what lay next to eval is not known */
    CHECK_INT(kind(is), SMP_KIND_NATIVE);
}

static void test_no_space(void)
{
    set_up(python);
    image.space = NULL; /* native stacks were not asked for */
    CHECK_INT(smp_classify(&image, &record, NULL, 1, 0, 0).kind,
              SMP_KIND_PYTHON);
    record.opcode = CALL;
    CHECK_INT(smp_classify(&image, &record, NULL, 1, 0, 0).kind,
              SMP_KIND_NATIVE);
}

/* A stack is unwound only where it is asked for or decides. */
static void test_needs_native(void)
{
    struct is is = python;
    set_up(is);
    CHECK(!smp_classify_needs_native(&image, &record));
    is.opcode = CALL_PYTHON;
    set_up(is);
    CHECK(!smp_classify_needs_native(&image, &record));
    is.opcode = CALL;
    set_up(is);
    CHECK(smp_classify_needs_native(&image, &record));
    is = python;
    is.object = SMP_OBJECT_OTHER;
    set_up(is);
    CHECK(smp_classify_needs_native(&image, &record));
    is = python;
    is.flags = SMP_SAMPLE_SYSCALL;
    set_up(is);
    CHECK(smp_classify_needs_native(&image, &record));
}

static void test_gc(void)
{
    struct is is = python;
    is.flags = SMP_SAMPLE_GC;
    set_up(is);
    CHECK_INT(smp_classify(&image, &record, NULL, 1, 0, 0).gc, 1);
    /* Another thread's collection: this one runs without the GIL. */
    is.object = SMP_OBJECT_OTHER;
    set_up(is);
    CHECK_INT(smp_classify(&image, &record, NULL, 1, 0, 0).gc, 0);
}

/* ---- page faults: kernel time that no PC shows */

static double part(uint64_t cpu_ms, uint64_t system_ms, uint64_t faults)
{
    return smp_classify(&image, &record, NULL, cpu_ms * 1000000,
                        system_ms * 1000, faults)
        .system_part;
}

static void test_fault_part(void)
{
    set_up(python);
    CHECK_NEAR(part(10, 0, 0), 0, 0);
    /* 4 ms in the kernel for 1,000 faults: 4 us each. */
    CHECK_NEAR(part(10, 4, 1000), 0.4, 1e-9);
    /* The kernel's clock ticks: nothing now, but the faults are as dear. */
    CHECK_NEAR(part(10, 0, 0), 0, 1e-9);
    CHECK_NEAR(part(10, 4, 1000), 0.4, 1e-9);
    CHECK_NEAR(part(1, 0, 1000), 1, 1e-9); /* never more than all of it */
    /* What was more is the next ones'. */
    CHECK_NEAR(part(1, 0, 0), 1, 1e-9);
    CHECK_NEAR(part(10, 0, 0), (8.0 / 3 - 2) / 10, 1e-9);
    CHECK_NEAR(part(10, 0, 0), 0, 1e-9);
}

static void test_faults_before_a_system_call(void)
{
    struct is is = python;
    set_up(is);
    CHECK_NEAR(part(4, 4, 1000), 1, 1e-9);
    record.flags = SMP_SAMPLE_SYSCALL; /* stands for the kernel as a whole */
    CHECK_NEAR(part(4, 4, 1000), 0, 0);
    record.flags = 0;
    CHECK_NEAR(part(4, 4, 1000), 1, 1e-9);
}

static void test_system_calls_are_no_faults(void)
{
    struct is is = python;
    is.flags = SMP_SAMPLE_SYSCALL;
    set_up(is);
    CHECK_NEAR(part(10, 10, 5), 0, 0); /* all of it is system already */
    record.flags = 0;
    CHECK_NEAR(part(10, 0, 5), 0, 1e-9); /* explained by the calls */
}

int main(void)
{
    RUN(test_rule_1_system_calls);
    RUN(test_rule_2_other_objects);
    RUN(test_rule_2_libc_for_a_library);
    RUN(test_rule_3_no_python);
    RUN(test_rule_4_no_call);
    RUN(test_code_in_no_object);
    RUN(test_rule_5_calls);
    RUN(test_no_space);
    RUN(test_needs_native);
    RUN(test_gc);
    RUN(test_fault_part);
    RUN(test_faults_before_a_system_call);
    RUN(test_system_calls_are_no_faults);
    return check_summary();
}
