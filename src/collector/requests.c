/* Requests: what a person or a program asks of the collector at work. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/status.h"
#include "collector/copy.h"
#include "collector/state.h"

#define NOT_HERE "no process of this session has that number"

/* Whom a pid means: a process of the profile; SMP_NONE: all of the session.
 * 0 where it is none of the session's. */
static int find(const struct smp_collector *c, int32_t pid, uint32_t *process)
{
    struct smp_image *i =
        pid ? smp_image_find((struct smp_collector *)(uintptr_t)c, pid) : NULL;
    int whole = !pid || pid == getpid() || pid == c->child;
    /* The first process is all of the session, whatever it has become. */
    if (!whole && i && !i->ended && c->image_count && i == c->images[0])
        whole = 1;
    *process = !whole && i ? i->process : SMP_NONE;
    return whole || (i && !i->ended);
}

static void answer_status(struct smp_collector *c, int fd)
{
    struct smp_buf out = {0};
    size_t on = 0;
    for (size_t n = 0; n < c->image_count; n++)
        on += !c->images[n]->ended && c->images[n]->ring && !c->images[n]->off;
    smp_buf_printf(&out, "ok\nsession %08x\ncollector %d\ncommand %d\n%s\n",
                   c->session, (int)getpid(), (int)c->child, on ? "on" : "off");
    for (size_t n = 0; n < c->image_count; n++) {
        const struct smp_image *i = c->images[n];
        if (!i->ended)
            smp_buf_printf(&out, "process %d %s\n", i->pid,
                           !i->ring ? "unrecorded"
                           : i->off ? "off"
                                    : "on");
    }
    if (!out.failed)
        smp_answer(fd, out.data, out.length);
    smp_buf_release(&out);
}

static void answer_switch(struct smp_collector *c, int fd, uint32_t process,
                          enum smp_control control)
{
    char line[64];
    size_t n = smp_switch_processes(c, process, control);
    snprintf(line, sizeof line, "ok\nprocesses %zu\n", n);
    smp_answer_line(fd, line);
}

#define DRAINS_MAX 8 /* of a ring that is being written to */

/* The process waits for the answer, so its records of before are all there. */
static void drain_whole(struct smp_collector *c, struct smp_image *i)
{
    for (int n = 0; n < DRAINS_MAX; n++) {
        smp_drain(c, i, 0);
        if (!i->ring || !smp_ring_used(i->ring))
            return;
    }
}

static void answer_figures(struct smp_collector *c, int fd, int32_t pid,
                           const char *text)
{
    struct smp_buf out = {0};
    struct smp_image *i = smp_image_find(c, pid);
    if (!i || i->ended || !i->ring) {
        smp_answer_error(fd, NOT_HERE);
        return;
    }
    drain_whole(c, i);
    smp_buf_puts(&out, "ok\n");
    int status = smp_window_request(c, i->process, text, smp_os_now(), &out);
    if (status)
        smp_answer_error(fd, status == SMP_ENOENT ? "nothing was begun"
                                                  : smp_status_text(status));
    else if (!out.failed)
        smp_answer(fd, out.data, out.length);
    smp_buf_release(&out);
}

/* Answered when the profile is finished (run.c). */
static void take_end(struct smp_collector *c, int fd, const char *path)
{
    if (!c->is_collect) {
        smp_answer_error(fd, "this session ends with its program");
        return;
    }
    if (c->end_fd < 0)
        c->end_fd = dup(fd);
    snprintf(c->end_path, sizeof c->end_path, "%s", path);
    c->end_asked = 1;
}

void smp_request_take(struct smp_collector *c, int fd,
                      const struct smp_request *r, const char *text)
{
    uint32_t process;
    int has_path = r->kind == SMP_REQUEST_SNAPSHOT ||
                   r->kind == SMP_REQUEST_WINDOW || r->kind == SMP_REQUEST_END;
    if (!find(c, r->pid, &process)) {
        smp_answer_error(fd, NOT_HERE);
        return;
    }
    if (has_path && *text && *text != '/') {
        smp_answer_error(fd, "the path must be absolute");
        return;
    }
    switch (r->kind) {
    case SMP_REQUEST_STATUS:
        answer_status(c, fd);
        break;
    case SMP_REQUEST_ON:
        answer_switch(c, fd, process, SMP_CONTROL_RUN);
        break;
    case SMP_REQUEST_OFF:
        answer_switch(c, fd, process, SMP_CONTROL_PAUSE);
        break;
    case SMP_REQUEST_SNAPSHOT:
        smp_copy_snapshot(c, fd, text);
        break;
    case SMP_REQUEST_FIGURES:
        answer_figures(c, fd, r->pid, text);
        break;
    case SMP_REQUEST_END:
        take_end(c, fd, text);
        break;
    default:
        smp_answer_error(fd, "this version does not know that request");
        break;
    }
}
