/* collect: a collector without a command, for programs that join by themselves
 * (the notebook, the test plugin). Not in the help: its callers are programs. */
#include "base/status.h"
#include "cli/reports.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/verb.h"
#include "collector/run.h"

int smp_verb_collect(struct smp_call *call)
{
    const struct smp_options *o = &call->options;
    struct smp_profile *profile = NULL;
    struct smp_show show;
    int shows = o->outfile || o->json || o->html || o->cli;
    int code = smp_show_plan(&show, o, NULL);
    if (code)
        return code;
    struct smp_reports reports;
    struct smp_run_options run = {
        .program = call->word_count ? call->words[0] : NULL,
        .interval_s = o->cpu_sampling_rate,
        .cpu_only = o->virtual_time,
        .native_stacks = 1,
        .memory = smp_options_memory(o),
        .heap_interval = (uint32_t)o->allocation_window,
        /* Its callers measure times of milliseconds: no governor is as fast. */
        .heap_fixed = o->allocation_window != 0,
        .off = o->off,
        .reports = smp_reports_init(&reports, o, shows ? &show : NULL),
        .periodic_s = shows ? o->profile_interval : 0,
    };
    int status = smp_collect(&profile, &run);
    if (status)
        return smp_say_usage("nothing is collected: %s",
                             smp_status_text(status));
    if (shows)
        code = smp_show(&show, profile, o);
    smp_run_finished();
    smp_profile_free(profile);
    return code;
}
