/* Who starts a thread: the Python stack that does, for threads that run nothing of the
 * program's own. */
#include <string.h>

#include "recorder/state.h"

static void write_record(const struct smp_capture *c, uint32_t slot)
{
    struct smp_record_starts *r = (struct smp_record_starts *)smp_ring_reserve(
        smp_recorder.ring, (uint32_t)sizeof *r + smp_capture_bytes(c, 0),
        SMP_RECORD_STARTS);
    if (!r)
        return;
    r->time_ns = c->now;
    r->slot = slot;
    r->frame_count = c->frame_count;
    smp_capture_write(c, (uint8_t *)(r + 1), NULL, 0);
    smp_ring_commit(smp_recorder.ring, &r->head);
}

void smp_starts_note(uint32_t slot)
{
    struct smp_capture c;
    if (smp_capture_begin(&c, smp_os_now()))
        return;
    uint64_t state = smp_capture_state(&c, smp_os_thread_id());
    if (state)
        smp_capture_frames(&c, state);
    if (c.frame_count && !c.lost)
        write_record(&c, slot);
    smp_capture_end(&c);
}
