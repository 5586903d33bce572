/* The list of images: those that live, and those that ended a moment ago. */
#include <stdlib.h>

#include "base/status.h"
#include "collector/state.h"

#define SWEEP_EVERY_NS UINT64_C(1000000000)
/* A child may say that it was forked after its parent has ended: it waits this
 * long for its answer, and then needs the parent's codes. */
#define KEPT_NS UINT64_C(3000000000)

int smp_images_add(struct smp_collector *c, struct smp_image *i)
{
    if (c->image_count == c->image_capacity) {
        size_t capacity = c->image_capacity ? c->image_capacity * 2 : 16;
        void *images = realloc(c->images, capacity * sizeof *c->images);
        if (!images)
            return SMP_ENOMEM;
        c->images = images;
        c->image_capacity = capacity;
    }
    c->images[c->image_count++] = i;
    c->live++;
    return 0;
}

struct smp_image *smp_image_find(struct smp_collector *c, int32_t pid)
{
    for (size_t n = c->image_count; n-- > 0;)
        if (c->images[n]->pid == pid)
            return c->images[n];
    return NULL;
}

static int is_over(const struct smp_image *i, uint64_t now)
{
    return i->ended && !i->heirs && now > i->ended_ns + KEPT_NS;
}

void smp_images_sweep(struct smp_collector *c, uint64_t now)
{
    if (now < c->next_sweep_ns)
        return;
    c->next_sweep_ns = now + SWEEP_EVERY_NS;
    /* Children come after their origin: from the end, so that a line of images
     * that all have ended goes at once. */
    for (size_t n = c->image_count; n-- > 1;) {
        struct smp_image *i = c->images[n];
        if (!is_over(i, now))
            continue;
        if (i->origin)
            i->origin->heirs--;
        smp_image_free(i);
        c->images[n] = NULL;
    }
    size_t kept = 0;
    for (size_t n = 0; n < c->image_count; n++)
        if (c->images[n])
            c->images[kept++] = c->images[n];
    c->image_count = kept;
}

void smp_collector_release(struct smp_collector *c)
{
    for (size_t n = 0; n < c->image_count; n++)
        smp_image_free(c->images[n]);
    free(c->images);
    free(c->remote_codes);
    free(c->own_stacks);
    free(c->stacks);
    smp_heaps_release(&c->heaps);
    smp_windows_release(&c->windows);
    smp_map_release(&c->remote_index);
    smp_resolver_release(&c->resolver);
}
