/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ladder for those of whom little is known: who has ratings is answered by them; else a given history; else attributes, through the map of users'
 * features to vectors; else what is popular with users of the same features; else what is popular.
 */
#ifndef REC_MODEL_LADDER_H
#define REC_MODEL_LADDER_H

#include "model/scorer.h"

/**
 * After a fit: how popular items are, with all and by feature of the users.
 *
 *   popularity[i] = n_i / n,  n users who have ratings
 *   with users of feature c:  (n_ci + a popularity[i]) / (n_c + a),  a = 20: a segment of few users is like everybody
 *
 * The second is kept as segment_shares = n_ci / (n_c + a) where n_ci > 0, and segment_rests = a / (n_c + a). Features of users without ratings are kept
 * besides. Dense features make no segments. Errors: REC_ERR_NO_MEMORY.
 */
rec_status rec__ladder_add(struct rec__fit *fit);
/** Find the arrays and check their sizes. */
rec_status rec__ladder_bind(struct rec__result *result);

/** Which rung answers: REC_RUNG_... */
int32_t rec__ladder_rung(const struct rec__result *result, const struct rec__query *query);
/** Does the rung answer by popularity, and not by the model's own scores? */
bool rec__ladder_is_popular(const struct rec__result *result, const struct rec__query *query);
/** The state of a new user with attributes. */
rec_status rec__ladder_place(const struct rec__result *result, const struct rec__query *query,
                             struct rec__user_state *state);

/** Scores by popularity. */
extern const struct rec__scorer_ops rec__popularity_scorer;
/** The rules that answer a query. */
const struct rec__scorer_ops *rec__query_ops(const struct rec__result *result,
                                             const struct rec__query *query);

#endif
