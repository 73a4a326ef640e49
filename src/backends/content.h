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
    REC_CONTENT_PARAMETERS
};
enum { REC_CONTENT_PLAIN, REC_CONTENT_IDF, REC_CONTENT_AUTO };
enum { REC_MATCH_MEAN, REC_MATCH_NEAREST };

/** A sparse matrix being made: n_rows x n_columns. */
struct rec__content_sparse {
    int64_t *start;
    int32_t *columns;
    float *weights;
};

/** The arrays of such a matrix: rows of the items, the same turned round, and rows behind reduced vectors. */
extern const char *const rec__content_graph[3], *const rec__content_back[3], *const rec__content_reduced[3];

/** Add its arrays; false when there is no memory. */
bool rec__content_sparse_add(struct rec__arrays *arrays, const char *const names[3], int32_t n_rows,
                             int64_t edges, struct rec__content_sparse *m);
/** Fill the rows of features, weighted and brought to length 1. */
void rec__content_rows(const rec_features *features, const double *weights,
                       const struct rec__content_sparse *rows);
/** to = y / |y|; zeros stay. */
void rec__content_unit(const float *y, float *to, int64_t n);
/**
 * Add back_tails: of each level and item, the length of its row in features whose lists are of that level or longer (the first: 1), below 0 when
 * some weight there is.
 */
rec_status rec__content_tails(struct rec__arrays *arrays, int64_t n, const struct rec__content_sparse *rows,
                              const struct rec__content_sparse *back);

/** Hooks of rec_backend. */
rec_status rec__content_add_items(const struct rec__fitted *fitted, const rec_features *more,
                                  struct rec__arrays *grown);
/** The same, of whatever has item_vectors of length 1 and what rec__history_keep leaves; features: of content alone. */
rec_status rec__content_check(const struct rec__fitted *fitted);
rec_status rec__content_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                                struct rec__user_state *state);
rec_status rec__content_explain(const struct rec__fitted *fitted, const struct rec__history *history,
                                int32_t item, double *contributions);
rec_status rec__content_explain_features(const struct rec__fitted *fitted, const struct rec__history *history,
                                         int32_t item, int64_t only, double *contributions);

#endif
