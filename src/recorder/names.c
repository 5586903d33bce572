/* Thread names: threading's own, found when a thread is created.
 *
 * threading starts a thread with the bound method Thread._bootstrap, whose
 * object has the name. The attribute is read without running any code of the
 * user's: only the generic look-up. */
#include <string.h>

#include "cpython/walk.h"
#include "recorder/state.h"

#define METHOD_SELF 24 /* PyMethodObject.im_self */
#define OBJECT_TYPE 8

struct names_api {
    void *(*running)(void); /* the state of the thread that holds the GIL */
    void *(*generic_get)(void *, void *);
    void *(*type_lookup)(void *, void *);
    void *(*intern)(const char *);
    void *(*utf8)(void *);
    int (*bytes)(void *, char **, intptr_t *);
    void (*decref)(void *);
    void (*clear)(void);
    void *method_type;
};

static const struct names_api *find_api(void)
{
    static const char *const names[] = {"PyThreadState_GetUnchecked", /* 3.13 */
                                        "PyObject_GenericGetAttr",
                                        "_PyType_Lookup",
                                        "PyUnicode_InternFromString",
                                        "PyUnicode_AsUTF8String",
                                        "PyBytes_AsStringAndSize",
                                        "Py_DecRef",
                                        "PyErr_Clear",
                                        "PyMethod_Type"};
    static struct names_api api;
    void *found[sizeof names / sizeof *names];
    _Static_assert(sizeof found == sizeof api, "one name for each member");
    if (api.method_type)
        return &api;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        found[i] = smp_lookup(names[i]);
    if (!found[0])
        found[0] = smp_lookup("_PyThreadState_UncheckedGet");
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (!found[i])
            return NULL;
    memcpy(&api, found, sizeof found);
    return &api;
}

/* Not by what the string would keep for the next time: its size is seen by
 * programs. */
static void keep(const struct names_api *a, void *name)
{
    char *text;
    intptr_t length;
    void *bytes = a->utf8(name);
    if (!bytes)
        return;
    if (a->bytes(bytes, &text, &length) == 0)
        smp_threads_name_next(text, (uint32_t)length);
    a->decref(bytes);
}

/* `function`: what the new thread will call. */
static void from_function(const struct names_api *a, void *function)
{
    void *type, *self;
    memcpy(&type, (char *)function + OBJECT_TYPE, sizeof type);
    if (type != a->method_type)
        return;
    memcpy(&self, (char *)function + METHOD_SELF, sizeof self);
    memcpy(&type, (char *)self + OBJECT_TYPE, sizeof type);
    void *key = a->intern("_name"), *name = NULL;
    /* One that its class defines may be a property: code of the user's. */
    if (key && !a->type_lookup(type, key))
        name = a->generic_get(self, key);
    if (name) {
        keep(a, name);
        a->decref(name);
    }
    a->clear();
    if (key)
        a->decref(key);
}

/* The argument is {func, arg} of a pythread_callback, and that arg a bootstate
 * {interp or tstate, func, ...}, with the GIL held by this thread. */
void smp_names_from_start(void *(*start)(void *), void *argument)
{
    const struct smp_api *api = &smp_recorder.api;
    uint64_t code = (uint64_t)(uintptr_t)start, boot, function, type;
    struct smp_guard guard = {.began_ns = 0};
    struct smp_memory m = smp_guard_memory(&guard);
    if (code < smp_recorder.text_low || code >= smp_recorder.text_high)
        return;
    const struct names_api *a = find_api();
    if (!a || !a->running() || a->running() != api->gilstate_this())
        return;
    uint64_t callback = (uint64_t)(uintptr_t)argument;
    if (!callback || m.read(m.context, callback + 8, &boot, 8) || boot % 8 ||
        m.read(m.context, boot + 8, &function, 8) || function % 8 ||
        m.read(m.context, function + OBJECT_TYPE, &type, 8) ||
        type != (uint64_t)(uintptr_t)a->method_type)
        return;
    from_function(a, (void *)(uintptr_t)function);
}
