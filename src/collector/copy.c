/* Copies: reports of what there is so far.
 *
 * The collector forks; the child has the whole profile as of now, finishes its
 * copy of it and writes the report, while the parent goes on. A fork of a few
 * ten megabytes takes less than a millisecond. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/status.h"
#include "collector/copy.h"
#include "collector/launcher.h"
#include "collector/state.h"

#define SEND_BYTES 32768u /* of a report in one packet */
#define SEND_TIMEOUT_S 30

static void drain_all(struct smp_collector *c)
{
    for (size_t n = 0; n < c->image_count; n++)
        if (!c->images[n]->ended)
            smp_drain(c, c->images[n], 0);
}

pid_t smp_copy_fork(struct smp_collector *c)
{
    drain_all(c);
    pid_t pid = fork();
    if (pid == 0) {
        smp_launcher_set_child(0); /* signals are not passed on from here */
        c->copy = 1;
        smp_meeting_close(c);
    }
    return pid;
}

void smp_copy_end(struct smp_collector *c)
{
    for (size_t n = 0; n < c->image_count; n++)
        smp_image_end(c, c->images[n], SMP_EXIT_RUNNING);
    c->profile->exit_status = SMP_EXIT_RUNNING;
}

void smp_copy_finish(struct smp_collector *c, uint64_t now)
{
    smp_copy_end(c);
    smp_finish(c, now);
}

/* ---- answers */

int smp_answer(int fd, const char *text, size_t n)
{
    size_t at = 0;
    do {
        size_t piece = n - at < SEND_BYTES ? n - at : SEND_BYTES;
        ssize_t sent = send(fd, text + at, piece, MSG_NOSIGNAL);
        if (sent <= 0)
            return SMP_EIO;
        at += (size_t)sent;
    } while (at < n);
    return 0;
}

int smp_answer_line(int fd, const char *line)
{
    return smp_answer(fd, line, strlen(line));
}

static void answer_json(struct smp_collector *c, int fd)
{
    const struct smp_run_reports *r = c->options->reports;
    struct smp_buf out = {0};
    int status = r ? r->json(r->context, c->profile, &out) : SMP_EUNSUPPORTED;
    if (!status && out.failed)
        status = SMP_ENOMEM;
    if (status)
        smp_answer_error(fd, smp_status_text(status));
    else if (!smp_answer_line(fd, "ok\n"))
        smp_answer(fd, out.data, out.length);
    smp_buf_release(&out);
}

static void answer_saved(struct smp_collector *c, int fd, const char *path)
{
    const struct smp_run_reports *r = c->options->reports;
    int error = r ? r->save(r->context, c->profile, path) : 0;
    if (!r)
        smp_answer_error(fd, "this session writes no reports");
    else if (error)
        smp_answer_error(fd, strerror(error));
    else
        smp_answer_line(fd, "ok\n");
}

void smp_answer_error(int fd, const char *why)
{
    struct smp_buf line = {0};
    smp_buf_printf(&line, "error: %s\n", why);
    if (!line.failed)
        smp_answer_line(fd, line.data);
    smp_buf_release(&line);
}

void smp_answer_profile(struct smp_collector *c, int fd, const char *path)
{
    if (*path)
        answer_saved(c, fd, path);
    else
        answer_json(c, fd);
}

int smp_copy_snapshot(struct smp_collector *c, int fd, const char *path)
{
    const struct timeval patience = {.tv_sec = SEND_TIMEOUT_S};
    pid_t pid = smp_copy_fork(c);
    if (pid < 0)
        smp_answer_error(fd, "no process could be had for it");
    if (pid)
        return pid < 0 ? SMP_EAGAIN : 0;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    smp_copy_finish(c, smp_os_now());
    smp_answer_profile(c, fd, path);
    _exit(0);
}
