/* links: src/collector/native_expression.c
   src/collector/native_expression_decode.c */
/* The evaluator of DWARF expressions: values, failures, bounds. */
#include "check.h"

#include <dwarf.h>

#include "base/status.h"
#include "collector/native_expression.h"

#define STACK_START 0x7000
static const uint64_t stack_words[4] = {0x1111, 0x8877665544332211, 0x7008, 0};

static int with_cfa; /* whether the frame's CFA is known: 0x7fc0 */

/* Runs the operations with rsp = STACK_START, rip = 0x401b and rax unknown. */
static enum smp_expression_result run(const struct smp_op *ops, size_t count,
                                      uint64_t *out)
{
    struct smp_registers r = {.known = ~1u};
    struct smp_memory m = {(const uint8_t *)stack_words, STACK_START,
                           sizeof stack_words};
    uint64_t cfa = 0x7fc0;
    struct smp_expression_input in = {&r, &m, with_cfa ? &cfa : NULL};
    r.values[SMP_REGISTER_SP] = STACK_START;
    r.values[SMP_REGISTER_PC] = 0x401b;
    return smp_expression_evaluate(ops, count, &in, out);
}

/* Expects the address `value`. */
#define EXPECT(value, ...)                                                     \
    do {                                                                       \
        const struct smp_op ops[] = {__VA_ARGS__};                             \
        uint64_t found_ = 99;                                                  \
        CHECK_INT(run(ops, sizeof ops / sizeof *ops, &found_),                 \
                  SMP_EXPRESSION_ADDRESS);                                     \
        CHECK_INT(found_, value);                                              \
    } while (0)

#define EXPECT_FAILURE(...)                                                    \
    do {                                                                       \
        const struct smp_op ops[] = {__VA_ARGS__};                             \
        uint64_t found_ = 99;                                                  \
        CHECK_INT(run(ops, sizeof ops / sizeof *ops, &found_),                 \
                  SMP_EXPRESSION_FAILED);                                      \
        CHECK_INT(found_, 99);                                                 \
    } while (0)

/* Fields that are not given are 0. */
#define OP(...) OP_OF(__VA_ARGS__, 0, 0, 0, 0)
#define OP_OF(atom, number, number2, offset, ...)                              \
    {                                                                          \
        atom, number, number2, offset                                          \
    }
#define N(value) OP(DW_OP_constu, (uint64_t)(value), 0, 100)

static void test_pushes(void)
{
    EXPECT(7, OP(DW_OP_lit7));
    EXPECT(-3, OP(DW_OP_const1s, (uint64_t)-3));
    EXPECT(STACK_START + 8, OP(DW_OP_breg7, 8));
    EXPECT(STACK_START - 8, OP(DW_OP_bregx, 7, (uint64_t)-8));
    EXPECT_FAILURE(OP(DW_OP_call_frame_cfa));
    EXPECT_FAILURE(OP(DW_OP_breg0, 0));
    EXPECT_FAILURE(OP(DW_OP_bregx, 17, 0));
    EXPECT_FAILURE(OP(DW_OP_bregx, (uint64_t)-1, 0));
}

static void test_arithmetic(void)
{
    EXPECT(12, N(7), N(5), OP(DW_OP_plus));
    EXPECT(2, N(7), N(5), OP(DW_OP_minus));
    EXPECT(35, N(7), N(5), OP(DW_OP_mul));
    EXPECT(-3, N(-7), N(2), OP(DW_OP_div));
    EXPECT(1, N(7), N(2), OP(DW_OP_mod));
    EXPECT(5, N(7), N(0xd), OP(DW_OP_and));
    EXPECT(0xf, N(7), N(0xd), OP(DW_OP_or));
    EXPECT(0xa, N(7), N(0xd), OP(DW_OP_xor));
    EXPECT(-8, N(7), OP(DW_OP_not));
    EXPECT(-7, N(7), OP(DW_OP_neg));
    EXPECT(7, N(-7), OP(DW_OP_abs));
    EXPECT(17, N(7), OP(DW_OP_plus_uconst, 10));
    EXPECT(28, N(7), N(2), OP(DW_OP_shl));
    EXPECT(0, N(7), N(64), OP(DW_OP_shl));
    EXPECT(1, N(7), N(2), OP(DW_OP_shr));
    EXPECT(-2, N(-7), N(2), OP(DW_OP_shra));
    EXPECT(-1, N(-7), N(200), OP(DW_OP_shra));
    EXPECT_FAILURE(N(1), N(0), OP(DW_OP_div));
    EXPECT_FAILURE(N(1), N(0), OP(DW_OP_mod));
    EXPECT_FAILURE(N(INT64_MIN), N(-1), OP(DW_OP_div));
}

static void test_comparisons_are_signed(void)
{
    EXPECT(1, N(-1), N(1), OP(DW_OP_lt));
    EXPECT(0, N(-1), N(1), OP(DW_OP_gt));
    EXPECT(1, N(1), N(1), OP(DW_OP_le));
    EXPECT(1, N(1), N(1), OP(DW_OP_ge));
    EXPECT(1, N(1), N(1), OP(DW_OP_eq));
    EXPECT(0, N(1), N(1), OP(DW_OP_ne));
}

static void test_stack_operations(void)
{
    EXPECT(14, N(7), OP(DW_OP_dup), OP(DW_OP_plus));
    EXPECT(1, N(1), N(2), OP(DW_OP_drop));
    EXPECT(1, N(1), N(2), OP(DW_OP_over));
    EXPECT(1, N(1), N(2), N(3), OP(DW_OP_pick, 2));
    EXPECT(1, N(1), N(2), OP(DW_OP_swap));
    EXPECT(2, N(1), N(2), N(3), OP(DW_OP_rot));
    EXPECT_FAILURE(OP(DW_OP_dup));
    EXPECT_FAILURE(OP(DW_OP_drop));
    EXPECT_FAILURE(N(1), OP(DW_OP_over));
    EXPECT_FAILURE(N(1), OP(DW_OP_swap));
    EXPECT_FAILURE(N(1), N(2), OP(DW_OP_rot));
    EXPECT_FAILURE(N(1), OP(DW_OP_pick, 1));
    EXPECT_FAILURE(N(1), OP(DW_OP_plus));
}

static void test_memory_only_inside_the_copy(void)
{
    EXPECT(0x1111, OP(DW_OP_breg7, 0), OP(DW_OP_deref));
    EXPECT(0x44332211, OP(DW_OP_breg7, 8), OP(DW_OP_deref_size, 4));
    EXPECT(0x8877665544332211, OP(DW_OP_breg7, 16), OP(DW_OP_deref),
           OP(DW_OP_deref));
    EXPECT(0, OP(DW_OP_breg7, 24), OP(DW_OP_deref));
    EXPECT_FAILURE(OP(DW_OP_breg7, 25), OP(DW_OP_deref));
    EXPECT_FAILURE(OP(DW_OP_breg7, (uint64_t)-1), OP(DW_OP_deref));
    EXPECT_FAILURE(N(UINT64_MAX - 3), OP(DW_OP_deref));
    EXPECT_FAILURE(OP(DW_OP_breg7, 0), OP(DW_OP_deref_size, 16));
}

/* The rule that linkers write for .plt: 8 more once the stub has pushed. */
static void test_plt_expression(void)
{
    EXPECT(STACK_START + 16, OP(DW_OP_breg7, 8), OP(DW_OP_breg16, 0),
           OP(DW_OP_lit15), OP(DW_OP_and), OP(DW_OP_lit11), OP(DW_OP_ge),
           OP(DW_OP_lit3), OP(DW_OP_shl), OP(DW_OP_plus));
}

static void test_value_of_its_own(void)
{
    const struct smp_op ops[] = {N(5), OP(DW_OP_stack_value), N(6)};
    uint64_t out = 0;
    CHECK_INT(run(ops, 3, &out), SMP_EXPRESSION_VALUE);
    CHECK_INT(out, 5);
}

static void test_the_cfa_lies_on_the_stack(void)
{
    with_cfa = 1;
    EXPECT(0x7fc0, OP(DW_OP_nop));
    EXPECT(0x7fb0, OP(DW_OP_const1s, (uint64_t)-16), OP(DW_OP_plus));
    EXPECT(0x7fc0, OP(DW_OP_call_frame_cfa));
    with_cfa = 0;
}

/* --- decoding --- */

static struct smp_op decoded[SMP_EXPRESSION_LENGTH];

static int decode(const char *bytes, size_t size)
{
    return smp_expression_decode((const uint8_t *)bytes, size, decoded);
}

#define DECODE(text) decode(text, sizeof(text) - 1)

static void test_decoding_the_plt_expression(void)
{
    CHECK_INT(DECODE("\x77\x08\x80\x00\x3f\x1a\x3b\x2a\x33\x24\x22"), 9);
    CHECK_INT(decoded[0].atom, DW_OP_breg7);
    CHECK_INT(decoded[0].number, 8);
    CHECK_INT(decoded[1].atom, DW_OP_breg16);
    CHECK_INT(decoded[1].offset, 2);
    CHECK_INT(decoded[8].atom, DW_OP_plus);
    CHECK_INT(decoded[8].offset, 10);
}

static void test_decoding_operands(void)
{
    CHECK_INT(DECODE("\x08\xff\x09\xff\x0b\xfe\xff\x10\x80\x01\x11\x7f"), 5);
    CHECK_INT(decoded[0].number, 255);
    CHECK_INT(decoded[1].number, -1);
    CHECK_INT(decoded[2].number, -2);
    CHECK_INT(decoded[3].number, 128);
    CHECK_INT(decoded[4].number, -1);
    CHECK_INT(DECODE("\x92\x07\x78\x2f\xfb\xff\x94\x04"), 3);
    CHECK_INT(decoded[0].number, 7);
    CHECK_INT(decoded[0].number2, -8);
    CHECK_INT(decoded[1].number, -5);
    CHECK_INT(decoded[2].number, 4);
}

static void test_decoding_refuses(void)
{
    char many[SMP_EXPRESSION_LENGTH + 1];
    memset(many, DW_OP_lit0, sizeof many);
    CHECK_INT(decode(many, sizeof many - 1), SMP_EXPRESSION_LENGTH);
    CHECK_INT(decode(many, sizeof many), SMP_EFULL);
    CHECK_INT(DECODE("\x0a\x01"), SMP_EFORMAT);
    CHECK_INT(DECODE("\x10\x80"), SMP_EFORMAT);
    CHECK_INT(DECODE("\x91\x00"), SMP_EUNSUPPORTED); /* DW_OP_fbreg */
    CHECK_INT(DECODE(""), 0);
}

static void test_jumps(void)
{
    /* 1 ? 2 : 3, by byte offsets: bra at 2 goes to 2 + 3 + 4. */
    EXPECT(2, OP(DW_OP_lit2, 0, 0, 0), OP(DW_OP_lit1, 0, 0, 1),
           OP(DW_OP_bra, 1, 0, 2), OP(DW_OP_lit3, 0, 0, 5),
           OP(DW_OP_nop, 0, 0, 6));
    EXPECT(3, OP(DW_OP_lit2, 0, 0, 0), OP(DW_OP_lit0, 0, 0, 1),
           OP(DW_OP_bra, 1, 0, 2), OP(DW_OP_lit3, 0, 0, 5),
           OP(DW_OP_nop, 0, 0, 6));
    EXPECT_FAILURE(OP(DW_OP_lit1, 0, 0, 0), OP(DW_OP_skip, 50, 0, 1));
}

static void test_loops_end(void)
{
    EXPECT_FAILURE(OP(DW_OP_lit1, 0, 0, 0), OP(DW_OP_skip, (uint64_t)-3, 0, 1));
    EXPECT_FAILURE(OP(DW_OP_lit1, 0, 0, 0),
                   OP(DW_OP_skip, (uint64_t)-4, 0, 1)); /* pushes for ever */
}

static void test_nothing_and_unknown(void)
{
    uint64_t out = 99;
    CHECK_INT(run(NULL, 0, &out), SMP_EXPRESSION_FAILED);
    CHECK_INT(out, 99);
    EXPECT_FAILURE(OP(DW_OP_fbreg, 0));
    EXPECT_FAILURE(OP(0xff));
}

int main(void)
{
    RUN(test_pushes);
    RUN(test_arithmetic);
    RUN(test_comparisons_are_signed);
    RUN(test_stack_operations);
    RUN(test_memory_only_inside_the_copy);
    RUN(test_plt_expression);
    RUN(test_value_of_its_own);
    RUN(test_the_cfa_lies_on_the_stack);
    RUN(test_decoding_the_plt_expression);
    RUN(test_decoding_operands);
    RUN(test_decoding_refuses);
    RUN(test_jumps);
    RUN(test_loops_end);
    RUN(test_nothing_and_unknown);
    return check_summary();
}
