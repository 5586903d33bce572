/* The interpreter's C API, as far as the bridge calls it: the stable part, found
 * by name, since nothing here is compiled against Python.h. An object is a
 * void *, a Py_ssize_t an intptr_t. */
#ifndef SMP_RECORDER_PYTHON_API_H
#define SMP_RECORDER_PYTHON_API_H

#include <stddef.h>
#include <stdint.h>

/* X(result, name, arguments): each a function of the API. */
#define SMP_PYTHON_FUNCTIONS(X)                                                \
    X(void *, PyCFunction_NewEx, (void *, void *, void *))                     \
    X(void *, PyType_FromSpec, (void *))                                       \
    X(void *, PyType_GetSlot, (void *, int))                                   \
    X(unsigned long, PyType_GetFlags, (void *))                                \
    X(void *, PyType_GenericAlloc, (void *, intptr_t))                         \
    X(void *, PyDict_New, (void))                                              \
    X(void *, PyDict_GetItemString, (void *, const char *))                    \
    X(int, PyDict_SetItemString, (void *, const char *, void *))               \
    X(int, PyList_Append, (void *, void *))                                    \
    X(void *, PyList_GetItem, (void *, intptr_t))                              \
    X(intptr_t, PyList_Size, (void *))                                         \
    X(void *, PyTuple_GetItem, (void *, intptr_t))                             \
    X(intptr_t, PyTuple_Size, (void *))                                        \
    X(void *, PyMapping_Values, (void *))                                      \
    X(void *, PyImport_AddModule, (const char *))                              \
    X(void *, PyModule_GetDict, (void *))                                      \
    X(void *, PyObject_GetAttrString, (void *, const char *))                  \
    X(void *, PyObject_GenericGetAttr, (void *, void *))                       \
    X(intptr_t, PyObject_Hash, (void *))                                       \
    X(intptr_t, PyUnicode_GetLength, (void *))                                 \
    X(const char *, PyUnicode_AsUTF8AndSize, (void *, intptr_t *))             \
    X(void *, PyUnicode_AsEncodedString, (void *, const char *, const char *)) \
    X(void *, PyUnicode_FromObject, (void *))                                  \
    X(void *, PyUnicode_InternFromString, (const char *))                      \
    X(int, PyBytes_AsStringAndSize, (void *, char **, intptr_t *))             \
    X(void *, PyLong_FromLong, (long))                                         \
    X(void *, PyLong_FromUnsignedLong, (unsigned long))                        \
    X(unsigned long, PyLong_AsUnsignedLongMask, (void *))                      \
    X(void *, PyUnicode_FromString, (const char *))                            \
    X(void *, PyUnicode_DecodeUTF8, (const char *, intptr_t, const char *))    \
    X(void *, PyErr_Occurred, (void))                                          \
    X(void *, PyEval_SaveThread, (void))                                       \
    X(void, PyEval_RestoreThread, (void *))                                    \
    X(void *, PyMem_RawRealloc, (void *, size_t))                              \
    X(void *, PyBool_FromLong, (long))                                         \
    X(void, PyErr_SetString, (void *, const char *))                           \
    X(void, PyErr_Clear, (void))                                               \
    X(void *, PyThreadState_Get, (void))                                       \
    X(void *, PyMem_RawMalloc, (size_t))                                       \
    X(void, PyMem_RawFree, (void *))                                           \
    X(void, Py_IncRef, (void *))                                               \
    X(void, Py_DecRef, (void *))

/* X(name): each an object of the interpreter's. */
#define SMP_PYTHON_OBJECTS(X)                                                  \
    X(_Py_NoneStruct)                                                          \
    X(PyUnicode_Type)                                                          \
    X(PyList_Type)                                                             \
    X(PyTuple_Type)                                                            \
    X(PyCode_Type)                                                             \
    X(PyFunction_Type)                                                         \
    X(PyMethod_Type)                                                           \
    X(PyClassMethod_Type)                                                      \
    X(PyStaticMethod_Type)                                                     \
    X(PyProperty_Type)

/* X(name): each a variable that holds a type. */
#define SMP_PYTHON_ERRORS(X)                                                   \
    X(PyExc_TypeError)                                                         \
    X(PyExc_RuntimeError)

struct smp_python {
#define SMP_X(result, name, arguments) result(*name) arguments;
    SMP_PYTHON_FUNCTIONS(SMP_X)
#undef SMP_X
#define SMP_X(name) void *name;
    SMP_PYTHON_OBJECTS(SMP_X)
    SMP_PYTHON_ERRORS(SMP_X)
#undef SMP_X
};

/* All of it, or NULL where something is missing. */
const struct smp_python *smp_python(void);

#define SMP_PY_TYPE(object) (((void **)(object))[1])

/* PyMethodDef, its flags; PyMemberDef; PyType_Slot, its numbers; PyType_Spec. */
struct smp_py_method {
    const char *name;
    void *function;
    int flags;
    const char *doc;
};
enum {
    SMP_PY_NOARGS = 4,
    SMP_PY_O = 8,
    SMP_PY_FASTCALL = 0x80,
    SMP_PY_KEYWORDS = 2
};
struct smp_py_member {
    const char *name;
    int type;
    intptr_t offset;
    int flags;
    const char *doc;
};
enum { SMP_PY_OBJECT_EX = 16, SMP_PY_READONLY = 1 };
struct smp_py_slot {
    int slot;
    void *value;
};
enum {
    SMP_PY_DEALLOC = 52,
    SMP_PY_DOC = 56,
    SMP_PY_METHODS = 64,
    SMP_PY_NEW = 65,
    SMP_PY_MEMBERS = 72,
    SMP_PY_FREE = 74
};
struct smp_py_spec {
    const char *name;
    int basic_size, item_size;
    unsigned flags;
    struct smp_py_slot *slots;
};
#define SMP_PY_BASETYPE (1u << 10)
#define SMP_PY_TYPE_SUBCLASS (1ul << 31) /* of PyType_GetFlags: it is a type */

#endif
