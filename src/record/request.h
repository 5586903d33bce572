/* Requests: what anyone of this user may ask of a collector that is at work,
 * over the socket at which processes meet it (hello.h). One packet asks: this
 * head, then `bytes` of UTF-8 text. The answer is text in packets, until the
 * collector closes the connection; its first line is "ok" or "error: " and what
 * is wrong. Both sides check that the other is the same user (or root). */
#ifndef SMP_RECORD_REQUEST_H
#define SMP_RECORD_REQUEST_H

#include <stdint.h>

enum smp_request_kind {
    SMP_REQUEST_STATUS = 1, /* which processes are there, and which of them are
                             * on. With a pid: an error where it is none of the
                             * session's */
    SMP_REQUEST_ON,         /* record pid and its descendants; 0: all */
    SMP_REQUEST_OFF,
    SMP_REQUEST_SNAPSHOT, /* "ok", then the profile so far as JSON; with an
                           * absolute path as text: it is written there */
    SMP_REQUEST_WINDOW,   /* as SNAPSHOT, but since the last WINDOW (or the
                           * start); the next begins now */
    SMP_REQUEST_FIGURES,  /* of one process, for tests: "begin", or "end N": its
                          * figures since then as a JSON object, with the N
                          * lines that have the most (collector/window.h) */
    SMP_REQUEST_END /* ends the session (of `collect` only); with a path as
                           * of SNAPSHOT. Answered when that is written */
};

struct smp_request {
    uint32_t magic;   /* SMP_REQUEST_MAGIC */
    uint32_t version; /* SMP_RECORD_VERSION */
    uint32_t kind;    /* enum smp_request_kind */
    int32_t pid;
    uint32_t bytes; /* of text */
    uint32_t reserved;
};
#define SMP_REQUEST_MAGIC 0x74736571u
#define SMP_REQUEST_TEXT_BYTES 4096u   /* at most */
#define SMP_ANSWER_PACKET_BYTES 65536u /* at most */

#endif
