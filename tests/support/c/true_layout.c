/* Prints where the fields lie that struct smp_layout names, computed from a
 * CPython's own headers: compiled once for each, for
 * tests/e2e/test_recorder_layout.py. */
#define Py_BUILD_CORE 1
#include <Python.h>
#include <stddef.h>
#include <stdio.h>

#include <internal/pycore_frame.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_runtime.h>

#define IS(field, value) printf(#field " %llu\n", (unsigned long long)(value))

#if PY_VERSION_HEX >= 0x030d0000
#define FRAME_IP instr_ptr
#define FRAME_CODE f_executable
#else
#define FRAME_IP prev_instr
#define FRAME_CODE f_code
#endif

static void threads_and_frames(void)
{
    IS(thread_next, offsetof(PyThreadState, next));
    IS(thread_interp, offsetof(PyThreadState, interp));
    IS(thread_native_id, offsetof(PyThreadState, native_thread_id));
#if PY_VERSION_HEX >= 0x030d0000
    IS(thread_frame, offsetof(PyThreadState, current_frame));
    IS(frame_indirect, 0);
    IS(frame_in_cframe, 0);
#else
    IS(thread_frame, offsetof(PyThreadState, cframe));
    IS(frame_indirect, 1);
    IS(frame_in_cframe, offsetof(_PyCFrame, current_frame));
#endif
    IS(frame_code, offsetof(_PyInterpreterFrame, FRAME_CODE));
    IS(frame_previous, offsetof(_PyInterpreterFrame, previous));
    IS(frame_ip, offsetof(_PyInterpreterFrame, FRAME_IP));
    IS(frame_owner, offsetof(_PyInterpreterFrame, owner));
    IS(frame_code_mask, ~0ull);
    /* Owners from here on are frames of C. 3.11 has none. */
#if PY_VERSION_HEX >= 0x030c0000
    IS(shim_owner, FRAME_OWNED_BY_CSTACK);
#else
    IS(shim_owner, FRAME_OWNED_BY_FRAME_OBJECT + 1);
#endif
}

static void codes_and_text(void)
{
    IS(code_filename, offsetof(PyCodeObject, co_filename));
    IS(code_qualname, offsetof(PyCodeObject, co_qualname));
    IS(code_linetable, offsetof(PyCodeObject, co_linetable));
    IS(code_first_line, offsetof(PyCodeObject, co_firstlineno));
    IS(code_instructions, offsetof(PyCodeObject, co_code_adaptive));
    IS(code_first_traceable, offsetof(PyCodeObject, _co_firsttraceable));
#if PY_VERSION_HEX >= 0x030c0000
    IS(code_version, offsetof(PyCodeObject, co_version));
#else
    IS(code_version, 0);
#endif
    IS(text_length, offsetof(PyASCIIObject, length));
    IS(text_hash, offsetof(PyASCIIObject, hash));
    IS(text_state, offsetof(PyASCIIObject, state));
    IS(text_ascii_data, sizeof(PyASCIIObject));
    IS(text_compact_data, sizeof(PyCompactUnicodeObject));
    IS(bytes_size, offsetof(PyVarObject, ob_size));
    IS(bytes_data, offsetof(PyBytesObject, ob_sval));
}

static void interpreters(void)
{
    IS(interp_threads, offsetof(PyInterpreterState, threads.head));
    IS(interp_next, offsetof(PyInterpreterState, next));
    IS(interp_gc_collecting, offsetof(PyInterpreterState, gc.collecting));
    IS(runtime_interpreters, offsetof(_PyRuntimeState, interpreters.head));
#if PY_VERSION_HEX >= 0x030c0000
    IS(interp_gil, offsetof(PyInterpreterState, ceval.gil));
    IS(runtime_gil, 0);
#else
    IS(interp_gil, 0);
    IS(runtime_gil, offsetof(_PyRuntimeState, ceval.gil));
#endif
}

/* What is not compared for equality: as bounds of it, and assumptions. */
static void bounds(void)
{
    IS(least_code_bytes, offsetof(PyCodeObject, co_code_adaptive));
    IS(least_gil_bytes, sizeof(struct _gil_runtime_state));
    IS(type_at, offsetof(PyObject, ob_type));
    IS(collecting_size, sizeof(((PyInterpreterState *)0)->gc.collecting));
    IS(native_id_size, sizeof(((PyThreadState *)0)->native_thread_id));
    IS(frame_size, offsetof(_PyInterpreterFrame, localsplus));
    IS(owner_generator, FRAME_OWNED_BY_GENERATOR);
    IS(owner_frame_object, FRAME_OWNED_BY_FRAME_OBJECT);
}

int main(void)
{
    threads_and_frames();
    codes_and_text();
    interpreters();
    bounds();
    return 0;
}
