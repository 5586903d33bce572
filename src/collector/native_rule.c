/* Unwind rules: how the caller's registers follow from a frame's. */
#include "collector/native_rule.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

void smp_expressions_release(struct smp_expressions *e)
{
    free(e->ops);
    free(e->spans);
    *e = (struct smp_expressions){0};
}

static int same_expression(const struct smp_expressions *e, size_t number,
                           const struct smp_op *ops, size_t count)
{
    const struct smp_op *kept = e->ops + e->spans[number].first;
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
        struct smp_op *ops = realloc(e->ops, capacity * sizeof *ops);
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

int32_t smp_expressions_keep(struct smp_expressions *e,
                             const struct smp_op *ops, size_t count)
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
               const uint64_t *cfa, uint64_t *out)
{
    const struct smp_expression_span *span = &e->spans[number];
    struct smp_expression_input in = {now, stack, cfa};
    return smp_expression_evaluate(e->ops + span->first, span->count, &in, out);
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
           run_expression(e, r->cfa_at, now, stack, NULL, cfa);
}

static int value_by_expression(const struct smp_rule *r, int number,
                               const struct smp_expressions *e,
                               const struct smp_registers *now,
                               const struct smp_memory *stack, uint64_t cfa,
                               uint64_t *out)
{
    uint64_t found;
    enum smp_expression_result result =
        run_expression(e, r->at[number], now, stack, &cfa, &found);
    if (result == SMP_EXPRESSION_FAILED)
        return 0;
    if (result == SMP_EXPRESSION_ADDRESS &&
        r->how[number] == SMP_RULE_EXPRESSION)
        return smp_memory_read(stack, found, 8, out);
    *out = found;
    return 1;
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
        case SMP_RULE_IS_EXPRESSION:
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
