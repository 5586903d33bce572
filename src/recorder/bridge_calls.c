/* What the program may ask of its own recorder: marks, on and off. */
#include <stdatomic.h>
#include <string.h>

#include "recorder/bridge.h"
#include "recorder/regions.h"

#define MARKS_MOST 100000u /* of a process: a loop must not flood the ring */

static void *none(const struct smp_python *py)
{
    py->Py_IncRef(py->_Py_NoneStruct);
    return py->_Py_NoneStruct;
}

static void write_mark(const char *text, uint64_t bytes)
{
    static _Atomic uint32_t marks;
    struct smp_ring *ring = smp_recorder.ring;
    struct smp_record_mark *r = NULL;
    if (bytes > SMP_RECORD_MARK_BYTES) {
        bytes = SMP_RECORD_MARK_BYTES;
        while (bytes && ((unsigned char)text[bytes] & 0xc0) == 0x80)
            bytes--; /* not within a character */
    }
    if (atomic_fetch_add(&marks, 1) < MARKS_MOST &&
        smp_ring_used(ring) < ring->data_bytes / 8 * 7)
        r = (struct smp_record_mark *)smp_ring_reserve(
            ring, (uint32_t)(sizeof *r + bytes), SMP_RECORD_MARK);
    if (!r) {
        atomic_fetch_add(&smp_ring_regions(ring)->marks_lost, 1);
        return;
    }
    r->time_ns = smp_os_now();
    r->tid = smp_os_thread_id();
    r->bytes = (uint32_t)bytes;
    memcpy(r + 1, text, bytes);
    smp_ring_commit(ring, &r->head);
}

void *smp_bridge_mark(void *self, void *text)
{
    const struct smp_python *py = smp_python();
    struct smp_bridge_text utf8;
    (void)self;
    if (smp_bridge_text(py, text, &utf8)) {
        py->PyErr_Clear();
        py->PyErr_SetString(py->PyExc_TypeError, "mark() takes a text: a str");
        return NULL;
    }
    if (smp_regions_are_on() && smp_process_is_ours())
        write_mark(utf8.bytes, (uint64_t)utf8.length);
    if (utf8.owner)
        py->Py_DecRef(utf8.owner);
    return none(py);
}

/* True where this process is recorded. */
static void *switch_to(uint32_t control)
{
    const struct smp_python *py = smp_python();
    int recorded = atomic_load(&smp_recorder.phase) == SMP_RUNNING &&
                   smp_process_is_ours();
    if (recorded)
        smp_switch(control);
    return py->PyBool_FromLong(recorded);
}

void *smp_bridge_start(void *self, void *unused)
{
    (void)self;
    (void)unused;
    return switch_to(SMP_CONTROL_RUN);
}

void *smp_bridge_stop(void *self, void *unused)
{
    (void)self;
    (void)unused;
    return switch_to(SMP_CONTROL_PAUSE);
}

void *smp_bridge_is_active(void *self, void *unused)
{
    (void)self;
    (void)unused;
    return smp_python()->PyBool_FromLong(smp_is_active());
}
