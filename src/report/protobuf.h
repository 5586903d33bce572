/* The wire format of protocol buffers, as far as writing needs it.
 * https://protobuf.dev/programming-guides/encoding/ */
#ifndef SMP_REPORT_PROTOBUF_H
#define SMP_REPORT_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A number field (int64, uint64, bool). 0 is the default and is left out. */
void smp_protobuf_number(struct smp_buf *out, unsigned field, uint64_t value);

/* A field of bytes: a string or a message that was written into a buffer. */
void smp_protobuf_bytes(struct smp_buf *out, unsigned field, const void *bytes,
                        size_t n);

/* A repeated number field, packed. Zeros are kept. */
void smp_protobuf_packed(struct smp_buf *out, unsigned field,
                         const uint64_t *values, size_t n);

/* Adds what `message` holds as a field, and empties it. */
void smp_protobuf_message(struct smp_buf *out, unsigned field,
                          struct smp_buf *message);

#endif
