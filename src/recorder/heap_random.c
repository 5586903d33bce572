/* The sampler's arithmetic: random numbers, and the exponential distribution
 * without a mathematical library. */
#include <string.h>

#include "recorder/heap.h"

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t scramble(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

uint64_t smp_random_seed(uint64_t a, uint64_t b)
{
    uint64_t seed = scramble(scramble(a) ^ b);
    return seed + !seed;
}

/* xorshift64* (Vigna 2016). */
static uint64_t next(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}

/* -ln(u) for u in (0, 1]: u = m * 2^-e with m in [1, 2), and
 * ln m = 2 atanh((m - 1) / (m + 1)). Nine terms: an error below 1e-9. */
static double minus_log(double u)
{
    static const double ln2 = 0.69314718055994530942;
    uint64_t bits;
    memcpy(&bits, &u, sizeof bits);
    int exponent = (int)(bits >> 52) - 1023;
    bits = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1023) << 52;
    double m;
    memcpy(&m, &bits, sizeof m);
    double z = (m - 1) / (m + 1), square = z * z, sum = 0;
    for (int k = 17; k >= 1; k -= 2)
        sum = sum * square + 1.0 / k;
    return -(exponent * ln2 + 2 * z * sum);
}

uint64_t smp_random_exponential(uint64_t *state, uint64_t mean)
{
    /* 53 bits, never 0: at most 37 times the mean. */
    double u = ((double)(next(state) >> 11) + 1) * 0x1p-53;
    double x = minus_log(u) * (double)mean;
    return x < 0x1p62 ? (uint64_t)x : UINT64_C(1) << 62;
}
