/* Unwind rules: how the caller's registers follow from a frame's. */
#include "collector/native_cfi.h"

#include <dwarf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* A .debug_frame is read through libdw's Dwarf, which takes debug sections
 * into memory: only for files up to this size, in bytes. */
#define DEBUG_FRAME_LIMIT (64u << 20)

void smp_cfi_open(struct smp_cfi *c, const struct smp_image *i)
{
    *c = (struct smp_cfi){0};
    if (!i->elf)
        return;
    c->eh_frame = dwarf_getcfi_elf(i->bare ? i->bare : i->elf);
    if (c->eh_frame || i->size > DEBUG_FRAME_LIMIT ||
        (!smp_image_section(i, ".debug_frame") &&
         !smp_image_section(i, ".zdebug_frame")))
        return;
    c->dwarf = dwarf_begin_elf(i->elf, DWARF_C_READ, NULL);
    if (c->dwarf)
        c->debug_frame = dwarf_getcfi(c->dwarf);
}

void smp_cfi_release(struct smp_cfi *c)
{
    if (c->eh_frame)
        dwarf_cfi_end(c->eh_frame);
    if (c->dwarf)
        dwarf_end(c->dwarf);
    *c = (struct smp_cfi){0};
}

void smp_expressions_release(struct smp_expressions *e)
{
    free(e->ops);
    free(e->spans);
    *e = (struct smp_expressions){0};
}

static int same_expression(const struct smp_expressions *e, size_t number,
                           const Dwarf_Op *ops, size_t count)
{
    const Dwarf_Op *kept = e->ops + e->spans[number].first;
    if (e->spans[number].count != count)
        return 0;
    for (size_t k = 0; k < count; k++)
        if (kept[k].atom != ops[k].atom || kept[k].number != ops[k].number ||
            kept[k].number2 != ops[k].number2 ||
            kept[k].offset != ops[k].offset)
            return 0;
    return 1;
}

static int reserve_expression(struct smp_expressions *e, size_t count)
{
    if (count > SMP_EXPRESSION_OPS - e->op_count)
        return SMP_EFULL;
    if (e->op_count + count > e->op_capacity) {
        size_t capacity = e->op_capacity * 2 + count + 64;
        Dwarf_Op *ops = realloc(e->ops, capacity * sizeof *ops);
        if (!ops)
            return SMP_ENOMEM;
        e->ops = ops;
        e->op_capacity = capacity;
    }
    if (e->count == e->capacity) {
        size_t capacity = e->capacity * 2 + 16;
        void *spans = realloc(e->spans, capacity * sizeof *e->spans);
        if (!spans)
            return SMP_ENOMEM;
        e->spans = spans;
        e->capacity = capacity;
    }
    return 0;
}

/* The number of the expression, kept from now on; negative: a status. */
static int32_t keep_expression(struct smp_expressions *e, const Dwarf_Op *ops,
                               size_t count)
{
    for (size_t k = 0; k < e->count; k++)
        if (same_expression(e, k, ops, count))
            return (int32_t)k;
    int status = reserve_expression(e, count);
    if (status)
        return status;
    memcpy(e->ops + e->op_count, ops, count * sizeof *ops);
    e->spans[e->count] =
        (struct smp_expression_span){(uint32_t)e->op_count, (uint32_t)count};
    e->op_count += count;
    return (int32_t)e->count++;
}

static enum smp_expression_result
run_expression(const struct smp_expressions *e, int32_t number,
               const struct smp_registers *now, const struct smp_memory *stack,
               uint64_t cfa, uint64_t *out)
{
    const struct smp_expression_span *span = &e->spans[number];
    struct smp_expression_input in = {now, stack, cfa};
    return smp_expression_evaluate(e->ops + span->first, span->count, &in, out);
}

/* libdw writes "register + offset" as one operation. */
static int register_offset(const Dwarf_Op *op, uint64_t *number, int64_t *at)
{
    if (op->atom == DW_OP_bregx) {
        *number = op->number;
        *at = (int64_t)op->number2;
        return 1;
    }
    if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31) {
        *number = op->atom - DW_OP_breg0;
        *at = (int64_t)op->number;
        return 1;
    }
    return 0;
}

static int compile_cfa(Dwarf_Frame *frame, struct smp_expressions *e,
                       struct smp_rule *out)
{
    Dwarf_Op *ops;
    size_t count;
    uint64_t number;
    int64_t at;
    if (dwarf_frame_cfa(frame, &ops, &count) || !count)
        return SMP_EFORMAT;
    if (count == 1 && register_offset(ops, &number, &at) &&
        number < SMP_REGISTER_COUNT && at == (int32_t)at) {
        out->cfa_how = SMP_RULE_REGISTER;
        out->cfa_register = (uint8_t)number;
        out->cfa_at = (int32_t)at;
        return 0;
    }
    int32_t kept = keep_expression(e, ops, count);
    if (kept < 0)
        return kept;
    out->cfa_how = SMP_RULE_EXPRESSION;
    out->cfa_at = kept;
    return 0;
}

/* "CFA", "CFA + n", each as a place or as a value. */
static int is_cfa_offset(const Dwarf_Op *ops, size_t count, uint8_t *how,
                         int64_t *at)
{
    size_t k = 1;
    if (ops[0].atom != DW_OP_call_frame_cfa)
        return 0;
    *at = 0;
    if (k < count && ops[k].atom == DW_OP_plus_uconst)
        *at = (int64_t)ops[k++].number;
    *how = SMP_RULE_AT_CFA;
    if (k < count && ops[k].atom == DW_OP_stack_value) {
        *how = SMP_RULE_IS_CFA;
        k++;
    }
    return k == count && *at == (int32_t)*at;
}

static int is_register(const Dwarf_Op *ops, size_t count, int64_t *number)
{
    if (count != 1)
        return 0;
    if (ops[0].atom >= DW_OP_reg0 && ops[0].atom <= DW_OP_reg31)
        *number = ops[0].atom - DW_OP_reg0;
    else if (ops[0].atom == DW_OP_regx)
        *number = (int64_t)ops[0].number;
    else
        return 0;
    return *number >= 0 && *number < SMP_REGISTER_COUNT;
}

static void compile_register(Dwarf_Frame *frame, int number,
                             struct smp_expressions *e, struct smp_rule *out)
{
    Dwarf_Op memory[3], *ops;
    size_t count;
    uint8_t how = SMP_RULE_UNDEFINED;
    int64_t at = 0;
    if (dwarf_frame_register(frame, number, memory, &ops, &count)) {
        how = SMP_RULE_UNDEFINED;
    } else if (!count) {
        how = ops ? SMP_RULE_UNDEFINED : SMP_RULE_SAME;
    } else if (is_register(ops, count, &at)) {
        how = SMP_RULE_REGISTER;
    } else if (!is_cfa_offset(ops, count, &how, &at)) {
        at = keep_expression(e, ops, count);
        how = at < 0 ? SMP_RULE_UNDEFINED : SMP_RULE_EXPRESSION;
    }
    out->how[number] = how;
    out->at[number] = (int32_t)at;
}

static Dwarf_Frame *find_frame(const struct smp_cfi *c, uint64_t address)
{
    Dwarf_Frame *frame = NULL;
    if (c->eh_frame && !dwarf_cfi_addrframe(c->eh_frame, address, &frame))
        return frame;
    if (c->debug_frame && !dwarf_cfi_addrframe(c->debug_frame, address, &frame))
        return frame;
    return NULL;
}

void smp_cfi_compile(const struct smp_cfi *c, uint64_t address,
                     struct smp_expressions *e, struct smp_rule *out)
{
    *out = (struct smp_rule){.cfa_how = SMP_RULE_NONE};
    Dwarf_Frame *frame = find_frame(c, address);
    if (!frame)
        return;
    bool is_signal = false;
    int ra = dwarf_frame_info(frame, NULL, NULL, &is_signal);
    if (ra == SMP_REGISTER_PC && !compile_cfa(frame, e, out)) {
        out->is_signal = is_signal;
        for (int r = 0; r < SMP_REGISTER_COUNT; r++)
            compile_register(frame, r, e, out);
    }
    free(frame);
}

int smp_rule_cfa(const struct smp_rule *r, const struct smp_expressions *e,
                 const struct smp_registers *now,
                 const struct smp_memory *stack, uint64_t *cfa)
{
    if (r->cfa_how == SMP_RULE_REGISTER) {
        if (!(now->known >> r->cfa_register & 1))
            return 0;
        *cfa = now->values[r->cfa_register] + (uint64_t)(int64_t)r->cfa_at;
        return 1;
    }
    return r->cfa_how == SMP_RULE_EXPRESSION &&
           run_expression(e, r->cfa_at, now, stack, 0, cfa);
}

static int value_by_expression(const struct smp_rule *r, int number,
                               const struct smp_expressions *e,
                               const struct smp_registers *now,
                               const struct smp_memory *stack, uint64_t cfa,
                               uint64_t *out)
{
    uint64_t found;
    switch (run_expression(e, r->at[number], now, stack, cfa, &found)) {
    case SMP_EXPRESSION_VALUE:
        *out = found;
        return 1;
    case SMP_EXPRESSION_ADDRESS:
        return smp_memory_read(stack, found, 8, out);
    default:
        return 0;
    }
}

void smp_rule_apply(const struct smp_rule *r, const struct smp_expressions *e,
                    const struct smp_registers *now,
                    const struct smp_memory *stack, uint64_t cfa,
                    struct smp_registers *caller)
{
    caller->known = 0;
    for (int k = 0; k < SMP_REGISTER_COUNT; k++) {
        uint64_t value = now->values[k];
        uint32_t known = now->known >> k & 1;
        uint64_t at = (uint64_t)(int64_t)r->at[k];
        switch (r->how[k]) {
        case SMP_RULE_SAME:
            break;
        case SMP_RULE_AT_CFA:
            known = (uint32_t)smp_memory_read(stack, cfa + at, 8, &value);
            break;
        case SMP_RULE_IS_CFA:
            value = cfa + at;
            known = 1;
            break;
        case SMP_RULE_REGISTER:
            value = now->values[at];
            known = now->known >> at & 1;
            break;
        case SMP_RULE_EXPRESSION:
            known =
                (uint32_t)value_by_expression(r, k, e, now, stack, cfa, &value);
            break;
        default:
            known = 0;
        }
        caller->values[k] = value;
        caller->known |= known << k;
    }
}
