/* The wire format of protocol buffers. */
#include "report/protobuf.h"

#define WIRE_VARINT 0
#define WIRE_BYTES 2

static void add_varint(struct smp_buf *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        smp_buf_putc(out, (char)(value | 0x80));
    smp_buf_putc(out, (char)value);
}

static size_t varint_size(uint64_t value)
{
    size_t n = 1;
    for (; value >= 0x80; value >>= 7)
        n++;
    return n;
}

void smp_protobuf_number(struct smp_buf *out, unsigned field, uint64_t value)
{
    if (!value)
        return;
    add_varint(out, field << 3 | WIRE_VARINT);
    add_varint(out, value);
}

void smp_protobuf_bytes(struct smp_buf *out, unsigned field, const void *bytes,
                        size_t n)
{
    add_varint(out, field << 3 | WIRE_BYTES);
    add_varint(out, n);
    smp_buf_add(out, bytes, n);
}

void smp_protobuf_packed(struct smp_buf *out, unsigned field,
                         const uint64_t *values, size_t n)
{
    size_t size = 0;
    for (size_t i = 0; i < n; i++)
        size += varint_size(values[i]);
    if (!n)
        return;
    add_varint(out, field << 3 | WIRE_BYTES);
    add_varint(out, size);
    for (size_t i = 0; i < n; i++)
        add_varint(out, values[i]);
}

void smp_protobuf_message(struct smp_buf *out, unsigned field,
                          struct smp_buf *message)
{
    out->failed |= message->failed;
    smp_protobuf_bytes(out, field, message->data, message->length);
    smp_buf_clear(message);
}
