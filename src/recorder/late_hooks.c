/* The functions that the recorder stands in front of, by name: a file of its own,
 * since own.h gives memcpy another name in every other one. */
#define _GNU_SOURCE
#include "recorder/late_hooks.h"

#include <malloc.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
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

#define HOOK(name)                                                             \
    {                                                                          \
#name, (void *)(uintptr_t)name, 0                                      \
    }

struct smp_late_hook smp_late_hooks[] = {
    HOOK(malloc),        HOOK(free),           HOOK(calloc),
    HOOK(realloc),       HOOK(reallocarray),   HOOK(posix_memalign),
    HOOK(aligned_alloc), HOOK(memalign),       HOOK(valloc),
    HOOK(pvalloc),       HOOK(free_sized),     HOOK(free_aligned_sized),
    HOOK(mmap),          HOOK(mmap64),         HOOK(munmap),
    HOOK(mremap),        HOOK(memcpy),         HOOK(memmove),
    HOOK(mempcpy),       HOOK(__mempcpy),      HOOK(strcpy),
    HOOK(__memcpy_chk),  HOOK(__memmove_chk),  HOOK(__mempcpy_chk),
    HOOK(__strcpy_chk),  HOOK(pthread_create), HOOK(pthread_cancel),
    HOOK(execv),         HOOK(execve),         HOOK(execvp),
    HOOK(execvpe),       HOOK(fexecve),        HOOK(posix_spawn),
    HOOK(posix_spawnp),  HOOK(_exit),          HOOK(_Exit),
    HOOK(prctl),         HOOK(syscall),        HOOK(execl),
    HOOK(execlp),        HOOK(execle),         HOOK(execveat),
    HOOK(ctermid),
};
const size_t smp_late_hook_count =
    sizeof smp_late_hooks / sizeof *smp_late_hooks;
