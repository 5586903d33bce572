/* links: src/collector/native_cfi.c src/collector/native_frames.c
   src/collector/native_functions.c src/collector/native_rule.c
   src/collector/native_expression.c src/collector/native_expression_decode.c
   src/collector/native_image.c src/collector/native_maps.c
   src/collector/native_guard.c src/base/buf.c src/base/status.c -lelf */
/* Call frame information written by hand: what each instruction does to the
 * rule, from which address on, and what is refused. */
#include "check.h"

#include <dwarf.h>

#include "collector/native_cfi.h"

#define CODE 0x401000 /* where the described function begins */
#define CODE_SIZE 0x100

static uint8_t section[4096];
static size_t section_size;
static struct smp_image image;
static struct smp_frames frames;
static struct smp_expressions expressions;
static struct smp_rule rule;

static void put(uint64_t value, size_t width)
{
    memcpy(section + section_size, &value, width);
    section_size += width;
}

static void put_bytes(const void *bytes, size_t size)
{
    memcpy(section + section_size, bytes, size);
    section_size += size;
}

/* An .eh_frame with one CIE (CFA = rsp + 8, return address at CFA - 8, rbx
 * saved at CFA - 80) and one FDE that has these instructions. */
static void build(const char *letters, const void *program, size_t size)
{
    static const uint8_t initial[] = {
        DW_CFA_def_cfa, 7, 8, DW_CFA_offset | 16, 1, DW_CFA_offset | 3, 10};
    size_t name = strlen(letters) + 1;
    section_size = 0;
    put(4 + 1 + name + 3 + 2 + sizeof initial, 4);
    put(0, 4); /* this is a CIE */
    put(1, 1);
    put_bytes(letters, name);
    put(1, 1);    /* code align */
    put(0x78, 1); /* data align: -8 */
    put(16, 1);   /* the return address's register */
    put(1, 1);    /* bytes of augmentation data: */
    put(DW_EH_PE_absptr, 1);
    put_bytes(initial, sizeof initial);
    size_t fde = section_size;
    put(4 + 8 + 8 + 1 + size, 4);
    put(fde + 4, 4); /* back to the CIE */
    put(CODE, 8);
    put(CODE_SIZE, 8);
    put(0, 1);
    put_bytes(program, size);
    put(0, 4); /* the end */
    image = (struct smp_image){.bytes = section, .size = section_size};
    frames = (struct smp_frames){.image = &image, .end = section_size};
}

#define BUILD(...)                                                             \
    do {                                                                       \
        const uint8_t program_[] = {__VA_ARGS__};                              \
        build("zR", program_, sizeof program_);                                \
    } while (0)

static void compile_at(uint64_t offset)
{
    smp_cfi_compile(&frames, CODE + offset, &expressions, &rule);
}

static void check_cfa(int number, int at)
{
    CHECK_INT(rule.cfa_how, SMP_RULE_REGISTER);
    CHECK_INT(rule.cfa_register, number);
    CHECK_INT(rule.cfa_at, at);
}

static void check_register(int number, int how, int at)
{
    CHECK_INT(rule.how[number], how);
    CHECK_INT(rule.at[number], at);
}

static void test_the_first_row(void)
{
    BUILD(DW_CFA_nop);
    compile_at(0);
    check_cfa(7, 8);
    check_register(16, SMP_RULE_AT_CFA, -8);
    check_register(3, SMP_RULE_AT_CFA, -80);
    check_register(7, SMP_RULE_IS_CFA, 0);
    check_register(6, SMP_RULE_SAME, 0);
    check_register(12, SMP_RULE_SAME, 0);
    check_register(15, SMP_RULE_SAME, 0);
    check_register(0, SMP_RULE_UNDEFINED, 0);
    check_register(11, SMP_RULE_UNDEFINED, 0);
    CHECK_INT(rule.is_signal, 0);
}

static void test_only_inside_the_code(void)
{
    BUILD(DW_CFA_nop);
    compile_at(CODE_SIZE - 1);
    CHECK_INT(rule.cfa_how, SMP_RULE_REGISTER);
    compile_at(CODE_SIZE);
    CHECK_INT(rule.cfa_how, SMP_RULE_NONE);
    compile_at((uint64_t)-1);
    CHECK_INT(rule.cfa_how, SMP_RULE_NONE);
}

/* push rbp; mov rsp, rbp; ...; leave; ret */
static void test_rows_begin_at_their_address(void)
{
    BUILD(DW_CFA_advance_loc | 1, DW_CFA_def_cfa_offset, 16, DW_CFA_offset | 6,
          2, DW_CFA_advance_loc | 3, DW_CFA_def_cfa_register, 6,
          DW_CFA_advance_loc1, 0x50, DW_CFA_def_cfa, 7, 8, DW_CFA_restore | 6);
    compile_at(0);
    check_cfa(7, 8);
    compile_at(1);
    check_cfa(7, 16);
    check_register(6, SMP_RULE_AT_CFA, -16);
    compile_at(3);
    check_cfa(7, 16);
    compile_at(4);
    check_cfa(6, 16);
    compile_at(0x53);
    check_cfa(6, 16);
    compile_at(0x54);
    check_cfa(7, 8);
    check_register(6, SMP_RULE_SAME, 0);
}

static void test_wide_advances(void)
{
    BUILD(DW_CFA_advance_loc2, 0x20, 0, DW_CFA_def_cfa_offset, 16,
          DW_CFA_advance_loc4, 0x10, 0, 0, 0, DW_CFA_def_cfa_offset, 24);
    compile_at(0x1f);
    check_cfa(7, 8);
    compile_at(0x20);
    check_cfa(7, 16);
    compile_at(0x30);
    check_cfa(7, 24);
}

static void test_remember_and_restore(void)
{
    BUILD(DW_CFA_remember_state, DW_CFA_def_cfa_offset, 32, DW_CFA_offset | 12,
          3, DW_CFA_advance_loc | 8, DW_CFA_restore_state);
    compile_at(0);
    check_cfa(7, 32);
    check_register(12, SMP_RULE_AT_CFA, -24);
    compile_at(8);
    check_cfa(7, 8);
    check_register(12, SMP_RULE_SAME, 0);
}

static void test_restore_goes_back_to_the_first_row(void)
{
    BUILD(DW_CFA_undefined, 3, DW_CFA_advance_loc | 1, DW_CFA_restore_extended,
          3);
    compile_at(0);
    check_register(3, SMP_RULE_UNDEFINED, 0);
    compile_at(1);
    check_register(3, SMP_RULE_AT_CFA, -80);
}

static void test_all_ways_to_give_a_register(void)
{
    BUILD(DW_CFA_offset_extended, 3, 4, DW_CFA_offset_extended_sf, 6, 0x7f,
          DW_CFA_val_offset, 12, 2, DW_CFA_val_offset_sf, 13, 0x7e,
          DW_CFA_same_value, 0, DW_CFA_register, 14, 2, DW_CFA_def_cfa_sf, 6,
          0x7d);
    compile_at(0);
    check_register(3, SMP_RULE_AT_CFA, -32);
    check_register(6, SMP_RULE_AT_CFA, 8);
    check_register(12, SMP_RULE_IS_CFA, -16);
    check_register(13, SMP_RULE_IS_CFA, 16);
    check_register(0, SMP_RULE_SAME, 0);
    check_register(14, SMP_RULE_REGISTER, 2);
    check_cfa(6, 24);
}

static void test_expressions(void)
{
    BUILD(DW_CFA_def_cfa_expression, 2, DW_OP_breg7, 0x20, DW_CFA_expression, 3,
          2, DW_OP_lit8, DW_OP_minus, DW_CFA_val_expression, 12, 2, DW_OP_lit16,
          DW_OP_plus);
    compile_at(0);
    CHECK_INT(rule.cfa_how, SMP_RULE_EXPRESSION);
    CHECK_INT(rule.how[3], SMP_RULE_EXPRESSION);
    CHECK_INT(rule.how[12], SMP_RULE_IS_EXPRESSION);
    size_t kept = expressions.count;
    compile_at(1); /* the same expressions, kept once */
    CHECK_INT(expressions.count, kept);

    uint64_t words[8] = {0, 0, 0, 0x333, 0x444, 0, 0, 0};
    struct smp_memory stack = {(uint8_t *)words, 0x7000, sizeof words};
    struct smp_registers now = {.known = 0x1ffff}, caller;
    uint64_t cfa = 0;
    now.values[SMP_REGISTER_SP] = 0x7000;
    CHECK(smp_rule_cfa(&rule, &expressions, &now, &stack, &cfa));
    CHECK_INT(cfa, 0x7020);
    smp_rule_apply(&rule, &expressions, &now, &stack, cfa, &caller);
    CHECK_INT(caller.values[3], 0x333);
    CHECK_INT(caller.values[12], 0x7030);
    CHECK_INT(caller.values[SMP_REGISTER_SP], 0x7020);
    CHECK_INT(caller.values[SMP_REGISTER_PC], 0x333);
    CHECK(!(caller.known & 1)); /* rax is lost in a call */
}

static void test_signal_frames(void)
{
    const uint8_t program[] = {DW_CFA_nop};
    build("zRS", program, sizeof program);
    compile_at(0);
    CHECK_INT(rule.cfa_how, SMP_RULE_REGISTER);
    CHECK_INT(rule.is_signal, 1);
}

static void test_registers_that_are_not_followed(void)
{
    BUILD(DW_CFA_offset | 33, 5, DW_CFA_offset_extended, 0xff, 0xff, 0x7f, 1,
          DW_CFA_expression, 0x40, 1, DW_OP_lit0, DW_CFA_GNU_args_size, 16,
          DW_CFA_def_cfa_offset, 48);
    compile_at(0);
    check_cfa(7, 48);
    BUILD(DW_CFA_register, 3, 99);
    compile_at(0);
    check_register(3, SMP_RULE_UNDEFINED, 0);
}

#define REFUSED(...)                                                           \
    do {                                                                       \
        BUILD(__VA_ARGS__);                                                    \
        compile_at(0);                                                         \
        CHECK_INT(rule.cfa_how, SMP_RULE_NONE);                                \
    } while (0)

static void test_what_is_refused(void)
{
    REFUSED(DW_CFA_restore_state);
    REFUSED(DW_CFA_def_cfa, 99, 8);
    REFUSED(DW_CFA_def_cfa_expression, 0);
    REFUSED(DW_CFA_def_cfa_expression, 2, DW_OP_fbreg, 0);
    REFUSED(DW_CFA_def_cfa_expression, 0x7f, DW_OP_lit0);
    REFUSED(DW_CFA_def_cfa_offset);
    REFUSED(0x3f);
    REFUSED(DW_CFA_remember_state, DW_CFA_remember_state, DW_CFA_remember_state,
            DW_CFA_remember_state, DW_CFA_remember_state, DW_CFA_remember_state,
            DW_CFA_remember_state, DW_CFA_remember_state,
            DW_CFA_remember_state);
}

static void test_every_damaged_byte(void)
{
    static const uint8_t program[] = {DW_CFA_advance_loc | 1,
                                      DW_CFA_def_cfa_offset,
                                      16,
                                      DW_CFA_remember_state,
                                      DW_CFA_def_cfa_expression,
                                      2,
                                      DW_OP_breg7,
                                      0x20};
    for (size_t k = 0; k < 120; k++)
        for (int value = 0; value < 256; value++) {
            build("zRS", program, sizeof program);
            if (k >= section_size)
                return;
            section[k] = (uint8_t)value;
            compile_at(2);
        }
}

int main(void)
{
    RUN(test_the_first_row);
    RUN(test_only_inside_the_code);
    RUN(test_rows_begin_at_their_address);
    RUN(test_wide_advances);
    RUN(test_remember_and_restore);
    RUN(test_restore_goes_back_to_the_first_row);
    RUN(test_all_ways_to_give_a_register);
    RUN(test_expressions);
    RUN(test_signal_frames);
    RUN(test_registers_that_are_not_followed);
    RUN(test_what_is_refused);
    RUN(test_every_damaged_byte);
    smp_expressions_release(&expressions);
    return check_summary();
}
