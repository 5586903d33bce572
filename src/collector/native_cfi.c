/* Compiling call frame information to unwind rules. */
#include "collector/native_cfi.h"

#include <dwarf.h>
#include <string.h>

#include "base/status.h"

#define REMEMBERED 8 /* rows on the stack of remember_state, at most */
#define RBX 3
#define RBP 6
#define R12 12

/* What a row says of one register, or of the CFA. */
struct cell {
    uint8_t how;         /* enum smp_rule_how */
    uint64_t number;     /* CFA by REGISTER: which */
    int64_t at;          /* offset, or register number */
    const uint8_t *code; /* EXPRESSION: its bytes in the file */
    size_t code_size;
};

struct row {
    struct cell cfa;
    struct cell registers[SMP_REGISTER_COUNT];
};

/* The machine that runs an entry's instructions up to an address. */
struct machine {
    const struct smp_frame_entry *entry;
    struct smp_bytes code;
    uint64_t target;
    uint64_t location; /* of the row */
    struct row row;
    struct row first; /* what DW_CFA_restore goes back to */
    struct row remembered[REMEMBERED];
    int depth;
};

/* What the x86-64 ABI says where an entry says nothing. */
static void start_row(struct row *row)
{
    *row = (struct row){.cfa.how = SMP_RULE_NONE};
    for (int r = 0; r < SMP_REGISTER_COUNT; r++)
        row->registers[r].how =
            r == RBX || r == RBP || (r >= R12 && r < SMP_REGISTER_PC)
                ? SMP_RULE_SAME
                : SMP_RULE_UNDEFINED;
    row->registers[SMP_REGISTER_SP].how = SMP_RULE_IS_CFA;
}

/* Registers that we do not follow (vector, flags) go to a cell of their own. */
static void set_register(struct machine *m, uint64_t number, uint8_t how,
                         int64_t at)
{
    if (number < SMP_REGISTER_COUNT)
        m->row.registers[number] = (struct cell){.how = how, .at = at};
}

static void restore_register(struct machine *m, uint64_t number)
{
    if (number < SMP_REGISTER_COUNT)
        m->row.registers[number] = m->first.registers[number];
}

static void set_cfa(struct machine *m, uint64_t number, int64_t at)
{
    m->row.cfa =
        (struct cell){.how = SMP_RULE_REGISTER, .number = number, .at = at};
}

static void read_expression(struct machine *m, struct cell *out, uint8_t how)
{
    uint64_t size = smp_bytes_uleb(&m->code);
    const uint8_t *code = m->code.at;
    smp_bytes_skip(&m->code, size);
    *out = (struct cell){.how = how, .code = code, .code_size = size};
}

static int64_t scaled(const struct machine *m, int64_t factor)
{
    return (int64_t)((uint64_t)factor * (uint64_t)m->entry->data_align);
}

static int64_t unsigned_offset(struct machine *m)
{
    return scaled(m, (int64_t)smp_bytes_uleb(&m->code));
}

static int64_t signed_offset(struct machine *m)
{
    return scaled(m, smp_bytes_sleb(&m->code));
}

/* Moves on to the row of a later address; 0 where that is past the target. */
static int advance(struct machine *m, uint64_t units)
{
    uint64_t by = units * m->entry->code_align;
    if (by > m->target - m->location)
        return 0;
    m->location += by;
    return 1;
}

static int remember(struct machine *m)
{
    if (m->depth == REMEMBERED)
        return 0;
    m->remembered[m->depth++] = m->row;
    return 1;
}

static int recall(struct machine *m)
{
    if (!m->depth)
        return 0;
    m->row = m->remembered[--m->depth];
    return 1;
}

enum outcome { NEXT, DONE, BAD };

static enum outcome run_location(struct machine *m, uint8_t op)
{
    size_t width = op == DW_CFA_advance_loc1   ? 1
                   : op == DW_CFA_advance_loc2 ? 2
                                               : 4;
    return advance(m, smp_bytes_unsigned(&m->code, width)) ? NEXT : DONE;
}

static enum outcome run_cfa(struct machine *m, uint8_t op)
{
    uint64_t number = m->row.cfa.number;
    int64_t at = m->row.cfa.at;
    if (op == DW_CFA_def_cfa_expression) {
        read_expression(m, &m->row.cfa, SMP_RULE_EXPRESSION);
        return NEXT;
    }
    if (op == DW_CFA_def_cfa || op == DW_CFA_def_cfa_sf ||
        op == DW_CFA_def_cfa_register)
        number = smp_bytes_uleb(&m->code);
    if (op == DW_CFA_def_cfa || op == DW_CFA_def_cfa_offset)
        at = (int64_t)smp_bytes_uleb(&m->code);
    else if (op == DW_CFA_def_cfa_sf || op == DW_CFA_def_cfa_offset_sf)
        at = signed_offset(m);
    set_cfa(m, number, at);
    return NEXT;
}

static enum outcome run_register(struct machine *m, uint8_t op)
{
    uint64_t number = smp_bytes_uleb(&m->code);
    struct cell unused = {0}, *cell = number < SMP_REGISTER_COUNT
                                          ? &m->row.registers[number]
                                          : &unused;
    switch (op) {
    case DW_CFA_offset_extended:
        set_register(m, number, SMP_RULE_AT_CFA, unsigned_offset(m));
        break;
    case DW_CFA_offset_extended_sf:
        set_register(m, number, SMP_RULE_AT_CFA, signed_offset(m));
        break;
    case DW_CFA_val_offset:
        set_register(m, number, SMP_RULE_IS_CFA, unsigned_offset(m));
        break;
    case DW_CFA_val_offset_sf:
        set_register(m, number, SMP_RULE_IS_CFA, signed_offset(m));
        break;
    case DW_CFA_undefined:
        set_register(m, number, SMP_RULE_UNDEFINED, 0);
        break;
    case DW_CFA_same_value:
        set_register(m, number, SMP_RULE_SAME, 0);
        break;
    case DW_CFA_register:
        set_register(m, number, SMP_RULE_REGISTER,
                     (int64_t)smp_bytes_uleb(&m->code));
        break;
    case DW_CFA_expression:
        read_expression(m, cell, SMP_RULE_EXPRESSION);
        break;
    case DW_CFA_val_expression:
        read_expression(m, cell, SMP_RULE_IS_EXPRESSION);
        break;
    default: /* DW_CFA_restore_extended */
        restore_register(m, number);
    }
    return NEXT;
}

static enum outcome run_extended(struct machine *m, uint8_t op)
{
    switch (op) {
    case DW_CFA_nop:
        return NEXT;
    case DW_CFA_GNU_args_size:
        smp_bytes_uleb(&m->code);
        return NEXT;
    case DW_CFA_advance_loc1:
    case DW_CFA_advance_loc2:
    case DW_CFA_advance_loc4:
        return run_location(m, op);
    case DW_CFA_remember_state:
        return remember(m) ? NEXT : BAD;
    case DW_CFA_restore_state:
        return recall(m) ? NEXT : BAD;
    case DW_CFA_def_cfa:
    case DW_CFA_def_cfa_sf:
    case DW_CFA_def_cfa_register:
    case DW_CFA_def_cfa_offset:
    case DW_CFA_def_cfa_offset_sf:
    case DW_CFA_def_cfa_expression:
        return run_cfa(m, op);
    case DW_CFA_offset_extended:
    case DW_CFA_offset_extended_sf:
    case DW_CFA_restore_extended:
    case DW_CFA_undefined:
    case DW_CFA_same_value:
    case DW_CFA_register:
    case DW_CFA_expression:
    case DW_CFA_val_expression:
    case DW_CFA_val_offset:
    case DW_CFA_val_offset_sf:
        return run_register(m, op);
    default: /* set_loc and others' own: no compiler writes them here */
        return BAD;
    }
}

static enum outcome run_op(struct machine *m)
{
    uint8_t op = (uint8_t)smp_bytes_unsigned(&m->code, 1);
    uint8_t low = op & 0x3f;
    switch (op & 0xc0) {
    case DW_CFA_advance_loc:
        return advance(m, low) ? NEXT : DONE;
    case DW_CFA_offset:
        set_register(m, low, SMP_RULE_AT_CFA, unsigned_offset(m));
        return NEXT;
    case DW_CFA_restore:
        restore_register(m, low);
        return NEXT;
    default:
        return run_extended(m, op);
    }
}

/* 1 where the row is that of the target now. */
static int run(struct machine *m, const struct smp_bytes *code)
{
    enum outcome outcome = NEXT;
    m->code = *code;
    while (outcome == NEXT && m->code.at < m->code.end)
        outcome = run_op(m);
    return outcome != BAD && !m->code.failed;
}

static int find_row(struct machine *m, const struct smp_frame_entry *entry,
                    uint64_t address)
{
    m->entry = entry;
    m->location = entry->begin;
    m->target = address;
    m->depth = 0;
    start_row(&m->row);
    m->first = m->row;
    if (!run(m, &entry->initial))
        return 0;
    m->first = m->row;
    return run(m, &entry->program);
}

/* The number of the cell's expression; negative where it cannot be used. */
static int32_t keep(const struct cell *c, struct smp_expressions *e)
{
    struct smp_op ops[SMP_EXPRESSION_LENGTH];
    int count = smp_expression_decode(c->code, c->code_size, ops);
    if (!count)
        return SMP_EFORMAT;
    return count < 0 ? count : smp_expressions_keep(e, ops, (size_t)count);
}

static void compile_register(const struct cell *c, struct smp_expressions *e,
                             uint8_t *how, int32_t *at)
{
    int is_expression =
        c->how == SMP_RULE_EXPRESSION || c->how == SMP_RULE_IS_EXPRESSION;
    int64_t value = is_expression ? keep(c, e) : c->at;
    int fits = value == (int32_t)value && (!is_expression || value >= 0) &&
               (c->how != SMP_RULE_REGISTER ||
                (value >= 0 && value < SMP_REGISTER_COUNT));
    *how = fits ? c->how : SMP_RULE_UNDEFINED;
    *at = fits ? (int32_t)value : 0;
}

static int compile_cfa(const struct cell *c, struct smp_expressions *e,
                       struct smp_rule *out)
{
    int64_t at = c->how == SMP_RULE_EXPRESSION ? keep(c, e) : c->at;
    if (c->how == SMP_RULE_NONE || at != (int32_t)at ||
        (c->how == SMP_RULE_EXPRESSION && at < 0) ||
        (c->how == SMP_RULE_REGISTER && c->number >= SMP_REGISTER_COUNT))
        return 0;
    out->cfa_how = c->how;
    out->cfa_register = (uint8_t)c->number;
    out->cfa_at = (int32_t)at;
    return 1;
}

void smp_cfi_compile(const struct smp_frames *f, uint64_t address,
                     struct smp_expressions *e, struct smp_rule *out)
{
    struct smp_frame_entry entry;
    struct machine m;
    *out = (struct smp_rule){.cfa_how = SMP_RULE_NONE};
    if (smp_frames_find(f, address, &entry) ||
        entry.return_register != SMP_REGISTER_PC ||
        !find_row(&m, &entry, address) || !compile_cfa(&m.row.cfa, e, out))
        return;
    out->is_signal = (uint8_t)entry.is_signal;
    for (int r = 0; r < SMP_REGISTER_COUNT; r++)
        compile_register(&m.row.registers[r], e, &out->how[r], &out->at[r]);
}
