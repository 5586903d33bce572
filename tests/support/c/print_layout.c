/* Prints the profiler's own layouts, "field value" a line: for
 * tests/e2e/test_recorder_layout.py.
 *
 * Without argument the row for each version named on stdin (hexadecimal
 * PY_VERSION_HEX); with "debug" the layout that smp_layout_find makes from the
 * first bytes of a _PyRuntime, which follow the version on stdin. */
#include "../../../src/cpython/layout.c"

#include <stdio.h>
#include <stdlib.h>

/* clang-format off */
#define FIELDS(X)                                                              \
    X(thread_next) X(thread_interp) X(thread_native_id) X(thread_frame)        \
    X(frame_indirect) X(frame_in_cframe) X(frame_code) X(frame_previous)       \
    X(frame_ip) X(frame_owner) X(frame_code_mask) X(code_filename)             \
    X(code_qualname) X(code_linetable) X(code_first_line)                      \
    X(code_instructions) X(code_first_traceable) X(code_version)               \
    X(code_bytes) X(shim_owner) X(interp_threads) X(interp_next)               \
    X(interp_gc_collecting) X(interp_gil) X(runtime_interpreters)              \
    X(runtime_gil) X(gil_bytes) X(text_length) X(text_hash) X(text_state)      \
    X(text_ascii_data) X(text_compact_data) X(bytes_size) X(bytes_data)
/* clang-format on */

_Static_assert(sizeof(struct smp_layout) == 96,
               "a new field: also in FIELDS, and in true_layout.c");

static int print(const struct smp_layout *l)
{
#define PRINT(field) printf(#field " %llu\n", (unsigned long long)l->field);
    FIELDS(PRINT)
    return 0;
}

int main(int argc, char **argv)
{
    static unsigned char runtime[4096];
    struct smp_layout layout;
    unsigned version;
    (void)argv;
    if (fread(&version, sizeof version, 1, stdin) != 1)
        return 2;
    if (argc > 1) {
        size_t n = fread(runtime, 1, sizeof runtime, stdin);
        int status = smp_layout_find(&layout, version, runtime, n);
        return status ? -status : print(&layout);
    }
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].minor == version >> 16)
            return print(&rows[i].layout);
    return 3;
}
