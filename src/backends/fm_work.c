/* SPDX-License-Identifier: Apache-2.0 */
/* How much work a factorization machine is (work.h). Features are not counted. */
#include "backends/fm.h"
#include "backends/work.h"

/* Items scored and moved for a pair, as the learners that rank count them. */
static double items_scored(const double *set)
{
    const double of[] = {[REC_FM_SQUARED] = 1.0,
                         [REC_FM_LOGISTIC] = set[REC_FM_NEGATIVES],
                         [REC_FM_BPR] = set[REC_FM_CANDIDATES],
                         [REC_FM_WARP] = 24.0};
    return of[(int)set[REC_FM_LOSS]];
}

static double items_moved(const double *set)
{
    const double of[] = {[REC_FM_SQUARED] = 1.0,
                         [REC_FM_LOGISTIC] = set[REC_FM_NEGATIVES],
                         [REC_FM_BPR] = 1.0,
                         [REC_FM_WARP] = 1.0};
    return of[(int)set[REC_FM_LOSS]];
}

/* Contexts: a row of each field is read with every pair, its gradient written to the log and read from it. */
static void count_walk(const struct rec__fit *fit, double width, double contexts, struct rec__work *work)
{
    const double *set = fit->parameters;
    double n = (double)fit->ratings->count;
    rec__pairs_work(fit, items_scored(set), items_moved(set), work);
    work->epoch.bytes *= width / set[REC_PAIRS_FACTORS];
    work->epoch.bytes += 12.0 * n * contexts * width;
    work->epoch.steps += 20.0 * n;
    work->held = 4.0 * width * ((double)fit->ratings->n_users + (double)fit->ratings->n_items) + 17.0 * n +
                 4.0 * n * contexts;
    work->set *= width / set[REC_PAIRS_FACTORS];
}

/* Two passes over the ratings for each number of a block's rows, field-aware of the two blocks that have it. */
static void count_sweeps(const struct rec__fit *fit, double width, double contexts, struct rec__work *work)
{
    const double *set = fit->parameters;
    bool gibbs = set[REC_FM_SOLVER] == REC_FM_GIBBS;
    double n = (double)fit->ratings->count, samples = gibbs ? set[REC_FM_SAMPLES] : 1.0;
    double blocks = set[REC_FM_AWARE] != 0.0 ? 2.0 : 2.0 + contexts;
    rec__work_vectors(work, fit->ratings, width);
    work->epochs = (int64_t)(gibbs ? set[REC_FM_BURN_IN] + set[REC_FM_SWEEPS] : set[REC_PAIRS_EPOCHS]);
    work->epoch.steps = 2.5 * n * (width + 1.0) * blocks + 40.0 * n;
    work->epoch.bytes =
        64.0 * n * (width + 1.0) * (blocks - 1.0); /* lines of the errors, which are in the users' order */
    work->held = (samples + 3.0) * work->held + 12.0 * n + 12.0 * n * contexts;
    work->set = 4.0 * n;
}

void rec__fm_work(const struct rec__fit *fit, struct rec__work *work)
{
    const double *set = fit->parameters;
    struct rec__fm_inputs inputs = rec__fm_inputs_of(fit);
    double width = (double)inputs.factors * (double)rec__fm_fields_count(&inputs);
    if (set[REC_FM_SOLVER] == REC_FM_SGD)
        count_walk(fit, width, inputs.contexts, work);
    else
        count_sweeps(fit, width, inputs.contexts, work);
}
