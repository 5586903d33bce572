/* Lines: sites put together by file and line number. */
#include <stdlib.h>

#include "base/status.h"
#include "model/view_work.h"

/* A site's place, so that sorting needs no other table. */
struct place {
    uint32_t file, line, column, end_line, end_column, site;
};

static int compare_u32(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    int order = compare_u32(a->file, b->file);
    order = order ? order : compare_u32(a->line, b->line);
    order = order ? order : compare_u32(a->column, b->column);
    order = order ? order : compare_u32(a->end_line, b->end_line);
    order = order ? order : compare_u32(a->end_column, b->end_column);
    return order ? order : compare_u32(a->site, b->site);
}

static struct place *sorted_places(const struct smp_view_work *w)
{
    struct place *places = smp_work_zeroed(w->site_count, sizeof *places);
    if (!places)
        return NULL;
    for (size_t i = 0; i < w->site_count; i++) {
        const struct smp_frame *f = &w->p->frames[w->sites[i].frame];
        uint32_t end_line = f->end_line ? f->end_line : f->line;
        places[i] =
            (struct place){w->sites[i].file, f->line,       f->column,
                           end_line,         f->end_column, (uint32_t)i};
    }
    qsort(places, w->site_count, sizeof *places, compare_places);
    return places;
}

static int same_line(const struct place *a, const struct place *b)
{
    return a->file == b->file && a->line == b->line;
}

static int same_expression(const struct place *a, const struct place *b)
{
    return a->column == b->column && a->end_line == b->end_line &&
           a->end_column == b->end_column;
}

/* The columns with the most CPU time among n places of one line. */
static void find_expression(const struct smp_view_work *w,
                            const struct place *places, size_t n,
                            struct smp_line_cost *line)
{
    double line_s = smp_cost_cpu(&line->cost), most_s = 0;
    for (size_t from = 0, to = 0; from < n; from = to) {
        double cpu_s = 0;
        for (; to < n && same_expression(&places[from], &places[to]); to++)
            cpu_s += smp_cost_cpu(&w->sites[places[to].site].cost);
        if (!places[from].column || cpu_s <= most_s)
            continue;
        most_s = cpu_s;
        line->column = places[from].column;
        line->end_column = places[from].end_line == places[from].line
                               ? places[from].end_column
                               : 0;
    }
    line->expression_share = line_s > 0 ? most_s / line_s : 0;
}

static void make_line(struct smp_view_work *w, const struct place *places,
                      size_t n)
{
    struct smp_line_work *line = &w->lines[w->line_count];
    line->file = places[0].file;
    line->result.line = places[0].line;
    for (size_t i = 0; i < n; i++) {
        struct smp_site *site = &w->sites[places[i].site];
        site->line = (uint32_t)w->line_count;
        smp_cost_add(&line->result.cost, &site->cost);
    }
    find_expression(w, places, n, &line->result);
    w->line_count++;
}

/* The times at which each line was on a CPU. */
static int make_busy(struct smp_view_work *w)
{
    struct smp_groups g;
    for (size_t k = 0; k < w->kept_count; k++)
        w->keys[k] =
            w->site[k] == SMP_NONE ? SMP_NONE : w->sites[w->site[k]].line;
    if (smp_groups_init(&g, w->keys, w->kept_count, w->line_count))
        return SMP_ENOMEM;
    for (size_t i = 0; i < w->line_count; i++) {
        struct smp_line_cost *line = &w->lines[i].result;
        line->busy_threads_s =
            smp_work_busy(w, &g, i, &line->bins, &line->bin_count);
    }
    smp_groups_release(&g);
    return 0;
}

int smp_work_lines(struct smp_view_work *w)
{
    struct place *places = sorted_places(w);
    w->lines = smp_work_zeroed(w->site_count, sizeof *w->lines);
    if (!places || !w->lines) {
        free(places);
        return SMP_ENOMEM;
    }
    for (size_t from = 0, to = 0; from < w->site_count; from = to) {
        while (to < w->site_count && same_line(&places[from], &places[to]))
            to++;
        make_line(w, places + from, to - from);
    }
    free(places);
    return make_busy(w);
}
