/* SPDX-License-Identifier: Apache-2.0 */
/* Eigenvalues and vectors of a symmetric matrix of a few hundred rows. */
#ifndef REC_BACKENDS_EIGEN_H
#define REC_BACKENDS_EIGEN_H

#include <librec/status.h>

#include <stdint.h>

/**
 * a (n x n, symmetric, row-major) becomes its eigenvectors, one a row, of length 1; values fills: n eigenvalues, in rising order.
 * Householder's reduction to three diagonals and the QL method with implicit shifts (Bowdler, Martin, Reinsch and Wilkinson, "The QR
 * and QL algorithms for symmetric matrices", Numerische Mathematik 11, 1968). Errors: REC_ERR_NO_MEMORY, REC_ERR_DIVERGED (no convergence; a
 * number that is not finite).
 */
rec_status rec__eigen(double *a, int32_t n, double *values);

#endif
