/* SPDX-License-Identifier: Apache-2.0 */
/* What Gibbs samplers draw alike. Kept draws are in gibbs_fold.c. */
#include "backends/gibbs.h"
#include "base/random.h"
#include "kernels/kernels.h"

#include <math.h>

/* For shapes of at least 1 (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000). */
double rec__gamma(uint64_t seed, uint64_t stream, uint64_t counter, double shape)
{
    double d = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    for (uint64_t attempt = 0;; attempt++) {
        float normal[1];
        rec__normal_row(seed, stream, counter << 12 | attempt, 1.0f, normal, 1);
        double x = (double)normal[0], v = 1.0 + c * x;
        double u = rec__uniform(seed, stream | UINT64_C(1) << 63, counter << 12 | attempt);
        v = v * v * v;
        if (v > 0.0 && log(1.0 - u) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v;
    }
}

/* Normal-gamma with one pseudo-observation at 0: the precision first, the mean integrated out. */
struct rec__prior rec__prior_draw(const struct rec__group *group, uint64_t seed, uint64_t stream, int32_t k,
                                  int32_t groups)
{
    double n = group->n, rate = 0.5 * (1.0 + group->squares - group->sum * group->sum / (n + 1.0));
    float normal[1];
    struct rec__prior prior;
    stream |= UINT64_C(1) << 62;
    prior.precision = rec__gamma(seed, stream, (uint64_t)k, 0.5 * (1.0 + n)) / rate;
    rec__normal_row(seed, stream, (uint64_t)(groups + k) << 12, 1.0f, normal, 1);
    prior.mean = group->sum / (n + 1.0) + (double)normal[0] / sqrt((n + 1.0) * prior.precision);
    return prior;
}

bool rec__gibbs_posterior(struct rec__normal_room *room, int32_t w, double alpha, const double *mean,
                          const double *precision)
{
    for (int32_t k = 0; k < w; k++) {
        float *pivots = room->matrix + (int64_t)k * w;
        for (int32_t j = k; j < w; j++)
            pivots[j] *= (float)alpha;
        pivots[k] += (float)precision[k];
        room->right[k] = (float)(alpha * (double)room->right[k] + precision[k] * mean[k]);
    }
    if (rec__kernels()->cholesky(room->matrix, w, w) != 0)
        return false;
    rec__kernels()->cholesky_solve(room->matrix, w, w, room->right);
    return true;
}
