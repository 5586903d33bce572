/* Memory's figures: how they add up, and how sure they are. */
#include <math.h>

#include "model/view_work.h"

void smp_memory_add(struct smp_memory_cost *to,
                    const struct smp_memory_cost *from)
{
    to->samples += from->samples;
    to->alloc_bytes += from->alloc_bytes;
    to->alloc_count += from->alloc_count;
    to->alloc_variance += from->alloc_variance;
    to->python_alloc_bytes += from->python_alloc_bytes;
    to->freed_bytes += from->freed_bytes;
    to->live_samples += from->live_samples;
    to->live_bytes += from->live_bytes;
    to->live_variance += from->live_variance;
    to->freed_here_bytes += from->freed_here_bytes;
    to->at_peak_bytes += from->at_peak_bytes;
    to->largest = fmax(to->largest, from->largest);
    to->churn_bytes += from->churn_bytes;
    to->copy_samples += from->copy_samples;
    to->copy_bytes += from->copy_bytes;
    to->copy_variance += from->copy_variance;
}

double smp_memory_net(const struct smp_memory_cost *m)
{
    return m->alloc_bytes - m->freed_here_bytes;
}

int smp_memory_is_some(const struct smp_memory_cost *m)
{
    return m->samples || m->copy_samples || m->alloc_bytes > 0 ||
           m->peak_bytes > 0 || m->freed_here_bytes > 0;
}

double smp_memory_python_share(const struct smp_memory_cost *m)
{
    double share =
        m->alloc_bytes > 0 ? m->python_alloc_bytes / m->alloc_bytes : 0;
    return share < 1 ? share : 1;
}

int smp_memory_matters(const struct smp_view *v,
                       const struct smp_memory_cost *m, int malloc_threshold)
{
    const struct smp_memory_cost *all = &v->memory;
    if (!v->has_memory || !smp_memory_is_some(m))
        return 0;
    return malloc_threshold == 0 ||
           (m->peak_bytes > 0 &&
            m->peak_bytes >= SMP_MEMORY_SHARE * all->peak_bytes) ||
           (m->alloc_count >= malloc_threshold &&
            m->alloc_bytes >= SMP_MEMORY_SHARE * all->alloc_bytes) ||
           (all->copy_bytes >= SMP_COPY_LEAST &&
            m->copy_bytes >= SMP_MEMORY_SHARE * all->copy_bytes);
}

/* For a Poisson count n the exact 95 % interval is n - 1.96 sqrt(n) + 1.0 to
 * n + 1.96 sqrt(n) + 2.4 within 0.1 for n from 1 to 100. Here sqrt(n) is the
 * standard deviation and 1 the weight of a sample. */
struct smp_bounds smp_memory_bounds(double sum, double variance,
                                    uint64_t samples)
{
    const double z = 1.959963984540054;
    double deviation = variance > 0 ? sqrt(variance) : 0;
    double weight = samples ? deviation / sqrt((double)samples) : 0;
    double low = sum - z * deviation + weight;
    struct smp_bounds b = {low > 0 ? fmin(low, sum) : 0,
                           sum + z * deviation + 2.4 * weight};
    return b;
}
