/* The type `region`: a context manager that is entered and left in C. */
#include <stddef.h>

#include "recorder/bridge.h"
#include "recorder/heap.h"
#include "recorder/regions.h"

/* An object of it. It refers to nothing but a str, so it needs no collector. */
struct region {
    struct {
        intptr_t references;
        void *type;
    } head;
    void *name;             /* a str */
    uint32_t number, epoch; /* of the name, in the ring of that epoch */
    int depth;              /* times entered and not left */
    struct smp_enter first; /* the outermost one */
    struct smp_enter *more; /* later ones, the last first; owned */
};

static int wants_text(const struct smp_python *py, void *name)
{
    if (name && SMP_PY_TYPE(name) == py->PyUnicode_Type)
        return 1;
    py->PyErr_Clear();
    py->PyErr_SetString(py->PyExc_TypeError, "region() takes one name: a str");
    return 0;
}

/* The one argument, as a str of no other class; NULL with an error. */
static void *name_of(const struct smp_python *py, void *arguments,
                     void *keywords)
{
    void *given = NULL;
    intptr_t count = py->PyTuple_Size(arguments);
    if (count == 1 && !keywords)
        given = py->PyTuple_GetItem(arguments, 0);
    else if (count == 0 && keywords)
        given = py->PyDict_GetItemString(keywords, "name");
    if (given && SMP_PY_TYPE(given) != py->PyUnicode_Type)
        given = py->PyUnicode_FromObject(given);
    else if (given)
        py->Py_IncRef(given);
    return wants_text(py, given) ? given : NULL;
}

static void *region_new(void *type, void *arguments, void *keywords)
{
    const struct smp_python *py = smp_python();
    void *name = name_of(py, arguments, keywords);
    struct region *self = name ? py->PyType_GenericAlloc(type, 0) : NULL;
    if (self)
        self->name = name; /* the rest is 0 */
    else if (name)
        py->Py_DecRef(name);
    return self;
}

/* The name's number in this ring; UINT32_MAX with an error. */
static uint32_t number_of(const struct smp_python *py, struct region *self)
{
    struct smp_bridge_text text;
    if (self->epoch == smp_regions_epoch())
        return self->number;
    uint64_t hash = (uint64_t)py->PyObject_Hash(self->name);
    uint64_t length = (uint64_t)py->PyUnicode_GetLength(self->name);
    uint32_t number = smp_regions_find(hash, length);
    if (number == UINT32_MAX) {
        if (smp_bridge_text(py, self->name, &text))
            return UINT32_MAX;
        number =
            smp_regions_add(hash, length, text.bytes, (uint64_t)text.length);
        if (text.owner)
            py->Py_DecRef(text.owner);
    }
    self->number = number;
    self->epoch = smp_regions_epoch();
    return number;
}

/* Room for one more time; its own, where it is the only one. */
static struct smp_enter *push(const struct smp_python *py, struct region *self)
{
    struct smp_enter *e = &self->first;
    if (self->depth) {
        smp_heap_self.inside++; /* no allocation of the program's */
        e = py->PyMem_RawMalloc(sizeof *e);
        smp_heap_self.inside--;
        if (!e)
            return NULL;
        e->next = self->more;
        self->more = e;
    }
    self->depth++;
    return e;
}

/* Which of several is left: that of the same frame and thread, else the last. */
static struct smp_enter **chosen(const struct smp_python *py,
                                 struct region *self)
{
    uint64_t frame = smp_regions_frame(py->PyThreadState_Get());
    for (struct smp_enter **at = &self->more; *at; at = &(*at)->next)
        if ((*at)->frame == frame && (*at)->tid == smp_heap_self.tid)
            return at;
    if (self->first.frame == frame && self->first.tid == smp_heap_self.tid)
        return NULL;
    return &self->more;
}

/* Ends one of several and frees its room. */
static void pop(const struct smp_python *py, struct region *self)
{
    struct smp_enter **at = chosen(py, self);
    struct smp_enter *e = at ? *at : NULL;
    if (e) {
        smp_regions_leave(e);
        *at = e->next;
    } else { /* the first one: the last takes its place */
        smp_regions_leave(&self->first);
        e = self->more;
        self->more = e->next;
        self->first = *e;
    }
    smp_heap_self.inside++;
    py->PyMem_RawFree(e);
    smp_heap_self.inside--;
}

static void *region_enter(void *object, void *unused)
{
    const struct smp_python *py = smp_python();
    struct region *self = object;
    (void)unused;
    struct smp_enter *e = push(py, self);
    if (e)
        e->start_ns = 0;
    if (e && smp_regions_are_on()) {
        uint32_t number = number_of(py, self);
        if (number == UINT32_MAX)
            py->PyErr_Clear();
        else
            smp_regions_enter(e, number,
                              smp_regions_frame(py->PyThreadState_Get()));
    }
    py->Py_IncRef(object);
    return object;
}

static void *region_exit(void *object, void *const *arguments, intptr_t count)
{
    const struct smp_python *py = smp_python();
    struct region *self = object;
    (void)arguments;
    (void)count;
    if (self->depth == 1)
        smp_regions_leave(&self->first);
    else if (self->depth)
        pop(py, self);
    self->depth -= self->depth > 0;
    py->Py_IncRef(py->_Py_NoneStruct);
    return py->_Py_NoneStruct;
}

/* It went without having been left: that is no time of it. */
static void drop_all(const struct smp_python *py, struct region *self)
{
    if (self->depth)
        smp_regions_drop(&self->first);
    while (self->more) {
        struct smp_enter *e = self->more;
        self->more = e->next;
        smp_regions_drop(e);
        smp_heap_self.inside++;
        py->PyMem_RawFree(e);
        smp_heap_self.inside--;
    }
}

static void region_dealloc(void *object)
{
    const struct smp_python *py = smp_python();
    struct region *self = object;
    void *type = self->head.type;
    void (*release)(void *);
    void *slot = py->PyType_GetSlot(type, SMP_PY_FREE);
    __builtin_memcpy(&release, &slot, sizeof release);
    drop_all(py, self);
    py->Py_DecRef(self->name);
    release(object);
    py->Py_DecRef(type);
}

#define FUNCTION(f) ((void *)(uintptr_t)(f))

void *smp_bridge_region_type(const struct smp_python *py)
{
    static struct smp_py_method methods[] = {
        {"__enter__", FUNCTION(region_enter), SMP_PY_NOARGS,
         "__enter__($self, /)\n--\n\n"},
        {"__exit__", FUNCTION(region_exit), SMP_PY_FASTCALL,
         "__exit__($self, /, *exception)\n--\n\n"},
        {0}};
    static struct smp_py_member members[] = {{"name", SMP_PY_OBJECT_EX,
                                              offsetof(struct region, name),
                                              SMP_PY_READONLY,
                                              "what the region is called"},
                                             {0}};
    static struct smp_py_slot slots[] = {
        {SMP_PY_NEW, FUNCTION(region_new)},
        {SMP_PY_DEALLOC, FUNCTION(region_dealloc)},
        {SMP_PY_METHODS, methods},
        {SMP_PY_MEMBERS, members},
        {SMP_PY_DOC, "region(name)\n--\n\nA part of the program by name."},
        {0}};
    static struct smp_py_spec spec = {"solvidia_mem_prof.region",
                                      sizeof(struct region), 0, SMP_PY_BASETYPE,
                                      slots};
    return py->PyType_FromSpec(&spec);
}
