/* links: tests/unit/test_model_view.c */
/* Intervals of shares: by hand, and by how often they hold the truth. */
#include <math.h>

#include "check.h"
#include "model/view.h"
#include "profiles.h"

static void intervals(void)
{
    struct smp_interval i = smp_share_interval(0.5, 0);
    CHECK_NEAR(i.low, 0, 0);
    CHECK_NEAR(i.high, 1, 0);
    i = smp_share_interval(0.5,
                           100); /* by hand: (0.5 +- 0.0998) / 1.0384 ... */
    CHECK_NEAR(i.low, 0.403832, 1e-5);
    CHECK_NEAR(i.high, 0.596168, 1e-5);
    i = smp_share_interval(0, 10); /* z^2 / (n + z^2) */
    CHECK_NEAR(i.low, 0, 0);
    CHECK_NEAR(i.high, 3.841459 / 13.841459, 1e-6);
    i = smp_share_interval(1, 10);
    CHECK_NEAR(i.low, 10 / 13.841459, 1e-6);
    CHECK_NEAR(i.high, 1, 0);
    i = smp_share_interval(0.1, 1000000000);
    CHECK_NEAR(i.high - i.low, 2 * 1.96 * sqrt(0.09 / 1e9), 1e-7);
    i = smp_share_interval(NAN, 5);
    CHECK_NEAR(i.low, 0, 0);
}

/* Draws from a known share: the interval holds it about 95 times in 100. */
static void intervals_hold_the_truth_as_often_as_they_say(void)
{
    uint64_t seed = 3;
    int held = 0;
    for (int run = 0; run < 4000; run++) {
        int hits = 0;
        for (int i = 0; i < 60; i++)
            hits += random_below(&seed, 1000) < 150;
        struct smp_interval i = smp_share_interval(hits / 60.0, 60);
        held += i.low <= 0.15 && 0.15 <= i.high;
    }
    CHECK_NEAR(held / 4000.0, 0.95, 0.02);
}

int main(void)
{
    RUN(intervals);
    RUN(intervals_hold_the_truth_as_often_as_they_say);
    return check_summary();
}
