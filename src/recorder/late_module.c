/* Late load by the import system: prepares the process for `attach`.
 *
 * Not by ctypes: that takes milliseconds, is not in every Python, and its modules
 * would be seen by the program. The import fails always, so nothing of it stays in
 * the interpreter but this library, asleep. */
#include "recorder/late.h"
#include "recorder/python_api.h"

/* What the import system calls, with the GIL: a module, or NULL and an error. */
__attribute__((visibility("default"))) void *PyInit_librecorder(void);

void *PyInit_librecorder(void)
{
    const struct smp_python *py = smp_python();
    int status = smp_late_sleep();
    if (py)
        py->PyErr_SetString(py->PyExc_RuntimeError,
                            status ? "this process can't be prepared"
                                   : "asleep");
    return NULL;
}
