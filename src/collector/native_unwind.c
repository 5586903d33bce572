/* From registers and a copied piece of stack to frames. */
#include <string.h>

#include "collector/native_space.h"

#define CALLEE_SAVED (1u << 3 | 1u << 6 | 0xfu << 12) /* rbx rbp r12..r15 */
#define RBP 6

/* Where one frame stands. */
struct cursor {
    struct smp_space *space;
    struct smp_memory stack;
    struct smp_registers registers;
    uint64_t anchor;
    uint64_t cfa;  /* of this frame, once found */
    int is_return; /* the PC is a return address, so one past its call */
};

enum step {
    STEP_CALLER, /* the cursor stands on the caller now */
    STEP_ANCHOR, /* this frame holds the anchor */
    STEP_FIRST,  /* this was the thread's first frame */
    STEP_LOST
};

static uint64_t reg(const struct cursor *c, int number)
{
    return c->registers.values[number];
}

/* The address to look up: inside the call, not behind it, which may be another
 * function's first instruction. */
static uint64_t code_address(const struct cursor *c)
{
    return reg(c, SMP_REGISTER_PC) - (uint64_t)c->is_return;
}

static const struct smp_rule *find_rule(struct cursor *c,
                                        struct smp_mapping *mapping)
{
    struct smp_modules *m = c->space->modules;
    if (!mapping)
        return NULL;
    const struct smp_rule *r =
        smp_module_rule(m, mapping->module,
                        smp_mapping_address(m, mapping, code_address(c)));
    if (r && r->cfa_how != SMP_RULE_NONE)
        return r;
    m->counts.without_cfi++;
    return NULL;
}

static enum step to_caller(struct cursor *c, const struct smp_registers *caller,
                           int is_return)
{
    uint32_t needed = 1u << SMP_REGISTER_SP | 1u << SMP_REGISTER_PC;
    if ((caller->known & needed) != needed)
        return STEP_LOST;
    if (!caller->values[SMP_REGISTER_PC])
        return STEP_FIRST;
    /* Going up only: else a damaged stack would go round for ever. A signal
     * may have come in on a stack of its own. */
    if (is_return && caller->values[SMP_REGISTER_SP] <= reg(c, SMP_REGISTER_SP))
        return STEP_LOST;
    c->registers = *caller;
    c->is_return = is_return;
    return STEP_CALLER;
}

static enum step step_by_rule(struct cursor *c, const struct smp_rule *r)
{
    const struct smp_expressions *e = &c->space->modules->code.expressions;
    struct smp_registers caller;
    if (!smp_rule_cfa(r, e, &c->registers, &c->stack, &c->cfa))
        return STEP_LOST;
    if (c->anchor && !r->is_signal && c->anchor < c->cfa)
        return STEP_ANCHOR;
    if (r->how[SMP_REGISTER_PC] == SMP_RULE_UNDEFINED)
        return STEP_FIRST;
    smp_rule_apply(r, e, &c->registers, &c->stack, c->cfa, &caller);
    return to_caller(c, &caller, !r->is_signal);
}

/* For code without rules: [rbp] and [rbp + 8] are the caller's rbp and the
 * return address, if they look like it. */
static enum step step_by_frame_pointer(struct cursor *c)
{
    uint64_t rbp = reg(c, RBP), saved, pc;
    if (!(c->registers.known >> RBP & 1) || rbp % 8 ||
        rbp < reg(c, SMP_REGISTER_SP) ||
        !smp_memory_read(&c->stack, rbp, 8, &saved) ||
        !smp_memory_read(&c->stack, rbp + 8, 8, &pc) ||
        !smp_space_covers(c->space, pc - 1))
        return STEP_LOST;
    c->cfa = rbp + 16;
    if (c->anchor && c->anchor < c->cfa)
        return STEP_LOST; /* it may have jumped over frames to get there */
    struct smp_registers caller = c->registers;
    caller.known &=
        CALLEE_SAVED | 1u << SMP_REGISTER_SP | 1u << SMP_REGISTER_PC;
    caller.values[RBP] = saved;
    caller.values[SMP_REGISTER_SP] = c->cfa;
    caller.values[SMP_REGISTER_PC] = pc;
    return to_caller(c, &caller, 1);
}

static void name_frame(struct smp_modules *m, struct smp_mapping *mapping,
                       uint64_t address, struct smp_native_frame *out)
{
    *out = (struct smp_native_frame){.address = address, .object = ""};
    m->counts.frames++;
    if (!mapping)
        return;
    out->object = mapping->module->path;
    out->offset = smp_mapping_address(m, mapping, address);
    if (mapping->has_shift)
        smp_module_name(m, mapping->module, out->offset, &out->name,
                        &out->function);
    m->counts.nameless += !out->name;
}

/* Lists the frame that the cursor stands on and goes to its caller. */
static enum step step(struct cursor *c, struct smp_native_stack *out)
{
    uint64_t address = code_address(c);
    struct smp_mapping *mapping = smp_space_find(c->space, address);
    if (c->anchor && c->anchor < reg(c, SMP_REGISTER_SP))
        return STEP_LOST; /* gone past it */
    const struct smp_rule *rule = find_rule(c, mapping);
    c->cfa = 0;
    enum step done = rule ? step_by_rule(c, rule) : step_by_frame_pointer(c);
    if (done != STEP_ANCHOR) {
        struct smp_native_frame *f = &out->frames[out->count++];
        name_frame(c->space->modules, mapping, address, f);
        f->cfa = c->cfa;
    }
    return done;
}

void smp_native_unwind(struct smp_space *s, const struct smp_native_input *in,
                       struct smp_native_stack *out)
{
    struct cursor c = {
        .space = s,
        .stack = {in->stack, in->registers[SMP_REGISTER_SP], in->stack_size},
        .registers = {.known = (1u << SMP_REGISTER_COUNT) - 1},
        .anchor = in->anchor,
    };
    struct smp_modules *m = s->modules;
    enum step done = STEP_CALLER;
    out->count = 0;
    memcpy(c.registers.values, in->registers, sizeof in->registers);
    if (smp_code_make_room(&m->code, 2 * SMP_NATIVE_DEPTH))
        done = STEP_LOST;
    while (done == STEP_CALLER && out->count < SMP_NATIVE_DEPTH)
        done = step(&c, out);
    out->complete = in->anchor ? done == STEP_ANCHOR : done == STEP_FIRST;
    m->counts.stacks++;
    m->counts.complete += (uint64_t)out->complete;
}

void smp_native_name(struct smp_space *s, uint64_t address,
                     struct smp_native_frame *out)
{
    smp_code_make_room(&s->modules->code, 2);
    name_frame(s->modules, smp_space_find(s, address), address, out);
}
