/* `profile`: notes the code of what is decorated, and returns it as it is. */
#include <stdatomic.h>
#include <string.h>

#include "recorder/bridge.h"

#define DEPTH_MOST 8   /* of wrappers, classes in classes, codes in codes */
#define NUMBERS 65536u /* codes that are selected once only */

struct search {
    const struct smp_python *py;
    struct smp_memory memory;
    int depth;
};

static void select_object(struct search *s, void *object);

/* 1 the first time. */
static int is_new(uint32_t number)
{
    static _Atomic uint8_t selected[NUMBERS / 8];
    uint8_t bit = (uint8_t)(1u << number % 8);
    return number >= NUMBERS ||
           !(atomic_fetch_or(&selected[number / 8], bit) & bit);
}

static void write_select(uint32_t number)
{
    struct smp_record_select *r =
        (struct smp_record_select *)smp_ring_reserve(smp_recorder.ring,
                                                     sizeof *r,
                                                     SMP_RECORD_SELECT);
    if (!r)
        return;
    r->code = number;
    memset(r->reserved, 0, sizeof r->reserved);
    smp_ring_commit(smp_recorder.ring, &r->head);
}

static void *attribute(struct search *s, void *object, const char *name)
{
    void *value = s->py->PyObject_GetAttrString(object, name);
    if (!value)
        s->py->PyErr_Clear();
    return value;
}

/* The code, and those in it: comprehensions, lambdas, inner functions. */
static void select_code(struct search *s, void *code)
{
    struct smp_code_ref ref;
    if (s->depth > DEPTH_MOST ||
        smp_walk_code(&smp_recorder.layout, &s->memory,
                      (uint64_t)(uintptr_t)smp_recorder.api.code_type,
                      (uint64_t)(uintptr_t)code, &ref))
        return;
    uint32_t number = smp_codes_number(&s->memory, &ref, 0);
    if (number == UINT32_MAX || !is_new(number))
        return;
    write_select(number);
    void *constants = attribute(s, code, "co_consts");
    intptr_t n = constants ? s->py->PyTuple_Size(constants) : 0;
    s->depth++;
    for (intptr_t i = 0; i < n; i++) {
        void *it = s->py->PyTuple_GetItem(constants, i);
        if (SMP_PY_TYPE(it) == s->py->PyCode_Type)
            select_code(s, it);
    }
    s->depth--;
    if (constants)
        s->py->Py_DecRef(constants);
}

static void select_attribute(struct search *s, void *object, const char *name)
{
    void *value = attribute(s, object, name);
    if (value) {
        select_object(s, value);
        s->py->Py_DecRef(value);
    }
}

/* What functools.wraps says is inside; a new reference, or NULL. Looked up
 * without code of the user's. */
static void *wrapped_by(struct search *s, void *object)
{
    void *key = s->py->PyUnicode_InternFromString("__wrapped__");
    void *value = key ? s->py->PyObject_GenericGetAttr(object, key) : NULL;
    if (!value)
        s->py->PyErr_Clear();
    if (key)
        s->py->Py_DecRef(key);
    return value;
}

/* All that is in a class's own dict. */
static void select_class(struct search *s, void *class)
{
    void *key = s->py->PyUnicode_InternFromString("__dict__");
    void *dict = key ? s->py->PyObject_GenericGetAttr(class, key) : NULL;
    void *values = dict ? s->py->PyMapping_Values(dict) : NULL;
    intptr_t n = values ? s->py->PyList_Size(values) : 0;
    for (intptr_t i = 0; i < n; i++)
        select_object(s, s->py->PyList_GetItem(values, i));
    if (!values)
        s->py->PyErr_Clear();
    if (values)
        s->py->Py_DecRef(values);
    if (dict)
        s->py->Py_DecRef(dict);
    if (key)
        s->py->Py_DecRef(key);
}

static void select_inner(struct search *s, void *object)
{
    const struct smp_python *py = s->py;
    void *type = SMP_PY_TYPE(object);
    if (type == py->PyFunction_Type) {
        void *code = attribute(s, object, "__code__");
        if (code)
            select_code(s, code);
        if (code)
            py->Py_DecRef(code);
    } else if (type == py->PyMethod_Type || type == py->PyClassMethod_Type ||
               type == py->PyStaticMethod_Type) {
        select_attribute(s, object, "__func__");
    } else if (type == py->PyProperty_Type) {
        select_attribute(s, object, "fget");
        select_attribute(s, object, "fset");
        select_attribute(s, object, "fdel");
    } else if (py->PyType_GetFlags(type) & SMP_PY_TYPE_SUBCLASS) {
        select_class(s, object);
    }
}

/* A wrapper stands for what it wraps: its own code is every wrapped one's. */
static void select_object(struct search *s, void *object)
{
    if (s->depth > DEPTH_MOST)
        return;
    s->depth++;
    void *inside = wrapped_by(s, object);
    if (inside) {
        select_object(s, inside);
        s->py->Py_DecRef(inside);
    } else {
        select_inner(s, object);
    }
    s->depth--;
}

void *smp_bridge_select(void *self, void *const *arguments, intptr_t count,
                        void *keywords)
{
    const struct smp_python *py = smp_python();
    struct smp_guard guard = {.pages = {0}};
    struct search s = {py, smp_guard_memory(&guard), 0};
    (void)self;
    /* @profile(precision=4), as memory_profiler has it: decorates with it. */
    void *object = count == 1 ? arguments[0] : NULL;
    if (!object && count == 0 && keywords)
        object =
            py->PyDict_GetItemString(py->PyModule_GetDict(
                                         py->PyImport_AddModule("builtins")),
                                     "profile");
    if (!object) {
        py->PyErr_SetString(py->PyExc_TypeError,
                            "profile() takes what it decorates");
        return NULL;
    }
    if (count == 1 && atomic_load(&smp_recorder.phase) == SMP_RUNNING &&
        smp_process_is_ours())
        select_object(&s, object);
    py->Py_IncRef(object);
    return object;
}
