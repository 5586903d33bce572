/* Layouts: where the fields lie that we read, per CPython version. */
#ifndef SMP_CPYTHON_LAYOUT_H
#define SMP_CPYTHON_LAYOUT_H

#include <stdint.h>

#define SMP_CODE_BYTES_MAX 240 /* greatest code_bytes */

/* Offsets in bytes. A new CPython version is a new row in layout.c, or, from
 * 3.13 on, what _Py_DebugOffsets says, laid over the row. */
struct smp_layout {
    /* PyThreadState. frame: where the chain of frames starts; with
     * frame_indirect it is a pointer to a struct (cframe, on the C stack) that
     * has the frame at frame_in_cframe. */
    uint16_t thread_next, thread_interp, thread_native_id, thread_frame;
    uint16_t frame_indirect, frame_in_cframe;
    /* _PyInterpreterFrame */
    uint16_t frame_code, frame_previous, frame_ip, frame_owner;
    uint64_t frame_code_mask; /* clears the tag bits of the code pointer */
    /* PyCodeObject */
    uint16_t code_filename, code_qualname, code_linetable, code_first_line;
    uint16_t code_instructions, code_first_traceable;
    uint16_t
        code_version;    /* a number of its own for each code object; 0: none */
    uint16_t code_bytes; /* how much of a code object to read for all these */
    /* PyInterpreterState */
    uint16_t shim_owner; /* frames with this owner or above are skipped */
    uint32_t interp_threads, interp_next;
    uint32_t interp_gc_collecting; /* an int */
    uint32_t interp_gil; /* a pointer to its GIL; 0: the runtime has the GIL */
    /* _PyRuntimeState */
    uint32_t runtime_interpreters; /* head of the list */
    uint32_t runtime_gil;          /* where interp_gil is 0: the GIL itself */
    uint32_t gil_bytes;            /* how long a GIL struct is */
    /* PyASCIIObject, PyBytesObject */
    uint16_t text_length, text_hash, text_state;
    uint16_t text_ascii_data, text_compact_data;
    uint16_t bytes_size, bytes_data;
};

/* The first bytes of _Py_DebugOffsets say what they are. */
#define SMP_DEBUG_OFFSETS_COOKIE "xdebugpy"

/* Fills `out` for a version (PY_VERSION_HEX). `runtime`: the first
 * `runtime_bytes` of _PyRuntime, from which 3.13 and later are read; may be
 * NULL before 3.13. 0, SMP_EVERSION (unknown version, free-threaded build not
 * in the table) or SMP_EFORMAT (offsets that make no sense). */
int smp_layout_find(struct smp_layout *out, uint32_t version,
                    const void *runtime, uint64_t runtime_bytes);

#endif
