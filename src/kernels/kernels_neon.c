/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels for AArch64: four lanes, 8 x 3 sums in thirty-two registers, fused multiply-add. */
#include "kernels/kernels.h"

#define REC_LANES        4
#define REC_ROWS         8
#define REC_TABLE_SYMBOL rec__kernels_neon
#define REC_TABLE_NAME   "neon"
extern const struct rec__kernels REC_TABLE_SYMBOL;
#include "kernels/kernels_body.h"
