/* Reports that leave while the program runs: what the collector calls. */
#include "cli/reports.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/show.h"

static int make(void *context, const struct smp_profile *p, struct smp_buf *out,
                int html)
{
    const struct smp_options *o = context;
    struct smp_filter filter;
    char *folder;
    if (smp_show_filter(&filter, &folder, o))
        return SMP_EINVAL;
    int status = smp_show_make(out, p, o, &filter, html);
    free(folder);
    return status;
}

static int json(void *context, const struct smp_profile *p, struct smp_buf *out)
{
    return make(context, p, out, 0);
}

static int save(void *context, const struct smp_profile *p, const char *path)
{
    struct smp_buf out = {0};
    size_t n = strlen(path);
    int html = n > 5 && strcmp(path + n - 5, ".html") == 0;
    int status = make(context, p, &out, html);
    int error = status || out.failed ? ENOMEM : smp_output_save(path, &out);
    smp_buf_release(&out);
    return error;
}

static void started(void *context, int pid)
{
    const struct smp_options *o = context;
    if (o->off || SMP_LEVEL_OF(o, on) || smp_output_is_background())
        smp_say_process(pid);
}

const struct smp_run_reports *smp_reports_init(struct smp_run_reports *r,
                                               const struct smp_options *o)
{
    *r = (struct smp_run_reports){.context = (void *)(uintptr_t)o,
                                  .json = json,
                                  .save = save,
                                  .started = started};
    return r;
}
