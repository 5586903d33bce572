/* links: src/collector/drain.c src/collector/sample.c src/collector/window.c
   src/collector/library.c src/collector/code.c src/collector/dynamic_code.c
   src/collector/classify.c src/collector/opcode.c src/collector/resolve.c
   src/collector/image.c src/collector/images.c src/collector/switch.c
   src/collector/wait.c src/collector/threads.c src/collector/remote.c
   src/collector/remote_pages.c src/collector/tasks.c
   src/collector/tasks_read.c src/collector/tasks_reason.c
   src/cpython/objects.c src/cpython/tasks.c src/model/profile_tasks.c
   src/cpython/walk.c src/cpython/location.c src/record/ring.c
   src/model/profile.c src/model/profile_samples.c src/model/profile_valid.c
   src/model/kind.c src/model/utf8.c src/platform/linux/clock.c
   src/platform/linux/memory.c src/platform/linux/proc.c src/base/buf.c
   src/base/map.c src/base/status.c src/collector/stack.c src/collector/heap.c
   src/collector/heap_sites.c src/collector/heap_owner.c
   src/collector/footprint.c src/model/profile_memory.c
   src/model/profile_rows.c src/collector/said.c src/record/region.c
   src/model/profile_said.c src/collector/tasks_cpu.c
   src/collector/tasks_link.c src/collector/greenlets.c src/cpython/greenlets.c
   src/collector/fold.c src/model/profile_fold.c src/model/profile_strings.c */
/* Fuzzing of the record decoder: any bytes in a ring become a valid profile.
 *
 * The input is what lies in the ring's data. Seals are put in where a record
 * seems to begin, else no input would ever pass them: complete, or only
 * reserved where the record's `reserved` field is odd. The first two bytes
 * choose how the ring is read. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "no_native.h"
#include "records.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define START_MAX 4096u /* positions before the first record */

static void must(int holds)
{
    if (!holds)
        abort();
}

/* Seals what looks like records from `from` to `head`. */
static void seal(struct smp_ring *r, uint64_t from, uint64_t head)
{
    uint8_t *data = (uint8_t *)r + SMP_RING_HEADER_BYTES;
    while (from + sizeof(struct smp_record) <= head) {
        struct smp_record *record =
            (void *)(data + (from & (r->data_bytes - 1)));
        uint64_t with =
            record->reserved & 1 ? SMP_SEAL_RESERVED : SMP_SEAL_COMMITTED;
        atomic_store(&record->seal, from ^ with);
        uint32_t size = record->size;
        if (size < sizeof *record || size % 16 || size > head - from)
            size = sizeof *record;
        from += size;
    }
}

/* Puts the bytes into the ring, from a position that may be near its end. */
static void fill(struct smp_ring *r, const uint8_t *bytes, size_t length,
                 unsigned start)
{
    uint8_t *data = (uint8_t *)r + SMP_RING_HEADER_BYTES;
    uint64_t tail = start * 16u % START_MAX;
    if (start & 0x80)
        tail = r->data_bytes - tail;
    tail &= ~UINT64_C(15);
    if (length > r->data_bytes)
        length = r->data_bytes;
    for (size_t n = 0; n < length; n++)
        data[(tail + n) & (r->data_bytes - 1)] = bytes[n];
    atomic_store(&r->tail, tail);
    atomic_store(&r->head, tail + length);
    seal(r, tail, tail + length);
}

static struct smp_space *make_space(unsigned how)
{
    static struct smp_space space;
    memset(&space, 0, sizeof space);
    space.object = (enum smp_object)(how & 3);
    space.native.count = how & 4 ? 2 : 0;
    space.native.complete = how >> 3 & 1;
    for (size_t n = 0; n < space.native.count; n++)
        space.native.frames[n] =
            (struct smp_native_frame){.object = n ? "/lib/libx.so" : "",
                                      .name = n ? "function" : NULL,
                                      .offset = 0x1234};
    return &space;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length < 2)
        return 0;
    unsigned how = bytes[0];
    struct world *w = world_make();
    w->options.cpu_only = how >> 4 & 1;
    w->options.memory = how >> 6 & 1;
    if (how & 32)
        w->i.space = make_space(how);
    strcpy(w->i.cwd, "/dir");
    fill(w->i.ring, bytes + 2, length - 2, bytes[1]);
    smp_drain(&w->c, &w->i, 0);
    struct smp_profile *p = world_end(w);
    smp_heap_finish(&w->c);
    must(smp_profile_is_valid(p));
    world_drop(w);
    return 0;
}
