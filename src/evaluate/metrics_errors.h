/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics of prediction errors; their place is the table in metrics.c. */
#ifndef REC_EVALUATE_METRICS_ERRORS_H
#define REC_EVALUATE_METRICS_ERRORS_H

#include "evaluate/metrics.h"

rec_status rec__rmse(const struct rec__errors *errors, double *value);
rec_status rec__mae(const struct rec__errors *errors, double *value);
rec_status rec__mse(const struct rec__errors *errors, double *value);
rec_status rec__rmse_raw(const struct rec__errors *errors, double *value);
rec_status rec__mae_raw(const struct rec__errors *errors, double *value);
rec_status rec__r2(const struct rec__errors *errors, double *value);
rec_status rec__fcp(const struct rec__errors *errors, double *value);

#endif
