/* Asking: the other side of requests.c, in another process. */
#define _GNU_SOURCE
#include "collector/ask.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/status.h"
#include "record/hello.h"

#define ANSWER_TIMEOUT_S 60 /* of a snapshot of much; others take no time */
#define SESSIONS_MOST 1024  /* that are looked at */

static int connect_to(uint32_t session)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int n = snprintf(to.sun_path + 1, sizeof to.sun_path - 1,
                     SMP_SOCKET_PREFIX "%08x", session);
    socklen_t size =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return SMP_EIO;
    if (connect(fd, (struct sockaddr *)&to, size)) {
        close(fd);
        return SMP_ENOENT;
    }
    return fd;
}

/* Anyone can take a name in the abstract namespace. */
static int is_ours(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == geteuid() || geteuid() == 0 || peer.uid == 0);
}

static int send_request(int fd, enum smp_request_kind kind, int32_t pid,
                        const char *text)
{
    char packet[sizeof(struct smp_request) + SMP_REQUEST_TEXT_BYTES];
    size_t n = strlen(text);
    struct smp_request r = {.magic = SMP_REQUEST_MAGIC,
                            .version = SMP_RECORD_VERSION,
                            .kind = (uint32_t)kind,
                            .pid = pid,
                            .bytes = (uint32_t)n};
    if (n > SMP_REQUEST_TEXT_BYTES)
        return SMP_EINVAL;
    memcpy(packet, &r, sizeof r);
    memcpy(packet + sizeof r, text, n);
    ssize_t sent = send(fd, packet, sizeof r + n, MSG_NOSIGNAL);
    return sent == (ssize_t)(sizeof r + n) ? 0 : SMP_EIO;
}

static int receive(struct smp_buf *answer, int fd)
{
    char *packet = malloc(SMP_ANSWER_PACKET_BYTES);
    ssize_t n = -1;
    while (packet && (n = recv(fd, packet, SMP_ANSWER_PACKET_BYTES, 0)) > 0)
        smp_buf_add(answer, packet, (size_t)n);
    int status = !packet || answer->failed  ? SMP_ENOMEM
                 : n < 0 && errno == EAGAIN ? SMP_EAGAIN
                 : n < 0 || !answer->length ? SMP_EIO
                                            : 0;
    free(packet);
    return status;
}

int smp_ask(struct smp_buf *answer, uint32_t session,
            enum smp_request_kind kind, int32_t pid, const char *text)
{
    const struct timeval patience = {.tv_sec = ANSWER_TIMEOUT_S};
    int fd = connect_to(session);
    if (fd < 0)
        return fd;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    int status = is_ours(fd) ? send_request(fd, kind, pid, text) : SMP_EACCES;
    if (!status)
        status = receive(answer, fd);
    close(fd);
    return status;
}

const char *smp_ask_body(struct smp_buf *answer, const char **why)
{
    char *end = answer->data ? strchr(answer->data, '\n') : NULL;
    *why = "it did not answer";
    if (!end)
        return NULL;
    if (!strncmp(answer->data, "ok\n", 3))
        return end + 1;
    *end = '\0';
    *why =
        strncmp(answer->data, "error: ", 7) ? answer->data : answer->data + 7;
    return NULL;
}

/* ---- finding */

/* The sessions that the system lists, each once. */
static size_t list(uint32_t *sessions)
{
    char line[512];
    size_t count = 0;
    FILE *f = fopen("/proc/net/unix", "re");
    while (f && fgets(line, sizeof line, f) && count < SESSIONS_MOST) {
        const char *name = strstr(line, " @" SMP_SOCKET_PREFIX);
        char *end;
        if (!name)
            continue;
        name += sizeof " @" SMP_SOCKET_PREFIX - 1;
        uint32_t session = (uint32_t)strtoul(name, &end, 16);
        size_t known = 0;
        while (known < count && sessions[known] != session)
            known++;
        if (end == name + 8 && known == count)
            sessions[count++] = session;
    }
    if (f)
        fclose(f);
    return count;
}

static int has(uint32_t session, int32_t pid)
{
    struct smp_buf answer = {0};
    const char *why;
    int status = smp_ask(&answer, session, SMP_REQUEST_STATUS, pid, "");
    int found = !status && smp_ask_body(&answer, &why);
    smp_buf_release(&answer);
    return found;
}

int smp_ask_find(uint32_t *session, int32_t pid)
{
    uint32_t sessions[SESSIONS_MOST];
    size_t count = list(sessions);
    for (size_t n = 0; n < count; n++)
        if (has(sessions[n], pid)) {
            *session = sessions[n];
            return 0;
        }
    return SMP_ENOENT;
}
