/* attach: profiles a program that runs already and was prepared for it. */
#include "base/status.h"
#include "cli/load.h"
#include "cli/reports.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/verb.h"
#include "collector/ask.h"
#include "collector/attach.h"

#define REMOTE_EXEC 14 /* CPython 3.14 has sys.remote_exec */

static int refuse_unprepared(int pid, int minor)
{
    if (minor >= REMOTE_EXEC)
        return smp_say_usage(
            "process %d was not prepared: start it with SMP=dormant in its "
            "environment, or by " SMP_CLI_NAME
            " --dormant. (Its CPython 3.%d could be made to load the profiler "
            "by sys.remote_exec; this version does not do that)",
            pid, minor);
    return smp_say_usage(
        "process %d was not prepared: start it with SMP=dormant in its "
        "environment, or by " SMP_CLI_NAME " --dormant, then attach works at "
        "any time. Only CPython 3.14 and later can load a profiler while they "
        "run",
        pid);
}

static int check_prepared(int pid)
{
    int minor;
    uint32_t session;
    switch (smp_attach_look(pid, &minor)) {
    case SMP_PREPARED:
        if (smp_ask_find(&session, pid) == 0)
            return smp_say_usage(
                "process %d is being profiled already: " SMP_CLI_NAME
                " snapshot --pid %d shows it",
                pid, pid);
        return 0;
    case SMP_PREPARED_NOT:
        return refuse_unprepared(pid, minor);
    case SMP_PREPARED_SOON:
        return smp_say_usage("process %d does not run Python code yet, or its "
                             "Python is not known to this version",
                             pid);
    case SMP_PREPARED_NO_PYTHON:
        return smp_say_usage("process %d runs no Python", pid);
    case SMP_PREPARED_HIDDEN:
        return smp_say_usage("process %d is not yours", pid);
    case SMP_PREPARED_GONE:
        break;
    }
    return smp_say_usage("there is no process %d", pid);
}

static int report(const struct smp_show *show, const struct smp_profile *p,
                  const struct smp_options *o)
{
    if (!p->process_count)
        return smp_say_usage("process %d did not answer: nothing was measured",
                             o->pid);
    int code = smp_show(show, p, o);
    if (!code && show->json && !o->outfile && show->path)
        smp_say("the profile is in %s", show->path);
    return code;
}

int smp_verb_attach(struct smp_call *call)
{
    const struct smp_options *o = &call->options;
    struct smp_profile *profile = NULL;
    struct smp_show show;
    if (!o->pid)
        return smp_say_usage("attach needs --pid N: the number of a program "
                             "that was started with SMP=dormant or --dormant");
    int code = smp_show_plan(&show, o, SMP_PROFILE_FILE);
    if (!code)
        code = check_prepared(o->pid);
    if (code)
        return code;
    struct smp_reports reports;
    struct smp_run_options run = {
        .interval_s = o->cpu_sampling_rate,
        .cpu_only = o->virtual_time,
        .native_stacks = 1,
        .memory = smp_options_memory(o),
        .heap_interval = (uint32_t)o->allocation_window,
        .reports = smp_reports_init(&reports, o, &show),
        .periodic_s = o->profile_interval,
        .attach = o->pid,
        .duration_s = o->duration,
    };
    int status = smp_collect(&profile, &run);
    if (status)
        return smp_say_usage("process %d can't be profiled: %s", o->pid,
                             smp_status_text(status));
    code = report(&show, profile, o);
    smp_run_finished();
    smp_profile_free(profile);
    return code;
}
