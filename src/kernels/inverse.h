/* SPDX-License-Identifier: Apache-2.0 */
/* The inverse of a large symmetric positive definite matrix, in its place, by blocks on CBLAS. */
#ifndef REC_KERNELS_INVERSE_H
#define REC_KERNELS_INVERSE_H

#include <librec/status.h>

#include <stdint.h>

/** Tells of progress: of `steps` steps of about equal cost, `step` are done. Anything but REC_OK stops the work. */
typedef rec_status (*rec__inverse_tell)(void *context, int64_t step, int64_t steps);

/**
 * The upper triangle of a (n x n, row-major) becomes that of its inverse; what is below the diagonal is neither read nor kept. n^3
 * operations: a Cholesky factor A = U'U, the inverse of U, and U^-1 U^-T, a third each. No memory beside a block or two.
 * Called outside rec__parallel (blas.h).
 *
 * tell     may be NULL
 * Errors   REC_ERR_DIVERGED (not positive definite in single precision), REC_ERR_NO_MEMORY, and whatever tell answers.
 */
rec_status rec__inverse(float *a, int32_t n, rec__inverse_tell tell, void *context);

#endif
