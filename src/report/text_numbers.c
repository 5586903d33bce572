/* Numbers as people read them in a terminal. */
#include "report/text_numbers.h"

#include <math.h>
#include <stdio.h>

/* A unit is used below `below_s`; rounding must not reach the next one. */
struct unit {
    double below_s, scale_s;
    int digits;
    const char *name;
};

static const struct unit units[] = {
    {0.00995, 1e-3, 1, "ms"}, {0.0995, 1e-3, 0, "ms"}, {9.995, 1, 2, "s"},
    {99.95, 1, 1, "s"},       {599.5, 1, 0, "s"},      {3597, 60, 1, "min"},
    {35982, 3600, 2, "h"},    {359820, 3600, 1, "h"},  {HUGE_VAL, 3600, 0, "h"},
};

void smp_text_seconds(char out[SMP_NUMBER_SIZE], double seconds)
{
    const struct unit *u = units;
    if (!(seconds > 0)) {
        snprintf(out, SMP_NUMBER_SIZE, "0 s");
        return;
    }
    while (seconds >= u->below_s && u->below_s < HUGE_VAL)
        u++;
    snprintf(out, SMP_NUMBER_SIZE, "%.*f %s", u->digits, seconds / u->scale_s,
             u->name);
}

/* Divides by 1024 until less than 999.5 is left, so that 4 digits suffice. */
static int byte_unit(double *size)
{
    int unit = 0;
    for (; *size >= 999.5 && unit < 5; unit++)
        *size /= 1024;
    return unit;
}

void smp_text_bytes(char out[SMP_NUMBER_SIZE], double bytes)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double size = fabs(bytes);
    int unit = byte_unit(&size);
    int digits = !unit || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
    snprintf(out, SMP_NUMBER_SIZE, "%s%.*f %s", bytes < -0.5 ? "-" : "", digits,
             size, names[unit]);
}

void smp_text_bytes_short(char out[SMP_NUMBER_SIZE], double bytes)
{
    double size = fabs(bytes);
    int unit = byte_unit(&size);
    snprintf(out, SMP_NUMBER_SIZE, "%s%.*f%c", bytes < -0.5 ? "-" : "",
             unit && size < 9.95 ? 1 : 0, size, "BKMGTP"[unit]);
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
        snprintf(out, SMP_NUMBER_SIZE, "%.1f",
                 fmax(0.1, ceil(points * 10) / 10));
    else
        snprintf(out, SMP_NUMBER_SIZE, "%.0f", ceil(points));
}
