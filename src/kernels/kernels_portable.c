/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels for any processor of the architecture: four lanes, no flags. */
#include "kernels/kernels.h"

#define REC_LANES        4
#define REC_ROWS         4
#define REC_TABLE_SYMBOL rec__kernels_portable
#define REC_TABLE_NAME   "portable"
extern const struct rec__kernels REC_TABLE_SYMBOL;
#include "kernels/kernels_body.h"
