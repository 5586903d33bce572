/* The recorder's state: one per process, shared by its parts. */
#ifndef SMP_RECORDER_STATE_H
#define SMP_RECORDER_STATE_H

#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>

#include "cpython/layout.h"
#include "cpython/walk.h"
#include "platform/platform.h"
#include "record/hello.h"
#include "record/ring.h"

/* Prototype marks: may be called in a signal handler; calls no allocator; the
 * caller holds the GIL. */
#define SMP_NOALLOC
#define SMP_HOLDS_GIL

#define SMP_THREADS 8192  /* threads with a timer at a time */
#define SMP_NAME_BYTES 64 /* of a thread's name */

/* One thread of the program. Reused when the thread has ended. */
struct smp_slot {
    _Atomic int32_t tid;      /* 0: free; -1: being set up */
    int timer;                /* -1: none */
    _Atomic uint32_t untimed; /* 1: it could get none */
    uint8_t slow;    /* 1: the timer only looks whether to go on (pace.c) */
    uint8_t wrapped; /* 1: its thread gives it back at its end */
    void *(*start)(void *); /* what the program gave to pthread_create */
    void *argument;
    uint64_t
        stack_top; /* above every frame of it that is of interest; 0: unknown */
    uint16_t name_bytes;
    char name[SMP_NAME_BYTES];
};

enum smp_phase {
    SMP_ASLEEP, /* no interpreter has begun, or it is not recorded */
    SMP_RUNNING,
    SMP_STOPPED /* by the collector, without one after a fork, in a sandbox */
};

/* Public C API, found by dlsym; NULL where this process has no such symbol. */
struct smp_api {
    void *(*gilstate_this)(void);   /* PyGILState_GetThisThreadState */
    void *(*state_unchecked)(void); /* _PyThreadState_UncheckedGet, 3.11 only */
    int (*is_finalizing)(void); /* Py_IsFinalizing; before 3.13 with a "_" */
    void *runtime, *eval, *code_type;
    uint32_t version;
};

struct smp_recorder {
    _Atomic int phase;     /* enum smp_phase */
    int dormant;           /* 1: asleep until a collector calls */
    int prepared;          /* 1: everything that needs the GIL was done */
    int32_t pid;           /* of the process whose ring this is */
    struct smp_ring *ring; /* NULL while asleep */
    uint32_t ring_bytes;
    uint64_t interval_ns;
    int native_stacks;
    uint64_t interpreter;         /* the main PyInterpreterState */
    uint64_t text_low, text_high; /* the interpreter's object: its addresses */
    struct smp_layout layout;
    struct smp_api api;
    struct smp_welcome welcome; /* what the collector asked for */
    char session[40];           /* name of the collector's socket; "": none */
    char library[512];          /* our own path, as LD_PRELOAD names it */
};

extern struct smp_recorder smp_recorder;

/* threads.c: slots and timers. */
void smp_threads_arm_current(void);    /* gives the calling thread a timer */
void smp_threads_disarm_current(void); /* and takes it, drained */
void smp_threads_arm_others(void);     /* threads there before the start */
void smp_threads_stop_timers(void);  /* every thread's; the caller's drained */
void smp_threads_start_timers(void); /* of the threads that had one */
/* starts.c: the caller's Python stack, which starts the thread of this slot. */
void smp_starts_note(uint32_t slot);
/* Once in a while, at a sample: of those that could get none. */
SMP_SIGSAFE void smp_threads_retry(uint64_t now);
SMP_SIGSAFE void smp_threads_note_names(void); /* to a collector that is new */
SMP_SIGSAFE void smp_threads_leave(void); /* all timers and slots, given back */
/* Calls `visit` with each slot in use, at most `most` of them. */
SMP_SIGSAFE void smp_threads_each_slot(void (*visit)(struct smp_slot *slot,
                                                     int32_t tid),
                                       uint32_t most);
SMP_SIGSAFE struct smp_slot *smp_threads_mine(void); /* or NULL */
SMP_SIGSAFE void smp_threads_after_fork(void); /* only the caller is left */
SMP_SIGSAFE int smp_threads_is_slot(const void *p);
SMP_SIGSAFE uint64_t
smp_threads_stack_top(void); /* of the caller; 0: unknown */
void smp_threads_name_next(const char *name, uint32_t bytes); /* of the thread
                                              that this one creates next */

/* names.c: the name of the thread that is about to be created, from what the
 * interpreter gives to pthread_create. */
void smp_names_from_start(void *(*start)(void *), void *argument);

/* stack.c: the calling thread's stack, on its way into a record. */
#define SMP_REGISTERS 17     /* in DWARF's order (collector/native.h) */
#define SMP_REGISTER_STACK 7 /* of these, the stack pointer */
struct smp_capture {
    struct smp_memory memory;
    struct smp_record_frame *frames; /* innermost first; in a scratch */
    uint32_t frame_count;
    int scratch;    /* -1: none is taken */
    int lost;       /* 1: a code's definition found no room */
    uint16_t flags; /* enum smp_sample_flags */
    uint64_t now;   /* as smp_capture_begin was told */
    int in_handler; /* 1: set after smp_capture_begin: nothing stands still */
    struct smp_walk_result walk;
};
/* Takes a scratch: 0, or SMP_EFULL: there is no room for frames then. A page that was
 * readable a few milliseconds before `now` is not asked about again; nor, but for a
 * handler, what a code object holds that looks the same. */
SMP_SIGSAFE int smp_capture_begin(struct smp_capture *c, uint64_t now);
SMP_SIGSAFE void smp_capture_end(struct smp_capture *c);
/* The calling thread's Python state, noted in the flags; 0 where it has none. */
SMP_SIGSAFE uint64_t smp_capture_state(struct smp_capture *c, int32_t tid);
SMP_SIGSAFE void smp_capture_frames(struct smp_capture *c, uint64_t state);
/* Bytes of native stack to copy from sp: up to the interpreter's frame, else to
 * `top`, the thread's first (0: not known). 0: none are wanted or can be read. */
SMP_SIGSAFE uint32_t smp_capture_span(struct smp_capture *c, uint64_t sp,
                                      uint64_t top);
/* The payload of a record: frames, then registers and stack. */
SMP_SIGSAFE uint32_t smp_capture_bytes(const struct smp_capture *c,
                                       uint32_t stack_bytes);
SMP_SIGSAFE void smp_capture_write(const struct smp_capture *c, uint8_t *to,
                                   const uint64_t registers[SMP_REGISTERS],
                                   uint32_t stack_bytes);
SMP_SIGSAFE void smp_capture_after_fork(void);

/* cpu.c: one sample. */
SMP_SIGSAFE SMP_NOALLOC void
smp_cpu_sample(const struct smp_os_context *context);

/* codes.c: numbers for code objects. UINT32_MAX where a definition found no
 * room in the ring. `now`: 0: nothing known earlier may be used. */
SMP_SIGSAFE uint32_t smp_codes_number(const struct smp_memory *m,
                                      const struct smp_code_ref *code,
                                      uint64_t now);
SMP_SIGSAFE uint32_t smp_codes_count(void); /* numbers given so far */
SMP_SIGSAFE void smp_codes_after_fork(void);
SMP_SIGSAFE void smp_codes_forget(void); /* another collector knows none */
/* Changes whenever numbers given before are none any more. */
SMP_SIGSAFE uint32_t smp_codes_epoch(void);

/* guard.c: this process's memory, read without a fault. */
#define SMP_GUARD_PAGES 256 /* a power of two */
struct smp_guard {
    /* Known to be readable since `began_ns`, each in its page number's place. */
    uint64_t pages[SMP_GUARD_PAGES];
    uint64_t began_ns; /* 0: none is */
    uint64_t heap_end; /* of the C library's heap, then */
    uint32_t unmapped; /* of smp_guard_forget's calls, how many it knows of */
};
/* Pages have gone: none is known any more. To be called before they go, too. */
SMP_SIGSAFE void smp_guard_forget(void);
/* Before a sample at `now`. */
SMP_SIGSAFE void smp_guard_begin(struct smp_guard *g, uint64_t now);
SMP_SIGSAFE struct smp_memory smp_guard_memory(struct smp_guard *g);

/* lookup.c: a symbol's address, or NULL; nothing is left for the program's dlerror.
 * In any object; in those behind ours. */
void *smp_lookup(const char *name);
void *smp_lookup_below(const char *name);
/* What an object's dynamic section points at. The loader has made most of these
 * absolute; not in every object. */
static inline uintptr_t smp_lookup_pointer(uintptr_t base, uintptr_t value)
{
    return value < base ? base + value : value;
}

/* real.c: the functions that the recorder stands in front of. Resolved once at
 * the start, since a forked child must not look symbols up. */
struct smp_real {
    int (*pthread_create)(pthread_t *, const pthread_attr_t *,
                          void *(*)(void *), void *);
    int (*pthread_cancel)(pthread_t);
    int (*execve)(const char *, char *const[], char *const[]);
    int (*execvpe)(const char *, char *const[], char *const[]);
    int (*fexecve)(int, char *const[], char *const[]);
    int (*posix_spawn)(pid_t *, const char *,
                       const posix_spawn_file_actions_t *,
                       const posix_spawnattr_t *, char *const[], char *const[]);
    int (*posix_spawnp)(pid_t *, const char *,
                        const posix_spawn_file_actions_t *,
                        const posix_spawnattr_t *, char *const[],
                        char *const[]);
    void (*exit_now)(int);
    char *(*ctermid)(char *);
};
const struct smp_real *smp_real(void);
void *smp_real_find(const char *name); /* the next such function below ours */

/* pace.c: how often a thread looks at the ring's word, and switching it. */
/* At a tick: 1 where it samples. Sets the timer's pace. */
SMP_SIGSAFE int smp_pace_tick(struct smp_slot *slot, uint64_t now);
SMP_SIGSAFE void smp_pace_lost(struct smp_slot *slot, uint64_t now);
/* 1 where the ring's reader has not looked for long: it was killed, or stands
 * still. */
SMP_SIGSAFE int smp_pace_is_deserted(const struct smp_ring *ring, uint64_t now);
SMP_SIGSAFE uint64_t smp_pace_interval(void); /* ns, of a timer that starts */
/* The program's own switch: SMP_CONTROL_RUN or _PAUSE of this process, at once
 * and exactly. 1 where it was the other before. Any thread, no GIL needed. */
SMP_SIGSAFE int smp_switch(uint32_t control);
SMP_SIGSAFE int smp_is_active(void); /* 1: recorded, and switched on */

/* session.c: joining a collector's session and leaving it. */
/* Makes ready what needs the GIL, once: 0 or a status (with SMP_EVERSION,
 * SMP_EFORMAT, SMP_ENOENT this interpreter can't be recorded). */
SMP_HOLDS_GIL int smp_session_prepare(void);
/* Meets the collector of smp_recorder.session and begins to record. */
SMP_HOLDS_GIL int smp_session_start(void);
/* From now on a collector's call makes it join. */
SMP_HOLDS_GIL int smp_session_sleep(void);
/* Joins the collector with this session's number: 0; SMP_EINVAL (it is recorded
 * already), SMP_EUNSUPPORTED (not prepared), or as smp_meet_start. Memory is
 * measured where smp_boot_wrap was called before (that needs the GIL). */
SMP_SIGSAFE int smp_join(uint32_t session);
/* Back to sleep; may join again. Children forked from now on stay out. */
SMP_SIGSAFE void smp_leave(void);

/* audit.c: our entry in the interpreter's list of audit hooks. */
/* It is there; may be left out. By its function where it is the list's first. */
void smp_audit_is_at(void *entry);
void smp_audit_find(void *function);
/* No event is told any more, until smp_audit_listen. */
SMP_HOLDS_GIL void smp_audit_rest(void);
SMP_SIGSAFE void smp_audit_listen(void);
/* The bridge's event came, that ctermid() announced. */
void smp_audit_answered(void);

/* boot.c */
/* smp_python_wrap, once. */
SMP_HOLDS_GIL int smp_boot_wrap(int later);
SMP_SIGSAFE void smp_boot_name_session(uint32_t session);

/* sandbox.c: 1: this process forbade itself system calls. Nothing is recorded any
 * more, and no call may be made that the program does not make itself. */
SMP_SIGSAFE int smp_sandbox_is_on(void);
void smp_sandbox_find_below(void); /* in the constructor, not late */

/* meet.c: the collector. Each returns 0 or a status; the recorder then has a
 * ring of its own or is left as it was. */
int smp_meet_start(void);
SMP_SIGSAFE int smp_meet_join(void);
SMP_SIGSAFE int smp_meet_after_fork(int32_t parent);
void smp_meet_refuse(enum smp_refusal reason);

/* process.c: what the process tells of itself. */
SMP_SIGSAFE void smp_process_note(enum smp_record_type type, int32_t status);
SMP_SIGSAFE int smp_process_is_ours(void); /* 0 in a vfork child */
/* The same without a system call as a rule, but 1 in a vfork child: it has its
 * parent's memory, for which what it allocates counts. */
SMP_SIGSAFE int smp_process_has_memory(void);
SMP_SIGSAFE void smp_process_claim(void); /* the calling process is ours */
void smp_process_watch(void);             /* forks and the end; once */

/* symbols.c: fills api and layout. 0, SMP_ENOENT (no interpreter here),
 * SMP_EVERSION or SMP_EFORMAT. */
int smp_symbols_find(void);

/* check.c: own reading against the public C API. 0, SMP_EAGAIN (nothing to
 * compare yet) or SMP_EFORMAT (they disagree). */
SMP_HOLDS_GIL int smp_check_objects(void);
SMP_HOLDS_GIL int smp_check_frames(void);

#endif
