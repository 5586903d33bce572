/* Compiling call frame information to unwind rules. */
#ifndef SMP_COLLECTOR_NATIVE_CFI_H
#define SMP_COLLECTOR_NATIVE_CFI_H

#include <stdint.h>

#include "collector/native_frames.h"
#include "collector/native_rule.h"

/* Compiles the rule for an address in the file's own addresses, with its
 * expressions kept in `e`. Always fills `out`: cfa_how is NONE where there is
 * no usable information. Takes time linear in the entry, and no memory. */
void smp_cfi_compile(const struct smp_frames *f, uint64_t address,
                     struct smp_expressions *e, struct smp_rule *out);

#endif
