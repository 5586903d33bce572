/* Kinds of time: what a thread was doing in the time that a sample stands for;
 * and domains of memory: who asked for it. */
#ifndef SMP_MODEL_KIND_H
#define SMP_MODEL_KIND_H

/* The first three are CPU time, the rest is time off the CPU (waiting).
 *   python  the interpreter ran bytecode, built-in operators included
 *   native  C code: an extension module, a library, a builtin that was called
 *   system  the kernel worked for the thread (system calls, page faults)
 *   io      blocked in a read, write, accept, poll, select, epoll, ...
 *   lock    blocked on a lock, condition, event, queue or join
 *   gil     waited for the global interpreter lock
 *   sleep   slept for a time it asked for
 *   child   waited for a child process
 *   cpu     was ready to run and waited for a CPU
 *   other   blocked otherwise, or the reason could not be read
 * X(symbol, name in JSON, words in reports) */
#define SMP_KIND_TABLE(X)                                                      \
    X(PYTHON, "python", "Python")                                              \
    X(NATIVE, "native", "native")                                              \
    X(SYSTEM, "system", "system")                                              \
    X(WAIT_IO, "io", "I/O")                                                    \
    X(WAIT_LOCK, "lock", "lock")                                               \
    X(WAIT_GIL, "gil", "GIL")                                                  \
    X(WAIT_SLEEP, "sleep", "sleep")                                            \
    X(WAIT_CHILD, "child", "child process")                                    \
    X(WAIT_CPU, "cpu", "CPU queue")                                            \
    X(WAIT_OTHER, "other", "other")

enum smp_kind {
#define SMP_X(symbol, name, words) SMP_KIND_##symbol,
    SMP_KIND_TABLE(SMP_X)
#undef SMP_X
        SMP_KIND_COUNT
};

#define SMP_KIND_IS_CPU(kind) ((kind) <= SMP_KIND_SYSTEM)

/* Static storage; `kind` must be below SMP_KIND_COUNT. */
const char *smp_kind_name(enum smp_kind kind);  /* "python", "io", ... */
const char *smp_kind_words(enum smp_kind kind); /* "Python", "I/O", ... */

/* The kind of this JSON name, or SMP_KIND_COUNT where there is none. */
enum smp_kind smp_kind_from_name(const char *name);

enum smp_domain {
    SMP_DOMAIN_PYTHON, /* PyMem's MEM and OBJ domains: Python's own objects */
    SMP_DOMAIN_NATIVE, /* the malloc family, called by C code */
    SMP_DOMAIN_MAPPED, /* mmap and mremap, called by C code */
    SMP_DOMAIN_SHARED, /* mmap of what other processes may have, too */
    SMP_DOMAIN_COUNT
};

/* "python", "native", "mapped", "shared": as in JSON. The domain of a name, or
 * SMP_DOMAIN_COUNT where there is none. */
const char *smp_domain_name(enum smp_domain domain);
enum smp_domain smp_domain_from_name(const char *name);

#endif
