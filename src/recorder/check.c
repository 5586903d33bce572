/* The self-check: what we read against what the public C API says. An
 * interpreter that was patched, or a layout that is wrong, is found here,
 * before a sample is taken. */
#define _GNU_SOURCE
#include <string.h>

#include "base/status.h"
#include "cpython/location.h"
#include "cpython/walk.h"
#include "recorder/state.h"

#define CHECKED_FRAMES 4u /* compared with the API, from the innermost */

/* The API that only the check needs. A Python object is void * here. */
struct check_api {
    void *(*add_module)(const char *);
    void *(*get_attr)(void *, const char *);
    const char *(*utf8)(void *, intptr_t *);
    long (*as_long)(void *);
    intptr_t (*bytes_size)(void *);
    void (*decref)(void *);
    void (*err_clear)(void);
    void *(*state_get)(void);
    void *(*state_interp)(void *);
    void *(*state_frame)(void *);
    void *(*frame_code)(void *);
    void *(*frame_back)(void *);
    int (*frame_line)(void *);
};

static int find_api(struct check_api *a)
{
    static const char *const names[] = {"PyImport_AddModule",
                                        "PyObject_GetAttrString",
                                        "PyUnicode_AsUTF8AndSize",
                                        "PyLong_AsLong",
                                        "PyBytes_Size",
                                        "Py_DecRef",
                                        "PyErr_Clear",
                                        "PyThreadState_Get",
                                        "PyThreadState_GetInterpreter",
                                        "PyThreadState_GetFrame",
                                        "PyFrame_GetCode",
                                        "PyFrame_GetBack",
                                        "PyFrame_GetLineNumber"};
    void *found[sizeof names / sizeof *names];
    _Static_assert(sizeof found == sizeof *a, "one name for each function");
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (!(found[i] = smp_lookup(names[i])))
            return SMP_ENOENT;
    memcpy(a, found, sizeof found);
    return 0;
}

static uint64_t address_of(const void *object)
{
    return (uint64_t)(uintptr_t)object;
}

static uint64_t word_at(const void *object, unsigned offset)
{
    uint64_t value;
    memcpy(&value, (const char *)object + offset, sizeof value);
    return value;
}

/* 1 where attribute `name` of the code object is the object at `offset`. */
static int is_at(const struct check_api *a, void *code, const char *name,
                 unsigned offset)
{
    void *value = a->get_attr(code, name);
    int same = value && word_at(code, offset) == address_of(value);
    if (value)
        a->decref(value);
    else
        a->err_clear();
    return same;
}

/* The name read as bytes in memory and by the API. */
static int name_reads_the_same(const struct check_api *a,
                               const struct smp_memory *m, void *code)
{
    const struct smp_layout *l = &smp_recorder.layout;
    struct smp_text_ref ours;
    intptr_t length = 0;
    void *name = a->get_attr(code, "co_qualname");
    const char *theirs = name ? a->utf8(name, &length) : NULL;
    int same = theirs && !smp_walk_text(l, m, address_of(name), &ours) &&
               ours.width == 1 && ours.bytes == (uint64_t)length &&
               !memcmp((void *)(uintptr_t)ours.address, theirs, ours.bytes);
    if (name)
        a->decref(name);
    else
        a->err_clear();
    return same;
}

/* Length of the code in bytes, which is twice the units that we read. */
static int size_reads_the_same(const struct check_api *a, void *code)
{
    void *bytes = a->get_attr(code, "co_code");
    int same = bytes && (uint64_t)a->bytes_size(bytes) == 2 * word_at(code, 16);
    if (bytes)
        a->decref(bytes);
    else
        a->err_clear();
    return same;
}

static int first_line_reads_the_same(const struct check_api *a, void *code)
{
    int32_t ours;
    memcpy(&ours, (char *)code + smp_recorder.layout.code_first_line,
           sizeof ours);
    void *line = a->get_attr(code, "co_firstlineno");
    int same = line && a->as_long(line) == ours;
    if (line)
        a->decref(line);
    else
        a->err_clear();
    return same;
}

static int code_reads_the_same(const struct check_api *a, void *code)
{
    const struct smp_layout *l = &smp_recorder.layout;
    struct smp_guard guard = {.began_ns = 0};
    struct smp_memory m = smp_guard_memory(&guard);
    return word_at(code, 8) == address_of(smp_recorder.api.code_type) &&
           is_at(a, code, "co_filename", l->code_filename) &&
           is_at(a, code, "co_qualname", l->code_qualname) &&
           is_at(a, code, "co_linetable", l->code_linetable) &&
           first_line_reads_the_same(a, code) && size_reads_the_same(a, code) &&
           name_reads_the_same(a, &m, code);
}

/* A function that every interpreter has before any user code. */
static void *any_code(const struct check_api *a)
{
    void *module = a->add_module("_frozen_importlib"); /* borrowed */
    void *function = module ? a->get_attr(module, "_find_and_load") : NULL;
    void *code = function ? a->get_attr(function, "__code__") : NULL;
    if (function)
        a->decref(function);
    if (!code)
        a->err_clear();
    return code;
}

int smp_check_objects(void)
{
    struct check_api a;
    struct smp_guard guard = {.began_ns = 0};
    struct smp_memory m = smp_guard_memory(&guard);
    if (find_api(&a))
        return SMP_ENOENT;
    void *state = a.state_get(), *code = any_code(&a);
    uint64_t interpreter = address_of(a.state_interp(state));
    uint64_t tid = (uint64_t)smp_os_thread_id();
    int same =
        code && code_reads_the_same(&a, code) &&
        address_of(smp_recorder.api.gilstate_this()) == address_of(state) &&
        smp_walk_find_thread(&smp_recorder.layout, &m, interpreter,
                             address_of(smp_recorder.api.runtime),
                             tid) == address_of(state);
    if (code)
        a.decref(code);
    if (same)
        smp_recorder.interpreter = interpreter;
    return same ? 0 : SMP_EFORMAT;
}

struct seen {
    struct smp_walk_frame frames[CHECKED_FRAMES];
    unsigned count;
};

static int collect(void *context, const struct smp_walk_frame *frame)
{
    struct seen *s = context;
    s->frames[s->count++] = *frame;
    return s->count == CHECKED_FRAMES;
}

/* The line of a frame by our own tables; -1 where they say none. */
static int line_of(const struct smp_memory *m, const struct smp_walk_frame *f)
{
    uint64_t table, bytes;
    struct smp_location location;
    if (smp_walk_bytes(&smp_recorder.layout, m, f->code.linetable, &table,
                       &bytes) ||
        smp_location_find(&location, (const uint8_t *)(uintptr_t)table, bytes,
                          f->code.first_line, f->offset))
        return -1;
    return location.line;
}

/* Compares one frame and releases the API's. Returns the next outer one. */
static void *compare(const struct check_api *a, const struct smp_memory *m,
                     void *frame, const struct smp_walk_frame *ours, int *same)
{
    void *code = a->frame_code(frame), *back = a->frame_back(frame);
    int line = a->frame_line(frame), our_line = line_of(m, ours);
    if (address_of(code) != ours->code.address ||
        (our_line > 0 && line > 0 && our_line != line))
        *same = 0;
    a->decref(code);
    a->decref(frame);
    return back;
}

int smp_check_frames(void)
{
    struct check_api a;
    struct smp_guard guard = {.began_ns = 0};
    struct smp_memory m = smp_guard_memory(&guard);
    struct seen seen = {.count = 0};
    struct smp_walk_result result;
    if (find_api(&a))
        return SMP_ENOENT;
    void *state = smp_recorder.api.gilstate_this();
    void *frame = state ? a.state_frame(state) : NULL;
    if (!frame)
        return SMP_EAGAIN;
    int same = !smp_walk(&smp_recorder.layout, &m,
                         address_of(smp_recorder.api.code_type),
                         address_of(state), collect, &seen, &result);
    unsigned i = 0;
    for (; frame && same && i < seen.count; i++)
        frame = compare(&a, &m, frame, &seen.frames[i], &same);
    /* Both chains must end together, unless ours was full. */
    if ((frame || i < seen.count) && seen.count < CHECKED_FRAMES)
        same = 0;
    if (frame)
        a.decref(frame);
    return same ? 0 : SMP_EFORMAT;
}
