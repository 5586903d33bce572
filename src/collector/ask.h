/* Asking a collector that is at work: found by a process's number. */
#ifndef SMP_COLLECTOR_ASK_H
#define SMP_COLLECTOR_ASK_H

#include <stdint.h>

#include "base/buf.h"
#include "record/request.h"

/* The session of this user that records this process, or whose launcher it is:
 * 0 or SMP_ENOENT. */
int smp_ask_find(uint32_t *session, int32_t pid);

/* Asks; *answer (owned by the caller) gets all that came. 0, SMP_ENOENT (no such
 * session), SMP_EACCES (another user's), SMP_EAGAIN (no answer in time), SMP_EIO. */
int smp_ask(struct smp_buf *answer, uint32_t session,
            enum smp_request_kind kind, int32_t pid, const char *text);

/* What stands behind the answer's first line, where that is "ok"; NULL where not:
 * then *why is what is wrong, in the answer's own bytes. */
const char *smp_ask_body(struct smp_buf *answer, const char **why);

#endif
