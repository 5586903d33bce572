/* The interpreter's C API, found by name. */
#define _GNU_SOURCE
#include "recorder/python_api.h"

#include <stddef.h>
#include <string.h>

#include "recorder/state.h"

static const char *const functions[] = {
#define SMP_X(result, name, arguments) #name,
    SMP_PYTHON_FUNCTIONS(SMP_X)
#undef SMP_X
};
static const char *const objects[] = {
#define SMP_X(name) #name,
    SMP_PYTHON_OBJECTS(SMP_X)
#undef SMP_X
};
static const char *const errors[] = {
#define SMP_X(name) #name,
    SMP_PYTHON_ERRORS(SMP_X)
#undef SMP_X
};

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MEMBERS (COUNT(functions) + COUNT(objects) + COUNT(errors))

_Static_assert(sizeof(struct smp_python) == MEMBERS * sizeof(void *),
               "one name for each member");

const struct smp_python *smp_python(void)
{
    static struct smp_python api;
    static int found;
    void *all[MEMBERS];
    size_t n = 0;
    if (found)
        return &api;
    for (size_t i = 0; i < COUNT(functions); i++)
        if (!(all[n++] = smp_lookup(functions[i])))
            return NULL;
    for (size_t i = 0; i < COUNT(objects); i++)
        if (!(all[n++] = smp_lookup(objects[i])))
            return NULL;
    for (size_t i = 0; i < COUNT(errors); i++) {
        void *variable = smp_lookup(errors[i]);
        if (!variable)
            return NULL;
        memcpy(&all[n++], variable, sizeof(void *));
    }
    memcpy(&api, all, sizeof api);
    found = 1;
    return &api;
}
