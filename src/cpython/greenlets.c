/* Greenlets: found among what the garbage collector follows, and read. */
#include "base/status.h"
#include "cpython/objects.h"

enum {
    GC_HEAD = 16, /* before an object: next, previous */
    GC_PREVIOUS = 8,
    GENERATION_BYTES = 24,
    GREENLET_IMPL = 32, /* the C++ object */
    FRAME_OBJECT_FRAME = 24
};

/* In the C++ object: the piece of stack it runs on (greenlet 2 and 3), and
 * somewhere behind it the object of its innermost frame. */
#define IMPL_WORDS 24
#define STACK_WORDS_FIRST 4
#define SAVED_MOST (UINT64_C(1) << 30)

#define FLAG_BITS UINT64_C(3)

void smp_object_each_tracked(const struct smp_objects *o, uint64_t interpreter,
                             unsigned generation, unsigned most,
                             smp_object_visit *visit, void *context)
{
    uint64_t head = interpreter + o->at->interp_generations +
                    (uint64_t)generation * GENERATION_BYTES;
    uint64_t at = head;
    for (unsigned n = 0; n < most; n++) {
        if (smp_object_word(o, at + GC_PREVIOUS, &at))
            return;
        at &= ~FLAG_BITS;
        if (!at || at == head || at % 8 || visit(context, at + GC_HEAD))
            return;
    }
}

/* Where its C stack is: four words in a row that fit together: begin, end, copy,
 * length of the copy. 1 where they were found. */
static int find_stack(const uint64_t *words, struct smp_greenlet_ref *out)
{
    for (unsigned n = STACK_WORDS_FIRST; n + 3 < IMPL_WORDS; n++) {
        uint64_t begin = words[n], end = words[n + 1], copy = words[n + 2],
                 saved = words[n + 3];
        if (begin < 4096 || end <= begin || end - begin > SAVED_MOST ||
            saved > end - begin || (copy == 0) != (saved == 0))
            continue;
        out->stack = begin;
        out->copy = copy;
        out->saved = saved;
        return 1;
    }
    return 0;
}

int smp_object_greenlet(const struct smp_objects *o, uint64_t greenlet,
                        struct smp_greenlet_ref *out)
{
    uint64_t impl, words[IMPL_WORDS];
    if (smp_object_kind(o, greenlet) != SMP_IS_GREENLET)
        return SMP_EFORMAT;
    if (smp_object_word(o, greenlet + GREENLET_IMPL, &impl) || impl % 8)
        return SMP_EFAULT;
    for (unsigned n = 0; n < IMPL_WORDS; n++)
        if (smp_object_word(o, impl + 8 * n, &words[n]))
            return SMP_EFAULT;
    for (unsigned n = STACK_WORDS_FIRST; n < IMPL_WORDS; n++)
        if (smp_object_kind(o, words[n]) == SMP_IS_FRAME)
            return smp_object_word(o, words[n] + FRAME_OBJECT_FRAME,
                                   &out->frame) ||
                           !find_stack(words, out)
                       ? SMP_EFAULT
                       : 0;
    return SMP_ENOENT; /* it runs, has not begun or has ended */
}
