/* --no-stacks: a profile whose stacks are cut to one frame. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/json_write.h"

static int compare_samples(const void *left, const void *right)
{
    const struct smp_sample *a = left, *b = right;
    if (a->bin != b->bin)
        return a->bin < b->bin ? -1 : 1;
    if (a->thread != b->thread)
        return a->thread < b->thread ? -1 : 1;
    if (a->stack != b->stack)
        return a->stack < b->stack ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (int)a->gc - (int)b->gc;
}

/* The samples are sorted: equal keys are neighbours. */
static void merge_samples(struct smp_profile *cut)
{
    size_t kept = 0;
    for (size_t i = 0; i < cut->sample_count; i++) {
        const struct smp_sample *s = &cut->samples[i];
        struct smp_sample *last = kept ? &cut->samples[kept - 1] : NULL;
        if (!last || compare_samples(last, s)) {
            cut->samples[kept++] = *s;
            continue;
        }
        uint32_t room = UINT32_MAX - last->count;
        last->count += s->count < room ? s->count : room;
        last->seconds += s->seconds;
    }
    cut->sample_count = kept;
}

/* The frame each stack is cut to: the one that is charged, else its innermost
 * Python frame, else its innermost, so that "without Python" stays known. */
static uint32_t best_frame(uint32_t charged, uint32_t python,
                           uint32_t innermost)
{
    return charged != SMP_NONE  ? charged
           : python != SMP_NONE ? python
                                : innermost;
}

static int find_frames(const struct smp_profile *p, const struct smp_filter *f,
                       uint32_t *charged, uint32_t *python)
{
    uint8_t *in_scope = smp_view_functions_in_scope(p, f);
    if (!in_scope)
        return SMP_ENOMEM;
    charged[0] = python[0] = SMP_NONE;
    for (size_t i = 1; i < p->stack_count; i++) {
        const struct smp_stack *s = &p->stacks[i];
        uint32_t function = p->frames[s->frame].function;
        uint32_t file = p->functions[function].file;
        charged[i] = in_scope[function] ? s->frame : charged[s->parent];
        python[i] = p->files[file].kind != SMP_FILE_NATIVE ? s->frame
                                                           : python[s->parent];
    }
    free(in_scope);
    return 0;
}

/* New stacks are numbered by their frame: frame n is stack n + 1. They take the
 * place of the frames that are charged. */
static void number_stacks(const struct smp_profile *p, uint32_t *charged,
                          const uint32_t *python)
{
    charged[0] = 0;
    for (size_t i = 1; i < p->stack_count; i++)
        charged[i] = best_frame(charged[i], python[i], p->stacks[i].frame) + 1;
}

static void cut_samples(struct smp_profile *cut, const struct smp_profile *p,
                        const uint32_t *stack_of)
{
    for (size_t i = 0; i < p->sample_count; i++)
        cut->samples[i].stack = stack_of[p->samples[i].stack];
    qsort(cut->samples, cut->sample_count, sizeof *cut->samples,
          compare_samples);
    merge_samples(cut);
}

static int cut_awaits(struct smp_profile *cut, const struct smp_profile *p,
                      const uint32_t *stack_of)
{
    cut->awaits = calloc(p->await_count + 1, sizeof *cut->awaits);
    for (size_t i = 0; cut->awaits && i < p->await_count; i++) {
        cut->awaits[i] = p->awaits[i];
        cut->awaits[i].stack = stack_of[p->awaits[i].stack];
    }
    return cut->awaits ? 0 : SMP_ENOMEM;
}

static int make_stacks(struct smp_profile *cut, const struct smp_profile *p)
{
    cut->stack_count = p->frame_count + 1;
    cut->stacks = calloc(cut->stack_count, sizeof *cut->stacks);
    cut->samples = calloc(p->sample_count + 1, sizeof *cut->samples);
    if (!cut->stacks || !cut->samples)
        return SMP_ENOMEM;
    if (p->sample_count)
        memcpy(cut->samples, p->samples, p->sample_count * sizeof *p->samples);
    for (size_t i = 0; i < cut->stack_count; i++)
        cut->stacks[i].frame = i ? (uint32_t)i - 1 : SMP_NONE;
    return 0;
}

/* The arrays that are made anew. */
static void disown(struct smp_profile *cut)
{
    cut->stacks = NULL;
    cut->samples = NULL;
    cut->awaits = NULL;
    cut->allocations = NULL;
    cut->deallocations = NULL;
    cut->highs = NULL;
    cut->at_peaks = NULL;
    cut->copies = NULL;
}

int smp_json_cut(struct smp_profile *cut, const struct smp_profile *p,
                 const struct smp_filter *f)
{
    struct smp_profile made = *p;
    uint32_t *charged = calloc(p->stack_count, sizeof *charged);
    uint32_t *python = calloc(p->stack_count, sizeof *python);
    made.index = NULL; /* of p's arrays, not of these */
    disown(&made);
    int status = charged && python ? make_stacks(&made, p) : SMP_ENOMEM;
    if (!status)
        status = find_frames(p, f, charged, python);
    if (!status) {
        number_stacks(p, charged, python);
        cut_samples(&made, p, charged);
        status = smp_view_restack(&made, p, charged);
        status = status ? status : cut_awaits(&made, p, charged);
    }
    if (status)
        smp_json_uncut(&made);
    else
        *cut = made;
    free(charged);
    free(python);
    return status;
}

void smp_json_uncut(struct smp_profile *cut)
{
    free(cut->stacks);
    free(cut->samples);
    free(cut->awaits);
    free(cut->allocations);
    free(cut->deallocations);
    free(cut->highs);
    free(cut->at_peaks);
    free(cut->copies);
    *cut = (struct smp_profile){0};
}
