/* What a suspended task waits for, as its frames tell it. */
#include <string.h>

#include "collector/tasks.h"

/* Functions of asyncio and gevent, by file and function; "": any function. The first
 * that fits, from the innermost frame outwards. */
static const struct {
    const char *file, *function;
    enum smp_await_on on;
} known[] = {
    {"tasks.py", "sleep", SMP_AWAIT_SLEEP},
    {"tasks.py", "__sleep0", SMP_AWAIT_SLEEP},
    {"tasks.py", "_wait", SMP_AWAIT_TASK},
    {"tasks.py", "wait_for", SMP_AWAIT_TASK},
    {"taskgroups.py", "", SMP_AWAIT_TASK},
    {"staggered.py", "", SMP_AWAIT_TASK},
    {"locks.py", "", SMP_AWAIT_LOCK},
    {"queues.py", "", SMP_AWAIT_QUEUE},
    {"threads.py", "", SMP_AWAIT_EXECUTOR},
    {"subprocess.py", "Process.wait", SMP_AWAIT_PROCESS},
    {"base_subprocess.py", "", SMP_AWAIT_PROCESS},
    {"base_events.py", "Server.serve_forever", SMP_AWAIT_IO},
    {"base_events.py", "BaseEventLoop.shutdown_default_executor",
     SMP_AWAIT_EXECUTOR},
    {"base_events.py", "", SMP_AWAIT_IO},
    {"streams.py", "", SMP_AWAIT_IO},
    {"selector_events.py", "", SMP_AWAIT_IO},
    {"unix_events.py", "", SMP_AWAIT_IO},
    {"sslproto.py", "", SMP_AWAIT_IO},
    {"hub.py", "sleep", SMP_AWAIT_SLEEP},
    {"greenlet.py", "joinall", SMP_AWAIT_TASK},
    {"_socketcommon.py", "", SMP_AWAIT_IO},
    {"_socket3.py", "", SMP_AWAIT_IO},
    {"ssl.py", "", SMP_AWAIT_IO},
    {"select.py", "", SMP_AWAIT_IO},
    {"os.py", "", SMP_AWAIT_IO},
    {"baseserver.py", "BaseServer.serve_forever", SMP_AWAIT_IO},
    {"lock.py", "", SMP_AWAIT_LOCK},
    {"event.py", "", SMP_AWAIT_LOCK},
    {"queue.py", "", SMP_AWAIT_QUEUE},
    {"threadpool.py", "", SMP_AWAIT_EXECUTOR},
};

/* The file's name, where it lies in a folder of this name; NULL. */
static const char *file_in(const struct smp_profile *p, uint32_t frame,
                           const char *folder)
{
    const struct smp_function *f = &p->functions[p->frames[frame].function];
    const char *path = smp_profile_text(p, p->files[f->file].path);
    const char *slash = strrchr(path, '/');
    size_t n = strlen(folder);
    if (!slash || slash - path < (long)n || memcmp(slash - n, folder, n) != 0)
        return NULL;
    return slash + 1;
}

int smp_await_is_asyncio(const struct smp_profile *p, uint32_t frame)
{
    return file_in(p, frame, "/asyncio") || file_in(p, frame, "/gevent");
}

static int find(const char *file, const char *function, enum smp_await_on *on)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].file, file) != 0 ||
            (known[i].function[0] && strcmp(known[i].function, function) != 0))
            continue;
        *on = known[i].on;
        return 1;
    }
    return 0;
}

enum smp_await_on smp_await_reason(const struct smp_profile *p,
                                   const uint32_t *frames, size_t count)
{
    enum smp_await_on on = SMP_AWAIT_FUTURE;
    while (count-- > 0) {
        const char *file = file_in(p, frames[count], "/asyncio");
        if (!file)
            file = file_in(p, frames[count], "/gevent");
        const struct smp_function *f =
            &p->functions[p->frames[frames[count]].function];
        if (!file || find(file, smp_profile_text(p, f->name), &on))
            break;
    }
    return on;
}

int smp_await_is_collecting(const struct smp_profile *p, const uint32_t *frames,
                            size_t count)
{
    while (count-- > 0 && file_in(p, frames[count], "/asyncio")) {
        const struct smp_function *f =
            &p->functions[p->frames[frames[count]].function];
        if (strstr(smp_profile_text(p, f->name), "_wait_for_one"))
            return 1;
    }
    return 0;
}

enum smp_kind smp_await_kind(enum smp_await_on on, enum smp_kind kind)
{
    switch (on) {
    case SMP_AWAIT_SLEEP:
        return SMP_KIND_WAIT_SLEEP;
    case SMP_AWAIT_IO:
        return SMP_KIND_WAIT_IO;
    case SMP_AWAIT_LOCK:
    case SMP_AWAIT_QUEUE:
    case SMP_AWAIT_TASK:
    case SMP_AWAIT_EXECUTOR:
        return SMP_KIND_WAIT_LOCK;
    case SMP_AWAIT_PROCESS:
        return SMP_KIND_WAIT_CHILD;
    default:
        return kind;
    }
}
