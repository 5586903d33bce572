/* What the program says of itself: regions, marks, decorated functions. */
#include "report/json_write.h"

/* --- the view's answer, on the top level --- */

static void put_region(const struct smp_json_writer *w,
                       const struct smp_region_cost *r)
{
    struct smp_buf *b = w->out;
    uint64_t times = r->count - r->nested;
    smp_json_open(b, NULL, '{');
    smp_json_text(b, "name", smp_profile_text(w->p, r->name));
    smp_json_int(b, "count", (int64_t)r->count);
    smp_json_int(b, "nested", (int64_t)r->nested);
    smp_json_int(b, "open", (int64_t)r->open);
    smp_json_rounded(b, "total_s", r->total_s);
    smp_json_rounded(b, "mean_s", times ? r->total_s / (double)times : 0);
    smp_json_rounded(b, "min_s", r->least_s);
    smp_json_rounded(b, "max_s", r->most_s);
    smp_json_rounded(b, "first_s", r->first_s);
    smp_json_rounded(b, "last_s", r->last_s);
    smp_json_int(b, "threads", r->threads);
    smp_json_int(b, "processes", r->processes);
    smp_json_cost(w, &r->cost);
    smp_json_memory(w, &r->memory);
    smp_json_close(b, '}');
}

static void put_mark(const struct smp_json_writer *w,
                     const struct smp_moment *m)
{
    struct smp_buf *b = w->out;
    smp_json_open(b, NULL, '{');
    smp_json_rounded(b, "at_s", m->at_s);
    smp_json_text(b, "text", smp_profile_text(w->p, m->text));
    smp_json_int(b, "process", m->process);
    if (m->thread == SMP_NONE)
        smp_json_null(b, "thread");
    else
        smp_json_int(b, "thread", m->thread);
    smp_json_close(b, '}');
}

void smp_json_said(const struct smp_json_writer *w)
{
    if (w->v->region_count)
        smp_json_open(w->out, "regions", '[');
    for (size_t i = 0; i < w->v->region_count; i++)
        put_region(w, &w->v->regions[i]);
    if (w->v->region_count)
        smp_json_close(w->out, ']');
    if (w->p->mark_count)
        smp_json_open(w->out, "marks", '[');
    for (size_t i = 0; i < w->p->mark_count; i++)
        put_mark(w, &w->p->marks[i]);
    if (w->p->mark_count)
        smp_json_close(w->out, ']');
}

/* --- facts --- */

#define COUNTS(b, key, type, array, count, field)                              \
    SMP_JSON_COLUMN(b, key, type, array, count,                                \
                    smp_json_int(b, NULL, (int64_t)it->field))

static void put_regions(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_region *all = p->regions;
    size_t n = p->region_count;
    smp_json_open(b, "regions", '{');
    SMP_JSON_INDEXES(b, "name", struct smp_region, all, n, name);
    SMP_JSON_INDEXES(b, "process", struct smp_region, all, n, process);
    SMP_JSON_INDEXES(b, "thread", struct smp_region, all, n, thread);
    COUNTS(b, "count", struct smp_region, all, n, count);
    COUNTS(b, "nested", struct smp_region, all, n, nested);
    COUNTS(b, "open", struct smp_region, all, n, open);
    SMP_JSON_EXACTS(b, "total_s", struct smp_region, all, n, total_s);
    SMP_JSON_EXACTS(b, "min_s", struct smp_region, all, n, least_s);
    SMP_JSON_EXACTS(b, "max_s", struct smp_region, all, n, most_s);
    SMP_JSON_EXACTS(b, "first_s", struct smp_region, all, n, first_s);
    SMP_JSON_EXACTS(b, "last_s", struct smp_region, all, n, last_s);
    smp_json_close(b, '}');
}

static void put_marks(struct smp_buf *b, const struct smp_profile *p)
{
    const struct smp_moment *all = p->marks;
    size_t n = p->mark_count;
    smp_json_open(b, "marks", '{');
    SMP_JSON_INDEXES(b, "text", struct smp_moment, all, n, text);
    SMP_JSON_INDEXES(b, "process", struct smp_moment, all, n, process);
    SMP_JSON_INDEXES(b, "thread", struct smp_moment, all, n, thread);
    SMP_JSON_EXACTS(b, "at_s", struct smp_moment, all, n, at_s);
    smp_json_close(b, '}');
}

void smp_json_said_facts(const struct smp_json_writer *w)
{
    struct smp_buf *b = w->out;
    const struct smp_profile *p = w->facts;
    if (p->region_count)
        put_regions(b, p);
    if (p->mark_count)
        put_marks(b, p);
    if (p->selected_count) {
        smp_json_open(b, "selected", '[');
        for (size_t i = 0; i < p->selected_count; i++)
            smp_json_index(b, p->selected[i]);
        smp_json_close(b, ']');
    }
    if (p->regions_lost)
        smp_json_int(b, "regions_lost", (int64_t)p->regions_lost);
    if (p->marks_lost)
        smp_json_int(b, "marks_lost", (int64_t)p->marks_lost);
}
