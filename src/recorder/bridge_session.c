/* What Python code may ask of the recorder about sessions: which one it is in,
 * joining and leaving one, and a request to its collector. */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/status.h"
#include "record/request.h"
#include "recorder/bridge.h"
#include "recorder/heap.h"
#include "recorder/late.h"

/* A snapshot of much takes its time; the GIL is not held meanwhile. */
#define ANSWER_TIMEOUT_MS 60000
#define ANSWER_BYTES_MAX (1u << 30)

/* ---- in and out */

/* The number that ends the session's name. */
static unsigned long session_number(void)
{
    const char *digits = strrchr(smp_recorder.session, '/');
    unsigned long number = 0;
    for (digits = digits ? digits + 1 : ""; *digits; digits++)
        number =
            number << 4 | (unsigned long)(*digits <= '9' ? *digits - '0'
                                                         : *digits - 'a' + 10);
    return number;
}

static int is_recorded(void)
{
    return atomic_load(&smp_recorder.phase) == SMP_RUNNING &&
           smp_process_is_ours();
}

void *smp_bridge_session(void *self, void *unused)
{
    const struct smp_python *py = smp_python();
    (void)self;
    (void)unused;
    return py->PyLong_FromUnsignedLong(is_recorded() ? session_number() : 0);
}

void *smp_bridge_join(void *self, void *number)
{
    const struct smp_python *py = smp_python();
    (void)self;
    unsigned long session = py->PyLong_AsUnsignedLongMask(number);
    if (py->PyErr_Occurred())
        return NULL;
    int joined = smp_join((uint32_t)session) == 0;
    if (joined)
        smp_late_pass_on((uint32_t)session);
    return py->PyBool_FromLong(joined);
}

void *smp_bridge_leave(void *self, void *unused)
{
    const struct smp_python *py = smp_python();
    (void)self;
    (void)unused;
    smp_leave();
    smp_late_pass_on(0);
    py->Py_IncRef(py->_Py_NoneStruct);
    return py->_Py_NoneStruct;
}

/* ---- requests */

static const struct {
    const char *name;
    enum smp_request_kind kind;
} kinds[] = {
    {"STATUS", SMP_REQUEST_STATUS}, {"ON", SMP_REQUEST_ON},
    {"OFF", SMP_REQUEST_OFF},       {"SNAPSHOT", SMP_REQUEST_SNAPSHOT},
    {"WINDOW", SMP_REQUEST_WINDOW}, {"FIGURES", SMP_REQUEST_FIGURES},
    {"END", SMP_REQUEST_END},
};

struct packet {
    struct smp_request head;
    char text[SMP_REQUEST_TEXT_BYTES];
};

/* The packet of a request; 0, or -1 with an error. */
static int pack(const struct smp_python *py, struct packet *p, void *kind,
                void *text)
{
    struct smp_bridge_text name, words;
    p->head = (struct smp_request){.magic = SMP_REQUEST_MAGIC,
                                   .version = SMP_RECORD_VERSION,
                                   .pid = smp_recorder.pid};
    if (smp_bridge_text(py, kind, &name))
        return -1;
    for (size_t n = 0; n < sizeof kinds / sizeof *kinds; n++)
        if (!strcmp(kinds[n].name, name.bytes))
            p->head.kind = (uint32_t)kinds[n].kind;
    if (name.owner)
        py->Py_DecRef(name.owner);
    if (!p->head.kind || smp_bridge_text(py, text, &words)) {
        py->PyErr_Clear();
        py->PyErr_SetString(py->PyExc_TypeError,
                            "request() takes a request's name and a text");
        return -1;
    }
    int fits = (size_t)words.length <= sizeof p->text;
    if (fits)
        memcpy(p->text, words.bytes, (size_t)words.length);
    p->head.bytes = (uint32_t)words.length;
    if (words.owner)
        py->Py_DecRef(words.owner);
    if (!fits)
        py->PyErr_SetString(py->PyExc_TypeError, "the request is too long");
    return fits ? 0 : -1;
}

/* The answer's bytes, all packets: of PyMem_RawRealloc, or NULL. */
struct answer {
    const struct smp_python *py;
    char *bytes;
    size_t length, capacity;
};

static void *room(void *context, size_t *size)
{
    struct answer *a = context;
    if (a->capacity - a->length < SMP_ANSWER_PACKET_BYTES) {
        size_t capacity = a->capacity * 2 + SMP_ANSWER_PACKET_BYTES;
        void *bytes = capacity > ANSWER_BYTES_MAX
                          ? NULL
                          : a->py->PyMem_RawRealloc(a->bytes, capacity);
        if (!bytes)
            return NULL;
        a->bytes = bytes;
        a->capacity = capacity;
    }
    *size = SMP_ANSWER_PACKET_BYTES;
    return a->bytes + a->length;
}

static void *take_answer(void *context, size_t got, size_t *size)
{
    struct answer *a = context;
    a->length += got;
    return room(context, size);
}

/* A text for what did not come to an answer. */
static const char *excuse(int status)
{
    return status == SMP_ENOENT   ? "error: the collector is gone"
           : status == SMP_EAGAIN ? "error: the collector does not answer"
                                  : "error: the collector could not be asked";
}

static void *ask(const struct smp_python *py, const struct packet *p)
{
    struct answer a = {.py = py};
    void *state = py->PyEval_SaveThread();
    smp_heap_self.inside++; /* the answer is no memory of the program's */
    int status =
        smp_os_ask(smp_recorder.session, p, sizeof p->head + p->head.bytes,
                   ANSWER_TIMEOUT_MS, take_answer, &a);
    smp_heap_self.inside--;
    py->PyEval_RestoreThread(state);
    const char *text = status ? excuse(status) : a.bytes;
    size_t length = status ? strlen(text) : a.length;
    void *result = py->PyUnicode_DecodeUTF8(text, (intptr_t)length, "replace");
    py->PyMem_RawFree(a.bytes);
    return result;
}

void *smp_bridge_request(void *self, void *const *arguments, intptr_t count)
{
    const struct smp_python *py = smp_python();
    struct packet p;
    (void)self;
    if (count != 2) {
        py->PyErr_SetString(py->PyExc_TypeError,
                            "request() takes a request's name and a text");
        return NULL;
    }
    if (!is_recorded())
        return py->PyUnicode_FromString("error: this process is not profiled");
    if (pack(py, &p, arguments[0], arguments[1]))
        return NULL;
    return ask(py, &p);
}
