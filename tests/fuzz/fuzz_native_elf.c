/* links: src/collector/native_image.c src/collector/native_maps.c
   src/collector/native_guard.c src/collector/native_cfi.c
   src/collector/native_expression.c src/collector/native_expression_decode.c
   src/collector/native_frames.c src/collector/native_rule.c
   src/collector/native_symbols.c src/collector/native_debug.c
   src/collector/native_functions.c src/base/buf.c src/base/map.c
   src/base/status.c -ldw -lelf -llzma */
/* Fuzzer: the bytes of an ELF file, asked all that the collector asks: unwind
 * rules and their use, names, function starts, segments. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/native_cfi.h"
#include "collector/native_functions.h"
#include "collector/native_symbols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Follows the rule once, over a stack that is the file itself. */
static void use_rule(const struct smp_rule *r, const struct smp_expressions *e,
                     const uint8_t *data, size_t size, uint64_t address)
{
    struct smp_registers now = {.known = (1u << SMP_REGISTER_COUNT) - 1};
    struct smp_memory stack = {data, 0x7000, size};
    struct smp_registers caller;
    uint64_t cfa;
    now.values[SMP_REGISTER_SP] = 0x7000;
    now.values[SMP_REGISTER_PC] = address;
    if (smp_rule_cfa(r, e, &now, &stack, &cfa))
        smp_rule_apply(r, e, &now, &stack, cfa, &caller);
}

static void ask(const struct smp_image *i, const uint8_t *data, size_t size)
{
    struct smp_frames frames;
    struct smp_symbols symbols;
    struct smp_expressions expressions = {0};
    struct smp_rule rule;
    int have = smp_symbols_open(&symbols, i, "/nowhere/file") == 0;
    smp_frames_open(&frames, i);
    for (uint64_t at = 0; at < 2 * size; at += size / 61 + 1) {
        uint64_t start = 0, entry;
        smp_cfi_compile(&frames, at, &expressions, &rule);
        use_rule(&rule, &expressions, data, size, at);
        smp_function_find(i, at, &start, &entry);
        smp_image_address_shift(i, at, 4096, &start);
        if (have)
            smp_symbols_find(&symbols, at, &start);
    }
    smp_expressions_release(&expressions);
    if (have)
        smp_symbols_release(&symbols);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct smp_image i;
    if (size > 1u << 20 || smp_image_open_bytes(&i, data, size, SMP_IMAGE_LENT))
        return 0;
    ask(&i, data, size);
    smp_image_release(&i);
    return 0;
}
