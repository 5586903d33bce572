/* In place of the native rooms: an address space and unwound stacks that the
 * test chooses. */
#ifndef SMP_TESTS_NO_NATIVE_H
#define SMP_TESTS_NO_NATIVE_H

#include "base/status.h"
#include "collector/native.h"

struct smp_space {
    enum smp_object object;         /* of every address */
    struct smp_native_stack native; /* of every sample */
    unsigned unwound;               /* how often that was asked for */
    struct smp_native_input last;
};

struct smp_space *smp_space_new(struct smp_modules *m)
{
    (void)m;
    return NULL;
}

void smp_space_free(struct smp_space *s)
{
    (void)s;
}

struct smp_space *smp_space_copy(const struct smp_space *s)
{
    (void)s;
    return NULL;
}

int smp_space_read(struct smp_space *s, pid_t pid)
{
    (void)s;
    (void)pid;
    return 0;
}

int smp_space_covers(const struct smp_space *s, uint64_t address)
{
    (void)s;
    return address % 2;
}

#define ADDRESS_OF_LIBRARY 0x11b7a71 /* of none that the fake space has */

enum smp_object smp_space_object(struct smp_space *s, uint64_t address,
                                 uint64_t interpreter)
{
    (void)interpreter;
    return address == ADDRESS_OF_LIBRARY ? SMP_OBJECT_OTHER : s->object;
}

void smp_native_unwind(struct smp_space *s, const struct smp_native_input *in,
                       struct smp_native_stack *out)
{
    s->unwound++;
    s->last = *in;
    *out = s->native;
}

#endif
