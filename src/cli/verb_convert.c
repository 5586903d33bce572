/* convert: a saved profile, written in another tool's format. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/status.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/verb.h"
#include "report/report.h"

/* The formats, and the ends of file names that mean one. */
struct format {
    enum smp_format format;
    int (*write)(struct smp_buf *out, const struct smp_profile *p,
                 const struct smp_filter *f);
    const char *ends[3];
    int binary;
};

static const struct format formats[] = {
    {SMP_FORMAT_SPEEDSCOPE, smp_report_speedscope, {".speedscope.json"}, 0},
    {SMP_FORMAT_PPROF, smp_report_pprof, {".pb.gz", ".pprof"}, 1},
    {SMP_FORMAT_COLLAPSED, smp_report_collapsed, {".collapsed", ".folded"}, 0},
    {SMP_FORMAT_CSV, smp_report_csv, {".csv"}, 0},
};
#define FORMATS (sizeof formats / sizeof *formats)

static int is_for(const struct format *f, const char *file)
{
    size_t n = strlen(file);
    for (int i = 0; i < 3 && f->ends[i]; i++) {
        size_t m = strlen(f->ends[i]);
        if (n > m && strcmp(file + n - m, f->ends[i]) == 0)
            return 1;
    }
    return 0;
}

/* What --to says, or the output's name; NULL after it was asked for. */
static const struct format *choose(const struct smp_options *o)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (o->to ? (int)formats[i].format == o->to
                  : o->outfile && is_for(&formats[i], o->outfile))
            return &formats[i];
    smp_say("convert needs a format: --to speedscope, pprof, collapsed or csv");
    return NULL;
}

static int write_as(const struct format *format, const struct smp_profile *p,
                    const struct smp_options *o)
{
    struct smp_filter filter;
    struct smp_buf out = {0};
    char *folder;
    if (SMP_METRIC_IS_BYTES(o->metric) && !p->memory)
        return smp_say_usage("this profile has no memory to weigh by");
    int code = smp_show_filter(&filter, &folder, o);
    if (code)
        return code;
    filter.metric = (enum smp_metric)o->metric;
    int status = format->write(&out, p, &filter);
    if (!status && out.failed)
        status = SMP_ENOMEM;
    code = status ? smp_say_usage("no output: %s", smp_status_text(status))
                  : smp_output_write(o->outfile, &out);
    smp_buf_release(&out);
    free(folder);
    return code;
}

int smp_verb_convert(struct smp_call *call)
{
    const struct smp_options *o = &call->options;
    struct smp_profile *profile = NULL;
    const struct format *format = choose(o);
    if (!format)
        return SMP_EXIT_USAGE;
    if (o->metric && format->format != SMP_FORMAT_SPEEDSCOPE &&
        format->format != SMP_FORMAT_COLLAPSED)
        return smp_say_usage("--metric is for speedscope and collapsed: the "
                             "others have every measure");
    if (call->word_count > 1)
        return smp_say_usage("convert takes one profile, not also %s",
                             call->words[1]);
    if (format->binary && smp_output_is_stdout(o->outfile) &&
        isatty(STDOUT_FILENO))
        return smp_say_usage("pprof is binary: name a file with -o, or use a "
                             "pipe");
    int code = smp_output_check(o->outfile);
    if (!code)
        code = smp_load(&profile, call->words[0]);
    if (!code)
        code = write_as(format, profile, o);
    smp_profile_free(profile);
    return code;
}
