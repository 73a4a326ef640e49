/* SPDX-License-Identifier: Apache-2.0 */
/* Floats as text. */
#ifndef REC_STORE_FORMAT_FLOAT_H
#define REC_STORE_FORMAT_FLOAT_H

#include "base/text.h"

/** The shortest decimal that the readers read back as the same float, which is finite. Returns its length. */
int32_t rec__format_float(float value, char out[REC_NUMBER_TEXT]);

#endif
