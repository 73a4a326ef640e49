/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels for x86-64 with AVX-512 F, DQ, BW and VL: 8 x 3 sums in thirty-two registers. */
#include "kernels/kernels.h"

#define REC_LANES        16
#define REC_ROWS         8
#define REC_TABLE_SYMBOL rec__kernels_avx512
#define REC_TABLE_NAME   "avx512"
extern const struct rec__kernels REC_TABLE_SYMBOL;
#include "kernels/kernels_body.h"
