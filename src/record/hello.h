/* The hand-shake: how a process and the collector meet, over a Unix socket. */
#ifndef SMP_RECORD_HELLO_H
#define SMP_RECORD_HELLO_H

#include <stdint.h>

#include "cpython/layout.h"
#include "record/record.h"

/* The socket is SOCK_SEQPACKET in the abstract namespace, so that no file is
 * left behind: NUL, then this and the session's number in 8 hex digits. */
#define SMP_SOCKET_PREFIX "solvidia-mem-prof/"

enum smp_hello_kind {
    SMP_HELLO_START = 1, /* a Python interpreter begins to run user code */
    SMP_HELLO_FORK,      /* a recorded process has forked; from the child */
    SMP_HELLO_REFUSED,   /* this interpreter is not recorded: `reason` */
    SMP_HELLO_JOIN       /* a program that runs already joins the session */
};

enum smp_refusal {
    SMP_REFUSAL_NONE,
    SMP_REFUSAL_VERSION, /* a CPython this build has no layout for */
    SMP_REFUSAL_CHECK,   /* own reading and the public API disagreed */
    SMP_REFUSAL_SYMBOLS  /* a symbol that is needed is missing */
};

struct smp_hello {
    uint32_t magic;      /* SMP_HELLO_MAGIC */
    uint32_t version;    /* SMP_RECORD_VERSION */
    uint32_t kind;       /* enum smp_hello_kind */
    uint32_t reason;     /* enum smp_refusal */
    int32_t pid, parent; /* parent: its pid when it forked; else getppid */
    uint64_t time_ns;    /* CLOCK_MONOTONIC */
    uint64_t cpu_ns;     /* of the process until now: the start-up */
    uint64_t arenas;     /* bytes that pymalloc has mapped by now */
    /* FORK: codes numbered below this have their definition in the parent's
     * records; the child goes on counting from here. */
    uint32_t code_base;
    uint32_t python_version; /* PY_VERSION_HEX */
    uint64_t runtime;        /* address of _PyRuntime */
    uint64_t eval;           /* address of _PyEval_EvalFrameDefault */
    uint64_t interpreter;    /* address of the main PyInterpreterState */
    uint64_t code_type;      /* address of PyCode_Type */
    struct smp_layout layout;
};
#define SMP_HELLO_MAGIC 0x6f6c6c48u

/* The answer. With status 0 the memory file of the ring rides along. Under a
 * file size limit no such file can be made: then a segment takes its place. */
struct smp_welcome {
    uint32_t magic;         /* SMP_HELLO_MAGIC */
    int32_t status;         /* 0, or the collector wants no records */
    uint64_t interval_ns;   /* CPU time between samples of a thread */
    uint32_t ring_bytes;    /* header and data */
    uint32_t native_stacks; /* 1: copy native stacks */
    int32_t collector;      /* its pid, for PR_SET_PTRACER; 0: do not set */
    int32_t segment;        /* where no file rides along: System V shared memory
                           * by this number; -1: none */
    /* Memory. */
    uint32_t heap;          /* 1: sample allocations and copies */
    uint32_t heap_fixed;    /* 1: the interval stays as it is: no governor */
    uint64_t heap_interval; /* mean bytes between samples, at first; 0: as the
                             * recorder finds best */
    uint64_t heap_seed;     /* of the sampler; 0: other in each process */
};

#endif
