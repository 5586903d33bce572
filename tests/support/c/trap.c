/* A trap for signal handlers, preloaded behind the recorder: aborts where the
 * sampling handler calls what no handler may, and measures its stack.
 *
 * The recorder installs its handler by the C library's syscall(); here that
 * puts a wrapper in front, which knows when the handler runs. TRAP_REPORT names
 * a file for "handlers N stack BYTES" at the end; TRAP_BREAK a function that
 * the wrapper itself calls, to show that the trap closes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SAMPLE_SIGNAL 32
#define PAINTED 8192 /* bytes of stack below the handler that are looked at */
#define PAINT 0xa5

struct kernel_action {
    void *handler;
    unsigned long flags;
    void *restorer;
    unsigned long mask;
};
typedef void signal_handler(int, siginfo_t *, void *);

/* The real ones, by names that are not trapped. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void __libc_free(void *);
int __pthread_mutex_lock(pthread_mutex_t *);
void *__tls_get_addr(void *);

static __thread int inside __attribute__((tls_model("initial-exec")));
static signal_handler *real_handler;
static _Atomic long handlers, deepest;
static const char *to_break;

static void trap(const char *name)
{
    static const char text[] = " called in the sampling handler\n";
    if (!inside)
        return;
    inside = 0;
    if (write(2, name, strlen(name)) < 0 || write(2, text, sizeof text - 1) < 0)
        _exit(99);
    abort();
}

/* ---- what no handler may call */

void *malloc(size_t n)
{
    trap("malloc");
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    trap("calloc");
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    trap("realloc");
    return __libc_realloc(p, n);
}

void free(void *p)
{
    trap("free");
    __libc_free(p);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    trap("pthread_mutex_lock");
    return __pthread_mutex_lock(mutex);
}

/* May allocate, where a library's storage is used for the first time. */
void *__tls_get_addr(void *index)
{
    static void *(*real)(void *);
    trap("__tls_get_addr");
    if (!real) {
        void *found = dlsym(RTLD_NEXT, "__tls_get_addr");
        memcpy(&real, &found, sizeof real);
    }
    return real(index);
}

static void break_the_rule(void)
{
    void *found = dlsym(RTLD_DEFAULT, to_break);
    void *(*function)(void *, size_t, size_t);
    memcpy(&function, &found, sizeof function);
    inside = 1;
    function(NULL, 0, 0);
}

/* ---- the handler's stack */

static __attribute__((noinline)) void paint(void)
{
    volatile unsigned char area[PAINTED];
    for (int n = 0; n < PAINTED; n++)
        area[n] = PAINT;
}

/* How far below here the paint is gone. */
static __attribute__((noinline)) long depth(void)
{
    volatile unsigned char area[PAINTED];
    int n = 0;
    while (n < PAINTED && area[n] == PAINT)
        n++;
    return PAINTED - n;
}

static void wrapper(int number, siginfo_t *info, void *context)
{
    int counts = info->si_code == SI_TIMER;
    if (counts && to_break)
        break_the_rule();
    if (counts)
        paint();
    inside = counts;
    real_handler(number, info, context);
    inside = 0;
    if (!counts)
        return;
    long here = depth(), before = deepest;
    while (here > before &&
           !atomic_compare_exchange_weak(&deepest, &before, here))
        ;
    handlers++;
}

/* ---- how the wrapper gets in front */

static long raw(long n, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
                       "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static long set_action(long act, long old, long size)
{
    struct kernel_action ours, *given = (void *)act, *before = (void *)old;
    if (given) {
        ours = *given;
        if (ours.handler != (void *)wrapper)
            memcpy(&real_handler, &ours.handler, sizeof real_handler);
        ours.handler = (void *)wrapper;
        given = &ours;
    }
    long result = raw(SYS_rt_sigaction, SAMPLE_SIGNAL, (long)given,
                      (long)before, size, 0, 0);
    if (before && before->handler == (void *)wrapper)
        memcpy(&before->handler, &real_handler, sizeof real_handler);
    return result;
}

long syscall(long n, ...)
{
    va_list list;
    long a[6];
    va_start(list, n);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    long result = n == SYS_rt_sigaction && a[0] == SAMPLE_SIGNAL
                      ? set_action(a[1], a[2], a[3])
                      : raw(n, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (result < 0 && result > -4096) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

__attribute__((constructor)) static void begin(void)
{
    to_break = getenv("TRAP_BREAK");
}

__attribute__((destructor)) static void report(void)
{
    char text[80];
    const char *path = getenv("TRAP_REPORT");
    int fd = path && handlers ? open(path, O_WRONLY | O_CREAT, 0600) : -1;
    if (fd < 0)
        return;
    int n =
        snprintf(text, sizeof text, "%ld %ld\n", (long)handlers, (long)deepest);
    if (write(fd, text, (size_t)n) < 0)
        abort();
    close(fd);
}
