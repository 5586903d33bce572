#!/usr/bin/env python3
"""Writes src/report/width_table.h: which characters are wide or take no cell.

Run it with a newer Python when Unicode has grown:
    python3 tools/width_table.py > src/report/width_table.h
"""
import sys
import unicodedata

# Joiners and selectors are format characters that text needs; they draw nothing.
JOINERS = {0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
# Vowels and finals of decomposed Hangul draw inside the cell before them.
JAMO = {*range(0x1160, 0x1200), *range(0xD7B0, 0xD7C7), *range(0xD7CB, 0xD7FC)}
# Unassigned, but reserved for ideographs: terminals draw them wide.
IDEOGRAPHS = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x2FFFD),
              (0x30000, 0x3FFFD)]


def takes_no_cell(code):
    return (unicodedata.category(chr(code)) in ("Mn", "Me")
            or code in JOINERS or code in JAMO)


def is_wide(code):
    if any(low <= code <= high for low, high in IDEOGRAPHS):
        return True
    return unicodedata.east_asian_width(chr(code)) in ("W", "F")


def is_unsafe(code):
    """Reorders or hides text, or is no character: shown as U+FFFD."""
    if code in JOINERS:
        return False
    return unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def ranges(test):
    start = None
    for code in range(0x110001):
        if code < 0x110000 and test(code):
            start = code if start is None else start
        elif start is not None:
            yield start, code - 1
            start = None


def table(name, test):
    print(f"\nstatic const struct smp_range {name}[] = {{")
    line = "   "
    for low, high in ranges(test):
        cell = f" {{0x{low:04X}, 0x{high:04X}}},"
        if len(line) + len(cell) > 80:
            print(line)
            line = "   "
        line += cell
    print(line + "\n};")


def main():
    print("/* Character widths, Unicode "
          f"{unicodedata.unidata_version}: made by tools/width_table.py. */")
    print("#ifndef SMP_REPORT_WIDTH_TABLE_H\n#define SMP_REPORT_WIDTH_TABLE_H")
    print("\n#include <stdint.h>")
    print("\n/* Both ends belong to it; a table is in ascending order. */")
    print("struct smp_range {\n    uint32_t low, high;\n};")
    table("smp_width_zero", takes_no_cell)
    table("smp_width_wide", lambda c: is_wide(c) and not takes_no_cell(c))
    table("smp_width_unsafe", is_unsafe)
    print("\n#endif")


if __name__ == "__main__":
    sys.exit(main())
