/* The records: what the recorder writes and the collector reads (FORMAT.md). */
#ifndef SMP_RECORD_RECORD_H
#define SMP_RECORD_RECORD_H

#include <stdatomic.h>
#include <stdint.h>

/* Both sides run on one machine and come from one build, so integers are in
 * the machine's own order and layout. A change here raises this number. */
#define SMP_RECORD_VERSION 7

enum smp_record_type {
    SMP_RECORD_PAD = 1,      /* fills the ring's end; no content */
    SMP_RECORD_CODE,         /* smp_record_code: what a code number means */
    SMP_RECORD_SAMPLE,       /* smp_record_sample: a running thread's stack */
    SMP_RECORD_THREAD_START, /* smp_record_thread */
    SMP_RECORD_THREAD_END,   /* smp_record_thread */
    SMP_RECORD_FORK,         /* smp_record_process: pid of the child */
    SMP_RECORD_EXEC,         /* smp_record_process: this image ends, or with a
                              * status goes on: the exec failed */
    SMP_RECORD_EXIT,         /* smp_record_process: the process ends itself */
    SMP_RECORD_ALLOC,        /* smp_record_memory: a sampled allocation */
    SMP_RECORD_FREE,         /* smp_record_memory: the end of one, or a part */
    SMP_RECORD_COPY,         /* smp_record_memory: a sampled library copy */
    SMP_RECORD_STARTS,       /* smp_record_starts: a thread is about to begin */
    SMP_RECORD_MARK = 20,    /* smp_record_mark: a text on the timeline */
    SMP_RECORD_SELECT,       /* smp_record_select: a decorated function */
    SMP_RECORD_SWITCH = 32,  /* smp_record_switch: recording goes on or off */
    SMP_RECORD_LEAVE         /* smp_record_process: the process leaves the
                              * session and runs on, unrecorded */
};

/* Every record starts with this, at a multiple of 16 bytes. */
struct smp_record {
    /* The record's position ^ SMP_SEAL_COMMITTED once it is complete,
     * ^ SMP_SEAL_RESERVED while it is written; anything else is old bytes. */
    _Atomic uint64_t seal;
    uint32_t size; /* bytes, this header included, multiple of 16 */
    uint16_t type; /* enum smp_record_type */
    uint16_t reserved;
};

#define SMP_SEAL_COMMITTED UINT64_C(0x5eA1C0117eD0f001)
#define SMP_SEAL_RESERVED UINT64_C(0x5eA17e5e77eD0a02)

/* How a Python string's characters lie in memory: bytes per character, with
 * ASCII and latin-1 apart only in that both have 1. */
struct smp_record_text {
    uint32_t bytes; /* bytes that follow in the record's payload */
    uint8_t width;  /* 1 (latin-1), 2 or 4 bytes a character */
    uint8_t cut;    /* 1: the string was longer */
    uint16_t reserved;
};

/* Defines a code number of this process. A large line table spans several
 * records of one number; `table_offset` says where each part goes. Payload:
 * filename, qualname, then table_bytes of the line table. */
struct smp_record_code {
    struct smp_record head;
    uint32_t number;
    int32_t first_line;
    struct smp_record_text filename, qualname;
    uint32_t table_total, table_offset, table_bytes;
    uint32_t reserved;
};

/* One frame: a code number and the instruction's offset in bytes from the
 * code's start; negative: not begun yet (stands for the first line). */
struct smp_record_frame {
    uint32_t code;
    int32_t offset;
};

/* As the code of a frame: the frame before it (its callee's side) has entered
 * the region that `offset` numbers (region.h). */
#define SMP_RECORD_REGION UINT32_MAX

enum smp_sample_flags {
    SMP_SAMPLE_SYSCALL = 1,    /* the PC is just behind a system call */
    SMP_SAMPLE_GC = 2,         /* the garbage collector was running */
    SMP_SAMPLE_TRUNCATED = 4,  /* the stack was deeper than the record holds */
    SMP_SAMPLE_UNREADABLE = 8, /* the walk did not pass validation */
    SMP_SAMPLE_PYTHON = 16,    /* the thread has a Python state */
    SMP_SAMPLE_ENTERING = 32   /* no stack: a new frame is not filled in yet */
};

/* Payload: frames (innermost first), then, where stack_bytes is not 0, the 17
 * registers in DWARF's order and the piece of stack that starts at SP. */
struct smp_record_sample {
    struct smp_record head;
    uint64_t time_ns;   /* CLOCK_MONOTONIC */
    uint64_t cpu_ns;    /* the thread's CPU clock: its total until now */
    uint64_t system_us; /* the thread's kernel time by getrusage, total */
    uint64_t faults;    /* the thread's page faults, total */
    uint64_t pc, sp;
    uint64_t anchor; /* see collector/native.h; 0: no Python frame */
    int32_t tid;
    uint32_t overrun; /* timer expiries that this one signal stands for, - 1 */
    uint32_t frame_count;
    uint32_t stack_bytes;
    uint16_t opcode; /* of the innermost frame's instruction */
    uint16_t flags;  /* enum smp_sample_flags */
    /* The outermost coroutine or generator that runs: which frame it is (in the
     * low 10 bits), and in the others what tells it from others (smp_coroutine);
     * 0: none. */
    uint32_t coroutine;
};
#define SMP_COROUTINE_FRAME 1023u

/* A coroutine in short, from its frame's address: the upper 22 bits of a hash. */
static inline uint32_t smp_coroutine(uint64_t frame_address)
{
    return (uint32_t)(frame_address >> 4) * UINT32_C(0x9e3779b1) &
           ~SMP_COROUTINE_FRAME;
}

/* Who asked for the bytes. */
enum smp_record_domain {
    SMP_RECORD_PYTHON, /* the interpreter's MEM and OBJ domains */
    SMP_RECORD_NATIVE, /* the malloc family */
    SMP_RECORD_MAPPED, /* mmap, mremap; from here on all are mappings */
    SMP_RECORD_SHARED, /* mmap of what other processes may have, too */
    SMP_RECORD_DOMAINS
};

/* Payload as of smp_record_sample: frames, then registers and stack. Only the
 * registers that a function keeps for its caller are there, others are 0. */
struct smp_record_memory {
    struct smp_record head;
    uint64_t time_ns;
    uint64_t id;    /* of the allocation: of this process, never used twice;
                        * COPY: 0 */
    uint64_t bytes; /* asked for; FREE: what of it goes, 0: all that is left */
    uint64_t stands_for; /* bytes, of its kind; FREE: 0 */
    uint64_t anchor;     /* as of smp_record_sample */
    int32_t tid;
    uint32_t frame_count;
    uint32_t stack_bytes;
    uint16_t flags; /* enum smp_sample_flags */
    uint8_t domain; /* enum smp_record_domain */
    uint8_t reserved;
};

struct smp_record_thread {
    struct smp_record head;
    uint64_t time_ns;
    uint64_t cpu_ns; /* at the end: its whole CPU time; at the start: so far */
    int32_t tid;
    uint32_t name_bytes; /* of payload: UTF-8; 0 where Python gave none */
    uint32_t slot; /* of the recorder's: no two living threads have the same */
    uint32_t reserved;
};

/* Where a thread is started, by the thread that does it; its THREAD_START, with the
 * same slot, follows. Payload: frames, as of smp_record_sample. */
struct smp_record_starts {
    struct smp_record head;
    uint64_t time_ns;
    uint32_t slot;
    uint32_t frame_count;
};

struct smp_record_process {
    struct smp_record head;
    uint64_t time_ns;
    uint64_t cpu_ns;      /* of the calling process */
    int32_t pid;          /* FORK: the child; else this process */
    int32_t status;       /* EXIT: the exit code; EXEC: 0, or errno */
    uint64_t main_cpu_ns; /* CPU time of the main thread, where known */
    uint64_t peak_rss;    /* EXIT: the most bytes that were resident; else 0 */
    uint64_t reserved;
};

/* What the program says at an instant. Payload: `bytes` of UTF-8. */
struct smp_record_mark {
    struct smp_record head;
    uint64_t time_ns;
    int32_t tid;
    uint32_t bytes;
};

/* A function that was decorated with @profile. */
struct smp_record_select {
    struct smp_record head;
    uint32_t code; /* number of its code object */
    uint32_t reserved[3];
};

/* The process itself has switched its recording; one for each of its threads
 * that are known. */
struct smp_record_switch {
    struct smp_record head;
    uint64_t time_ns;
    uint64_t cpu_ns; /* of the thread: its total until now */
    int32_t tid;
    uint32_t control; /* enum smp_control of ring.h: as it is from now on */
};

#define SMP_RECORD_MARK_BYTES 1024 /* of text; a longer one is cut */
#define SMP_RECORD_DEPTH 1024      /* Python frames in a sample */
#define SMP_RECORD_STACK_BYTES                                                 \
    32768                            /* of native stack in a sample: numpy
                                          * has frames of 16 KiB */
#define SMP_RECORD_TEXT_BYTES 4096   /* of a name or file name */
#define SMP_RECORD_TABLE_BYTES 16384 /* of line table in one record */
#define SMP_RECORD_SIZE_MAX 65536

_Static_assert(sizeof(struct smp_record) == 16, "FORMAT.md says 16");
_Static_assert(sizeof(struct smp_record_code) == 56, "FORMAT.md says 56");
_Static_assert(sizeof(struct smp_record_sample) == 96, "FORMAT.md says 96");
_Static_assert(sizeof(struct smp_record_thread) == 48, "FORMAT.md says 48");
_Static_assert(sizeof(struct smp_record_starts) == 32, "FORMAT.md says 32");
_Static_assert(sizeof(struct smp_record_process) == 64, "FORMAT.md says 64");
_Static_assert(sizeof(struct smp_record_switch) == 40, "FORMAT.md says 40");
_Static_assert(sizeof(struct smp_record_memory) == 72, "FORMAT.md says 72");
_Static_assert(sizeof(struct smp_record_mark) == 32, "FORMAT.md says 32");
_Static_assert(sizeof(struct smp_record_select) == 32, "FORMAT.md says 32");

#endif
