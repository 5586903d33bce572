/* Unwind rules: how the caller's registers follow from a frame's. */
#ifndef SMP_COLLECTOR_NATIVE_RULE_H
#define SMP_COLLECTOR_NATIVE_RULE_H

#include <stddef.h>
#include <stdint.h>

#include "collector/native.h"
#include "collector/native_expression.h"

/* Expressions that rules refer to, stored once each. {0} is empty. */
struct smp_expressions {
    struct smp_op *ops; /* owned; all expressions, one behind the other */
    size_t op_count, op_capacity;
    struct smp_expression_span {
        uint32_t first, count;
    } * spans; /* owned; by expression number */
    size_t count, capacity;
};

#define SMP_EXPRESSION_OPS 8192 /* operations kept, at most */

void smp_expressions_release(struct smp_expressions *e);

/* The number of an expression, kept from now on; negative: a status. */
int32_t smp_expressions_keep(struct smp_expressions *e,
                             const struct smp_op *ops, size_t count);

enum smp_rule_how {
    SMP_RULE_SAME,          /* the frame did not change the register */
    SMP_RULE_UNDEFINED,     /* it did, and the value is lost */
    SMP_RULE_AT_CFA,        /* saved in memory at CFA + at */
    SMP_RULE_IS_CFA,        /* the value is CFA + at */
    SMP_RULE_REGISTER,      /* the value is in register `at` */
    SMP_RULE_EXPRESSION,    /* in memory where expression number `at` says */
    SMP_RULE_IS_EXPRESSION, /* the value is what that expression gives */
    SMP_RULE_NONE           /* of a CFA: nothing is known about this code */
};

/* All that is known about one code address, without pointers. */
struct smp_rule {
    int32_t cfa_at;       /* REGISTER: offset; EXPRESSION: its number */
    uint8_t cfa_how;      /* REGISTER, EXPRESSION or NONE */
    uint8_t cfa_register; /* REGISTER: CFA = that register + cfa_at */
    uint8_t is_signal;    /* what it interrupted is no call */
    uint8_t how[SMP_REGISTER_COUNT];
    int32_t at[SMP_REGISTER_COUNT];
};

/* The frame's canonical frame address: the stack pointer before the call that
 * made it. 1, or 0 where it cannot be known. */
int smp_rule_cfa(const struct smp_rule *r, const struct smp_expressions *e,
                 const struct smp_registers *now,
                 const struct smp_memory *stack, uint64_t *cfa);

/* The caller's registers; what is lost is not in `known`. `caller` may not be
 * `now`. */
void smp_rule_apply(const struct smp_rule *r, const struct smp_expressions *e,
                    const struct smp_registers *now,
                    const struct smp_memory *stack, uint64_t cfa,
                    struct smp_registers *caller);

#endif
