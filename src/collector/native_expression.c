/* DWARF expressions over one frame's registers and a copied piece of stack. */
#include "collector/native_expression.h"

#include <dwarf.h>
#include <string.h>

#define STEPS 256
#define ENTRIES 32
#define RELATIVE_OP_SIZE 3 /* bytes of DW_OP_skip and DW_OP_bra */

struct machine {
    const struct smp_expression_input *in;
    const struct smp_op *ops;
    size_t count;
    size_t next; /* index of the operation to run next */
    uint64_t stack[ENTRIES];
    size_t depth;
    int is_value;
};

int smp_memory_read(const struct smp_memory *m, uint64_t address, size_t width,
                    uint64_t *out)
{
    uint64_t value = 0;
    uint64_t offset = address - m->start;
    if (width > sizeof value || m->size < width || offset > m->size - width)
        return 0;
    memcpy(&value, m->bytes + offset, width);
    *out = value;
    return 1;
}

static int push(struct machine *m, uint64_t value)
{
    if (m->depth == ENTRIES)
        return 0;
    m->stack[m->depth++] = value;
    return 1;
}

/* The entry `back` below the top; NULL where the stack is not that deep. */
static uint64_t *entry(struct machine *m, uint64_t back)
{
    return back < m->depth ? &m->stack[m->depth - 1 - back] : NULL;
}

static int push_register(struct machine *m, uint64_t number, uint64_t offset)
{
    const struct smp_registers *r = m->in->registers;
    if (number >= SMP_REGISTER_COUNT || !(r->known >> number & 1))
        return 0;
    return push(m, r->values[number] + offset);
}

static int read_memory(struct machine *m, size_t width)
{
    uint64_t *top = entry(m, 0);
    return top && smp_memory_read(m->in->memory, *top, width, top);
}

static int copy_entry(struct machine *m, uint64_t back)
{
    uint64_t *e = entry(m, back);
    return e && push(m, *e);
}

static int swap(struct machine *m)
{
    uint64_t *a = entry(m, 0), *b = entry(m, 1);
    if (!b)
        return 0;
    uint64_t kept = *a;
    *a = *b;
    *b = kept;
    return 1;
}

/* The top goes below the two entries under it. */
static int rotate(struct machine *m)
{
    uint64_t *a = entry(m, 0), *b = entry(m, 1), *c = entry(m, 2);
    if (!c)
        return 0;
    uint64_t kept = *a;
    *a = *b;
    *b = *c;
    *c = kept;
    return 1;
}

static int stack_op(struct machine *m, const struct smp_op *op)
{
    switch (op->atom) {
    case DW_OP_dup:
        return copy_entry(m, 0);
    case DW_OP_over:
        return copy_entry(m, 1);
    case DW_OP_pick:
        return copy_entry(m, op->number);
    case DW_OP_swap:
        return swap(m);
    case DW_OP_rot:
        return rotate(m);
    default: /* DW_OP_drop */
        return m->depth ? (m->depth--, 1) : 0;
    }
}

static int unary(struct machine *m, const struct smp_op *op)
{
    uint64_t *top = entry(m, 0);
    if (!top)
        return 0;
    switch (op->atom) {
    case DW_OP_abs:
        *top = (int64_t)*top < 0 ? 0 - *top : *top;
        return 1;
    case DW_OP_neg:
        *top = 0 - *top;
        return 1;
    case DW_OP_not:
        *top = ~*top;
        return 1;
    default: /* DW_OP_plus_uconst */
        *top += op->number;
        return 1;
    }
}

static uint64_t shifted(uint8_t atom, uint64_t a, uint64_t b)
{
    int negative = (int64_t)a < 0;
    if (b > 63)
        return atom == DW_OP_shra && negative ? UINT64_MAX : 0;
    if (atom == DW_OP_shl)
        return a << b;
    if (atom == DW_OP_shr || !negative)
        return a >> b;
    return ~(~a >> b);
}

/* Signed, as DWARF compares. */
static uint64_t compared(uint8_t atom, int64_t a, int64_t b)
{
    switch (atom) {
    case DW_OP_eq:
        return a == b;
    case DW_OP_ne:
        return a != b;
    case DW_OP_lt:
        return a < b;
    case DW_OP_le:
        return a <= b;
    case DW_OP_gt:
        return a > b;
    default: /* DW_OP_ge */
        return a >= b;
    }
}

static int divided(uint64_t *out, uint64_t a, uint64_t b)
{
    int overflows = (int64_t)a == INT64_MIN && (int64_t)b == -1;
    if (b == 0 || overflows)
        return 0;
    *out = (uint64_t)((int64_t)a / (int64_t)b);
    return 1;
}

static int arithmetic(uint8_t atom, uint64_t a, uint64_t b, uint64_t *out)
{
    switch (atom) {
    case DW_OP_and:
        *out = a & b;
        return 1;
    case DW_OP_or:
        *out = a | b;
        return 1;
    case DW_OP_xor:
        *out = a ^ b;
        return 1;
    case DW_OP_plus:
        *out = a + b;
        return 1;
    case DW_OP_minus:
        *out = a - b;
        return 1;
    case DW_OP_mul:
        *out = a * b;
        return 1;
    case DW_OP_div:
        return divided(out, a, b);
    case DW_OP_mod:
        return b ? (*out = a % b, 1) : 0;
    case DW_OP_shl:
    case DW_OP_shr:
    case DW_OP_shra:
        *out = shifted(atom, a, b);
        return 1;
    default:
        *out = compared(atom, (int64_t)a, (int64_t)b);
        return 1;
    }
}

static int binary(struct machine *m, const struct smp_op *op)
{
    uint64_t *a = entry(m, 1), *b = entry(m, 0);
    if (!a || !arithmetic(op->atom, *a, *b, a))
        return 0;
    m->depth--;
    return 1;
}

static int jump(struct machine *m, const struct smp_op *op)
{
    uint64_t target =
        op->offset + RELATIVE_OP_SIZE + (uint64_t)(int16_t)op->number;
    for (size_t i = 0; i < m->count; i++)
        if (m->ops[i].offset == target) {
            m->next = i;
            return 1;
        }
    return 0;
}

static int control(struct machine *m, const struct smp_op *op)
{
    switch (op->atom) {
    case DW_OP_skip:
        return jump(m, op);
    case DW_OP_bra:
        if (!m->depth)
            return 0;
        return m->stack[--m->depth] ? jump(m, op) : 1;
    case DW_OP_stack_value:
        m->is_value = 1;
        m->next = m->count;
        return 1;
    default: /* DW_OP_nop */
        return 1;
    }
}

static int push_op(struct machine *m, const struct smp_op *op)
{
    uint8_t atom = op->atom;
    if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31)
        return push(m, atom - DW_OP_lit0);
    if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31)
        return push_register(m, atom - DW_OP_breg0, op->number);
    if (atom == DW_OP_bregx)
        return push_register(m, op->number, op->number2);
    if (atom == DW_OP_call_frame_cfa)
        return m->in->cfa && push(m, *m->in->cfa);
    return push(m, op->number); /* a constant, sign-extended by libdw */
}

static int run_op(struct machine *m, const struct smp_op *op)
{
    switch (op->atom) {
    case DW_OP_lit0 ... DW_OP_lit31:
    case DW_OP_breg0 ... DW_OP_breg31:
    case DW_OP_bregx:
    case DW_OP_call_frame_cfa:
    case DW_OP_const1u ... DW_OP_consts:
        return push_op(m, op);
    case DW_OP_dup ... DW_OP_swap:
    case DW_OP_rot:
        return stack_op(m, op);
    case DW_OP_abs:
    case DW_OP_neg:
    case DW_OP_not:
    case DW_OP_plus_uconst:
        return unary(m, op);
    case DW_OP_and:
    case DW_OP_div ... DW_OP_mul:
    case DW_OP_or:
    case DW_OP_plus:
    case DW_OP_shl ... DW_OP_xor:
    case DW_OP_eq ... DW_OP_ne:
        return binary(m, op);
    case DW_OP_skip:
    case DW_OP_bra:
    case DW_OP_stack_value:
    case DW_OP_nop:
        return control(m, op);
    case DW_OP_deref:
        return read_memory(m, 8);
    case DW_OP_deref_size:
        return read_memory(m, op->number);
    default:
        return 0;
    }
}

enum smp_expression_result
smp_expression_evaluate(const struct smp_op *ops, size_t count,
                        const struct smp_expression_input *in, uint64_t *out)
{
    struct machine m = {.in = in, .ops = ops, .count = count};
    if (in->cfa)
        push(&m, *in->cfa);
    for (int step = 0; m.next < count; step++) {
        const struct smp_op *op = &ops[m.next++];
        if (step == STEPS || !run_op(&m, op))
            return SMP_EXPRESSION_FAILED;
    }
    if (!m.depth)
        return SMP_EXPRESSION_FAILED;
    *out = m.stack[m.depth - 1];
    return m.is_value ? SMP_EXPRESSION_VALUE : SMP_EXPRESSION_ADDRESS;
}
