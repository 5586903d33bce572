/* Sessions that are at work: asked, and what went wrong said. */
#ifndef SMP_CLI_SESSION_H
#define SMP_CLI_SESSION_H

#include "collector/ask.h"

/* Asks the session that records this process. *body: behind the answer's first
 * line, in *answer, which is the caller's. 0, or an exit code after the reason was
 * printed. */
int smp_session_ask(struct smp_buf *answer, const char **body,
                    enum smp_request_kind kind, int32_t pid);

#endif
