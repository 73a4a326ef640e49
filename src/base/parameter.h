/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters that describe themselves: rows of tables, and the one wording of what is wrong with a value. */
#ifndef REC_BASE_PARAMETER_H
#define REC_BASE_PARAMETER_H

#include <librec/algorithm.h>

/** One row of a parameter table. The macros below write them. */
struct rec__parameter {
    const char *name;
    rec_parameter_kind kind;
    double initial, least, greatest;
    const char *choices; /* "a|b|c", initial is the position */
    const char *help;
};

/* clang-format off */
#define REC_REAL(name, initial, least, greatest, help)  {name, REC_PARAMETER_REAL, initial, least, greatest, NULL, help}
#define REC_WHOLE(name, initial, least, greatest, help) {name, REC_PARAMETER_WHOLE, initial, least, greatest, NULL, help}
#define REC_FLAG(name, initial, help)                   {name, REC_PARAMETER_FLAG, initial, 0, 1, NULL, help}
#define REC_CHOICE(name, initial, choices, last, help)  {name, REC_PARAMETER_CHOICE, initial, 0, last, choices, help}
/* clang-format on */

/** Check a value against a row's kind and bounds: REC_OK, REC_ERR_RANGE, REC_ERR_INVALID. */
rec_status rec__parameter_check(const struct rec__parameter *parameter, double value);
/** Read a value as text: a number, a choice's word, "true", "false"; checks it too. */
rec_status rec__parameter_parse(const struct rec__parameter *parameter, const char *text, double *value);
/** A value as text, as rec__parameter_parse reads it. */
void rec__parameter_format(const struct rec__parameter *parameter, double value, char *out, size_t capacity);

/** The position of a name in a table of n rows, or -1. */
int32_t rec__parameter_row(const struct rec__parameter *table, int32_t n, const char *name);

#endif
