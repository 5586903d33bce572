/* links: src/collector/native_unwind.c src/collector/native_maps.c
   src/collector/native_space.c src/collector/native_modules.c
   src/collector/native_image.c src/collector/native_guard.c
   src/collector/native_cfi.c src/collector/native_expression.c
   src/collector/native_expression_decode.c src/collector/native_frames.c
   src/collector/native_rule.c src/collector/native_symbols.c
   src/collector/native_debug.c src/collector/native_demangle.c
   src/collector/native_functions.c src/collector/native_code.c src/base/buf.c
   src/base/map.c src/base/status.c -ldw -lelf -llzma -liberty -lpthread */
/* Unwinding this program's own stack, taken in a signal handler as the
 * recorder takes it: known functions come out, in their order. */
#define _GNU_SOURCE
#include "check.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <ucontext.h>
#include <unistd.h>

#include "collector/native.h"

#define COPY 65536

static struct smp_modules *modules;
static struct smp_space *space;
static struct smp_native_stack stack;

/* What the handler took. */
static uint8_t copy[COPY];
static struct smp_native_input taken;
static uintptr_t stack_top; /* nothing above this is copied */

#define INNER __attribute__((noinline, noclone))
#if defined(__GNUC__) && !defined(__clang__)
#define NO_FRAME_POINTER                                                       \
    INNER __attribute__((                                                      \
        optimize("O2", "omit-frame-pointer", "no-optimize-sibling-calls")))
#else
#define NO_FRAME_POINTER INNER
#endif

/* Whole frames, also what a sanitizer puts between variables. */
__attribute__((no_sanitize("address"))) static void
copy_stack(const volatile uint8_t *from, size_t size)
{
    for (size_t k = 0; k < size; k++)
        ((volatile uint8_t *)copy)[k] = from[k];
}

static void take(const greg_t *g)
{
    static const int order[SMP_REGISTER_COUNT] = {REG_RAX, REG_RDX, REG_RCX,
                                                  REG_RBX, REG_RSI, REG_RDI,
                                                  REG_RBP, REG_RSP, REG_R8,
                                                  REG_R9,  REG_R10, REG_R11,
                                                  REG_R12, REG_R13, REG_R14,
                                                  REG_R15, REG_RIP};
    for (int k = 0; k < SMP_REGISTER_COUNT; k++)
        taken.registers[k] = (uint64_t)g[order[k]];
    uintptr_t sp = (uintptr_t)g[REG_RSP];
    taken.stack = copy;
    taken.stack_size = stack_top - sp < COPY ? stack_top - sp : COPY;
    taken.anchor = 0;
    copy_stack((const volatile uint8_t *)sp, taken.stack_size);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    take(((ucontext_t *)context)->uc_mcontext.gregs);
}

static void install(int number, void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(number, &a, NULL);
}

/* The innermost frame of that name; -1: none. */
static int frame_of(const char *name)
{
    for (size_t k = 0; k < stack.count; k++)
        if (stack.frames[k].name && !strcmp(stack.frames[k].name, name))
            return (int)k;
    return -1;
}

static volatile unsigned sink;
static volatile uint64_t anchor_address;

static volatile uint64_t leaf_room, middle_room;

NO_FRAME_POINTER static void leaf_function(int depth)
{
    volatile char room[100];
    leaf_room = (uint64_t)(uintptr_t)room;
    room[depth] = (char)depth;
    raise(SIGUSR1);
    sink += (unsigned)room[depth];
}

NO_FRAME_POINTER static void middle_function(int depth)
{
    volatile char room[333];
    middle_room = (uint64_t)(uintptr_t)room;
    room[7] = 1;
    leaf_function(depth + room[7]);
    sink++;
}

NO_FRAME_POINTER static int compare_function(const void *a, const void *b)
{
    if (!sink)
        middle_function(3);
    sink++;
    return *(const int *)a - *(const int *)b;
}

/* Stands for the interpreter's eval function. */
INNER static void anchor_function(void)
{
    int numbers[8] = {5, 3, 4, 1, 2, 8, 7, 6};
    volatile int local = 1;
    anchor_address = (uint64_t)(uintptr_t)&local;
    sink = 0;
    qsort(numbers, 8, sizeof *numbers, compare_function);
    sink += (unsigned)local;
}

INNER static void outer_function(void)
{
    anchor_function();
    sink++;
}

static void test_known_functions_in_order(void)
{
    outer_function();
    taken.anchor = anchor_address;
    smp_native_unwind(space, &taken, &stack);
    CHECK_INT(stack.complete, 1);
    int leaf = frame_of("leaf_function");
    CHECK(leaf > 0); /* raise() and what it calls come before it */
    CHECK_INT(frame_of("middle_function"), leaf + 1);
    CHECK_INT(frame_of("compare_function"), leaf + 2);
    /* Between: qsort, which is not of this program; named or not. */
    CHECK(stack.count > (size_t)leaf + 3);
    CHECK(smp_space_object(space, stack.frames[leaf + 3].address,
                           (uint64_t)(uintptr_t)leaf_function) !=
          SMP_OBJECT_INTERPRETER);
    CHECK_INT(frame_of("anchor_function"), -1);
    CHECK_INT(frame_of("outer_function"), -1);
}

static void test_frames_carry_object_and_addresses(void)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    outer_function();
    taken.anchor = anchor_address;
    smp_native_unwind(space, &taken, &stack);
    int leaf = frame_of("leaf_function");
    if (!CHECK(leaf >= 0))
        return;
    const struct smp_native_frame *f = &stack.frames[leaf];
    CHECK_STR(f->object, self);
    uint64_t start = (uint64_t)(uintptr_t)leaf_function;
    CHECK(f->address > start && f->address < start + 4096);
    CHECK_INT(f->offset - f->function, f->address - start);
}

static void test_the_anchors_own_frame_is_left_out(void)
{
    outer_function();
    uint64_t sp = taken.registers[SMP_REGISTER_SP];
    taken.anchor = sp + 8; /* in the frame that was interrupted, or below */
    smp_native_unwind(space, &taken, &stack);
    CHECK_INT(stack.complete, 1);
    CHECK(stack.count <= 1);
    taken.anchor = sp - 4096; /* gone already */
    smp_native_unwind(space, &taken, &stack);
    CHECK_INT(stack.complete, 0);
    CHECK_INT(stack.count, 0);
}

static void test_which_frame_an_anchor_lies_in(void)
{
    outer_function();
    taken.anchor = leaf_room;
    smp_native_unwind(space, &taken, &stack);
    CHECK_INT(stack.complete, 1);
    CHECK_INT(frame_of("leaf_function"), -1);
    taken.anchor = middle_room; /* just above the leaf's frame */
    smp_native_unwind(space, &taken, &stack);
    CHECK_INT(stack.complete, 1);
    CHECK_INT(frame_of("leaf_function"), (int)stack.count - 1);
}

/* --- a return address behind the end of its function --- */

static jmp_buf back;

INNER __attribute__((noreturn)) static void never_returns(void)
{
    raise(SIGUSR1);
    longjmp(back, 1);
}

NO_FRAME_POINTER static void ends_in_a_call(void)
{
    volatile char room[77];
    room[sink % 7] = 1;
    sink += (unsigned)room[3];
    never_returns();
}

INNER static void calls_what_never_returns(void)
{
    volatile int local = 1;
    anchor_address = (uint64_t)(uintptr_t)&local;
    if (!setjmp(back))
        ends_in_a_call();
    sink += (unsigned)local;
}

static void test_calls_at_the_end_of_a_function(void)
{
    calls_what_never_returns();
    taken.anchor = anchor_address;
    smp_native_unwind(space, &taken, &stack);
    CHECK_INT(stack.complete, 1);
    CHECK_INT(frame_of("ends_in_a_call"), frame_of("never_returns") + 1);
    CHECK_INT(frame_of("ends_in_a_call"), (int)stack.count - 1);
}

static void test_short_copies_end_the_stack(void)
{
    outer_function();
    taken.anchor = anchor_address;
    size_t whole = taken.stack_size;
    smp_native_unwind(space, &taken, &stack);
    size_t frames = stack.count;
    for (size_t size = 0; size < whole && size < 4096; size += 8) {
        taken.stack_size = size;
        smp_native_unwind(space, &taken, &stack);
        CHECK(stack.count >= 1 && stack.count <= frames);
        /* The last frames need no more than their CFA. */
        CHECK(!stack.complete || stack.count == frames);
    }
}

/* --- through a signal handler of the program --- */

INNER static void handler_body(void)
{
    raise(SIGUSR1);
    sink++;
}

static uint64_t interrupted_at;

static void on_program_signal(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    interrupted_at =
        (uint64_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
    handler_body();
    sink++; /* so that the call above is no jump */
}

static void test_through_a_signal_frame(void)
{
    install(SIGUSR2, on_program_signal);
    install(SIGUSR1, on_signal);
    volatile int local = 1;
    raise(SIGUSR2);
    taken.anchor = (uint64_t)(uintptr_t)&local;
    smp_native_unwind(space, &taken, &stack);
    int body = frame_of("handler_body");
    CHECK(body > 0);
    CHECK_INT(frame_of("on_program_signal"), body + 1);
    CHECK_INT(stack.complete, 1);
    /* Then the kernel's frame; then, exactly, where it interrupted. */
    if (CHECK(stack.count > (size_t)body + 3))
        CHECK(stack.frames[body + 3].address == interrupted_at);
}

/* --- a whole thread --- */

INNER static void *thread_function(void *unused)
{
    volatile int here = 0;
    pthread_attr_t attr;
    void *start;
    size_t size;
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &start, &size);
    pthread_attr_destroy(&attr);
    uintptr_t kept = stack_top;
    stack_top = (uintptr_t)start + size;
    middle_function(1 + here);
    stack_top = kept;
    return unused;
}

static void test_without_anchor_to_the_first_frame(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, thread_function, NULL);
    pthread_join(thread, NULL);
    smp_native_unwind(space, &taken, &stack);
    int leaf = frame_of("leaf_function");
    CHECK(leaf >= 0);
    CHECK_INT(frame_of("thread_function"), leaf + 2);
    CHECK_INT(stack.complete, 1);
}

NO_FRAME_POINTER static unsigned deep_function(unsigned depth)
{
    if (depth == 0)
        raise(SIGUSR1);
    else
        sink += deep_function(depth - 1);
    return depth + sink;
}

static void test_depth_is_bounded(void)
{
    deep_function(3 * SMP_NATIVE_DEPTH);
    smp_native_unwind(space, &taken, &stack);
    CHECK_INT(stack.count, SMP_NATIVE_DEPTH);
    CHECK_INT(stack.complete, 0);
    CHECK_STR(stack.frames[SMP_NATIVE_DEPTH - 1].name, "deep_function");
}

/* --- code without rules --- */

static uint64_t fake_stack[64];

/* Registers of code in no file, with a frame pointer at fake_stack[4]. */
static void fake(uint64_t return_address)
{
    taken = (struct smp_native_input){.stack = (uint8_t *)fake_stack,
                                      .stack_size = sizeof fake_stack};
    uint64_t base = 0x7000000000;
    memset(fake_stack, 0, sizeof fake_stack);
    taken.registers[SMP_REGISTER_SP] = base;
    taken.registers[SMP_REGISTER_PC] = 0x1234;
    taken.registers[6] = base + 4 * 8;
    fake_stack[4] = base + 40 * 8;
    fake_stack[5] = return_address;
}

static void test_frame_pointer_where_there_is_no_rule(void)
{
    fake((uint64_t)(uintptr_t)leaf_function + 8);
    smp_native_unwind(space, &taken, &stack);
    CHECK(stack.count >= 2);
    CHECK_STR(stack.frames[0].object, "");
    CHECK_STR(stack.frames[0].name, NULL);
    CHECK_STR(stack.frames[1].name, "leaf_function");
    fake(0x5678); /* returns to no code */
    smp_native_unwind(space, &taken, &stack);
    CHECK_INT(stack.count, 1);
    CHECK_INT(stack.complete, 0);
}

static void test_frame_pointer_has_to_point_into_the_copy(void)
{
    fake((uint64_t)(uintptr_t)leaf_function + 8);
    taken.registers[6] -= 4 * 8 + 8; /* below the stack pointer */
    smp_native_unwind(space, &taken, &stack);
    CHECK_INT(stack.count, 1);
    fake((uint64_t)(uintptr_t)leaf_function + 8);
    taken.registers[6] += 4; /* not aligned */
    smp_native_unwind(space, &taken, &stack);
    CHECK_INT(stack.count, 1);
}

static void test_random_registers_and_stacks_never_hang(void)
{
    srand(7);
    for (int round = 0; round < 2000; round++) {
        outer_function();
        taken.anchor = round % 2 ? anchor_address : 0;
        for (int k = 0; k < 20; k++)
            memset(copy + (size_t)rand() % taken.stack_size / 2, rand(), 1);
        if (round % 3 == 0)
            taken.registers[rand() % SMP_REGISTER_COUNT] ^= 1ull << rand() % 64;
        smp_native_unwind(space, &taken, &stack);
        CHECK(stack.count <= SMP_NATIVE_DEPTH);
    }
}

/* --- names alone --- */

static void test_naming_an_address(void)
{
    struct smp_native_frame f;
    smp_native_name(space, (uint64_t)(uintptr_t)middle_function, &f);
    CHECK_STR(f.name, "middle_function");
    CHECK_INT(f.offset, f.function);
    smp_native_name(space, 0x10, &f);
    CHECK_STR(f.name, NULL);
    CHECK_STR(f.object, "");
    smp_native_name(space, (uint64_t)(uintptr_t)getppid, &f);
    CHECK_STR(f.name, "getppid");
}

static void test_the_vdso(void)
{
    uint64_t vdso = getauxval(AT_SYSINFO_EHDR);
    struct smp_native_frame f;
    if (!vdso)
        return;
    int named = 0;
    for (uint64_t at = vdso; at < vdso + 8192 && !named; at += 16) {
        smp_native_name(space, at, &f);
        named = f.name && strstr(f.name, "clock_gettime");
    }
    CHECK(named);
    CHECK_STR(f.object, "[vdso]");
    CHECK_INT(smp_space_object(space, vdso, 0), SMP_OBJECT_LIBC);
}

static void test_counts(void)
{
    struct smp_native_counts before, after;
    smp_modules_counts(modules, &before);
    outer_function();
    taken.anchor = anchor_address;
    smp_native_unwind(space, &taken, &stack);
    smp_modules_counts(modules, &after);
    CHECK_INT(after.stacks, before.stacks + 1);
    CHECK_INT(after.complete, before.complete + 1);
    CHECK_INT(after.frames, before.frames + stack.count);
    CHECK_INT(after.rules, before.rules); /* all known by now */
    CHECK_INT(after.unreadable, 0);
}

int main(void)
{
    volatile char here = 0;
    stack_top = (uintptr_t)&here;
    modules = smp_modules_new();
    space = smp_space_new(modules);
    if (!CHECK_INT(smp_space_read(space, getpid()), 0))
        return check_summary();
    install(SIGUSR1, on_signal);
    RUN(test_known_functions_in_order);
    RUN(test_frames_carry_object_and_addresses);
    RUN(test_the_anchors_own_frame_is_left_out);
    RUN(test_which_frame_an_anchor_lies_in);
    RUN(test_calls_at_the_end_of_a_function);
    RUN(test_short_copies_end_the_stack);
    RUN(test_through_a_signal_frame);
    RUN(test_without_anchor_to_the_first_frame);
    RUN(test_depth_is_bounded);
    RUN(test_frame_pointer_where_there_is_no_rule);
    RUN(test_frame_pointer_has_to_point_into_the_copy);
    RUN(test_naming_an_address);
    RUN(test_the_vdso);
    RUN(test_counts);
    RUN(test_random_registers_and_stacks_never_hang);
    smp_space_free(space);
    smp_modules_free(modules);
    return check_summary();
}
