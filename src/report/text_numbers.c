/* Numbers as people read them in a terminal. */
#include "report/text_numbers.h"

#include <math.h>
#include <stdio.h>

void smp_text_seconds(char out[SMP_NUMBER_SIZE], double seconds)
{
    long whole = seconds < 1e9 ? lround(seconds) : 1000000000;
    if (seconds <= 0)
        snprintf(out, SMP_NUMBER_SIZE, "0 s");
    else if (seconds < 0.00995)
        snprintf(out, SMP_NUMBER_SIZE, "%.1f ms", seconds * 1e3);
    else if (seconds < 0.0995)
        snprintf(out, SMP_NUMBER_SIZE, "%.0f ms", seconds * 1e3);
    else if (seconds < 9.995)
        snprintf(out, SMP_NUMBER_SIZE, "%.2f s", seconds);
    else if (seconds < 99.95)
        snprintf(out, SMP_NUMBER_SIZE, "%.1f s", seconds);
    else if (whole < 600)
        snprintf(out, SMP_NUMBER_SIZE, "%ld s", whole);
    else if (whole < 10800)
        snprintf(out, SMP_NUMBER_SIZE, "%ld min %ld s", whole / 60, whole % 60);
    else
        snprintf(out, SMP_NUMBER_SIZE, "%ld h %ld min", whole / 3600,
                 whole % 3600 / 60);
}

void smp_text_percent(char out[SMP_NUMBER_SIZE], double share)
{
    out[0] = '\0';
    if (share >= 0.005)
        snprintf(out, SMP_NUMBER_SIZE, "%.0f%%", share * 100);
}

void smp_text_percent_some(char out[SMP_NUMBER_SIZE], double share)
{
    smp_text_percent(out, share);
    if (!out[0] && share > 0)
        snprintf(out, SMP_NUMBER_SIZE, "<1%%");
}

void smp_text_count(char out[SMP_NUMBER_SIZE], uint64_t count)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    char *to = out;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
}

void smp_text_points(char out[SMP_NUMBER_SIZE], double points)
{
    if (points < 1)
        snprintf(out, SMP_NUMBER_SIZE, "%.1f", fmax(0.1, ceil(points * 10) / 10));
    else
        snprintf(out, SMP_NUMBER_SIZE, "%.0f", ceil(points));
}
