/* Reports that leave while the program runs: what the collector calls. */
#define _GNU_SOURCE
#include "cli/reports.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/windows.h"

static int make(const struct smp_options *o, const struct smp_profile *p,
                struct smp_buf *out, int html)
{
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
    const struct smp_reports *r = context;
    return make(r->options, p, out, 0);
}

static int save(void *context, const struct smp_profile *p, const char *path)
{
    const struct smp_reports *r = context;
    struct smp_buf out = {0};
    size_t n = strlen(path);
    int html = n > 5 && strcmp(path + n - 5, ".html") == 0;
    int status = make(r->options, p, &out, html);
    int error = status || out.failed ? ENOMEM : smp_output_save(path, &out);
    smp_buf_release(&out);
    return error;
}

static void started(void *context, int pid)
{
    const struct smp_options *o = ((struct smp_reports *)context)->options;
    if (o->off || SMP_LEVEL_OF(o, on) || smp_output_is_background())
        smp_say_process(pid);
}

/* ---- at intervals */

int smp_reports_are_windows(const struct smp_options *o)
{
    return o->profile_interval > 0 && o->window;
}

int smp_reports_last_window(const struct smp_reports *r,
                            const struct smp_profile *p)
{
    struct smp_show show = *r->show;
    char *path = smp_windows_path(show.path, p->start_unix_s);
    if (!path)
        return smp_say_usage("%s", smp_status_text(SMP_ENOMEM));
    show.path = path;
    show.beside = NULL;
    int code = smp_show(&show, p, r->options);
    if (!code)
        smp_windows_thin(r->show->path);
    free(path);
    return code;
}

static int periodic(void *context, const struct smp_profile *p, int quiet)
{
    const struct smp_reports *r = context;
    if (quiet)
        smp_say_nothing();
    return smp_reports_are_windows(r->options)
               ? smp_reports_last_window(r, p)
               : smp_show(r->show, p, r->options);
}

/* One warning is enough: of a report that failed, the next, the last. */
static void periodic_done(void *context, int failed)
{
    (void)context;
    smp_output_hush(failed);
}

/* ---- the collector was killed */

/* Where the profile goes then: as planned where that is a file, else into a file
 * that was not there. */
static int save_somewhere(const struct smp_reports *r,
                          const struct smp_profile *p, char *path, size_t size)
{
    snprintf(path, size, "%s", SMP_PROFILE_FILE);
    if (access(path, F_OK) == 0)
        snprintf(path, size, "profile-%d.json", (int)getpid());
    int error = save((void *)(uintptr_t)r, p, path);
    if (!error)
        return 0;
    const char *tmp = getenv("TMPDIR");
    snprintf(path, size, "%s/profile-%d.json", tmp && *tmp ? tmp : "/tmp",
             (int)getpid());
    return save((void *)(uintptr_t)r, p, path);
}

static void orphaned(void *context, const struct smp_profile *p)
{
    const struct smp_reports *r = context;
    char path[4096];
    int error = 1;
    if (!smp_output_is_stdout(r->show->path)) {
        snprintf(path, sizeof path, "%s", r->show->path);
        error = smp_show(r->show, p, r->options);
    }
    if (error)
        error = save_somewhere(r, p, path, sizeof path);
    if (!error)
        smp_say("the profiler was killed, the program was not: what was "
                "measured until then (%.1f s) is in %s",
                p->elapsed_s, path);
}

const struct smp_run_reports *smp_reports_init(struct smp_reports *r,
                                               const struct smp_options *o,
                                               const struct smp_show *show)
{
    *r = (struct smp_reports){
        .options = o,
        .show = show,
        .calls = {.context = r,
                  .json = json,
                  .save = save,
                  .started = started,
                  .periodic = show ? periodic : NULL,
                  .periodic_done = periodic_done,
                  .orphaned = show ? orphaned : NULL},
    };
    return &r->calls;
}
