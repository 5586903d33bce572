/* The operating system, as the recorder and the collector use it. One folder
 * per system implements this header. Functions marked SMP_SIGSAFE may be
 * called in a signal handler and in the child of a fork of a program with
 * threads: they allocate nothing, take no lock and leave errno as it was. */
#ifndef SMP_PLATFORM_PLATFORM_H
#define SMP_PLATFORM_PLATFORM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SMP_SIGSAFE

/* ---- clocks, in nanoseconds */
SMP_SIGSAFE uint64_t smp_os_now(void);         /* monotonic */
SMP_SIGSAFE uint64_t smp_os_thread_cpu(void);  /* of the calling thread */
SMP_SIGSAFE uint64_t smp_os_process_cpu(void); /* of this process */

/* Of another thread of this process; 0: there is none such. */
SMP_SIGSAFE uint64_t smp_os_cpu_of_thread(int32_t tid);
/* Of another process, all its threads; 0: it can't be had. */
uint64_t smp_os_cpu_of_process(int32_t pid);

/* The kernel's tick: timers of CPU time expire at its multiples. */
uint64_t smp_os_tick(void);

/* Kernel time (us) and page faults of the calling thread, totals. */
SMP_SIGSAFE void smp_os_thread_usage(uint64_t *system_us, uint64_t *faults);

/* The most bytes of this process that were resident at a time. */
SMP_SIGSAFE uint64_t smp_os_peak_resident(void);

SMP_SIGSAFE int32_t smp_os_thread_id(void);
SMP_SIGSAFE int32_t smp_os_process_id(void); /* right in a vfork child too */

/* ---- sampling timers and their signal */

/* What a handler is told of the interrupted thread. */
struct smp_os_context {
    void *slot;       /* as given to smp_os_timer_start */
    uint32_t overrun; /* expiries folded into this one */
    uint64_t pc, sp;
    const void *machine; /* for smp_os_registers */
};
typedef void smp_os_sample_handler(const struct smp_os_context *context);

/* Installs the handler on the signal that programs can neither see nor block,
 * in front of whatever is there. Again after something else took its place.
 * 0 or SMP_EUNSUPPORTED. */
int smp_os_signal_install(smp_os_sample_handler *handler);

/* Another process of this user can call this one by the same signal, with a word:
 * `handler` is called with it, inside of the signal handler. NULL: nothing is. */
typedef void smp_os_call_handler(uint32_t word);
void smp_os_signal_on_call(smp_os_call_handler *handler);
/* Calls a thread of a process that has installed such a handler (to any other the
 * signal is deadly). 0, SMP_EACCES or SMP_EGONE. */
int smp_os_signal_call(int32_t pid, int32_t tid, uint32_t word);
/* 1 where the process catches the sampling signal. */
int smp_os_signal_is_caught(int32_t pid);

/* 1 where the sampling signal's handler is ours. */
int smp_os_signal_is_ours(void);

/* The 17 registers in DWARF's order (collector/native.h). */
SMP_SIGSAFE void smp_os_registers(const struct smp_os_context *context,
                                  uint64_t registers[17]);

/* A timer that samples thread `tid` of this process each `interval_ns` of CPU
 * time that the thread uses, the first time after first_ns. Not inherited over
 * fork or exec. 0 with *timer, or SMP_EAGAIN (limit of the system). */
SMP_SIGSAFE int smp_os_timer_start(int *timer, int32_t tid, void *slot,
                                   uint64_t first_ns, uint64_t interval_ns);
/* Sets the times of a timer anew. */
SMP_SIGSAFE void smp_os_timer_pace(int timer, uint64_t first_ns,
                                   uint64_t interval_ns);
/* Deletes a timer. With `drain`, of the calling thread: and no signal of it is
 * pending afterwards. */
SMP_SIGSAFE void smp_os_timer_stop(int timer, int drain);

/* The registers that a function keeps for its caller, as they are where this
 * returns to, in the same order; the others are 0. */
SMP_SIGSAFE void smp_os_here(uint64_t registers[17]);

/* ---- memory */

/* 1 where the byte can be read. About 200 ns. */
SMP_SIGSAFE int smp_os_is_readable(const void *address);
#define SMP_OS_PAGE 4096u

/* Where the heap that the C library grows and trims (brk) ends. No system call. */
SMP_SIGSAFE uint64_t smp_os_heap_end(void);

/* Zeroed memory of our own, page by page as it is touched; NULL. The system is
 * called directly: in the recorder libc's functions are hooked. */
SMP_SIGSAFE void *smp_os_map_own(size_t bytes);

/* A zeroed page that is zeroed again in each forked child; NULL: there are none
 * (Linux before 4.14). */
SMP_SIGSAFE void *smp_os_map_forgotten(void);

/* ---- meeting the collector (recorder side) */

/* Sends `hello`, waits at most timeout_ms for `welcome` and, where one came
 * with it, maps the memory file shared. Leaves no descriptor open. `name`: of
 * the abstract socket. 0, SMP_ENOENT (no collector), SMP_EAGAIN (no answer),
 * SMP_EIO. *memory is NULL where no file came. */
SMP_SIGSAFE int smp_os_meet(const char *name, const void *hello,
                            size_t hello_bytes, void *welcome,
                            size_t welcome_bytes, int timeout_ms, void **memory,
                            size_t memory_bytes);
/* Sends one packet and takes the answer's packets until the other side closes.
 * `take` is given how many bytes came (0 at first) and returns where the next
 * packet goes, with the room that is there; NULL ends it. timeout_ms: between two
 * packets. 0, or as smp_os_meet; SMP_EFULL: `take` had no room; SMP_EACCES: the
 * other side is another user's. */
int smp_os_ask(const char *name, const void *packet, size_t bytes,
               int timeout_ms,
               void *(*take)(void *context, size_t got, size_t *room),
               void *context);
SMP_SIGSAFE void smp_os_unmap(void *memory, size_t bytes);
/* Attaches a System V segment; NULL on failure. smp_os_unmap takes it too. */
SMP_SIGSAFE void *smp_os_attach(int32_t segment);

/* Lets `pid` read this process where the system asks for that (Yama). */
SMP_SIGSAFE void smp_os_allow_reader(int32_t pid);

/* Calls `visit` with each thread of this process but the calling one. Uses a
 * descriptor meanwhile. */
void smp_os_each_thread(void (*visit)(int32_t tid));

/* ---- looking at another process (collector side) */

/* Copies memory of another process. 0, SMP_EFAULT, SMP_EACCES or SMP_EGONE. */
int smp_os_read_memory(pid_t pid, uint64_t address, void *to, size_t n);

/* The same of many pieces of one size at once, in one call of the system: piece i
 * goes to to[i]. Returns how many came, from the first on: the next one could not
 * be read (or too many were asked for). */
#define SMP_OS_PIECES 256
size_t smp_os_read_pieces(pid_t pid, const uint64_t *addresses,
                          uint8_t *const *to, size_t n, size_t bytes);

struct smp_os_thread_times {
    uint64_t run_ns;   /* on a CPU */
    uint64_t queue_ns; /* ready, waiting for a CPU */
};
/* `fd`: a descriptor kept from an earlier call for this thread, or -1; with
 * keep, *fd is left open for the next. 0 or SMP_EGONE. */
int smp_os_thread_times(pid_t pid, pid_t tid, int *fd, int keep,
                        struct smp_os_thread_times *out);

/* What a blocked thread waits in. */
struct smp_os_block {
    long number; /* system call; -1: blocked outside of one; -2: runs */
    uint64_t args[6];
    uint64_t sp, pc;
};
/* 0, SMP_EACCES or SMP_EGONE. */
int smp_os_thread_block(pid_t pid, pid_t tid, struct smp_os_block *out);

enum smp_os_wait {
    SMP_OS_RUNS, /* on a CPU or in its queue */
    SMP_OS_IO,
    SMP_OS_FUTEX, /* args[0] is the address */
    SMP_OS_SLEEP,
    SMP_OS_CHILD,
    SMP_OS_OTHER
};
enum smp_os_wait smp_os_classify(const struct smp_os_block *block);

/* A process (tid = pid), or another thread of it. */
struct smp_os_task {
    char state; /* proc(5): R runs or could, Z ended, X gone, ... */
    pid_t parent;
    int wait_status; /* of one that has ended; 0 also where we may not see it */
};
int smp_os_task(pid_t pid, pid_t tid,
                struct smp_os_task *out); /* or SMP_EGONE */

/* Totals that the system counted for a process, all threads: 0 or SMP_EGONE.
 * Works until the process has been reaped. */
int smp_os_process_times(pid_t pid, double *user_s, double *system_s);

/* Bytes of a process that are resident: 0 or SMP_EGONE. */
int smp_os_process_resident(pid_t pid, double *bytes);
struct smp_os_memory {
    double anon, file, shmem; /* resident now */
    double peak;              /* the most that was resident at a time */
};
int smp_os_process_memory(pid_t pid, struct smp_os_memory *out);

/* How a process that has ended did so, also after it was reaped by another:
 * exit code, or -signal. 0 with *status, SMP_EUNSUPPORTED (Linux before 6.15)
 * or SMP_EAGAIN (it has not ended). */
int smp_os_exit_status(int pidfd, int32_t *status);

/* Text of /proc/PID/NAME ("cmdline", "comm", "task/7/comm"); NULs stay. At most
 * `size` bytes. Returns the count or a status. */
ssize_t smp_os_proc_text(pid_t pid, const char *name, char *to, size_t size);

/* Target of a link of /proc/PID ("exe", "cwd"), NUL-terminated. 0 or status. */
int smp_os_proc_link(pid_t pid, const char *name, char *to, size_t size);

#endif
