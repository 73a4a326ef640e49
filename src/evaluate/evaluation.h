/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of an evaluation, and the list of metrics. */
#ifndef REC_EVALUATE_EVALUATION_H
#define REC_EVALUATE_EVALUATION_H

#include <librec/evaluate.h>

#endif
