/* Memory's figures as JSON: absolute ones, their intervals, and Scalene's. */
#include "report/json_write.h"

#include <math.h>
#include <stdio.h>

#define MB (1024.0 * 1024) /* Scalene's */

void smp_json_memory(const struct smp_json_writer *w,
                     const struct smp_memory_cost *m)
{
    struct smp_buf *b = w->out;
    if (!w->v->has_memory)
        return;
    smp_json_bytes(b, "alloc_bytes", m->alloc_bytes);
    smp_json_bytes(b, "alloc_count", m->alloc_count);
    smp_json_int(b, "alloc_samples", (int64_t)m->samples);
    smp_json_bytes(b, "python_alloc_bytes", m->python_alloc_bytes);
    smp_json_bytes(b, "freed_bytes", m->freed_bytes);
    smp_json_bytes(b, "live_bytes", m->live_bytes);
    smp_json_bytes(b, "net_bytes", smp_memory_net(m));
    smp_json_bytes(b, "peak_bytes", m->peak_bytes);
    if (w->v->has_peak)
        smp_json_bytes(b, "at_peak_bytes", m->at_peak_bytes);
    smp_json_bytes(b, "avg_bytes", m->avg_bytes);
    smp_json_bytes(b, "churn_bytes", m->churn_bytes);
    smp_json_bytes(b, "largest_bytes", m->largest);
    smp_json_bytes(b, "copy_bytes", m->copy_bytes);
}

static void put_bounds(struct smp_buf *b, const char *key, double sum,
                       double variance, uint64_t samples)
{
    struct smp_bounds i = smp_memory_bounds(sum, variance, samples);
    smp_json_open(b, key, '[');
    smp_json_bytes(b, NULL, i.low);
    smp_json_bytes(b, NULL, i.high);
    smp_json_close(b, ']');
}

void smp_json_memory_sure(const struct smp_json_writer *w,
                          const struct smp_memory_cost *m)
{
    struct smp_buf *b = w->out;
    smp_json_memory(w, m);
    if (!w->v->has_memory || !smp_memory_is_some(m))
        return;
    put_bounds(b, "alloc_bytes_ci", m->alloc_bytes, m->alloc_variance,
               m->samples);
    put_bounds(b, "live_bytes_ci", m->live_bytes, m->live_variance,
               m->live_samples);
    put_bounds(b, "peak_bytes_ci", m->peak_bytes, m->peak_variance, m->samples);
    put_bounds(b, "copy_bytes_ci", m->copy_bytes, m->copy_variance,
               m->copy_samples);
}

/* [[nanoseconds, MB], ...]: the points at which it changes. */
static void put_timeline(const struct smp_json_writer *w, const char *key,
                         const float *timeline)
{
    struct smp_buf *b = w->out;
    const struct smp_view *v = w->v;
    smp_json_open(b, key, '[');
    for (size_t i = 0; timeline && i < v->timeline_count; i++) {
        float before = i ? timeline[i - 1] : 0;
        float after = i + 1 < v->timeline_count ? timeline[i + 1] : -1;
        if (timeline[i] == before && timeline[i] == after)
            continue;
        double at_s = v->timeline_from_s + (double)i * v->timeline_step_s;
        smp_json_open(b, NULL, '[');
        smp_json_bytes(b, NULL, at_s * 1e9);
        smp_json_rounded(b, NULL, round(timeline[i] / MB * 1e4) / 1e4);
        smp_json_close(b, ']');
    }
    smp_json_close(b, ']');
}

/* Of the run's time that the filter keeps. */
static double seconds_asked(const struct smp_json_writer *w)
{
    const struct smp_filter *f = &w->o->filter;
    double to_s =
        f->to_s > 0 ? fmin(f->to_s, w->p->elapsed_s) : w->p->elapsed_s;
    double s = to_s - f->from_s;
    return s > 0 ? s : 1;
}

void smp_json_memory_scalene(const struct smp_json_writer *w,
                             const struct smp_memory_cost *m)
{
    struct smp_buf *b = w->out;
    double all = w->v->memory.alloc_bytes;
    if (!w->v->has_memory)
        return;
    smp_json_rounded(b, "n_malloc_mb", m->alloc_bytes / MB);
    smp_json_bytes(b, "n_mallocs", m->alloc_count);
    smp_json_rounded(b, "n_avg_mb", m->avg_bytes / MB);
    smp_json_rounded(b, "n_peak_mb", m->peak_bytes / MB);
    smp_json_rounded(b, "n_growth_mb", smp_memory_net(m) / MB);
    smp_json_rounded(b, "n_python_fraction", smp_memory_python_share(m));
    smp_json_rounded(b, "n_usage_fraction",
                     all > 0 ? fmin(1, m->alloc_bytes / all) : 0);
    smp_json_rounded(b, "n_copy_mb_s", m->copy_bytes / MB / seconds_asked(w));
    put_timeline(w, "memory_samples", m->timeline);
}

void smp_json_memory_quiet(const struct smp_json_writer *w)
{
    if (w->v->has_memory)
        smp_buf_puts(w->out,
                     ",\"n_malloc_mb\":0.0,\"n_mallocs\":0,\"n_avg_mb\":0.0,"
                     "\"n_peak_mb\":0.0,\"n_growth_mb\":0.0,"
                     "\"n_python_fraction\":0.0,\"n_usage_fraction\":0.0,"
                     "\"n_copy_mb_s\":0.0,\"memory_samples\":[],"
                     "\"alloc_bytes\":0,\"peak_bytes\":0,\"copy_bytes\":0");
}

int smp_json_memory_counts(const struct smp_json_writer *w,
                           const struct smp_memory_cost *m)
{
    return smp_memory_matters(w->v, m, w->o->malloc_threshold);
}

/* --- the top level --- */

/* The line that has most at the peak; 0 where none has any. */
static const struct smp_line_cost *peak_line(const struct smp_view *v,
                                             uint32_t *file)
{
    const struct smp_line_cost *best = NULL;
    for (size_t i = 0; i < v->file_count; i++)
        for (size_t k = 0; k < v->files[i].line_count; k++) {
            const struct smp_line_cost *l = &v->files[i].lines[k];
            double most = best ? best->memory.at_peak_bytes : 0;
            if (l->memory.at_peak_bytes <= most)
                continue;
            best = l;
            *file = v->files[i].file;
        }
    return best;
}

static double python_at_peak(const struct smp_profile *p)
{
    double python = 0, all = 0;
    for (size_t i = 0; i < p->at_peak_count; i++) {
        all += p->at_peaks[i].bytes;
        if (p->at_peaks[i].domain == SMP_DOMAIN_PYTHON)
            python += p->at_peaks[i].bytes;
    }
    return all > 0 ? fmin(1, python / all) : 0;
}

/* How much of its peak the program gained in the last half of the time. */
static double growth_percent(const struct smp_view *v)
{
    const struct smp_memory_cost *m = &v->memory;
    size_t n = v->timeline_count;
    if (!m->timeline || n < 2 || m->peak_bytes <= 0)
        return 0;
    return 100 * ((double)m->timeline[n - 1] - (double)m->timeline[n / 2]) /
           m->peak_bytes;
}

static void put_footprint(const struct smp_json_writer *w)
{
    struct smp_buf *b = w->out;
    struct smp_footprint_parts f;
    if (smp_footprint_parts(&f, w->p, &w->o->filter))
        return;
    smp_json_open(b, "footprint", '{');
    smp_json_int(b, "process", f.process);
    smp_json_rounded(b, "at_s", f.at_s);
    smp_json_bytes(b, "tracked_bytes", f.tracked);
    smp_json_bytes(b, "arena_slack_bytes", f.arena_slack);
    smp_json_bytes(b, "interpreter_bytes", f.interpreter);
    smp_json_bytes(b, "files_bytes", f.files);
    smp_json_bytes(b, "shared_bytes", f.shared);
    smp_json_bytes(b, "untracked_bytes", f.rest);
    smp_json_bytes(b, "rss_bytes", f.rss);
    smp_json_close(b, '}');
}

static void put_peak(const struct smp_json_writer *w)
{
    struct smp_buf *b = w->out;
    const struct smp_profile *p = w->p;
    uint32_t file = SMP_NONE;
    const struct smp_line_cost *line = peak_line(w->v, &file);
    smp_json_rounded(b, "max_footprint_mb",
                     (w->v->memory.peak_bytes + w->v->peak_slack) / MB);
    smp_json_rounded(b, "max_footprint_python_fraction", python_at_peak(p));
    if (line) {
        smp_json_text(b, "max_footprint_fname",
                      smp_profile_text(p, p->files[file].path));
        smp_json_int(b, "max_footprint_lineno", line->line);
    }
    smp_json_rounded(b, "max_footprint_s", w->v->memory.peak_s);
}

/* A leak's figures; Scalene's two names first. */
static void put_leak(const struct smp_json_writer *w, const struct smp_leak *l)
{
    struct smp_buf *b = w->out;
    smp_json_rounded(b, "likelihood", smp_leak_likelihood(l));
    smp_json_rounded(b, "velocity_mb_s", l->bytes_per_s / MB);
    smp_json_bytes(b, "bytes_per_s", l->bytes_per_s);
    smp_json_open(b, "bytes_per_s_ci", '[');
    smp_json_bytes(b, NULL, l->low);
    smp_json_bytes(b, NULL, l->high);
    smp_json_close(b, ']');
    smp_json_rounded(b, "survival", l->survival);
    smp_json_rounded(b, "growth_z", l->growth_z);
    smp_json_bytes(b, "live_bytes", l->live_bytes);
    smp_json_int(b, "stack", l->stack);
}

/* All of them, those without a line in scope too. */
static void put_leaks(const struct smp_json_writer *w)
{
    const struct smp_profile *p = w->p;
    smp_json_open(w->out, "leaks", '[');
    for (size_t i = 0; i < w->v->leak_count; i++) {
        const struct smp_leak *l = &w->v->leaks[i];
        smp_json_open(w->out, NULL, '{');
        if (l->file != SMP_NONE) {
            smp_json_text(w->out, "file",
                          smp_profile_text(p, p->files[l->file].path));
            smp_json_int(w->out, "lineno", l->line);
            smp_json_text(w->out, "function",
                          smp_profile_text(p, p->functions[l->function].name));
        }
        put_leak(w, l);
        smp_json_close(w->out, '}');
    }
    smp_json_close(w->out, ']');
}

void smp_json_memory_run(const struct smp_json_writer *w)
{
    const struct smp_memory_cost *m = &w->v->memory;
    if (!w->v->has_memory)
        return;
    put_peak(w);
    smp_json_rounded(w->out, "growth_rate", growth_percent(w->v));
    smp_json_rounded(w->out, "native_allocations_mb",
                     fmax(0, m->alloc_bytes - m->python_alloc_bytes) / MB);
    put_timeline(w, "samples", m->timeline);
    put_leaks(w);
    put_footprint(w);
}

void smp_json_memory_leaks(const struct smp_json_writer *w, uint32_t file)
{
    char number[16];
    if (!w->v->has_memory)
        return;
    smp_json_open(w->out, "leaks", '{');
    for (size_t i = 0; i < w->v->leak_count; i++) {
        const struct smp_leak *l = &w->v->leaks[i];
        if (l->file != file)
            continue;
        snprintf(number, sizeof number, "%u", (unsigned)l->line);
        smp_json_open(w->out, number, '{');
        put_leak(w, l);
        smp_json_close(w->out, '}');
    }
    smp_json_close(w->out, '}');
}
