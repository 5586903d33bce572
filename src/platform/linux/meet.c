/* Meeting the collector: one exchange over its abstract socket. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/status.h"
#include "platform/platform.h"

static int connect_to(const char *name)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    if (length + 1 > sizeof to.sun_path)
        return SMP_EINVAL;
    memcpy(to.sun_path + 1, name, length);
    /* Not blocking: the queue of connections being full is as good as nobody. */
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return SMP_EIO;
    socklen_t size =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
    if (connect(fd, (struct sockaddr *)&to, size)) {
        close(fd);
        return SMP_ENOENT;
    }
    return fd;
}

/* poll() that goes on after signals, until its time is over. */
static int wait_readable(int fd, int timeout_ms)
{
    uint64_t end = smp_os_now() + (uint64_t)timeout_ms * 1000000u;
    for (;;) {
        uint64_t now = smp_os_now();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (now >= end)
            return SMP_EAGAIN;
        int n = poll(&p, 1, (int)((end - now) / 1000000u) + 1);
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return SMP_EIO;
    }
}

/* Receives the answer; *file is a descriptor or -1. */
static int receive(int fd, void *welcome, size_t bytes, int *file)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec v = {welcome, bytes};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};
    ssize_t got = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
    *file = -1;
    if (got != (ssize_t)bytes)
        return SMP_EIO;
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(file, CMSG_DATA(c), sizeof *file);
    return 0;
}

static int exchange(int fd, const void *hello, size_t hello_bytes,
                    void *welcome, size_t welcome_bytes, int timeout_ms,
                    int *file)
{
    *file = -1;
    if (send(fd, hello, hello_bytes, MSG_NOSIGNAL) != (ssize_t)hello_bytes)
        return SMP_EIO;
    int status = wait_readable(fd, timeout_ms);
    return status ? status : receive(fd, welcome, welcome_bytes, file);
}

int smp_os_meet(const char *name, const void *hello, size_t hello_bytes,
                void *welcome, size_t welcome_bytes, int timeout_ms,
                void **memory, size_t memory_bytes)
{
    int saved = errno, file;
    *memory = NULL;
    int fd = connect_to(name);
    if (fd < 0) {
        errno = saved;
        return fd;
    }
    int status = exchange(fd, hello, hello_bytes, welcome, welcome_bytes,
                          timeout_ms, &file);
    close(fd);
    if (file >= 0) {
        /* Directly: in the recorder libc's function is hooked. */
        long at = syscall(SYS_mmap, NULL, memory_bytes, PROT_READ | PROT_WRITE,
                          MAP_SHARED, file, 0);
        close(file);
        if (at == -1)
            status = status ? status : SMP_EIO;
        else
            *memory = (void *)at;
    }
    errno = saved;
    return status;
}

/* Anyone can take a name in the abstract namespace. */
static int is_of_this_user(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    uid_t self = geteuid();
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == self || self == 0 || peer.uid == 0);
}

/* The rest of an answer; `got` bytes of it were taken. */
static int take_packets(int fd, int timeout_ms,
                        void *(*take)(void *, size_t, size_t *), void *context)
{
    size_t got = 0, room;
    for (;;) {
        void *to = take(context, got, &room);
        if (!to)
            return SMP_EFULL;
        int status = wait_readable(fd, timeout_ms);
        if (status)
            return status;
        struct iovec v = {to, room};
        struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
        ssize_t n = recvmsg(fd, &m, 0);
        if (n <= 0)
            return n == 0 ? 0 : SMP_EIO;
        got = (size_t)n;
    }
}

int smp_os_ask(const char *name, const void *packet, size_t bytes,
               int timeout_ms,
               void *(*take)(void *context, size_t got, size_t *room),
               void *context)
{
    int saved = errno, status, fd = connect_to(name);
    if (fd < 0) {
        errno = saved;
        return fd;
    }
    if (!is_of_this_user(fd))
        status = SMP_EACCES;
    else if (send(fd, packet, bytes, MSG_NOSIGNAL) != (ssize_t)bytes)
        status = SMP_EIO;
    else
        status = take_packets(fd, timeout_ms, take, context);
    close(fd);
    errno = saved;
    return status;
}

void smp_os_allow_reader(int32_t pid)
{
    int saved = errno;
    prctl(PR_SET_PTRACER, (unsigned long)pid, 0, 0, 0);
    errno = saved;
}

static int parse_tid(const char *name)
{
    int tid = 0;
    for (; *name >= '0' && *name <= '9'; name++)
        tid = tid * 10 + (*name - '0');
    return tid;
}

void smp_os_each_thread(void (*visit)(int32_t tid))
{
    char bytes[1024];
    int saved = errno, fd = open("/proc/self/task", O_RDONLY | O_CLOEXEC);
    int32_t self = smp_os_thread_id();
    long n;
    if (fd < 0) {
        errno = saved;
        return;
    }
    while ((n = syscall(SYS_getdents64, fd, bytes, sizeof bytes)) > 0)
        for (long at = 0; at < n;) {
            struct dirent64 *entry = (struct dirent64 *)(bytes + at);
            int tid = parse_tid(entry->d_name);
            if (tid > 0 && tid != self)
                visit(tid);
            at += entry->d_reclen;
        }
    close(fd);
    errno = saved;
}
