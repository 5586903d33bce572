/* Meetings: the session's socket, and the hand-shakes with new processes. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/status.h"
#include "collector/state.h"

#define BACKLOG 1024
#define NUMBERS_TRIED 64
#define RING_BYTES (SMP_RING_HEADER_BYTES + SMP_RING_DATA_BYTES)

static int bind_number(int fd, uint32_t session)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int n = snprintf(to.sun_path + 1, sizeof to.sun_path - 1,
                     SMP_SOCKET_PREFIX "%08x", session);
    socklen_t size =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
    return bind(fd, (struct sockaddr *)&to, size);
}

int smp_meeting_open(struct smp_collector *c)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return SMP_EIO;
    for (int i = 0; i < NUMBERS_TRIED; i++) {
        if (getrandom(&c->session, sizeof c->session, 0) !=
            (ssize_t)sizeof c->session)
            c->session = (uint32_t)getpid() * 2654435761u + (uint32_t)i;
        if (c->session == 0) /* means: none */
            continue;
        if (bind_number(fd, c->session) == 0 && listen(fd, BACKLOG) == 0) {
            c->listener = fd;
            return 0;
        }
        if (errno != EADDRINUSE)
            break;
    }
    close(fd);
    return SMP_EIO;
}

void smp_meeting_close(struct smp_collector *c)
{
    if (c->listener >= 0)
        close(c->listener);
    c->listener = -1;
}

/* Only this user's processes may meet us. *pid: the peer's, as we know it. */
static int is_ours(int fd, int32_t *pid)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
        return 0;
    *pid = peer.pid;
    return peer.uid == geteuid() || geteuid() == 0 || peer.uid == 0;
}

/* Memory that no limit on file sizes concerns. The segment goes with its last
 * user: Linux lets it be attached after its removal. */
static struct smp_ring *make_segment(int32_t *segment)
{
    int id = shmget(IPC_PRIVATE, RING_BYTES, IPC_CREAT | 0600);
    if (id < 0)
        return NULL;
    void *at = shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
    if (at == (void *)-1)
        return NULL;
    *segment = id;
    smp_ring_init(at, SMP_RING_DATA_BYTES);
    return at;
}

/* The ring's memory file, mapped here; *fd is to be passed on and closed. */
static struct smp_ring *make_file(int *fd)
{
    *fd = memfd_create("solvidia-mem-prof", MFD_CLOEXEC);
    if (*fd < 0)
        return NULL;
    void *at = MAP_FAILED;
    if (ftruncate(*fd, RING_BYTES) == 0)
        at = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (at == MAP_FAILED) {
        close(*fd);
        *fd = -1;
        return NULL;
    }
    smp_ring_init(at, SMP_RING_DATA_BYTES);
    return at;
}

static void answer(int fd, const struct smp_welcome *welcome, int file)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec v = {(void *)(uintptr_t)welcome, sizeof *welcome};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    if (file >= 0) {
        memset(&control, 0, sizeof control);
        m.msg_control = &control;
        m.msg_controllen = sizeof control;
        struct cmsghdr *head = CMSG_FIRSTHDR(&m);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(head), &file, sizeof file);
    }
    sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* What it says of itself has its own numbers: process 1 there is the system's
 * first here, and its threads are somebody else's. */
static void refuse_foreign(struct smp_collector *c, int fd,
                           const struct smp_hello *given, int32_t pid)
{
    struct smp_welcome welcome = {.magic = SMP_HELLO_MAGIC,
                                  .status = SMP_EUNSUPPORTED,
                                  .segment = -1};
    struct smp_hello hello = *given;
    hello.pid = pid;
    struct smp_image *image = smp_image_new(c, &hello);
    if (image)
        smp_image_give_up(c, image, "it is in another PID namespace");
    if (image)
        smp_command_read(c, image);
    answer(fd, &welcome, -1);
}

static void welcome_image(struct smp_collector *c, int fd,
                          const struct smp_hello *hello)
{
    struct smp_welcome welcome = {
        .magic = SMP_HELLO_MAGIC,
        .status = SMP_EAGAIN,
        .interval_ns = (uint64_t)(c->options->interval_s * 1e9),
        .ring_bytes = RING_BYTES,
        .native_stacks = (uint32_t)c->options->native_stacks,
        .collector = getpid(),
        .segment = -1,
        .heap = (uint32_t)c->options->memory,
        .heap_fixed = (uint32_t)c->options->heap_fixed,
        .heap_interval = c->options->heap_interval,
        .heap_seed = c->options->heap_seed,
    };
    int file = -1;
    struct smp_ring *ring = NULL;
    if (hello->kind != SMP_HELLO_REFUSED)
        ring = make_file(&file);
    if (hello->kind != SMP_HELLO_REFUSED && !ring)
        ring = make_segment(&welcome.segment);
    struct smp_image *image = smp_image_new(c, hello);
    if (image && ring) {
        image->ring = ring;
        image->ring_mapped = RING_BYTES;
        welcome.status = 0;
        smp_switch_begin(c, image);
    } else if (ring) {
        munmap(ring, RING_BYTES);
    } else if (image && hello->kind != SMP_HELLO_REFUSED) {
        smp_image_give_up(c, image,
                          "no shared memory could be had for its "
                          "records");
    }
    /* What a short-lived process runs and has mapped is read while it waits. */
    if (image)
        smp_command_read(c, image);
    if (image && image->ring && c->options->memory) {
        atomic_store(&ring->counts.arenas, hello->arenas);
        smp_footprint_begin(c, image);
    }
    answer(fd, &welcome, welcome.status ? -1 : file);
    if (file >= 0)
        close(file);
}

static void greet(struct smp_collector *c, int fd)
{
    union {
        struct smp_hello hello;
        struct smp_request request;
        char bytes[sizeof(struct smp_request) + SMP_REQUEST_TEXT_BYTES + 1];
    } asked;
    /* Between two calls of theirs; a machine that others share may stop for long.
     * Less than anybody who waits for us meanwhile has (ANSWER_TIMEOUT_MS). */
    struct timeval patience = {.tv_sec = 1};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    int32_t pid = 0;
    ssize_t n = is_ours(fd, &pid) ? recv(fd, &asked, sizeof asked - 1, 0) : -1;
    if (n < (ssize_t)sizeof(struct smp_request) ||
        asked.hello.version != SMP_RECORD_VERSION)
        return;
    int is_hello = asked.hello.magic == SMP_HELLO_MAGIC &&
                   n == (ssize_t)sizeof asked.hello;
    if (is_hello && pid > 0 && pid != asked.hello.pid)
        refuse_foreign(c, fd, &asked.hello, pid);
    else if (is_hello)
        welcome_image(c, fd, &asked.hello);
    if (asked.request.magic != SMP_REQUEST_MAGIC ||
        (size_t)n != sizeof asked.request + asked.request.bytes)
        return;
    asked.bytes[n] = '\0';
    smp_request_take(c, fd, &asked.request, asked.bytes + sizeof asked.request);
}

void smp_meeting_accept(struct smp_collector *c)
{
    int fd;
    while ((fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        greet(c, fd);
        close(fd);
    }
}
