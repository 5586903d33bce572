/* Decoding DWARF expressions. */
#include <dwarf.h>

#include "base/status.h"
#include "collector/native_bytes.h"
#include "collector/native_expression.h"

/* DW_OP_const1u to const8s: unsigned and signed in turn, 1, 2, 4, 8 bytes. */
static uint64_t constant(struct smp_bytes *b, uint8_t atom)
{
    size_t width = (size_t)1 << (atom - DW_OP_const1u) / 2;
    return (atom - DW_OP_const1u) % 2 ? (uint64_t)smp_bytes_signed(b, width)
                                      : smp_bytes_unsigned(b, width);
}

/* The operands; 0 where the operation is one that we do not know. */
static int operands(struct smp_bytes *b, struct smp_op *op)
{
    switch (op->atom) {
    case DW_OP_addr:
        op->number = smp_bytes_unsigned(b, 8);
        return 1;
    case DW_OP_const1u ... DW_OP_const8s:
        op->number = constant(b, op->atom);
        return 1;
    case DW_OP_constu:
    case DW_OP_plus_uconst:
    case DW_OP_regx:
        op->number = smp_bytes_uleb(b);
        return 1;
    case DW_OP_consts:
    case DW_OP_breg0 ... DW_OP_breg31:
        op->number = (uint64_t)smp_bytes_sleb(b);
        return 1;
    case DW_OP_bregx:
        op->number = smp_bytes_uleb(b);
        op->number2 = (uint64_t)smp_bytes_sleb(b);
        return 1;
    case DW_OP_pick:
    case DW_OP_deref_size:
        op->number = smp_bytes_unsigned(b, 1);
        return 1;
    case DW_OP_skip:
    case DW_OP_bra:
        op->number = (uint64_t)smp_bytes_signed(b, 2);
        return 1;
    case DW_OP_deref:
    case DW_OP_dup ... DW_OP_over:
    case DW_OP_swap ... DW_OP_rot:
    case DW_OP_abs ... DW_OP_plus:
    case DW_OP_shl ... DW_OP_xor:
    case DW_OP_eq ... DW_OP_ne:
    case DW_OP_lit0 ... DW_OP_reg31:
    case DW_OP_nop:
    case DW_OP_call_frame_cfa:
    case DW_OP_stack_value:
        return 1;
    default:
        return 0;
    }
}

int smp_expression_decode(const uint8_t *bytes, size_t size, struct smp_op *ops)
{
    struct smp_bytes b = {bytes, bytes + size, 0};
    int count = 0;
    while (b.at < b.end) {
        struct smp_op op = {.offset = (uint64_t)(b.at - bytes)};
        op.atom = (uint8_t)smp_bytes_unsigned(&b, 1);
        if (count == SMP_EXPRESSION_LENGTH)
            return SMP_EFULL;
        if (!operands(&b, &op))
            return SMP_EUNSUPPORTED;
        if (b.failed)
            return SMP_EFORMAT;
        ops[count++] = op;
    }
    return count;
}
