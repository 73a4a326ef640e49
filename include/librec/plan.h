/* SPDX-License-Identifier: Apache-2.0 */
/* What a fit will cost, before it begins. */
#ifndef LIBREC_PLAN_H
#define LIBREC_PLAN_H

#include <librec/model.h>

REC_BEGIN_DECLS

/** An estimate. Set up by REC_PLAN_ESTIMATE_INIT. */
typedef struct rec_plan_estimate {
    size_t size;
    double seconds;        /* of the whole fit, if no epoch is left out */
    double first_seconds;  /* of them, before the first epoch; of an algorithm without epochs, all */
    double epoch_seconds;  /* of an epoch; 0 without */
    int64_t epochs;        /* 0 without */
    int64_t fit_bytes;     /* what the fit holds at its peak, its arrays among it, besides the ratings */
    int64_t ratings_bytes; /* of the ratings, in both orders */
    int32_t threads;       /* that the fit would use */
    int32_t reserved;      /* 0 */
    /* The machine's rates, measured in this call, with these threads: operations of kernels, bytes of rows gathered, small steps, each a second. */
    double flop_rate, byte_rate, step_rate;
} rec_plan_estimate;

#define REC_PLAN_ESTIMATE_INIT                                                                               \
    {                                                                                                        \
        sizeof(rec_plan_estimate), 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0                               \
    }

/**
 * Estimate the seconds and bytes of fitting a model to ratings, by counting the work and measuring how fast this machine does such
 * work. docs/cost.md has the counts, and how far estimates lay from what was measured. Features, validation ratings and weights are not counted.
 *
 * model     says the algorithm and its parameters; it need not be fitted and is not changed
 * estimate  fills
 *
 * Threads  const; runs on the model's `threads`.
 * Cost     a tenth of a second, and a look at each user's and item's number of ratings
 * Errors   REC_ERR_INVALID (NULL, the size), REC_ERR_EMPTY (no ratings), REC_ERR_UNSUPPORTED (an algorithm that does not count its
 *          work), REC_ERR_NO_MEMORY.
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_plan(const rec_model *model, const rec_ratings *ratings,
                                        rec_plan_estimate *estimate);

REC_END_DECLS

#endif
