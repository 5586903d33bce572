/* snapshot: a report of a program that runs on. */
#include <string.h>

#include "base/status.h"
#include "cli/load.h"
#include "cli/say.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/verb.h"
#include "report/report.h"

static int read_profile(struct smp_profile **out, const char *json, int32_t pid)
{
    char why[256] = "";
    int status = smp_report_json_read(out, json, strlen(json), why);
    return status
               ? smp_say_usage("the profile of process %d can't be read: %s",
                               (int)pid, *why ? why : smp_status_text(status))
               : 0;
}

static int take(struct smp_profile **out, int32_t pid)
{
    struct smp_buf answer = {0};
    const char *json;
    int code = smp_session_ask(&answer, &json, SMP_REQUEST_SNAPSHOT, pid);
    if (!code)
        code = read_profile(out, json, pid);
    smp_buf_release(&answer);
    return code;
}

int smp_verb_snapshot(struct smp_call *call)
{
    const struct smp_options *o = &call->options;
    struct smp_profile *profile = NULL;
    struct smp_show show;
    if (!o->pid)
        return smp_say_usage("snapshot needs --pid N: the number of the "
                             "program that is being profiled");
    int code = smp_show_plan(&show, o, SMP_PROFILE_FILE);
    if (!code)
        code = take(&profile, o->pid);
    if (!code)
        code = smp_show(&show, profile, o);
    if (!code && show.json && !o->outfile && show.path)
        smp_say("the profile is in %s", show.path);
    smp_profile_free(profile);
    return code;
}
