/* Text of Python's as UTF-8. */
#include <string.h>

#include "recorder/bridge.h"

int smp_bridge_text(const struct smp_python *py, void *object,
                    struct smp_bridge_text *out)
{
    char *bytes;
    out->owner = NULL;
    out->bytes = py->PyUnicode_AsUTF8AndSize(object, &out->length);
    if (out->bytes)
        return 0;
    py->PyErr_Clear(); /* lone surrogates, say of a file's name */
    out->owner =
        py->PyUnicode_AsEncodedString(object, "utf-8", "backslashreplace");
    if (!out->owner)
        return -1;
    if (py->PyBytes_AsStringAndSize(out->owner, &bytes, &out->length)) {
        py->Py_DecRef(out->owner);
        return -1;
    }
    out->bytes = bytes;
    return 0;
}
