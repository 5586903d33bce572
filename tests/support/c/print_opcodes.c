/* Prints what the collector knows of each opcode of a version, for
 * tests/e2e/test_recorder_opcodes.py: argument PY_VERSION_HEX; 256 lines of
 * "calls calls_python". */
#include <stdio.h>
#include <stdlib.h>

#include "collector/state.h"

int main(int argc, char **argv)
{
    uint32_t version = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 0;
    for (unsigned opcode = 0; opcode < 256; opcode++)
        printf("%d %d\n", smp_opcode_calls(version, opcode),
               smp_opcode_calls_python(version, opcode));
    return 0;
}
