/* The bridge: the callables that Python code gets of its recorder. */
#include "recorder/bridge.h"

#include <stddef.h>

#include "recorder/state.h"

#define FUNCTION(f) ((void *)(uintptr_t)(f))

static struct smp_py_method profile_method = {
    "profile", FUNCTION(smp_bridge_select), SMP_PY_FASTCALL | SMP_PY_KEYWORDS,
    "profile($module, function, /)\n--\n\n"
    "Marks a function or class for the profiler; returns it unchanged."};

static struct smp_py_method methods[] = {
    {"mark", FUNCTION(smp_bridge_mark), SMP_PY_O,
     "mark($module, text, /)\n--\n\nNotes a text on the timeline."},
    {"start", FUNCTION(smp_bridge_start), SMP_PY_NOARGS,
     "start($module, /)\n--\n\nMeasures from here on."},
    {"stop", FUNCTION(smp_bridge_stop), SMP_PY_NOARGS,
     "stop($module, /)\n--\n\nMeasures no more."},
    {"is_active", FUNCTION(smp_bridge_is_active), SMP_PY_NOARGS,
     "is_active($module, /)\n--\n\nTrue while it measures."},
    {"session", FUNCTION(smp_bridge_session), SMP_PY_NOARGS,
     "session($module, /)\n--\n\nThe session's number; 0: not profiled."},
    {"join", FUNCTION(smp_bridge_join), SMP_PY_O,
     "join($module, session, /)\n--\n\nJoins a collector; True if it did."},
    {"leave", FUNCTION(smp_bridge_leave), SMP_PY_NOARGS,
     "leave($module, /)\n--\n\nLeaves the collector; may join again."},
    {"request", FUNCTION(smp_bridge_request), SMP_PY_FASTCALL,
     "request($module, kind, text, /)\n--\n\nAsks the collector: its "
     "answer."},
};

/* Puts a new reference (NULL: there was an error) into the dict. */
static int put(const struct smp_python *py, void *dict, const char *name,
               void *value)
{
    int status = value ? py->PyDict_SetItemString(dict, name, value) : -1;
    if (value)
        py->Py_DecRef(value);
    return status;
}

static int fill(const struct smp_python *py, void *dict)
{
    int status =
        put(py, dict, "version", py->PyLong_FromLong(SMP_BRIDGE_VERSION));
    if (!status)
        status = put(py, dict, "region", smp_bridge_region_type(py));
    if (!status)
        status = put(py, dict, "select",
                     py->PyCFunction_NewEx(&profile_method, NULL, NULL));
    for (size_t i = 0; !status && i < sizeof methods / sizeof *methods; i++)
        status = put(py, dict, methods[i].name,
                     py->PyCFunction_NewEx(&methods[i], NULL, NULL));
    return status;
}

void smp_bridge_answer(void *arguments)
{
    const struct smp_python *py = smp_python();
    if (!py || SMP_PY_TYPE(arguments) != py->PyTuple_Type ||
        py->PyTuple_Size(arguments) != 1)
        return;
    void *box = py->PyTuple_GetItem(arguments, 0);
    if (SMP_PY_TYPE(box) != py->PyList_Type)
        return;
    /* Made anew for each that asks: what the package keeps goes with it, and
     * nothing of ours outlives the interpreter. */
    void *dict = py->PyDict_New();
    if (!dict || fill(py, dict) || py->PyList_Append(box, dict))
        py->PyErr_Clear();
    if (dict)
        py->Py_DecRef(dict);
}

/* How many objects the collector of garbage has counted since its last run: gc's
 * generations[0].count, which stands this far before `collecting` (3.11 to 3.13:
 * the rest of the generations, their list's head, the permanent one, statistics). */
#define BEFORE_COLLECTING 156

static int *young_count(void)
{
    return (int *)(uintptr_t)(smp_recorder.interpreter +
                              smp_recorder.layout.interp_gc_collecting -
                              BEFORE_COLLECTING);
}

/* One object of ours is not counted: garbage is collected when it would be bare. */
static void *make_profile(const struct smp_python *py)
{
    int *count = young_count(), before = *count;
    void *made = py->PyCFunction_NewEx(&profile_method, NULL, NULL);
    if (*count == before + 1)
        *count = before;
    return made;
}

void smp_bridge_builtin(void)
{
    const struct smp_python *py = smp_python();
    void *module = py ? py->PyImport_AddModule("builtins") : NULL;
    void *dict = module ? py->PyModule_GetDict(module) : NULL;
    if (dict && put(py, dict, profile_method.name, make_profile(py)))
        py->PyErr_Clear();
    else if (py && !dict)
        py->PyErr_Clear();
}
