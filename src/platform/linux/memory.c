/* Memory: whether it can be read, and reading another process's. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/status.h"
#include "platform/platform.h"

/* The kernel copies the new mask in before it looks at `how`, so an impossible
 * `how` changes nothing and tells EFAULT from EINVAL (the trick of abseil's
 * AddressIsReadable). */
int smp_os_is_readable(const void *address)
{
    int saved = errno;
    const void *aligned = (const void *)((uintptr_t)address & ~(uintptr_t)7);
    if (!aligned) /* "no mask" to the kernel, which then looks at nothing */
        return 0;
    long result = syscall(SYS_rt_sigprocmask, -1, aligned, NULL, 8);
    int readable = !(result < 0 && errno == EFAULT);
    errno = saved;
    return readable;
}

uint64_t smp_os_heap_end(void)
{
    return (uint64_t)(uintptr_t)sbrk(0);
}

void smp_os_unmap(void *memory, size_t bytes)
{
    int saved = errno;
    syscall(SYS_munmap, memory, bytes);
    errno = saved;
}

void *smp_os_map_own(size_t bytes)
{
    int saved = errno;
    long at = syscall(SYS_mmap, NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at != -1) /* else the first touch would take two megabytes */
        syscall(SYS_madvise, at, bytes, MADV_NOHUGEPAGE);
    errno = saved;
    return at == -1 ? NULL : (void *)at;
}

void *smp_os_map_forgotten(void)
{
    int saved = errno;
    long at = syscall(SYS_mmap, NULL, SMP_OS_PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at != -1 &&
        syscall(SYS_madvise, at, SMP_OS_PAGE, MADV_WIPEONFORK) != 0) {
        syscall(SYS_munmap, at, SMP_OS_PAGE);
        at = -1;
    }
    errno = saved;
    return at == -1 ? NULL : (void *)at;
}

void *smp_os_attach(int32_t segment)
{
    int saved = errno;
    void *at = shmat(segment, NULL, 0);
    errno = saved;
    return at == (void *)-1 ? NULL : at;
}

int smp_os_read_memory(pid_t pid, uint64_t address, void *to, size_t n)
{
    struct iovec local = {to, n}, remote = {(void *)(uintptr_t)address, n};
    ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
    if (got == (ssize_t)n)
        return 0;
    if (got < 0 && errno == EPERM)
        return SMP_EACCES;
    if (got < 0 && errno == ESRCH)
        return SMP_EGONE;
    return SMP_EFAULT;
}

size_t smp_os_read_pieces(pid_t pid, const uint64_t *addresses,
                          uint8_t *const *to, size_t n, size_t bytes)
{
    struct iovec local[SMP_OS_PIECES], remote[SMP_OS_PIECES];
    if (n > SMP_OS_PIECES)
        n = SMP_OS_PIECES;
    for (size_t i = 0; i < n; i++) {
        local[i] = (struct iovec){to[i], bytes};
        remote[i] = (struct iovec){(void *)(uintptr_t)addresses[i], bytes};
    }
    ssize_t got = process_vm_readv(pid, local, n, remote, n, 0);
    return got > 0 ? (size_t)got / bytes : 0;
}
