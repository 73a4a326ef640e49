/* SPDX-License-Identifier: Apache-2.0 */
/* Features as a sparse matrix both ways, dense ones with all columns in each row. */
#ifndef REC_BACKENDS_FEATURE_MATRIX_H
#define REC_BACKENDS_FEATURE_MATRIX_H

#include "backends/lowrank.h"

#include <stdbool.h>

/** All zero is that of no features. */
struct rec__feature_matrix {
    struct rec__sparse_matrix matrix;
    void *blocks[6];
};

/** unit: rows are brought to length 1. Cleared by the other, after a failure too. */
rec_status rec__feature_matrix_make(struct rec__feature_matrix *out, const rec_features *features, bool unit);
void rec__feature_matrix_clear(struct rec__feature_matrix *matrix);
/** Has the row a feature that is not 0? */
bool rec__feature_matrix_has(const struct rec__feature_matrix *matrix, int32_t row);

#endif
