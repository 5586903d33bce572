/* profile: switches a running program's profile on or off. */
#include "cli/say.h"
#include "cli/session.h"
#include "cli/verb.h"

static int switch_process(int32_t pid, int on)
{
    struct smp_buf answer = {0};
    const char *body;
    int code = smp_session_ask(&answer, &body,
                               on ? SMP_REQUEST_ON : SMP_REQUEST_OFF, pid);
    if (!code)
        smp_say("profiling of process %d is %s", (int)pid, on ? "on" : "off");
    smp_buf_release(&answer);
    return code;
}

int smp_verb_profile(struct smp_call *call)
{
    const struct smp_options *o = &call->options;
    int on = SMP_LEVEL_OF(o, on) == SMP_LEVEL_COMMAND && o->on;
    int off = SMP_LEVEL_OF(o, off) == SMP_LEVEL_COMMAND && o->off;
    if (on == off)
        return smp_say_usage("profile needs --on or --off, and --pid N");
    if (!o->pid)
        return smp_say_usage("profile needs --pid N: the number of the program "
                             "that is being profiled");
    return switch_process(o->pid, on);
}
