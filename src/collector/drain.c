/* The drain: records out of a ring, each to the part that takes it. */
#include <string.h>

#include "collector/state.h"

static void start_thread(struct smp_collector *c, struct smp_image *i,
                         const struct smp_record_thread *r)
{
    struct smp_watched *t = smp_image_find_thread(i, r->tid);
    /* Its number was another thread's, whose end found no room. */
    if (t && t->start_ns + 1000000 < r->time_ns && t->samples)
        smp_image_end_thread(c, i, t, r->time_ns, t->cpu_ns);
    uint32_t name = SMP_NONE;
    if (r->name_bytes && r->name_bytes <= r->head.size - sizeof *r)
        name = smp_profile_string_n(c->profile, (const char *)(r + 1),
                                    r->name_bytes);
    t = smp_image_start_thread(c, i, r->tid, r->time_ns, name);
    if (t)
        t->started_by = smp_starts_take(i, r->slot);
}

static void end_thread(struct smp_collector *c, struct smp_image *i,
                       const struct smp_record_thread *r)
{
    struct smp_watched *t = smp_image_thread(c, i, r->tid, r->time_ns);
    if (t)
        smp_image_end_thread(c, i, t, r->time_ns, r->cpu_ns);
}

static void note_process(struct smp_image *i,
                         const struct smp_record_process *r)
{
    i->left = r->head.type == SMP_RECORD_LEAVE;
    i->exec = r->head.type == SMP_RECORD_EXEC && !r->status;
    /* An exec that failed: the program goes on. */
    i->exit_cpu_ns =
        r->status && r->head.type == SMP_RECORD_EXEC ? 0 : r->cpu_ns;
    i->exit_main_cpu_ns = i->exit_cpu_ns ? r->main_cpu_ns : 0;
    i->exec_ns = r->time_ns;
    if (r->head.type == SMP_RECORD_EXEC)
        return;
    i->end_ns = r->time_ns;
    i->exit_peak_rss = r->peak_rss;
    if (r->status >= 0)
        i->exit_status = r->status;
}

/* The smallest record of each type; the parts check what follows. */
static uint32_t least_size(unsigned type)
{
    switch (type) {
    case SMP_RECORD_CODE:
        return sizeof(struct smp_record_code);
    case SMP_RECORD_SAMPLE:
        return sizeof(struct smp_record_sample);
    case SMP_RECORD_THREAD_START:
    case SMP_RECORD_THREAD_END:
        return sizeof(struct smp_record_thread);
    case SMP_RECORD_STARTS:
        return sizeof(struct smp_record_starts);
    case SMP_RECORD_SWITCH:
        return sizeof(struct smp_record_switch);
    case SMP_RECORD_EXEC:
    case SMP_RECORD_EXIT:
    case SMP_RECORD_LEAVE:
        return sizeof(struct smp_record_process);
    case SMP_RECORD_ALLOC:
    case SMP_RECORD_FREE:
    case SMP_RECORD_COPY:
        return sizeof(struct smp_record_memory);
    case SMP_RECORD_MARK:
        return sizeof(struct smp_record_mark);
    case SMP_RECORD_SELECT:
        return sizeof(struct smp_record_select);
    default:
        return 0;
    }
}

static void take(struct smp_collector *c, struct smp_image *i,
                 const struct smp_record *r)
{
    uint32_t least = least_size(r->type);
    if (!least || r->size < least) {
        i->damaged++;
        return;
    }
    switch (r->type) {
    case SMP_RECORD_CODE:
        smp_code_take(c, i, (const void *)r);
        break;
    case SMP_RECORD_SAMPLE:
        smp_sample_charge(c, i, (const void *)r);
        break;
    case SMP_RECORD_THREAD_START:
        start_thread(c, i, (const void *)r);
        break;
    case SMP_RECORD_THREAD_END:
        end_thread(c, i, (const void *)r);
        break;
    case SMP_RECORD_ALLOC:
    case SMP_RECORD_FREE:
    case SMP_RECORD_COPY:
        smp_heap_take(c, i, (const void *)r);
        break;
    case SMP_RECORD_STARTS:
        smp_starts_note(c, i, (const void *)r);
        break;
    case SMP_RECORD_SWITCH:
        smp_switch_take(c, i, (const void *)r);
        break;
    case SMP_RECORD_MARK:
        smp_said_mark(c, i, (const void *)r);
        break;
    case SMP_RECORD_SELECT:
        smp_said_select(c, i, (const void *)r);
        break;
    default:
        note_process(i, (const void *)r);
        break;
    }
}

/* A record is copied before it is looked at: it lies in memory that the program
 * can write to, by mistake and while we read. */
static const struct smp_record *copy_of(const struct smp_record *r)
{
    static union {
        struct smp_record head;
        uint8_t bytes[SMP_RECORD_SIZE_MAX];
    } own; /* the collector has one thread */
    uint32_t size = r->size;
    if (size < sizeof *r || size > sizeof own)
        return NULL;
    memcpy(own.bytes, r, size);
    own.head.size = size;
    return &own.head;
}

void smp_drain(struct smp_collector *c, struct smp_image *i, int ended)
{
    const struct smp_record *r, *own;
    /* A ring's worth at a time: a flood of one process must not keep us from
     * the others. */
    uint64_t left = ended ? UINT64_MAX : SMP_RING_DATA_BYTES;
    if (!i->ring || c->copy)
        return;
    if (!smp_ring_is_valid(i->ring, i->ring_mapped)) {
        i->damaged += ended != 0;
        return;
    }
    while (left && (r = smp_ring_next(i->ring, ended, &i->damaged))) {
        own = copy_of(r);
        if (own)
            take(c, i, own);
        else
            i->damaged++;
        uint32_t size = own ? own->size : (uint32_t)sizeof *r;
        left -= size < left ? size : left;
        smp_ring_release(i->ring, own ? own : r);
    }
    atomic_store(&i->ring->read_ns, smp_os_now());
    if (!ended)
        smp_ring_rewind(i->ring);
}
