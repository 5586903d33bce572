/* Layouts: where the fields lie that we read, per CPython version. */
#include "cpython/layout.h"

#include <string.h>

#include "base/status.h"

/* What no version so far has changed. */
#define COMMON                                                                 \
    .thread_next = 8, .thread_interp = 16, .frame_ip = 56,                     \
    .code_filename = 112, .code_qualname = 128, .code_linetable = 136,         \
    .shim_owner = 3, .gil_bytes = 208, .text_length = 16, .text_hash = 24,     \
    .text_state = 32, .bytes_size = 16, .bytes_data = 32

/* 64-bit builds with the GIL. tests/e2e/test_recorder_layout.py computes
 * these again from the headers of every CPython it finds. */
static const struct row {
    uint32_t minor; /* PY_VERSION_HEX >> 16 */
    struct smp_layout layout;
} rows[] = {
    {0x030b,
     {COMMON,
      .thread_native_id = 160,
      .thread_frame = 56,
      .frame_indirect = 1,
      .frame_in_cframe = 8,
      .frame_code = 32,
      .frame_previous = 48,
      .frame_owner = 69,
      .frame_code_mask = ~UINT64_C(0),
      .code_first_line = 72,
      .code_instructions = 184,
      .code_bytes = 184,
      .code_first_traceable = 168,
      .interp_threads = 16,
      .interp_next = 0,
      .interp_gc_collecting = 848,
      .runtime_interpreters = 40,
      .runtime_gil = 360,
      .text_ascii_data = 48,
      .text_compact_data = 72}},
    {0x030c,
     {COMMON,
      .thread_native_id = 144,
      .thread_frame = 56,
      .frame_indirect = 1,
      .frame_in_cframe = 0,
      .frame_code = 0,
      .frame_previous = 8,
      .frame_owner = 70,
      .frame_code_mask = ~UINT64_C(0),
      .code_first_line = 68,
      .code_instructions = 192,
      .code_bytes = 192,
      .code_version = 92,
      .code_first_traceable = 176,
      .interp_threads = 72,
      .interp_next = 0,
      .interp_gc_collecting = 312,
      .interp_gil = 384,
      .runtime_interpreters = 40,
      .text_ascii_data = 40,
      .text_compact_data = 56}},
    {0x030d,
     {COMMON, .thread_native_id = 160, .thread_frame = 72, .frame_code = 0,
      .frame_previous = 8, .frame_owner = 70, .frame_code_mask = ~UINT64_C(0),
      .code_first_line = 68, .code_instructions = 200, .code_bytes = 200,
      .code_version = 92, .code_first_traceable = 184, .interp_threads = 7344,
      .interp_next = 7264, .interp_gc_collecting = 7600, .interp_gil = 16,
      .runtime_interpreters = 632, .text_ascii_data = 40,
      .text_compact_data = 56}},
};

/* Where 3.13's _Py_DebugOffsets has each value: an index of 64-bit words from
 * the start of _PyRuntime. The table is not the same in other minors. */
enum debug_offsets_313 {
    D_VERSION = 1,
    D_FREE_THREADED = 2,
    D_INTERPRETERS_HEAD = 5,
    D_INTERP_NEXT = 8,
    D_THREADS_HEAD = 9,
    D_INTERP_GC = 10,
    D_CEVAL_GIL = 14,
    D_THREAD_NEXT = 21,
    D_THREAD_INTERP = 22,
    D_CURRENT_FRAME = 23,
    D_NATIVE_THREAD_ID = 25,
    D_FRAME_PREVIOUS = 29,
    D_FRAME_EXECUTABLE = 30,
    D_FRAME_INSTR_PTR = 31,
    D_FRAME_OWNER = 33,
    D_CODE_FILENAME = 35,
    D_CODE_QUALNAME = 37,
    D_CODE_LINETABLE = 38,
    D_CODE_FIRST_LINE = 39,
    D_CODE_ADAPTIVE = 43,
    D_BYTES_SIZE = 65,
    D_BYTES_SVAL = 66,
    D_TEXT_STATE = 68,
    D_TEXT_LENGTH = 69,
    D_TEXT_ASCII_SIZE = 70,
    D_GC_COLLECTING = 72,
    D_WORDS
};

/* Offsets are foreign input: no field of ours lies past a few KiB. */
static int plausible(uint64_t offset, uint64_t limit, unsigned align)
{
    return offset < limit && offset % align == 0;
}

/* What is read of a code object or a string ends where its contents begin: its
 * fields must lie before, and behind the header. */
static int fields_come_first(const uint64_t *d)
{
    uint64_t code = d[D_CODE_ADAPTIVE], text = d[D_TEXT_ASCII_SIZE];
    return d[D_CODE_FILENAME] >= 44 && d[D_CODE_FILENAME] + 8 <= code &&
           d[D_CODE_QUALNAME] + 8 <= code && d[D_CODE_LINETABLE] + 8 <= code &&
           d[D_CODE_FIRST_LINE] + 4 <= code && code >= 24 &&
           d[D_TEXT_STATE] + 4 <= text && d[D_TEXT_LENGTH] + 8 <= text;
}

static int lay_debug_offsets_313(struct smp_layout *l, const uint64_t *d)
{
    static const struct field {
        uint16_t word, align;
        uint32_t limit;
    } checks[] = {
        {D_INTERPRETERS_HEAD, 8, 65536},
        {D_INTERP_NEXT, 8, 65536},
        {D_THREADS_HEAD, 8, 65536},
        {D_INTERP_GC, 8, 65536},
        {D_GC_COLLECTING, 4, 4096},
        {D_CEVAL_GIL, 8, 65536},
        {D_THREAD_NEXT, 8, 1024},
        {D_THREAD_INTERP, 8, 1024},
        {D_CURRENT_FRAME, 8, 1024},
        {D_NATIVE_THREAD_ID, 8, 1024},
        {D_FRAME_PREVIOUS, 8, 72},
        {D_FRAME_EXECUTABLE, 8, 72},
        {D_FRAME_INSTR_PTR, 8, 72},
        {D_FRAME_OWNER, 1, 79},
        {D_CODE_FILENAME, 8, 232},
        {D_CODE_QUALNAME, 8, 232},
        {D_CODE_LINETABLE, 8, 232},
        {D_CODE_FIRST_LINE, 4, 232},
        {D_CODE_ADAPTIVE, 8, SMP_CODE_BYTES_MAX},
        {D_BYTES_SIZE, 8, 64},
        {D_BYTES_SVAL, 1, 64},
        {D_TEXT_STATE, 4, 64},
        {D_TEXT_LENGTH, 8, 64},
        {D_TEXT_ASCII_SIZE, 8, 64},
    };
    for (unsigned i = 0; i < sizeof checks / sizeof *checks; i++)
        if (!plausible(d[checks[i].word], checks[i].limit, checks[i].align))
            return SMP_EFORMAT;
    if (!fields_come_first(d))
        return SMP_EFORMAT;
    l->runtime_interpreters = (uint32_t)d[D_INTERPRETERS_HEAD];
    l->interp_next = (uint32_t)d[D_INTERP_NEXT];
    l->interp_threads = (uint32_t)d[D_THREADS_HEAD];
    l->interp_gc_collecting = (uint32_t)(d[D_INTERP_GC] + d[D_GC_COLLECTING]);
    l->interp_gil = (uint32_t)d[D_CEVAL_GIL];
    l->thread_next = (uint16_t)d[D_THREAD_NEXT];
    l->thread_interp = (uint16_t)d[D_THREAD_INTERP];
    l->thread_frame = (uint16_t)d[D_CURRENT_FRAME];
    l->thread_native_id = (uint16_t)d[D_NATIVE_THREAD_ID];
    l->frame_previous = (uint16_t)d[D_FRAME_PREVIOUS];
    l->frame_code = (uint16_t)d[D_FRAME_EXECUTABLE];
    l->frame_ip = (uint16_t)d[D_FRAME_INSTR_PTR];
    l->frame_owner = (uint16_t)d[D_FRAME_OWNER];
    l->code_filename = (uint16_t)d[D_CODE_FILENAME];
    l->code_qualname = (uint16_t)d[D_CODE_QUALNAME];
    l->code_linetable = (uint16_t)d[D_CODE_LINETABLE];
    l->code_first_line = (uint16_t)d[D_CODE_FIRST_LINE];
    l->code_instructions = l->code_bytes = (uint16_t)d[D_CODE_ADAPTIVE];
    /* Not in the table: _co_firsttraceable stands 16 bytes before the code. */
    l->code_first_traceable = (uint16_t)(d[D_CODE_ADAPTIVE] - 16);
    /* Nor this: co_version, two pointers and itself before co_filename. */
    l->code_version = (uint16_t)(d[D_CODE_FILENAME] - 20);
    l->bytes_size = (uint16_t)d[D_BYTES_SIZE];
    l->bytes_data = (uint16_t)d[D_BYTES_SVAL];
    l->text_state = (uint16_t)d[D_TEXT_STATE];
    l->text_length = (uint16_t)d[D_TEXT_LENGTH];
    l->text_ascii_data = (uint16_t)d[D_TEXT_ASCII_SIZE];
    l->text_compact_data = (uint16_t)(d[D_TEXT_ASCII_SIZE] + 16);
    return 0;
}

int smp_layout_find(struct smp_layout *out, uint32_t version,
                    const void *runtime, uint64_t runtime_bytes)
{
    const struct row *row = NULL;
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].minor == version >> 16)
            row = &rows[i];
    if (!row || sizeof(void *) != 8)
        return SMP_EVERSION;
    struct smp_layout layout = row->layout;
    if (row->minor >= 0x030d) {
        uint64_t words[D_WORDS];
        if (!runtime || runtime_bytes < sizeof words)
            return SMP_EFORMAT;
        memcpy(words, runtime, sizeof words);
        if (memcmp(words, SMP_DEBUG_OFFSETS_COOKIE, 8) != 0 ||
            words[D_VERSION] >> 16 != version >> 16)
            return SMP_EFORMAT;
        if (words[D_FREE_THREADED])
            return SMP_EVERSION;
        int status = lay_debug_offsets_313(&layout, words);
        if (status)
            return status;
    }
    *out = layout;
    return 0;
}
