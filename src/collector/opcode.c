/* Opcodes: which instructions call something, per version. */
#include "collector/state.h"

/* Ranges of opcodes, adaptive and specialised forms included. From Lib/opcode.py
 * and Include/opcode.h (3.11, 3.12), Include/opcode_ids.h (3.13). */
struct range {
    uint8_t from, to;
};

struct row {
    uint32_t minor;
    struct range calls[12]; /* ended by {0, 0} */
    struct range python[4]; /* of these, specialised for Python functions */
};

static const struct row rows[] = {
    {0x030b,
     /* CALL_ADAPTIVE..CALL_PY_WITH_DEFAULTS, PRECALL forms, CALL_FUNCTION_EX,
      * PRECALL, CALL */
     {{22, 24},
      {64, 67},
      {72, 73},
      {76, 81},
      {113, 113},
      {121, 121},
      {127, 127},
      {141, 143},
      {166, 166},
      {171, 171}},
     {{23, 24}, {143, 143}}},
    {0x030c,
     {{23, 24},
      {28, 29},
      {34, 34},
      {38, 48},
      {56, 56},
      {142, 142},
      {171, 171},
      {241, 241},
      {244, 244}},
     {{23, 24}, {28, 28}}},
    {0x030d,
     {{53, 54}, {57, 57}, {162, 181}, {244, 246}},
     {{162, 164}, {177, 178}}},
};

static int contains(const struct range *ranges, unsigned count, unsigned opcode)
{
    for (unsigned i = 0; i < count && ranges[i].to; i++)
        if (opcode >= ranges[i].from && opcode <= ranges[i].to)
            return 1;
    return 0;
}

static const struct row *row_of(uint32_t version)
{
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].minor == version >> 16)
            return &rows[i];
    return NULL;
}

int smp_opcode_calls(uint32_t version, unsigned opcode)
{
    const struct row *row = row_of(version);
    return row && contains(row->calls, 12, opcode);
}

int smp_opcode_calls_python(uint32_t version, unsigned opcode)
{
    const struct row *row = row_of(version);
    return row && contains(row->python, 4, opcode);
}
