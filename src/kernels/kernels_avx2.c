/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels for x86-64 with AVX2 and FMA: 4 x 3 sums in sixteen registers. */
#include "kernels/kernels.h"

#define REC_LANES        8
#define REC_ROWS         4
#define REC_TABLE_SYMBOL rec__kernels_avx2
#define REC_TABLE_NAME   "avx2"
extern const struct rec__kernels REC_TABLE_SYMBOL;
#include "kernels/kernels_body.h"
