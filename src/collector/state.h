/* The collector's state: the session, the processes it records, their threads. */
#ifndef SMP_COLLECTOR_STATE_H
#define SMP_COLLECTOR_STATE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"
#include "collector/heap.h"
#include "collector/native.h"
#include "collector/run.h"
#include "collector/window.h"
#include "model/profile.h"
#include "platform/platform.h"
#include "record/hello.h"
#include "record/request.h"
#include "record/ring.h"

/* ---- code: what code numbers stand for, shared by all processes */

struct smp_codedef {
    uint32_t function; /* in the profile */
    int32_t first_line;
    uint32_t table_bytes;
    uint8_t *table; /* owned */
    uint64_t hash;  /* of all of it */
};

/* A definition that came in parts and is not complete yet. */
struct smp_code_part {
    uint32_t number, total, have;
    uint32_t function;
    int32_t first_line;
    uint8_t *table; /* owned */
};

/* One (definition, offset) pair as a frame of the profile. */
struct smp_frame_key {
    uint32_t codedef;
    int32_t offset;
    uint32_t frame;
};

struct smp_resolver {
    struct smp_profile *profile; /* borrowed */
    struct smp_codedef *defs;    /* owned */
    size_t def_count, def_capacity;
    size_t table_bytes; /* of all of them */
    struct smp_map def_index;
    struct smp_frame_key *frames; /* owned */
    size_t frame_count, frame_capacity;
    struct smp_map frame_index;
};

void smp_resolver_init(struct smp_resolver *r, struct smp_profile *p);
void smp_resolver_release(struct smp_resolver *r);

/* A definition's index; SMP_NONE on lack of memory. `table` is copied. */
uint32_t smp_resolver_define(struct smp_resolver *r, uint32_t function,
                             int32_t first_line, const uint8_t *table,
                             uint32_t table_bytes);
/* The profile's frame for an instruction of a definition; SMP_NONE. */
uint32_t smp_resolver_frame(struct smp_resolver *r, uint32_t codedef,
                            int32_t offset);

/* ---- processes */

/* A thread of a recorded process. Times in ns; CPU times are totals of the
 * thread's own clock, so that weights are differences and lose nothing. */
struct smp_watched {
    int32_t tid;
    uint32_t thread; /* in the profile */
    int ended;
    uint32_t
        next_free;   /* where it has ended: the next such, 1-based; 0: none */
    uint8_t grouped; /* 1: `thread` stands for many */
    int schedstat;   /* descriptor kept, or -1 */
    uint64_t start_ns;
    uint64_t base_ns; /* CPU time it had used before it was recorded */
    /* CPU engine */
    uint64_t cpu_ns;            /* charged until here */
    uint64_t sampled_ns;        /* time of the last sample; 0: none */
    uint64_t system_us, faults; /* at the last sample */
    uint32_t started_by;        /* stack that started it; 0: not known */
    uint32_t last_stack;        /* of the last sample; SMP_NONE */
    uint8_t last_kind;
    uint8_t framed;       /* 1: it was seen to run Python code */
    uint8_t last_library; /* 1: it ran code of a library, not the interpreter */
    uint64_t samples;
    /* waiting engine */
    uint64_t run0_ns, queue0_ns; /* the system's totals at start_ns */
    uint64_t run_ns, queue_ns;   /* the system's totals at the last look */
    uint64_t waited_ns;      /* waiting charged so far, the CPU queue apart */
    uint64_t queued_ns;      /* CPU queue charged so far */
    uint64_t samples_looked; /* `samples` at the last look */
    /* On and off (switch.c): CPU totals when it was switched last. */
    uint64_t off_cpu_ns, on_cpu_ns;
    uint8_t fresh;       /* 1: no sample since it is on again */
    uint32_t wait_stack; /* SMP_NONE: not blocked at the last look */
    uint8_t wait_kind;
    uint32_t
        lock_stack; /* where it waited for a lock last, seen at lock_ns; 0 */
    uint64_t lock_ns;
    uint8_t refused; /* 1: its memory may not be read */
    uint8_t in_loop; /* 1: it waits in an idle event loop: `awaits` says who */
    struct smp_awaits *awaits; /* owned; NULL: it had none (tasks.h) */
    uint64_t state; /* address of its Python state; 0: not found yet */
    uint64_t state_sought_ns; /* when it was last looked for */
    uint64_t gone_ns; /* since when it is not there any more; 0: it is */
    int named;
};

/* Kernel time that no PC shows: page faults. What getrusage counts beyond the
 * system calls, spread over the faults. */
struct smp_fault_cost {
    double usage_s;   /* kernel time by getrusage */
    double syscall_s; /* kernel time seen by the PC */
    double count;     /* page faults between samples that it is spread over */
    double owed_s;    /* of the last sample's faults: longer than it was */
};

/* Threads that are not told apart. */
struct smp_thread_group {
    uint32_t name;   /* string: what their names have in common */
    uint32_t thread; /* in the profile: its `members` says how many */
};

/* A thread that ended a moment ago: its last frees come after its end. */
struct smp_ended {
    int32_t tid;
    uint32_t thread; /* in the profile */
    uint64_t ended_ns;
};
#define SMP_ENDED 64 /* of an image */

/* What a ring had counted (smp_ring_counts) when the window began. */
struct smp_counted {
    uint64_t samples, overruns, lost_samples, unreadable, truncated, untimed;
    uint64_t handler_ns, forks, heap_ns;
    uint64_t allocations, frees, lost, unread_heap, copies, lost_copies;
};

/* A thread that is about to begin. */
struct smp_start {
    uint32_t slot, stack; /* stack 0: it has begun */
};
#define SMP_STARTS 64 /* of an image */

/* One program image: a process from its start, or its exec, to its end. */
struct smp_image {
    int32_t pid;
    uint32_t number;  /* of all images of the run: 1, 2, ... */
    int pidfd;        /* -1: none could be had */
    uint32_t process; /* in the profile */
    int ended;        /* 1: finished and folded into the profile */
    uint64_t ended_ns;
    int exec;         /* 1: it executes another program: over since exec_ns */
    uint64_t exec_ns; /* its exit_cpu_ns and exit_main_cpu_ns are of then */
    struct smp_ring *ring; /* mapped; NULL: ended or not recorded */
    size_t ring_mapped;
    struct smp_hello hello;
    uint64_t startup_ns; /* CPU time of the interpreter's start */
    /* CPU of the process: under former programs, and until this one's end. */
    double before_user_s, before_system_s, total_user_s, total_system_s;
    uint64_t end_ns; /* from its EXIT record; 0: none came */
    uint64_t exit_cpu_ns, exit_main_cpu_ns;
    int32_t exit_status;
    uint64_t gil, gil_end; /* where the GIL lies: [gil, gil_end) */
    struct smp_fault_cost faults;
    struct smp_image *origin; /* forked from: has the codes below code_base */
    size_t heirs;             /* images whose origin this is */
    uint32_t *codes; /* owned: number - code_base -> definition, SMP_NONE */
    size_t code_count, code_capacity;
    struct smp_code_part *parts; /* owned */
    size_t part_count;
    struct smp_space *space; /* owned; NULL: no native stacks */
    uint64_t maps_read_ns;
    struct smp_watched *threads; /* owned */
    size_t thread_count, thread_capacity;
    uint32_t free_thread; /* an ended one, 1-based; 0: none */
    uint64_t threads_ended;
    struct smp_map thread_index;     /* by tid, living threads */
    struct smp_thread_group *groups; /* owned */
    size_t group_count;
    uint64_t tasks_read_ns;  /* when its threads were last listed */
    uint64_t states_read_ns; /* and its Python thread states */
    struct smp_ended gone[SMP_ENDED];
    uint32_t gone_count; /* so many ended; the place is modulo SMP_ENDED */
    struct smp_start starts[SMP_STARTS];
    uint32_t
        start_count; /* so many were told; the place is modulo SMP_STARTS */
    struct smp_heap heap;
    struct {
        uint64_t looked_ns, parts_ns;
        double rss; /* at parts_ns */
    } footprint;
    struct smp_counted counted; /* before the window */
    uint64_t exit_peak_rss;     /* by its EXIT record */
    uint32_t *region_frames; /* owned; by region: its frame + 1; 0: not made */
    struct smp_tasks *tasks; /* owned; NULL: it has none (tasks.h) */
    uint8_t off;             /* 1: switched off */
    uint8_t off_at_start;    /* 1: what it came from was off */
    uint8_t left;            /* 1: it has left the session, and runs on */
    /* CPU time of the process while it was off; its total when that began. */
    uint64_t off_cpu_ns, off_since_cpu_ns;
    uint64_t damaged;
    char cwd[4096];
};

/* A code object seen in another process's memory. */
struct smp_remote_code {
    uint64_t address, print;
    uint32_t codedef;
};

/* Stacks seen before: direct-mapped, by hash (stack.c). */
struct smp_python_entry {
    uint64_t hash[2];
    uint32_t stack;
    uint32_t used;
};
#define SMP_NATIVE_ENTRY 40 /* frames of a native stack that is remembered */
struct smp_native_entry {
    uint64_t key; /* 0: empty */
    uint32_t stack;
    uint32_t count;
    uint32_t at[SMP_NATIVE_ENTRY]; /* return addresses: where, from SP up */
    uint64_t address[SMP_NATIVE_ENTRY];
};
struct smp_stack_cache {
    struct smp_python_entry python[8192];
    struct smp_native_entry native[4096];
};

/* Reports at intervals (periodic.c). */
struct smp_periodic {
    uint64_t next_ns;
    int asked;   /* 1: by a signal */
    int failed;  /* 1: the last could not be written */
    int32_t pid; /* of the copy that writes one now; 0: none */
};

struct smp_collector {
    const struct smp_run_options *options;
    struct smp_profile *profile;
    struct smp_modules *modules;
    struct smp_resolver resolver;
    int listener;
    uint32_t session;
    pid_t child;        /* the command */
    uint64_t launch_ns; /* the command was started */
    uint64_t call_ns;  /* when those below who is attached to are called next */
    uint64_t start_ns; /* of the profile: first hello; 0: none yet */
    double start_unix_s;
    struct smp_image **images; /* owned, each owned */
    size_t image_count, image_capacity;
    size_t live;            /* images that have not ended */
    char attached_to[256];  /* the program, as its command line names it */
    char program_dir[4096]; /* "": none yet */
    char script[4096];      /* of the program, absolute; "": it has none */
    char *script_text;      /* owned; NULL: not read yet */
    char link[4096];        /* temporary link to the recorder; "": none */
    /* Descriptors: of threads kept open now and at most, of processes at most.
     * The rest is for meetings and for reading /proc. */
    size_t kept, kept_most, pidfds_most;
    uint64_t scan_excused_ns; /* of a scan's time: has a limit of its own */
    uint64_t next_scan_ns, next_sweep_ns;
    uint64_t scanned_ns;   /* the last scan; 0: none yet */
    int64_t scan_purse_ns; /* CPU time that scans may take beyond their share */
    uint8_t *own_stacks;   /* owned; by stack, owner.c: 0: not looked at yet */
    size_t own_capacity;
    struct smp_remote_code *remote_codes; /* owned */
    size_t remote_count, remote_capacity;
    struct smp_map remote_index;
    struct smp_heaps heaps;
    struct smp_windows windows;
    struct smp_stack_cache *stacks; /* owned; NULL: none yet */
    uint32_t images_made;
    struct smp_periodic periodic;
    struct {
        /* Fold from so many on; 0: not set. */
        size_t processes, threads, regions, strings;
    } fold;
    int windowed; /* 1: the profile begins with a window */
    /* On and off. */
    int off_at_start;              /* 1: who joins is off at first */
    uint64_t off_ns, off_since_ns; /* nothing was on: so long, and since */
    int is_collect; /* 1: there is no command: who joins is recorded */
    int copy;       /* 1: this is a forked copy: rings are another's to drain */
    int end_asked;  /* 1: by a request */
    int end_fd;     /* whom to answer at the end; -1: nobody */
    char end_path[4096]; /* where to write then; "": nowhere */
    uint64_t left_ns;    /* the last process left the session then; 0 */
    struct smp_ring_counts_sum {
        uint64_t handler_ns, heap_ns;
        /* Children forked by images that have ended, and hellos of such. */
        uint64_t forks, forks_met;
    } sum;
};

/* The images and what records were made into, but for the profile. */
void smp_collector_release(struct smp_collector *c);

/* Seconds since the profile's start; 0 for anything earlier. */
double smp_collector_time(const struct smp_collector *c, uint64_t ns);

/* meeting.c: the socket and the hand-shakes. */
int smp_meeting_open(struct smp_collector *c); /* 0 or a status */
void smp_meeting_close(struct smp_collector *c);
void smp_meeting_accept(struct smp_collector *c); /* all that wait */

/* image.c */
struct smp_image *smp_image_new(struct smp_collector *c,
                                const struct smp_hello *hello);
/* The process runs unprofiled: says so, once, with the reason. */
void smp_image_give_up(struct smp_collector *c, struct smp_image *i,
                       const char *why);
void smp_image_free(struct smp_image *i);
/* What its ring has counted until now. */
struct smp_counted smp_image_counted(const struct smp_image *i);
/* The image is over (its process ended, or runs another program): drains it a
 * last time, ends its threads, frees what it needed. */
void smp_image_end(struct smp_collector *c, struct smp_image *i,
                   int32_t exit_status);

/* threads.c */
struct smp_watched *smp_image_thread(struct smp_collector *c,
                                     struct smp_image *i, int32_t tid,
                                     uint64_t start_ns);
struct smp_watched *smp_image_find_thread(struct smp_image *i, int32_t tid);
/* Finds threads that told us nothing: made in C, before the recorder or around
 * it. */
void smp_image_list_threads(struct smp_collector *c, struct smp_image *i,
                            uint64_t at_ns);
/* Charges what is left, closes the thread in the profile. */
void smp_image_end_thread(struct smp_collector *c, struct smp_image *i,
                          struct smp_watched *t, uint64_t now, uint64_t cpu_ns);
void smp_image_end_threads(struct smp_collector *c, struct smp_image *i,
                           uint64_t now);
/* As smp_image_thread, with what Python calls it: a string, or SMP_NONE. */
struct smp_watched *smp_image_start_thread(struct smp_collector *c,
                                           struct smp_image *i, int32_t tid,
                                           uint64_t start_ns, uint32_t name);
/* The place in the profile of a thread that may have ended a moment ago; SMP_NONE
 * on lack of memory. */
uint32_t smp_image_thread_place(struct smp_collector *c, struct smp_image *i,
                                int32_t tid, uint64_t at_ns);
void smp_image_free_threads(struct smp_image *i);
/* What the system counted for it; keeps its descriptor while there are some. 0 or
 * SMP_EGONE. */
int smp_image_thread_times(struct smp_collector *c, struct smp_image *i,
                           struct smp_watched *t,
                           struct smp_os_thread_times *out);

/* What names of a kind have in common, "Thread-# (work)": a string. */
uint32_t smp_thread_pattern(struct smp_collector *c, uint32_t name);

/* fold.c: keeps the profile small. What has ended becomes one row with others of
 * its kind where there are very many, and strings that nobody needs go. Not while
 * anything holds an index. */
void smp_fold_step(struct smp_collector *c);
/* The same at once, where there is anything to fold: at the end of a test. */
void smp_fold_now(struct smp_collector *c);
/* The rows' names: "Thread-# (work), 1200 threads". */
void smp_fold_name(struct smp_profile *p);

/* images.c: the list, oldest first. The first image stays to the end of the run,
 * others go some time after they have ended. */
int smp_images_add(struct smp_collector *c,
                   struct smp_image *i); /* or ENOMEM */
/* The newest of this pid, which may have ended already; NULL. */
struct smp_image *smp_image_find(struct smp_collector *c, int32_t pid);
/* Frees what ended long ago, so that a server with many short children is not
 * held up by those that were. */
void smp_images_sweep(struct smp_collector *c, uint64_t now);

/* drain.c */
void smp_drain(struct smp_collector *c, struct smp_image *i, int ended);

/* stack.c: what a record says of a stack. */
struct smp_stack_view {
    const uint8_t *payload; /* frames, registers, stack; borrowed */
    uint32_t frame_count, stack_bytes;
    uint64_t anchor;
};
/* 1 where its sizes fit into a payload of so many bytes. */
int smp_stack_view_fits(const struct smp_stack_view *v, uint64_t bytes);
/* The Python frames as a stack of the profile; SMP_NONE on lack of memory. */
uint32_t smp_stack_python(struct smp_collector *c, struct smp_image *i,
                          const struct smp_stack_view *v);
/* The native part, unwound: borrowed until the next call; NULL: none. */
const struct smp_native_stack *smp_stack_unwind(struct smp_collector *c,
                                                struct smp_image *i,
                                                const struct smp_stack_view *v);
/* Puts the native frames on top of the Python stack, our own left out. */
uint32_t smp_stack_add_native(struct smp_collector *c,
                              const struct smp_native_stack *native,
                              uint32_t stack);
/* Both at once, remembered. */
uint32_t smp_stack_whole(struct smp_collector *c, struct smp_image *i,
                         const struct smp_stack_view *v, uint64_t now);
/* Reads a process's mappings again, not too often. */
void smp_stack_read_maps(struct smp_image *i, uint64_t now);

/* sample.c */
void smp_sample_charge(struct smp_collector *c, struct smp_image *i,
                       const struct smp_record_sample *r);
/* smp_profile_add; where there is no room, to the stack "[other]". */
void smp_charge(struct smp_collector *c, double at_s, struct smp_sample s);
/* Adds CPU seconds to a thread's stack. */
void smp_charge_cpu(struct smp_collector *c, struct smp_watched *t,
                    uint64_t at_ns, uint64_t ns, uint32_t stack,
                    enum smp_kind kind, int gc, uint32_t count);

/* said.c: what the program says of itself. */
void smp_said_mark(struct smp_collector *c, struct smp_image *i,
                   const struct smp_record_mark *r);
void smp_said_select(struct smp_collector *c, struct smp_image *i,
                     const struct smp_record_select *r);
/* The stack with the region of this number on it; unchanged where it has none. */
uint32_t smp_said_stack(struct smp_collector *c, struct smp_image *i,
                        uint32_t stack, uint32_t region);
/* The image's regions into the profile, as they are now; again: anew. `now` ends
 * those that are open. */
void smp_said_regions(struct smp_collector *c, struct smp_image *i,
                      uint64_t now);

/* code.c */
void smp_code_take(struct smp_collector *c, struct smp_image *i,
                   const struct smp_record_code *r);
/* The definition of a code number, also of one inherited over a fork;
 * SMP_NONE where its record has not come. */
uint32_t smp_code_definition(const struct smp_image *i, uint32_t number);
/* UTF-8 of a Python string's characters, as a string of the profile. */
uint32_t smp_code_text(struct smp_profile *p, const uint8_t *bytes, size_t n,
                       int width);
/* dynamic_code.c: the script's name for a function that came by value and is in the
 * script; else `filename` itself. */
uint32_t smp_dynamic_file(struct smp_collector *c, uint32_t filename,
                          uint32_t qualname, int32_t first_line);
/* The profile's function for a filename and qualname of this image. */
uint32_t smp_code_function(struct smp_collector *c, struct smp_image *i,
                           uint32_t filename, uint32_t qualname,
                           int32_t first_line);

/* classify.c: what a sample's CPU time was. Learns from each call. */
struct smp_class {
    enum smp_kind kind;
    double system_part; /* of the time before it: page faults, 0 to 1 */
    int gc;
};
/* 1 where the class depends on the native stack, or the report wants it. */
int smp_classify_needs_native(struct smp_image *i,
                              const struct smp_record_sample *r);
/* 1 where a library's code ran that is neither the interpreter nor libc, or libc
 * on behalf of such a one. `native` as below. */
int smp_classify_is_library(struct smp_image *i,
                            const struct smp_record_sample *r,
                            const struct smp_native_stack *native);
/* `native`: the unwound stack, or NULL where there is none. */
struct smp_class smp_classify(struct smp_image *i,
                              const struct smp_record_sample *r,
                              const struct smp_native_stack *native,
                              uint64_t cpu_ns, uint64_t system_us,
                              uint64_t faults);

/* owner.c. A thread is about to begin: who starts it. */
void smp_starts_note(struct smp_collector *c, struct smp_image *i,
                     const struct smp_record_starts *r);
/* It has begun: the stack that started it; 0: none is known. */
uint32_t smp_starts_take(struct smp_image *i, uint32_t slot);
/* The stack of a thread that runs nothing of the program's, on top of the
 * Python stack that waits for it; itself where none can be told, and of any other
 * thread. `t` may be NULL. */
uint32_t smp_owned_stack(struct smp_collector *c, const struct smp_image *i,
                         const struct smp_watched *t, uint32_t stack,
                         uint64_t now);

/* opcode.c: 1 where this opcode calls something. */
int smp_opcode_calls(uint32_t python_version, unsigned opcode);
/* 1 where it is specialised for a Python function. */
int smp_opcode_calls_python(uint32_t python_version, unsigned opcode);

/* wait.c: looks at every thread of every image, when it is time. */
void smp_wait_scan(struct smp_collector *c, uint64_t now);
/* Charges waiting of a thread that has ended at `now`. */
void smp_wait_finish(struct smp_collector *c, struct smp_watched *t,
                     uint64_t now, uint64_t cpu_ns);

/* Leaves out what a thread has waited until `now`. */
void smp_wait_skip(struct smp_collector *c, struct smp_watched *t,
                   uint64_t now);

/* switch.c: on and off. */
/* A new image, with its ring: as what it came from, else as the session is. */
void smp_switch_begin(struct smp_collector *c, struct smp_image *i);
/* Switches a process of the profile and all below it; SMP_NONE: all, and who
 * comes later. How many. */
size_t smp_switch_processes(struct smp_collector *c, uint32_t ancestor,
                            enum smp_control control);
/* A SWITCH record. */
void smp_switch_take(struct smp_collector *c, struct smp_image *i,
                     const struct smp_record_switch *r);
/* A thread goes on, or ends while it is off, with this CPU total. */
void smp_switch_thread_on(struct smp_collector *c, struct smp_watched *t,
                          uint64_t now, uint64_t cpu_ns);
/* As if it had been off until now, on or off as it is. */
void smp_switch_rebase(struct smp_collector *c, struct smp_image *i,
                       uint64_t now);
/* Of a process's CPU total, what it used while it was off. */
uint64_t smp_switch_off_cpu(const struct smp_image *i, uint64_t total_ns);
/* Images came, went or were switched: keeps the active time. */
void smp_switch_note(struct smp_collector *c, uint64_t now);
/* Seconds in which nothing was recorded though something lived, until now. */
double smp_switch_off(const struct smp_collector *c, uint64_t now);

/* anew.c: what was counted so far is no part of the profile any more. */
void smp_anew_begin(struct smp_collector *c, uint64_t now);
/* At the finish: what had ended before the window began is no part of it. */
void smp_anew_drop_past(struct smp_collector *c);

/* understudy.c: a copy that writes the profile where the collector is killed. */
void smp_understudy_step(struct smp_collector *c, uint64_t now);

/* periodic.c: reports at intervals. */
void smp_periodic_step(struct smp_collector *c, uint64_t now);
void smp_periodic_reaped(struct smp_collector *c, int32_t pid, int status);
void smp_periodic_wait(struct smp_collector *c);

/* requests.c: answers one; the caller closes fd. */
void smp_request_take(struct smp_collector *c, int fd,
                      const struct smp_request *r, const char *text);

/* remote.c: the Python stack of a thread that is blocked, as a stack of the
 * profile. 0, SMP_EACCES, SMP_EFAULT, SMP_ENOENT (no Python state). */
int smp_remote_stack(struct smp_collector *c, struct smp_image *i,
                     struct smp_watched *t, uint32_t *stack);

/* command.c: what an image runs, from /proc. */
void smp_command_read(struct smp_collector *c, struct smp_image *i);
/* A forked worker's command anew, where it has given itself a title since
 * (setproctitle: "gunicorn: worker [app:app]"). */
void smp_command_read_title(struct smp_collector *c, struct smp_image *i);

/* launch.c */
struct smp_launch {
    pid_t pid;
    int exec_errno; /* not 0: the command could not be run */
};
int smp_launch(struct smp_collector *c, struct smp_launch *out);
void smp_launch_clean(struct smp_collector *c); /* temporary files */

/* library.c: 1 where a path lies in a place for libraries. */
int smp_is_library(const char *path);
/* 1 for a source that is the program's or, as far as can be told before the end, no
 * library's. */
int smp_is_own_file(const struct smp_profile *p, uint32_t file);

/* source.c: source texts, hashes and what is the user's program. */
void smp_source_mark(struct smp_collector *c);
void smp_source_load(struct smp_collector *c);

/* finish.c: the profile's header, ledger and corrections. */
void smp_finish(struct smp_collector *c, uint64_t now);

#endif
