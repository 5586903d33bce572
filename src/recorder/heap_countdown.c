/* The sampler's arithmetic: which byte is sampled next, and what the block stands for
 * that has it.
 *
 * What a thread allocates is cut into strata of `interval` bytes, one behind the other,
 * and of each one byte is drawn, all equally likely (stratified sampling: Cochran,
 * Sampling Techniques, 1977, chapter 5). A block is sampled where it has such a byte.
 * A byte is drawn with probability 1 / interval as with independent draws, but how many
 * are drawn of a long stretch is certain: what a line allocates without others between
 * is known to two strata, whatever its length. A stratum may be given up at any time
 * that does not depend on its byte.
 *
 * A record takes a microsecond, to draw a byte a twentieth of that. So of small
 * blocks more are drawn than are recorded, and of those that fall on one size every
 * eighth is taken: what a line makes is mostly of one size, and mostly other lines'
 * blocks in between have others. Then it is as sure as eight times the records. */
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

/* 0 to n - 1, all equally likely to 2^-40 and better for n up to 2^24 * 2^40. */
uint64_t smp_random_below(uint64_t *state, uint64_t n)
{
    return (uint64_t)((unsigned __int128)next(state) * n >> 64);
}

void smp_countdown_begin(struct smp_countdown *c, uint64_t *random,
                         uint64_t interval)
{
    uint64_t at = smp_random_below(random, interval);
    *c = (struct smp_countdown){.left = at,
                                .rest = interval - 1 - at,
                                .interval = interval};
}

/* A stratum of which `gone` bytes went already. 1 where its byte was among them: then
 * the next one is behind. */
static uint64_t begin_within(struct smp_countdown *c, uint64_t *random,
                             uint64_t interval, uint64_t gone)
{
    smp_countdown_begin(c, random, interval);
    if (gone <= c->left) {
        c->left -= gone;
        return 0;
    }
    smp_countdown_begin(c, random, interval);
    c->left += interval - gone;
    return 1;
}

uint64_t smp_countdown_next(struct smp_countdown *c, uint64_t past,
                            uint64_t *random, uint64_t interval)
{
    uint64_t rest = c->rest;
    if (past > rest) {
        uint64_t beyond = past - rest;
        return beyond / interval +
               begin_within(c, random, interval, beyond % interval);
    }
    smp_countdown_begin(c, random, interval);
    c->left += rest - past;
    return 0;
}

/* Bytes from the block's first to the end of the stratum that it lies in. */
static uint64_t first_part(const struct smp_countdown *c, uint64_t past,
                           uint64_t n)
{
    uint64_t at = c->interval - 1 - c->rest, before = n - 1 - past;
    if (before <= at)
        return c->interval - (at - before);
    uint64_t part = (before - at) % c->interval;
    return part ? part : c->interval;
}

uint64_t smp_countdown_stands_for(const struct smp_countdown *countdown,
                                  uint64_t past, uint64_t n)
{
    struct smp_countdown c = *countdown; /* a handler may begin anew */
    if (!c.interval)
        return n;
    uint64_t first = first_part(&c, past, n);
    if (n <= first)
        return c.interval; /* p = n / interval */
    if (first == c.interval || n - first >= c.interval)
        return n;
    double interval = (double)c.interval;
    double a = (double)first / interval, b = (double)(n - first) / interval;
    return (uint64_t)((double)n / (a + b - a * b) + 0.5);
}

/* ---- of those drawn, which are sampled */

/* Up to 512 bytes in steps of 8, those 256 apart together; then doubling. */
static unsigned size_of(uint64_t n)
{
    return n <= 512 ? (unsigned)(n + 7) / 8 % 32
                    : 23u + (63u - (unsigned)__builtin_clzll(n));
}

unsigned smp_turns_take(uint8_t turns[SMP_HEAP_SIZES], uint64_t *random,
                        uint64_t n, uint64_t drawn, unsigned share)
{
    /* Low half: how many of the share have been; high half: which one is taken. */
    uint8_t *turn = &turns[size_of(n)];
    unsigned taken = 0, at = *turn & 15, which = *turn >> 4;
    for (; drawn; drawn--) {
        if (!at)
            which = (unsigned)smp_random_below(random, share);
        taken += at == which;
        at = at + 1 < share ? at + 1 : 0;
    }
    *turn = (uint8_t)(which << 4 | at);
    return taken;
}
