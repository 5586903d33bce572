/* Meeting the collector: at the start, after a fork, or to say why not. */
#include <stdatomic.h>
#include <unistd.h>

#include "base/status.h"
#include "recorder/heap.h"
#include "recorder/regions.h"
#include "recorder/state.h"

/* The collector answers in microseconds; a stopped one must not hold us up. */
#define ANSWER_TIMEOUT_MS 2000

#define RING_BYTES (SMP_RING_HEADER_BYTES + SMP_RING_DATA_BYTES)

static struct smp_hello hello_of(enum smp_hello_kind kind, int32_t parent)
{
    const struct smp_recorder *r = &smp_recorder;
    return (struct smp_hello){
        .magic = SMP_HELLO_MAGIC,
        .version = SMP_RECORD_VERSION,
        .kind = (uint32_t)kind,
        .pid = smp_os_process_id(),
        .parent = parent,
        .time_ns = smp_os_now(),
        .cpu_ns = smp_os_process_cpu(),
        .arenas = smp_python_arenas(),
        .code_base = smp_codes_count(),
        .python_version = r->api.version,
        .runtime = (uint64_t)(uintptr_t)r->api.runtime,
        .eval = (uint64_t)(uintptr_t)r->api.eval,
        .interpreter = r->interpreter,
        .code_type = (uint64_t)(uintptr_t)r->api.code_type,
        .layout = r->layout,
    };
}

static int meet(const struct smp_hello *hello, struct smp_welcome *welcome,
                void **memory)
{
    int status =
        smp_os_meet(smp_recorder.session, hello, sizeof *hello, welcome,
                    sizeof *welcome, ANSWER_TIMEOUT_MS, memory, RING_BYTES);
    if (!status && !*memory && !welcome->status && welcome->segment >= 0)
        *memory = smp_os_attach(welcome->segment);
    if (!status && (welcome->magic != SMP_HELLO_MAGIC || welcome->status ||
                    welcome->ring_bytes != RING_BYTES || !*memory ||
                    !smp_ring_is_valid(*memory, RING_BYTES)))
        status = SMP_EUNSUPPORTED;
    if (status && *memory) {
        smp_os_unmap(*memory, RING_BYTES);
        *memory = NULL;
    }
    return status;
}

static void *former_ring; /* of the session before the last; NULL */

static int take_ring(const struct smp_hello *hello)
{
    struct smp_recorder *r = &smp_recorder;
    struct smp_welcome welcome;
    void *memory;
    int status = meet(hello, &welcome, &memory);
    if (status)
        return status;
    smp_regions_inherit(hello->kind == SMP_HELLO_FORK ? r->ring : NULL, memory);
    if (hello->kind == SMP_HELLO_JOIN) {
        /* A thread may still be in a handler with the last session's. */
        if (former_ring)
            smp_os_unmap(former_ring, RING_BYTES);
        former_ring = r->ring;
    } else if (r->ring) {
        smp_os_unmap(r->ring, r->ring_bytes); /* the parent's */
    }
    r->ring = memory;
    r->welcome = welcome;
    r->ring_bytes = RING_BYTES;
    r->interval_ns = welcome.interval_ns ? welcome.interval_ns : 4000000;
    r->native_stacks = (int)welcome.native_stacks;
    if (welcome.collector)
        smp_os_allow_reader(welcome.collector);
    return 0;
}

int smp_meet_start(void)
{
    smp_process_claim();
    struct smp_hello hello = hello_of(SMP_HELLO_START, (int32_t)getppid());
    return take_ring(&hello);
}

int smp_meet_join(void)
{
    smp_process_claim();
    struct smp_hello hello = hello_of(SMP_HELLO_JOIN, (int32_t)getppid());
    return take_ring(&hello);
}

int smp_meet_after_fork(int32_t parent)
{
    struct smp_hello hello = hello_of(SMP_HELLO_FORK, parent);
    return take_ring(&hello);
}

void smp_meet_refuse(enum smp_refusal reason)
{
    struct smp_hello hello = hello_of(SMP_HELLO_REFUSED, (int32_t)getppid());
    struct smp_welcome welcome;
    void *memory;
    hello.reason = (uint32_t)reason;
    meet(&hello, &welcome, &memory);
}
