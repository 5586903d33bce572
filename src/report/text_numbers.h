/* Numbers as people read them in a terminal. */
#ifndef SMP_REPORT_TEXT_NUMBERS_H
#define SMP_REPORT_TEXT_NUMBERS_H

#include <stdint.h>

#define SMP_NUMBER_SIZE 32 /* bytes that every result fits into */

/* "0 s", "0.4 ms", "31 ms", "7.10 s", "12.4 s", "250 s", "12.1 min", "5.20 h": 8
 * cells up to ten million hours. */
void smp_text_seconds(char out[SMP_NUMBER_SIZE], double seconds);

/* "31%"; "" below half a percent: more would pretend to know it. */
void smp_text_percent(char out[SMP_NUMBER_SIZE], double share);

/* The same, "<1%" for what is little but not nothing. */
void smp_text_percent_some(char out[SMP_NUMBER_SIZE], double share);

/* "412 MiB", "1.23 GiB", "38.9 GiB", "900 KiB", "12 B": 8 cells up to a million
 * TiB. A number below 0 has its sign. */
void smp_text_bytes(char out[SMP_NUMBER_SIZE], double bytes);

/* The same in 5 cells: "412M", "1.2G", "39G", "900K". */
void smp_text_bytes_short(char out[SMP_NUMBER_SIZE], double bytes);

/* "10,240" */
void smp_text_count(char out[SMP_NUMBER_SIZE], uint64_t count);

/* Points of a percent with one digit of weight: "0.9", "4", "12"; at least
 * 0.1. */
void smp_text_points(char out[SMP_NUMBER_SIZE], double points);

#endif
