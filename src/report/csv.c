/* CSV (RFC 4180): a row a line of code, for spreadsheets and data frames. */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "report/report.h"
#include "report/source.h"

/* Seconds are absolute; percents are of the whole, to which other threads'
 * waiting does not belong (model/view.h). */
static const char header[] =
    "file,line,cpu_python_s,cpu_native_s,cpu_system_s,wait_s,"
    "cpu_python_percent,cpu_native_percent,cpu_system_percent,wait_percent,"
    "wait_io_s,wait_lock_s,wait_gil_s,wait_sleep_s,wait_child_s,wait_cpu_s,"
    "wait_other_s,other_threads_wait_s,gc_s,samples,";

/* Where memory was measured. */
static const char memory_header[] =
    "alloc_bytes,alloc_count,python_alloc_bytes,freed_bytes,live_bytes,"
    "net_bytes,peak_bytes,at_peak_bytes,avg_bytes,churn_bytes,copy_bytes,";

_Static_assert(SMP_KIND_COUNT - SMP_KIND_WAIT_IO == 7,
               "a new kind of waiting needs its column in the header");

static void add_quoted(struct smp_buf *out, const char *text, size_t n)
{
    smp_buf_putc(out, '"');
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"')
            smp_buf_putc(out, '"');
        smp_buf_putc(out, text[i]);
    }
    smp_buf_putc(out, '"');
}

/* A field is quoted only where it has to be. */
static void add_text(struct smp_buf *out, const char *text, size_t n)
{
    int special = n && (text[0] == ' ' || text[n - 1] == ' ');
    for (size_t i = 0; i < n && !special; i++)
        special = strchr(",\"\r\n\t", text[i]) != NULL;
    if (special)
        add_quoted(out, text, n);
    else
        smp_buf_add(out, text, n);
}

static void add_cost(struct smp_buf *out, const struct smp_cost *c,
                     double whole_s)
{
    const double parts[] = {c->cpu_s[0], c->cpu_s[1], c->cpu_s[2], c->wait_s};
    for (int i = 0; i < 4; i++)
        smp_buf_printf(out, ",%.6f", parts[i] + (i == 3 ? c->queue_s : 0));
    for (int i = 0; i < 4; i++)
        smp_buf_printf(out, ",%.3f",
                       whole_s > 0 ? 100 * parts[i] / whole_s : 0);
    for (int kind = SMP_KIND_WAIT_IO; kind < SMP_KIND_COUNT; kind++)
        smp_buf_printf(out, ",%.6f", c->wait_by_s[kind]);
    smp_buf_printf(out, ",%.6f,%.6f,%llu,", c->other_wait_s, c->gc_s,
                   (unsigned long long)(c->cpu_count + c->wait_count));
}

static void add_memory(struct smp_buf *out, const struct smp_memory_cost *m)
{
    const double values[] = {m->alloc_bytes,        m->alloc_count,
                             m->python_alloc_bytes, m->freed_bytes,
                             m->live_bytes,         smp_memory_net(m),
                             m->peak_bytes,         m->at_peak_bytes,
                             m->avg_bytes,          m->churn_bytes,
                             m->copy_bytes};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        smp_buf_printf(out, "%lld,", llround(values[i]));
}

static void add_file(struct smp_buf *out, const struct smp_view *v,
                     const struct smp_file_cost *file,
                     const struct smp_source *source)
{
    const struct smp_profile *p = v->profile;
    const char *path = smp_profile_text(p, p->files[file->file].path);
    for (size_t i = 0; i < file->line_count; i++) {
        const struct smp_line_cost *line = &file->lines[i];
        struct smp_source_line text = smp_source_line(source, line->line);
        add_text(out, path, strlen(path));
        smp_buf_printf(out, ",%u", (unsigned)line->line);
        add_cost(out, &line->cost, v->whole_s);
        if (v->has_memory)
            add_memory(out, &line->memory);
        add_text(out, text.text, text.length);
        smp_buf_puts(out, "\r\n");
    }
}

int smp_report_csv(struct smp_buf *out, const struct smp_profile *p,
                   const struct smp_filter *f)
{
    struct smp_view v;
    int status = smp_view_make(&v, p, f);
    if (status)
        return status;
    smp_buf_puts(out, header);
    if (v.has_memory)
        smp_buf_puts(out, memory_header);
    smp_buf_puts(out, "source\r\n");
    for (size_t i = 0; i < v.file_count && !status; i++) {
        struct smp_source source;
        status = smp_source_make(&source, &p->files[v.files[i].file]);
        if (status)
            break;
        add_file(out, &v, &v.files[i], &source);
        smp_source_release(&source);
    }
    smp_view_release(&v);
    return status ? status : out->failed ? SMP_ENOMEM : 0;
}
