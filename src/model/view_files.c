/* Files: lines and functions handed to the file they belong to. */
#include <stdlib.h>

#include "base/status.h"
#include "model/view_work.h"

/* Most first; ties by `a` and `b`'s own order. */
static int compare_s(double a, double b)
{
    return a > b ? -1 : a < b;
}

static int compare_functions(const void *left, const void *right)
{
    const struct smp_function_cost *a = left, *b = right;
    int order = compare_s(smp_cost_all(&a->self), smp_cost_all(&b->self));
    order = order ? order
                  : compare_s(smp_cost_all(&a->total), smp_cost_all(&b->total));
    order =
        order ? order : compare_s(a->memory.alloc_bytes, b->memory.alloc_bytes);
    return order ? order : a->function < b->function ? -1 : 1;
}

static int compare_files(const void *left, const void *right)
{
    const struct smp_file_cost *a = left, *b = right;
    int order = compare_s(smp_cost_all(&a->cost), smp_cost_all(&b->cost));
    order =
        order ? order : compare_s(a->memory.alloc_bytes, b->memory.alloc_bytes);
    return order ? order : a->file < b->file ? -1 : 1;
}

static struct smp_file_cost *file_result(struct smp_view *v, uint32_t *file_of,
                                         uint32_t file)
{
    if (file_of[file] == SMP_NONE) {
        v->files[v->file_count].file = file;
        file_of[file] = (uint32_t)v->file_count++;
    }
    return &v->files[file_of[file]];
}

static uint32_t file_of_function(const struct smp_view_work *w, size_t i)
{
    return w->p->functions[w->functions[i].function].file;
}

static int reserve(struct smp_file_cost *f)
{
    f->lines = smp_work_zeroed(f->line_count, sizeof *f->lines);
    f->functions = smp_work_zeroed(f->function_count, sizeof *f->functions);
    f->line_count = f->function_count = 0; /* counted again as they come in */
    return f->lines && f->functions ? 0 : SMP_ENOMEM;
}

static int count_and_reserve(const struct smp_view_work *w, struct smp_view *v,
                             uint32_t *file_of)
{
    for (size_t i = 0; i < w->line_count; i++)
        file_result(v, file_of, w->lines[i].file)->line_count++;
    for (size_t i = 0; i < w->function_count; i++)
        file_result(v, file_of, file_of_function(w, i))->function_count++;
    int status = 0;
    for (size_t i = 0; i < v->file_count; i++)
        if (reserve(&v->files[i]))
            status = SMP_ENOMEM;
    return status;
}

/* Lines come in order of their number, as the work has them. */
static void hand_over(const struct smp_view_work *w, struct smp_view *v,
                      uint32_t *file_of)
{
    for (size_t i = 0; i < w->line_count; i++) {
        struct smp_file_cost *f = file_result(v, file_of, w->lines[i].file);
        f->lines[f->line_count++] = w->lines[i].result;
        smp_cost_add(&f->cost, &w->lines[i].result.cost);
    }
    for (size_t i = 0; i < w->function_count; i++) {
        struct smp_file_cost *f =
            file_result(v, file_of, file_of_function(w, i));
        f->functions[f->function_count++] = w->functions[i];
    }
    for (size_t i = 0; w->memory.files && i < v->file_count; i++)
        v->files[i].memory = w->memory.files[v->files[i].file];
    for (size_t i = 0; i < v->file_count; i++)
        qsort(v->files[i].functions, v->files[i].function_count,
              sizeof *v->files[i].functions, compare_functions);
    qsort(v->files, v->file_count, sizeof *v->files, compare_files);
}

int smp_work_files(struct smp_view_work *w, struct smp_view *v)
{
    uint32_t *file_of = smp_work_nones(w->p->file_count);
    v->files = smp_work_zeroed(w->p->file_count, sizeof *v->files);
    int status =
        file_of && v->files ? count_and_reserve(w, v, file_of) : SMP_ENOMEM;
    if (!status)
        hand_over(w, v, file_of);
    free(file_of);
    return status;
}
