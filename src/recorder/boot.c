/* The way in: from the library's constructor to the first sample.
 *
 * An audit hook, installed before the interpreter exists, tells when the
 * user's code is about to run: on the main thread, with the GIL. It is taken out
 * again then (audit.c). A process in which no interpreter is found never gets
 * further than the constructor. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

#include "base/status.h"
#include "recorder/bridge.h"
#include "recorder/heap.h"
#include "recorder/late.h"
#include "recorder/state.h"

struct smp_recorder smp_recorder;

static int frames_checked;

/* ---- the hook's entry, kept out of the interpreter's allocators */

static smp_allocator_function *get_allocator, *set_allocator;
static struct smp_python_allocator raw;
static char entry[256] __attribute__((aligned(16)));
static int entry_taken;

static void *entry_malloc(void *context, size_t n)
{
    (void)context;
    if (!entry_taken && n <= sizeof entry) {
        entry_taken = 1;
        return entry;
    }
    return raw.malloc(raw.context, n);
}

static void *raw_malloc(void *context, size_t n)
{
    (void)context;
    return raw.malloc(raw.context, n);
}

static void *raw_calloc(void *context, size_t n, size_t size)
{
    (void)context;
    return raw.calloc(raw.context, n, size);
}

static void *raw_realloc(void *context, void *p, size_t n)
{
    (void)context;
    return raw.realloc(raw.context, p, n);
}

static void raw_free(void *context, void *p)
{
    (void)context;
    if (p != (void *)entry)
        raw.free(raw.context, p);
}

static void wrap_raw(void *(*malloc_function)(void *, size_t))
{
    struct smp_python_allocator ours = {NULL, malloc_function, raw_calloc,
                                        raw_realloc, raw_free};
    get_allocator(SMP_PYMEM_RAW, &raw);
    set_allocator(SMP_PYMEM_RAW, &ours);
}

/* ---- start */

static enum smp_refusal refusal_of(int status)
{
    return status == SMP_EVERSION  ? SMP_REFUSAL_VERSION
           : status == SMP_EFORMAT ? SMP_REFUSAL_CHECK
                                   : SMP_REFUSAL_SYMBOLS;
}

static void refuse(int status)
{
    atomic_store(&smp_recorder.phase, SMP_STOPPED);
    smp_recorder.prepared = 0;
    smp_heap_stop();
    smp_meet_refuse(refusal_of(status));
}

int smp_boot_wrap(int later)
{
    return smp_python_wrap(get_allocator, set_allocator, later);
}

static void start(void)
{
    int status =
        smp_recorder.dormant ? smp_session_sleep() : smp_session_prepare();
    if (smp_recorder.dormant) {
        if (status) /* nobody asked yet */
            atomic_store(&smp_recorder.phase, SMP_STOPPED);
        return;
    }
    if (status && status != SMP_EUNSUPPORTED)
        refuse(status);
    else if (status || smp_session_start())
        atomic_store(&smp_recorder.phase, SMP_STOPPED);
    else
        smp_bridge_builtin();
}

/* Compares frames at the first event that has some. */
static void check_frames(void)
{
    if (!smp_recorder.api.version && smp_symbols_find()) {
        frames_checked = 1; /* start() will say why */
        return;
    }
    if (!smp_recorder.api.gilstate_this())
        return;
    int status = smp_check_frames();
    if (status == SMP_EAGAIN)
        return;
    frames_checked = 1;
    if (status)
        refuse(status);
}

/* ---- events */

/* 1 where the interpreter of the calling thread, which holds the GIL, is the
 * one that is recorded. The end of a subinterpreter is no end of the program. */
static int is_main_interpreter(void)
{
    const struct smp_api *api = &smp_recorder.api;
    char *state = !smp_recorder.interpreter ? NULL
                  : api->state_unchecked    ? api->state_unchecked()
                                            : api->gilstate_this();
    uint64_t interpreter = 0;
    if (state)
        memcpy(&interpreter, state + smp_recorder.layout.thread_interp,
               sizeof interpreter);
    return interpreter && interpreter == smp_recorder.interpreter;
}

static void on_cpython_event(const char *event)
{
    if (!strncmp(event, "run_", 4)) {
        if (atomic_load(&smp_recorder.phase) == SMP_ASLEEP &&
            !smp_late_is_late() && !smp_recorder.prepared)
            start();
    } else if (!strcmp(event, "_PySys_ClearAuditHooks") && entry_taken) {
        wrap_raw(raw_malloc);
    }
}

/* 1 where there is no event to wait for: it has begun, or never will; late, imports
 * are of interest while it is on. */
static int may_rest(void)
{
    int phase = atomic_load(&smp_recorder.phase);
    if (smp_late_is_late())
        return phase != SMP_RUNNING;
    return phase == SMP_STOPPED ||
           (frames_checked && (phase == SMP_RUNNING || smp_recorder.prepared));
}

static int on_audit(const char *event, void *arguments, void *context)
{
    (void)context;
    if (event[0] == 'c' && !strncmp(event, "cpython.", 8))
        on_cpython_event(event + 8);
    else if (!strcmp(event, "import"))
        smp_late_patch(); /* what was loaded since */
    else if (event[0] == 's' && !strcmp(event, SMP_BRIDGE_EVENT)) {
        smp_audit_answered();
        if (is_main_interpreter())
            smp_bridge_answer(arguments);
    }
    if (smp_entry_failed()) /* tracemalloc's, say, are there by now */
        smp_python_wrap(get_allocator, set_allocator, 0);
    if (!frames_checked && atomic_load(&smp_recorder.phase) != SMP_STOPPED)
        check_frames();
    if (may_rest())
        smp_audit_rest();
    return 0;
}

typedef int add_hook_function(int (*)(const char *, void *, void *), void *);

static add_hook_function *find_functions(void)
{
    add_hook_function *add;
    void *found[] = {smp_lookup("PySys_AddAuditHook"),
                     smp_lookup("PyMem_GetAllocator"),
                     smp_lookup("PyMem_SetAllocator")};
    if (!found[0] || !found[1] || !found[2])
        return NULL;
    memcpy(&add, &found[0], sizeof add);
    memcpy(&get_allocator, &found[1], sizeof get_allocator);
    memcpy(&set_allocator, &found[2], sizeof set_allocator);
    return add;
}

static void install_hook(void)
{
    add_hook_function *add = find_functions();
    if (!add) {
        smp_heap_never();
        return;
    }
    /* So early the entry is allocated before the allocators are chosen, and
     * with PYTHONMALLOC=debug freeing it at exit would abort: it gets storage
     * of ours, which raw_free lets be. */
    wrap_raw(entry_malloc);
    add(on_audit, NULL);
    if (entry_taken)
        smp_audit_is_at(entry);
    set_allocator(SMP_PYMEM_RAW, &raw);
    smp_python_watch_arenas();
}

int smp_boot_late(void)
{
    add_hook_function *add = find_functions();
    frames_checked = 1;
    if (!add || add(on_audit, NULL))
        return SMP_EUNSUPPORTED; /* another hook does not let us */
    smp_audit_find((void *)(uintptr_t)on_audit);
    smp_python_watch_arenas();
    return 0;
}

/* ---- the session */

/* The session's number stands in the spelling of our own path, 32 times "/"
 * (0) or "./" (1) before the file's name: an environment variable would be
 * seen by programs (docs/how-it-measures.md). */
static int session_of(const char *path, uint32_t *session)
{
    const char *at = strrchr(path, '/');
    uint32_t number = 0;
    if (!at)
        return SMP_ENOENT;
    for (int bit = 0; bit < 32; bit++) {
        if (at - path < 3)
            return SMP_ENOENT;
        if (at[-1] == '.' && at[-2] == '/') {
            number |= UINT32_C(1) << bit;
            at -= 2;
        } else if (at[-1] == '/') {
            at -= 1;
        } else {
            return SMP_ENOENT;
        }
    }
    *session = number;
    return 0;
}

void smp_boot_name_session(uint32_t session)
{
    static const char digits[] = "0123456789abcdef";
    size_t n = sizeof SMP_SOCKET_PREFIX - 1;
    memcpy(smp_recorder.session, SMP_SOCKET_PREFIX, n);
    for (int i = 0; i < 8; i++)
        smp_recorder.session[n + (size_t)i] =
            digits[session >> (28 - 4 * i) & 15];
    smp_recorder.session[n + 8] = '\0';
}

__attribute__((constructor)) static void on_load(void)
{
    Dl_info self;
    uint32_t session;
    smp_late_look();
    smp_copy_find_below();
    smp_map_find_below();
    if (!smp_late_is_late())
        smp_sandbox_find_below();
    if (smp_late_is_late() || !dladdr((void *)&smp_recorder, &self) ||
        !self.dli_fname || session_of(self.dli_fname, &session) ||
        strlen(self.dli_fname) >= sizeof smp_recorder.library)
        return;
    memcpy(smp_recorder.library, self.dli_fname, strlen(self.dli_fname) + 1);
    if (session)
        smp_boot_name_session(session);
    smp_recorder.dormant = !session;
    install_hook();
}
