/* SPDX-License-Identifier: Apache-2.0 */
/* What the fit of content (content.c) leaves for users and explanations (content_profile.c). */
#ifndef REC_BACKENDS_CONTENT_H
#define REC_BACKENDS_CONTENT_H

#include "backends/backend.h"

enum {
    REC_CONTENT_WEIGHTING,
    REC_CONTENT_FACTORS,
    REC_CONTENT_ITERATIONS,
    REC_CONTENT_PROFILE,
    REC_CONTENT_MATCH,
    REC_CONTENT_HALF_LIFE,
    REC_CONTENT_PARAMETERS
};
enum { REC_CONTENT_PLAIN, REC_CONTENT_IDF, REC_CONTENT_AUTO };
enum { REC_PROFILE_RATING, REC_PROFILE_CENTRED, REC_PROFILE_EQUAL };
enum { REC_MATCH_MEAN, REC_MATCH_NEAREST };

/** Hooks of rec_backend. */
rec_status rec__content_check(const struct rec__fitted *fitted);
rec_status rec__content_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                                struct rec__user_state *state);
rec_status rec__content_explain(const struct rec__fitted *fitted, const struct rec__history *history,
                                int32_t item, double *contributions);
rec_status rec__content_explain_features(const struct rec__fitted *fitted, const struct rec__history *history,
                                         int32_t item, int64_t only, double *contributions);

#endif
