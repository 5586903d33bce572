/* DWARF expressions over one frame's registers and a copied piece of stack. */
#ifndef SMP_COLLECTOR_NATIVE_EXPRESSION_H
#define SMP_COLLECTOR_NATIVE_EXPRESSION_H

#include <stddef.h>
#include <stdint.h>

#include "collector/native.h"

/* Registers of one frame. Where bit r of `known` is 0, values[r] means
 * nothing: a call may have changed it. */
struct smp_registers {
    uint64_t values[SMP_REGISTER_COUNT];
    uint32_t known;
};

/* A copy of the memory at [start, start + size). */
struct smp_memory {
    const uint8_t *bytes; /* borrowed */
    uint64_t start;
    size_t size;
};

/* `width` bytes (1, 2, 4 or 8) at an address, zero-extended. 1, or 0 where
 * they are not all inside the copy. */
int smp_memory_read(const struct smp_memory *m, uint64_t address, size_t width,
                    uint64_t *out);

struct smp_expression_input {
    const struct smp_registers *registers;
    const struct smp_memory *memory;
    /* What lies on the stack at the start, and what DW_OP_call_frame_cfa
     * pushes; NULL: the expression that computes it. */
    const uint64_t *cfa;
};

/* One operation of an expression, decoded. */
struct smp_op {
    uint8_t atom; /* DW_OP_... */
    uint64_t number,
        number2;     /* operands, sign-extended where they are signed */
    uint64_t offset; /* of its first byte in the expression */
};

#define SMP_EXPRESSION_LENGTH 64 /* operations of one expression, at most */

/* Decodes an expression into at most SMP_EXPRESSION_LENGTH operations. Their
 * number; SMP_EFORMAT where it is cut short, SMP_EUNSUPPORTED where it has an
 * operation that no unwind table needs, SMP_EFULL. */
int smp_expression_decode(const uint8_t *bytes, size_t size,
                          struct smp_op *ops);

enum smp_expression_result {
    SMP_EXPRESSION_FAILED,  /* unknown operation or register, unread memory */
    SMP_EXPRESSION_ADDRESS, /* the value lies in memory there */
    SMP_EXPRESSION_VALUE    /* DW_OP_stack_value: it is the value itself */
};

/* Evaluates in at most 256 steps on 32 stack entries; `out` is untouched on
 * failure. */
enum smp_expression_result
smp_expression_evaluate(const struct smp_op *ops, size_t count,
                        const struct smp_expression_input *in, uint64_t *out);

#endif
