/* Costs as JSON: absolute figures, their intervals, Scalene's percentages. */
#include "report/json_write.h"

/* Points of cpu_samples_list, evenly thinned beyond it: what a sparkline can
 * show, so that a long run's lines stay small. */
#define MOMENT_LIMIT 100

/* Here wait_s has the CPU queue in it, so that it and the main thread's CPU time
 * add up to the elapsed time; the percentages leave it out, as whole_s does. */
static void put_waits(const struct smp_json_writer *w, const struct smp_cost *c)
{
    smp_json_rounded(w->out, "wait_s", c->wait_s + c->queue_s);
    smp_json_open(w->out, "wait", '{');
    for (int k = SMP_KIND_SYSTEM + 1; k < SMP_KIND_COUNT; k++)
        if (c->wait_by_s[k] > 0)
            smp_json_rounded(w->out, smp_kind_name((enum smp_kind)k),
                             c->wait_by_s[k]);
    smp_json_close(w->out, '}');
    smp_json_rounded(w->out, "other_wait_s", c->other_wait_s);
    smp_json_int(w->out, "wait_count", (int64_t)c->wait_count);
}

void smp_json_cost(const struct smp_json_writer *w, const struct smp_cost *c)
{
    smp_json_rounded(w->out, "cpu_python_s", c->cpu_s[SMP_KIND_PYTHON]);
    smp_json_rounded(w->out, "cpu_native_s", c->cpu_s[SMP_KIND_NATIVE]);
    smp_json_rounded(w->out, "cpu_system_s", c->cpu_s[SMP_KIND_SYSTEM]);
    smp_json_rounded(w->out, "gc_s", c->gc_s);
    smp_json_int(w->out, "cpu_count", (int64_t)c->cpu_count);
    if (!w->o->filter.cpu_only)
        put_waits(w, c);
}

/* `whole_s`, made of n measurements, is taken as known; the part is a share of
 * it that they estimate. */
static void put_interval(struct smp_buf *b, const char *key, double part_s,
                         double whole_s, uint64_t n)
{
    double share = whole_s > 0 ? part_s / whole_s : 0;
    if (whole_s > 0 && n == 0)
        return; /* read from a file that does not tell what it rests on */
    struct smp_interval i = smp_share_interval(share, n);
    smp_json_open(b, key, '[');
    smp_json_rounded(b, NULL, i.low * whole_s);
    smp_json_rounded(b, NULL, i.high * whole_s);
    smp_json_close(b, ']');
}

/* CPU time is sampled, so its parts are estimates. Waiting is not: its length is
 * what the kernel counted, and where a thread blocks it is read again and again,
 * so that "n draws" would claim far more doubt than there is. */
void smp_json_intervals(const struct smp_json_writer *w,
                        const struct smp_cost *c)
{
    const struct smp_cost *all = &w->v->total;
    double cpu_s = smp_cost_cpu(all);
    put_interval(w->out, "cpu_python_s_ci", c->cpu_s[SMP_KIND_PYTHON], cpu_s,
                 all->cpu_count);
    put_interval(w->out, "cpu_native_s_ci", c->cpu_s[SMP_KIND_NATIVE], cpu_s,
                 all->cpu_count);
    put_interval(w->out, "cpu_system_s_ci", c->cpu_s[SMP_KIND_SYSTEM], cpu_s,
                 all->cpu_count);
}

double smp_json_percent(const struct smp_json_writer *w, double seconds)
{
    double percent = w->v->whole_s > 0 ? 100 * seconds / w->v->whole_s : 0;
    return percent < 100 ? percent : 100;
}

void smp_json_percents(const struct smp_json_writer *w,
                       const struct smp_cost *c)
{
    smp_json_rounded(w->out, "n_cpu_percent_python",
                     smp_json_percent(w, c->cpu_s[SMP_KIND_PYTHON]));
    smp_json_rounded(w->out, "n_cpu_percent_c",
                     smp_json_percent(w, c->cpu_s[SMP_KIND_NATIVE]));
    smp_json_rounded(w->out, "n_sys_percent",
                     smp_json_percent(w,
                                      c->cpu_s[SMP_KIND_SYSTEM] + c->wait_s));
}

void smp_json_busy(const struct smp_json_writer *w, const struct smp_cost *c,
                   double busy_threads_s, const uint32_t *bins, size_t n)
{
    size_t shown = n < MOMENT_LIMIT ? n : MOMENT_LIMIT;
    double cpus = w->p->cpus ? w->p->cpus : 1;
    double used =
        busy_threads_s > 0 ? smp_cost_cpu(c) / busy_threads_s / cpus : 0;
    smp_json_rounded(w->out, "n_core_utilization", used < 1 ? used : 1);
    smp_json_open(w->out, "cpu_samples_list", '[');
    for (size_t i = 0; i < shown; i++) {
        size_t which = i * n / shown; /* rounded down on purpose */
        smp_json_rounded(w->out, NULL, bins[which] * w->p->bin_s);
    }
    smp_json_close(w->out, ']');
}
