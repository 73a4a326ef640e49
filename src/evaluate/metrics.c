/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics, each a few lines, and their table. docs/evaluation.md defines them for users. */
#include "evaluate/metrics.h"
#include "evaluate/metrics_errors.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/sort.h"

#include <math.h>
#include <stdlib.h>

rec_status rec__gains_create(struct rec__gains *gains, int64_t n)
{
    *gains = (struct rec__gains){rec__allocate(n + 1, sizeof(double)), rec__allocate(n + 1, sizeof(double))};
    if (gains->gain == NULL || gains->ideal == NULL)
        return REC_ERR_NO_MEMORY;
    gains->gain[0] = gains->ideal[0] = 0.0;
    for (int64_t rank = 1; rank <= n; rank++) {
        gains->gain[rank] = 1.0 / log2((double)rank + 1.0);
        gains->ideal[rank] = gains->ideal[rank - 1] + gains->gain[rank];
    }
    return REC_OK;
}

void rec__gains_clear(struct rec__gains *gains)
{
    rec__release(gains->gain);
    rec__release(gains->ideal);
    *gains = (struct rec__gains){0};
}

int32_t rec__hits_find(const int32_t *list, int32_t n, const int32_t *relevant, int64_t n_relevant,
                       int32_t *ranks)
{
    int32_t hits = 0;
    for (int32_t i = 0; i < n && hits < n_relevant; i++) {
        int64_t place = rec__first_not_below(relevant, n_relevant, list[i]);
        if (place < n_relevant && relevant[place] == list[i])
            ranks[hits++] = i + 1;
    }
    return hits;
}

static int32_t hits_within(const struct rec__hits *hits, int32_t k)
{
    int32_t n = 0;
    while (n < hits->n && hits->ranks[n] <= k)
        n++;
    return n;
}

/* How many hits a perfect list of k would have. */
static int64_t most_hits(const struct rec__hits *hits, int32_t k)
{
    return hits->relevant < k ? hits->relevant : k;
}

static double recall(const struct rec__hits *hits, int32_t k)
{
    return hits_within(hits, k) / (double)hits->relevant;
}

static double precision(const struct rec__hits *hits, int32_t k)
{
    return hits_within(hits, k) / (double)k;
}

static double capped_precision(const struct rec__hits *hits, int32_t k)
{
    return hits_within(hits, k) / (double)most_hits(hits, k);
}

/* Jarvelin and Kekalainen, "Cumulated gain-based evaluation of IR techniques", TOIS 2002, with gains 0 and 1.
 */
static double ndcg(const struct rec__hits *hits, int32_t k)
{
    double gained = 0.0;
    for (int32_t h = 0; h < hits->n && hits->ranks[h] <= k; h++)
        gained += hits->gains->gain[hits->ranks[h]];
    return gained / hits->gains->ideal[most_hits(hits, k)];
}

static double average_precision(const struct rec__hits *hits, int32_t k)
{
    double sum = 0.0;
    for (int32_t h = 0; h < hits->n && hits->ranks[h] <= k; h++)
        sum += (h + 1) / (double)hits->ranks[h];
    return sum / (double)most_hits(hits, k);
}

static double reciprocal_rank(const struct rec__hits *hits, int32_t k)
{
    return hits_within(hits, k) == 0 ? 0.0 : 1.0 / hits->ranks[0];
}

static double hit(const struct rec__hits *hits, int32_t k)
{
    return hits_within(hits, k) > 0 ? 1.0 : 0.0;
}

static int64_t ranked_items(const struct rec__exposure *exposure)
{
    return exposure->only == NULL ? exposure->training->n_items : exposure->n_only;
}

static rec_status coverage(const struct rec__exposure *exposure, double *value)
{
    int32_t shown = 0;
    for (int32_t i = 0; i < exposure->training->n_items; i++)
        shown += exposure->times[i] > 0;
    *value = shown / (double)ranked_items(exposure);
    return REC_OK;
}

static rec_status check_recommended(const struct rec__exposure *exposure)
{
    return exposure->recommended > 0
               ? REC_OK
               : rec__fail(REC_ERR_EMPTY,
                           "nothing was left to recommend to any test user; a model with items "
                           "that one of them has not rated was expected");
}

static rec_status novelty(const struct rec__exposure *exposure, double *value)
{
    const rec_ratings *training = exposure->training;
    if (check_recommended(exposure) != REC_OK)
        return REC_ERR_EMPTY;
    int32_t users = 0;
    for (int32_t u = 0; u < training->n_users; u++)
        users += rec__user_count(training, u) > 0;
    double sum = 0.0;
    for (int32_t i = 0; i < training->n_items; i++) {
        int64_t raters = rec__item_count(training, i);
        if (exposure->times[i] > 0)
            sum += (double)exposure->times[i] * log2((double)users / (double)(raters > 0 ? raters : 1));
    }
    *value = sum / (double)exposure->recommended;
    return REC_OK;
}

/* Average recommendation popularity (Yin, Cui, Li, Yao and Chen, "Challenging the long tail recommendation", VLDB 2012). */
static rec_status popularity(const struct rec__exposure *exposure, double *value)
{
    double sum = 0.0;
    if (check_recommended(exposure) != REC_OK)
        return REC_ERR_EMPTY;
    for (int32_t i = 0; i < exposure->training->n_items; i++)
        sum += (double)exposure->times[i] * (double)rec__item_count(exposure->training, i);
    *value = sum / (double)exposure->recommended;
    return REC_OK;
}

/* Shannon's, in bits, of which item is recommended. */
static rec_status entropy(const struct rec__exposure *exposure, double *value)
{
    double sum = 0.0;
    if (check_recommended(exposure) != REC_OK)
        return REC_ERR_EMPTY;
    for (int32_t i = 0; i < exposure->training->n_items; i++) {
        double share = (double)exposure->times[i] / (double)exposure->recommended;
        sum -= share > 0.0 ? share * log2(share) : 0.0;
    }
    *value = sum;
    return REC_OK;
}

static int compare_counts(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

/* Shani and Gunawardana, "Evaluating recommendation systems", in Recommender Systems Handbook, 2011:
 * 1/(n - 1) sum over j of (2 j - n - 1) p(j), items by rising share p. Over n - 1, not n, so that all to one
 * is 1. */
static rec_status gini(const struct rec__exposure *exposure, double *value)
{
    int64_t n = ranked_items(exposure);
    if (check_recommended(exposure) != REC_OK)
        return REC_ERR_EMPTY;
    int64_t *rising = rec__allocate(n, sizeof *rising);
    if (rising == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t i = 0; i < n; i++)
        rising[i] = exposure->times[exposure->only == NULL ? i : exposure->only[i]];
    rec__sort(rising, n, sizeof *rising, compare_counts);
    double sum = 0.0;
    for (int64_t j = 1; j <= n; j++)
        sum += (double)(2 * j - n - 1) * (double)rising[j - 1];
    rec__release(rising);
    *value = n == 1 ? 0.0 : sum / ((double)(n - 1) * (double)exposure->recommended);
    return REC_OK;
}

static double squares(const struct rec__errors *errors)
{
    return errors->squares;
}

static double sizes(const struct rec__errors *errors)
{
    return errors->sizes;
}

static double raw_squares(const struct rec__errors *errors)
{
    return errors->raw_squares;
}

static double raw_sizes(const struct rec__errors *errors)
{
    return errors->raw_sizes;
}

static const struct rec__metric metrics[] = {
    {.name = "rmse", .smaller = true, .of_errors = rec__rmse, .part = squares, .shape = REC_SHAPE_ROOT},
    {.name = "mae", .smaller = true, .of_errors = rec__mae, .part = sizes, .shape = REC_SHAPE_MEAN},
    {.name = "mse", .smaller = true, .of_errors = rec__mse, .part = squares, .shape = REC_SHAPE_MEAN},
    {.name = "rmse_raw",
     .smaller = true,
     .of_errors = rec__rmse_raw,
     .part = raw_squares,
     .shape = REC_SHAPE_ROOT},
    {.name = "mae_raw",
     .smaller = true,
     .of_errors = rec__mae_raw,
     .part = raw_sizes,
     .shape = REC_SHAPE_MEAN},
    {.name = "r2", .of_errors = rec__r2, .part = squares, .shape = REC_SHAPE_SHARE},
    {.name = "fcp", .orders = true, .of_errors = rec__fcp},
    {.name = "recall", .takes_k = true, .of_hits = recall},
    {.name = "precision", .takes_k = true, .of_hits = precision},
    {.name = "capped_precision", .takes_k = true, .of_hits = capped_precision},
    {.name = "ndcg", .takes_k = true, .of_hits = ndcg},
    {.name = "map", .takes_k = true, .of_hits = average_precision},
    {.name = "mrr", .takes_k = true, .of_hits = reciprocal_rank},
    {.name = "hit", .takes_k = true, .of_hits = hit},
    {.name = "auc"},
    {.name = "coverage", .takes_k = true, .of_exposure = coverage},
    {.name = "novelty", .takes_k = true, .of_exposure = novelty},
    {.name = "gini", .takes_k = true, .smaller = true, .of_exposure = gini},
    {.name = "popularity", .takes_k = true, .smaller = true, .of_exposure = popularity},
    {.name = "entropy", .takes_k = true, .of_exposure = entropy},
};

int32_t rec__metric_count(void)
{
    return (int32_t)(sizeof metrics / sizeof *metrics);
}

const struct rec__metric *rec__metric_at(int32_t index)
{
    return &metrics[index];
}
