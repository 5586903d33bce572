/* A comparison as JSON. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/compare.h"
#include "report/json_write.h"
#include "report/source.h"

static int is_memory(int m)
{
    return SMP_MEASURE_IS_MEMORY(m);
}

static void put_value(struct smp_buf *b, const char *key, int m, double value)
{
    if (is_memory(m))
        smp_json_bytes(b, key, value);
    else
        smp_json_rounded(b, key, value);
}

static void put_interval(struct smp_buf *b, const char *key, int m,
                         const struct smp_figure *f)
{
    smp_json_open(b, key, '[');
    put_value(b, NULL, m, f->low);
    put_value(b, NULL, m, f->high);
    smp_json_close(b, ']');
}

static void put_measure(struct smp_buf *b, const struct smp_comparison *c,
                        const struct smp_change *it, int m)
{
    const struct smp_figure *before = &it->figure[0][m],
                            *after = &it->figure[1][m];
    smp_json_open(b, smp_measure_name((enum smp_measure)m), '{');
    put_value(b, "before", m, before->value);
    put_value(b, "after", m, after->value);
    put_value(b, "change", m, smp_change_delta(it, (enum smp_measure)m));
    put_interval(b, "before_ci", m, before);
    put_interval(b, "after_ci", m, after);
    smp_json_bool(b, "within_noise",
                  smp_change_is_noise(it, (enum smp_measure)m));
    smp_json_bool(b, "worse", smp_change_is_worse(c, it, (enum smp_measure)m));
    smp_json_close(b, '}');
}

static void put_measures(struct smp_buf *b, const struct smp_comparison *c,
                         const struct smp_change *it)
{
    int count = c->memory ? SMP_MEASURE_COUNT : SMP_MEASURE_PEAK;
    smp_json_open(b, "measures", '{');
    for (int m = 0; m < count; m++)
        if (it == &c->whole || it->figure[0][m].value != 0 ||
            it->figure[1][m].value != 0)
            put_measure(b, c, it, m);
    smp_json_close(b, '}');
}

static void put_line_number(struct smp_buf *b, const char *key,
                            const struct smp_change *it, int side)
{
    if (it->file[side] == SMP_NONE)
        smp_json_null(b, key);
    else
        smp_json_int(b, key, it->line[side]);
}

static void put_change(struct smp_buf *b, const struct smp_comparison *c,
                       const struct smp_change *it)
{
    int side = it->file[1] != SMP_NONE;
    const struct smp_profile *p = c->profile[side];
    smp_json_open(b, NULL, '{');
    smp_json_text(b, "file",
                  smp_profile_text(p, p->files[it->file[side]].path));
    put_line_number(b, "lineno_before", it, 0);
    put_line_number(b, "lineno_after", it, 1);
    if (it->function[side] != SMP_NONE)
        smp_json_text(b, "function",
                      smp_profile_text(p,
                                       p->functions[it->function[side]].name));
    put_measures(b, c, it);
    smp_json_close(b, '}');
}

static void put_changes(struct smp_buf *b, const char *key,
                        const struct smp_comparison *c,
                        const struct smp_change *all, size_t count)
{
    smp_json_open(b, key, '[');
    for (size_t i = 0; i < count; i++)
        put_change(b, c, &all[i]);
    smp_json_close(b, ']');
}

static void put_run(struct smp_buf *b, const char *key,
                    const struct smp_profile *p)
{
    smp_json_open(b, key, '{');
    smp_json_text(b, "program", smp_profile_text(p, p->program));
    smp_json_text(b, "command", smp_profile_text(p, p->command));
    smp_json_exact(b, "start_time_absolute", p->start_unix_s);
    smp_json_exact(b, "elapsed_time_sec", p->elapsed_s);
    smp_json_bool(b, "memory", p->memory);
    smp_json_close(b, '}');
}

int smp_compare_json(struct smp_buf *out, const struct smp_comparison *c)
{
    smp_buf_putc(out, '{');
    smp_json_text(out, "format", "solvidia-mem-prof comparison");
    smp_json_int(out, "schema_version", 1);
    put_run(out, "before", c->profile[0]);
    put_run(out, "after", c->profile[1]);
    smp_json_rounded(out, "threshold_percent", 100 * c->threshold);
    smp_json_bool(out, "worse", smp_compare_is_worse(c));
    smp_json_open(out, "whole", '{');
    put_measures(out, c, &c->whole);
    smp_json_close(out, '}');
    put_changes(out, "lines", c, c->lines, c->line_count);
    put_changes(out, "functions", c, c->functions, c->function_count);
    smp_buf_puts(out, "}\n");
    return out->failed ? SMP_ENOMEM : 0;
}
