/* Native stacks: from registers and a copied piece of stack to named frames. */
#ifndef SMP_COLLECTOR_NATIVE_H
#define SMP_COLLECTOR_NATIVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The store of ELF modules, shared by every process of a run: a module is one
 * file (device, inode, size, mtime), opened once, with its unwind rules by
 * code address and its symbols. Bounded: the least used modules and rules are
 * dropped. Not thread-safe: belongs to the collector's thread. */
struct smp_modules;

struct smp_modules *smp_modules_new(void); /* owned; NULL: out of memory */
void smp_modules_free(struct smp_modules *m);

/* What the store did so far; for the report's ledger. */
struct smp_native_counts {
    uint64_t stacks;   /* unwound */
    uint64_t complete; /* of these: to the anchor or the thread's first frame */
    uint64_t frames;
    uint64_t nameless;     /* frames in a file, but in no symbol of it */
    uint64_t without_cfi;  /* frames in a file that has no rule for them */
    uint64_t rules;        /* compiled; each address once, unless dropped */
    uint64_t cache_clears; /* how often rules and names were dropped */
    uint64_t pages_cut;    /* pages of files that were cut short under us */
    size_t modules;        /* known now */
    size_t unreadable;     /* of these: gone, forbidden or replaced */
};

void smp_modules_counts(const struct smp_modules *m,
                        struct smp_native_counts *out);

/* The address space of one process: its mappings of code from files. */
struct smp_space;

/* An owned, empty space; `m` must outlive it. NULL: out of memory. */
struct smp_space *smp_space_new(struct smp_modules *m);
void smp_space_free(struct smp_space *s);

/* An owned copy: what a forked child starts with. NULL: out of memory. */
struct smp_space *smp_space_copy(const struct smp_space *s);

/* Reads /proc/PID/maps anew. Mappings that went away are kept where nothing
 * new covers them (a record may be older than the read). 0, SMP_EGONE,
 * SMP_EACCES, SMP_ENOMEM; the space is as before on failure. */
int smp_space_read(struct smp_space *s, pid_t pid);

/* 1 where `address` lies in a known mapping of a file's code. */
int smp_space_covers(const struct smp_space *s, uint64_t address);

/* What kind of object code at an address belongs to. */
enum smp_object {
    SMP_OBJECT_NONE,        /* no file: JIT, trampoline, unknown */
    SMP_OBJECT_INTERPRETER, /* the object that holds the interpreter */
    SMP_OBJECT_LIBC,        /* libc, libpthread, ld.so, libm, vdso */
    SMP_OBJECT_OTHER
};

/* `interpreter`: any address inside the interpreter's code, e.g. that of
 * _PyEval_EvalFrameDefault. */
enum smp_object smp_space_object(struct smp_space *s, uint64_t address,
                                 uint64_t interpreter);

/* x86-64 registers in DWARF's order: rax rdx rcx rbx rsi rdi rbp rsp r8..r15 rip */
#define SMP_REGISTER_COUNT 17
#define SMP_REGISTER_SP 7
#define SMP_REGISTER_PC 16

struct smp_native_input {
    uint64_t registers[SMP_REGISTER_COUNT];
    const uint8_t *stack; /* copy of [SP, SP + stack_size); borrowed */
    size_t stack_size;
    /* Address of a local variable of the interpreter's eval function that is
     * nearest on this stack (its entry frame): the native frame that holds it
     * is Python's. 0: none, the stack has no Python frame. */
    uint64_t anchor;
};

#define SMP_NATIVE_DEPTH 128 /* frames of one native stack, at most */

struct smp_native_frame {
    uint64_t address; /* the instruction (return addresses less 1) */
    uint64_t cfa;     /* its frame's end: the return address lies below it; 0:
                       * not known */
    /* Borrowed until the next call on these modules: */
    const char *object; /* path of the mapped file; "" where there is none */
    const char *name;   /* demangled symbol; NULL where there is none */
    uint64_t offset;    /* the address as the file itself gives it */
    /* Where its function begins, in the file's own addresses, also where that
     * has no name (stripped files: "python3.11+0x15f2c0"); 0: unknown. */
    uint64_t function;
};

struct smp_native_stack {
    struct smp_native_frame frames[SMP_NATIVE_DEPTH]; /* innermost first */
    size_t count;
    /* 1: unwound to the frame that holds the anchor (that frame itself is not
     * in the list), or, with anchor 0, to the thread's first frame. */
    int complete;
};

/* Unwinds by the modules' CFI (.eh_frame, .debug_frame). Never fails: what
 * could not be followed ends the stack with complete 0. */
void smp_native_unwind(struct smp_space *s, const struct smp_native_input *in,
                       struct smp_native_stack *out);

/* Only names an address: one frame, as above. */
void smp_native_name(struct smp_space *s, uint64_t address,
                     struct smp_native_frame *out);

#endif
