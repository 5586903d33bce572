/* What a suspended task waits for, as its frames tell it. */
#include <string.h>

#include "collector/tasks.h"

/* asyncio's own coroutines, by file and function; "": any function. The first
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
};

/* The file's name in asyncio's folder; NULL. */
static const char *asyncio_file(const struct smp_profile *p, uint32_t frame)
{
    static const char folder[] = "/asyncio/";
    const struct smp_function *f = &p->functions[p->frames[frame].function];
    const char *path = smp_profile_text(p, p->files[f->file].path);
    const char *slash = strrchr(path, '/');
    size_t n = sizeof folder - 2; /* without the last slash */
    if (!slash || slash - path < (long)n || memcmp(slash - n, folder, n) != 0)
        return NULL;
    return slash + 1;
}

int smp_await_is_asyncio(const struct smp_profile *p, uint32_t frame)
{
    return asyncio_file(p, frame) != NULL;
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
        const char *file = asyncio_file(p, frames[count]);
        const struct smp_function *f =
            &p->functions[p->frames[frames[count]].function];
        if (!file || find(file, smp_profile_text(p, f->name), &on))
            break;
    }
    return on;
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
