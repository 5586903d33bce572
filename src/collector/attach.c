/* Attaching: programs that were prepared (--dormant) are called to a session.
 *
 * The call is the recorder's own signal with a word. To a process that does not
 * catch it it would be deadly, so /proc is asked first. */
#define _GNU_SOURCE
#include "collector/attach.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"

#define RECORDER_NAME "/librecorder.so"
#define PYTHON_NAME "python3."
#define CALLS_MAX 3 /* to a process that does not answer */

/* What the mappings tell: 0, or the errno of reading them. */
static int read_maps(int32_t pid, int *recorder, int *python, int *minor)
{
    char path[64], line[4352];
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return errno;
    errno = 0;
    while (fgets(line, sizeof line, f)) {
        const char *file = strchr(line, '/'), *at;
        if (!file)
            continue;
        *recorder |= strstr(file, RECORDER_NAME) != NULL;
        if ((at = strstr(file, PYTHON_NAME))) {
            *python = 1;
            *minor = *minor ? *minor : atoi(at + sizeof PYTHON_NAME - 1);
        }
    }
    int error = errno;
    fclose(f);
    return error;
}

enum smp_prepared smp_attach_look(int32_t pid, int *minor)
{
    int recorder = 0, python = 0;
    *minor = 0;
    int error = read_maps(pid, &recorder, &python, minor);
    if (error == EACCES || error == EPERM)
        return SMP_PREPARED_HIDDEN;
    if (error)
        return SMP_PREPARED_GONE;
    if (recorder && smp_os_signal_is_caught(pid))
        return SMP_PREPARED;
    if (!python)
        return SMP_PREPARED_NO_PYTHON;
    return recorder ? SMP_PREPARED_SOON : SMP_PREPARED_NOT;
}

/* ---- the tree below a process */

struct tree {
    int32_t pids[SMP_ATTACH_TREE_MAX];
    size_t count;
};

static int32_t parent_of(int32_t pid)
{
    struct smp_os_task task;
    return smp_os_task(pid, pid, &task) ? 0 : task.parent;
}

static int has(const struct tree *t, int32_t pid)
{
    for (size_t n = 0; n < t->count; n++)
        if (t->pids[n] == pid)
            return 1;
    return 0;
}

/* One pass over all processes; how many were added. */
static size_t grow(struct tree *t)
{
    size_t before = t->count;
    struct dirent *entry;
    DIR *d = opendir("/proc");
    while (d && (entry = readdir(d)) && t->count < SMP_ATTACH_TREE_MAX) {
        int32_t pid = (int32_t)atoi(entry->d_name);
        if (pid > 0 && !has(t, pid) && has(t, parent_of(pid)))
            t->pids[t->count++] = pid;
    }
    if (d)
        closedir(d);
    return t->count - before;
}

/* ---- the call */

/* A thread that runs takes it at once and loses nothing by it; one that waits
 * wakes up. So the running one of several is called. */
static int32_t thread_to_call(int32_t pid)
{
    char path[64];
    int32_t found = pid;
    struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *d = opendir(path);
    while (d && (entry = readdir(d))) {
        struct smp_os_task task;
        int32_t tid = (int32_t)atoi(entry->d_name);
        if (tid > 0 && !smp_os_task(pid, tid, &task) && task.state == 'R') {
            found = tid;
            break;
        }
    }
    if (d)
        closedir(d);
    return found;
}

int smp_attach_call(int32_t pid, uint32_t session)
{
    return smp_os_signal_call(pid, thread_to_call(pid), session);
}

/* 1 where it may be called once more. */
static int count_call(struct smp_attach_below *b, int32_t pid)
{
    size_t n = 0;
    while (n < b->count && b->pids[n] != pid)
        n++;
    if (n == SMP_ATTACH_TREE_MAX)
        return 0;
    if (n == b->count)
        b->pids[b->count++] = pid;
    if (b->calls[n] == CALLS_MAX)
        return 0;
    b->calls[n]++;
    return 1;
}

void smp_attach_call_below(struct smp_attach_below *b, int32_t pid,
                           uint32_t session,
                           int (*is_recorded)(void *context, int32_t pid),
                           void *context)
{
    struct tree *t = calloc(1, sizeof *t);
    int minor;
    if (!t)
        return;
    t->pids[t->count++] = pid;
    while (grow(t))
        ;
    for (size_t n = 1; n < t->count; n++)
        if (!is_recorded(context, t->pids[n]) &&
            smp_attach_look(t->pids[n], &minor) == SMP_PREPARED &&
            count_call(b, t->pids[n]))
            smp_attach_call(t->pids[n], session);
    free(t);
}
