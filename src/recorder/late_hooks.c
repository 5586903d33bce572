/* The functions that the recorder stands in front of, by name: a file of its own,
 * since own.h gives memcpy another name in every other one. */
#define _GNU_SOURCE
#include "recorder/late_hooks.h"

#include <malloc.h>
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Not in every libc's headers. */
void free_sized(void *, size_t);
void free_aligned_sized(void *, size_t, size_t);
void *__mempcpy(void *restrict, const void *restrict, size_t);
void *__memcpy_chk(void *, const void *, size_t, size_t);
void *__memmove_chk(void *, const void *, size_t, size_t);
void *__mempcpy_chk(void *, const void *, size_t, size_t);
char *__strcpy_chk(char *, const char *, size_t);

#define SMP_LATE_HOOKS(X)                                                      \
    X(malloc)                                                                  \
    X(free) X(calloc) X(realloc) X(reallocarray) X(posix_memalign)             \
        X(aligned_alloc) X(memalign) X(valloc) X(pvalloc) X(free_sized)        \
            X(free_aligned_sized) X(mmap) X(mmap64) X(munmap) X(mremap)        \
                X(memcpy) X(memmove) X(mempcpy) X(__mempcpy) X(strcpy)         \
                    X(__memcpy_chk) X(__memmove_chk) X(__mempcpy_chk)          \
                        X(__strcpy_chk) X(pthread_create) X(pthread_cancel)    \
                            X(execv) X(execve) X(execvp) X(execvpe) X(fexecve) \
                                X(posix_spawn) X(posix_spawnp) X(_exit)        \
                                    X(_Exit) X(prctl)

struct smp_late_hook smp_late_hooks[] = {
#define SMP_X(name) {#name, (void *)(uintptr_t)name, 0},
    SMP_LATE_HOOKS(SMP_X)
#undef SMP_X
};
const size_t smp_late_hook_count =
    sizeof smp_late_hooks / sizeof *smp_late_hooks;
