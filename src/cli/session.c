/* Sessions that are at work: asked, and what went wrong said. */
#include "cli/session.h"

#include <errno.h>
#include <signal.h>

#include "base/status.h"
#include "cli/say.h"

static int not_found(int32_t pid)
{
    if (kill(pid, 0) && errno == ESRCH)
        return smp_say_usage("there is no process %d", (int)pid);
    return smp_say_usage("process %d is not being profiled by you: start it "
                         "with " SMP_CLI_NAME,
                         (int)pid);
}

int smp_session_ask(struct smp_buf *answer, const char **body,
                    enum smp_request_kind kind, int32_t pid)
{
    uint32_t session = 0;
    const char *why;
    if (smp_ask_find(&session, pid))
        return not_found(pid);
    int status = smp_ask(answer, session, kind, pid, "");
    if (status)
        return smp_say_usage("process %d: %s", (int)pid,
                             smp_status_text(status));
    *body = smp_ask_body(answer, &why);
    return *body ? 0 : smp_say_usage("process %d: %s", (int)pid, why);
}
