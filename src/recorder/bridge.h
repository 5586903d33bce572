/* The bridge between Python code and the recorder. No module is injected: the
 * package asks by sys.audit("solvidia_mem_prof.bridge", box), and the audit hook
 * puts a dict of callables into the box, a list. */
#ifndef SMP_RECORDER_BRIDGE_H
#define SMP_RECORDER_BRIDGE_H

#include "recorder/python_api.h"
#include "recorder/state.h"

#define SMP_BRIDGE_EVENT "solvidia_mem_prof.bridge"
#define SMP_BRIDGE_VERSION 1

/* bridge.c: the answer; no error of Python's is left behind. */
SMP_HOLDS_GIL void smp_bridge_answer(void *arguments);
/* Puts `profile` among the builtins. */
SMP_HOLDS_GIL void smp_bridge_builtin(void);

/* bridge_region.c: the type `region`, a new reference; NULL with an error. */
SMP_HOLDS_GIL void *smp_bridge_region_type(const struct smp_python *py);

/* bridge_text.c: the UTF-8 of a str, with what has none escaped. 0, or -1 with an
 * error. `owner`: to be given to Py_DecRef after use, or NULL. */
struct smp_bridge_text {
    const char *bytes;
    intptr_t length;
    void *owner;
};
SMP_HOLDS_GIL int smp_bridge_text(const struct smp_python *py, void *object,
                                  struct smp_bridge_text *out);

/* bridge_select.c: `profile`, as a builtin. */
SMP_HOLDS_GIL void *smp_bridge_select(void *self, void *const *arguments,
                                      intptr_t count, void *keywords);

/* bridge_calls.c */
SMP_HOLDS_GIL void *smp_bridge_mark(void *self, void *text);
SMP_HOLDS_GIL void *smp_bridge_start(void *self, void *unused);
SMP_HOLDS_GIL void *smp_bridge_stop(void *self, void *unused);
SMP_HOLDS_GIL void *smp_bridge_is_active(void *self, void *unused);

/* bridge_session.c */
SMP_HOLDS_GIL void *smp_bridge_session(void *self, void *unused);
SMP_HOLDS_GIL void *smp_bridge_join(void *self, void *number);
SMP_HOLDS_GIL void *smp_bridge_leave(void *self, void *unused);
/* Releases it while it waits. */
SMP_HOLDS_GIL void *smp_bridge_request(void *self, void *const *arguments,
                                       intptr_t count);

#endif
