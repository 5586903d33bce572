/* Costs: how they add up, and how sure a share is. */
#include <math.h>

#include "model/view_work.h"

double smp_cost_cpu(const struct smp_cost *c)
{
    return c->cpu_s[0] + c->cpu_s[1] + c->cpu_s[2];
}

double smp_cost_all(const struct smp_cost *c)
{
    return smp_cost_cpu(c) + c->wait_s;
}

enum smp_kind smp_cost_top_wait(const struct smp_cost *c)
{
    int best = SMP_KIND_COUNT;
    double most_s = 0;
    for (int kind = SMP_KIND_WAIT_IO; kind < SMP_KIND_COUNT; kind++) {
        if (kind == SMP_KIND_WAIT_CPU || c->wait_by_s[kind] <= most_s)
            continue; /* a queue for a CPU has no place of its own */
        most_s = c->wait_by_s[kind];
        best = kind;
    }
    return (enum smp_kind)best;
}

void smp_cost_add(struct smp_cost *to, const struct smp_cost *from)
{
    for (int i = 0; i < 3; i++)
        to->cpu_s[i] += from->cpu_s[i];
    for (int i = 0; i < SMP_KIND_COUNT; i++)
        to->wait_by_s[i] += from->wait_by_s[i];
    to->wait_s += from->wait_s;
    to->queue_s += from->queue_s;
    to->other_wait_s += from->other_wait_s;
    to->gc_s += from->gc_s;
    to->cpu_count += from->cpu_count;
    to->wait_count += from->wait_count;
}

void smp_cost_add_sample(struct smp_cost *c, const struct smp_sample *s,
                         int own)
{
    if (SMP_KIND_IS_CPU(s->kind)) {
        c->cpu_s[s->kind] += s->seconds;
        c->cpu_count += s->count;
        if (s->gc)
            c->gc_s += s->seconds;
    } else if (own) {
        if (s->kind == SMP_KIND_WAIT_CPU)
            c->queue_s += s->seconds;
        else
            c->wait_s += s->seconds;
        c->wait_by_s[s->kind] += s->seconds;
        c->wait_count += s->count;
    } else {
        c->other_wait_s += s->seconds;
    }
}

/* Wilson's interval: (q + z^2/2n +- z sqrt(q(1-q)/n + z^2/4n^2)) / (1 + z^2/n),
 * q the share. Unlike q +- z sqrt(q(1-q)/n) it stays in [0, 1] and does not
 * shrink to a point at q = 0 or 1. */
struct smp_interval smp_share_interval(double share, uint64_t n)
{
    const double z = 1.959963984540054; /* 97.5 % point of the normal curve */
    if (!n)
        return (struct smp_interval){0, 1};
    double q = share > 0 ? (share < 1 ? share : 1) : 0;
    double zz_n = z * z / (double)n;
    double middle = q + zz_n / 2;
    double half = z * sqrt((q * (1 - q) + zz_n / 4) / (double)n);
    struct smp_interval i = {(middle - half) / (1 + zz_n),
                             (middle + half) / (1 + zz_n)};
    /* Exact at the ends, where rounding would leave 1e-19 or so. */
    i.low = q == 0 || i.low < 0 ? 0 : i.low;
    i.high = q == 1 || i.high > 1 ? 1 : i.high;
    return i;
}
