/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of a factorization machine. Field-aware (Juan, Zhuang, Chin and Lin, "Field-aware factorization machines for CTR prediction", RecSys 2016), a feature a
 * has a vector for each field that it meets, and with F(a) the field of a, the product of two is
 *
 *   v_{a,F(b)} . v_{b,F(a)}
 *
 * Laid in one long row with a segment for each pair of fields that multiply, in which only the features of these two have numbers and all others 0, that is
 * the plain product of two rows, and a sum of rows may be taken before it: all that a plain machine does is done with long rows as well. Apart are only the
 * products within a side, where a row's own vector and those of its features are added up in one segment. A field-aware model has
 *
 *   field_pairs [2 n, int32: the fields of each segment], user_vectors [users x n f], item_vectors and the others alike
 *
 * Fields are the users, the items, the features of either, and each field of context. A plain machine has one segment, in which all features have numbers.
 */
#ifndef REC_BACKENDS_FM_FIELDS_H
#define REC_BACKENDS_FM_FIELDS_H

#include "backends/pairs.h"

#include <stdbool.h>

enum { REC_FM_USERS, REC_FM_ITEMS, REC_FM_SIDES };
/** Fields: a side itself, the features of side 0 and 1, and field of context 0, 1 .. */
enum { REC_FM_FEATURE_FIELD = REC_FM_SIDES, REC_FM_CONTEXT_FIELD = 2 * REC_FM_SIDES };
/** Factors and numbers of a row are counted in 14 bits of a stream of random numbers (fm_als.h). */
enum { REC_FM_WIDTH_MOST = (1 << 14) - 1 };

struct rec__fm_fields {
    int32_t factors, n, width; /* of a segment; segments; numbers of a row: n times factors */
    const int32_t *pairs;      /* the fields of each segment; NULL: plain */
    bool identity[REC_FM_SIDES], all, by_numbers;
};

/** What the fields are made from. */
struct rec__fm_inputs {
    int32_t factors, contexts;
    bool aware, all, identity[REC_FM_SIDES], features[REC_FM_SIDES];
    bool
        by_numbers; /* fitted number by number: one whose partners are 0 would become 0 at once, so that both must not be */
};

/** How many segments. */
int64_t rec__fm_fields_count(const struct rec__fm_inputs *inputs);
/** The segments of a fit; field-aware an array of the model. Errors: REC_ERR_RANGE (rows too long). */
rec_status rec__fm_fields_make(struct rec__fm_fields *fields, const struct rec__fm_inputs *inputs,
                               struct rec__arrays *arrays);
/** Those of a fitted model, and are they sound? Errors: REC_ERR_CORRUPT. */
struct rec__fm_fields rec__fm_fields_of(const struct rec__arrays *arrays, int32_t factors);
rec_status rec__fm_fields_check(const struct rec__arrays *arrays, int32_t factors, bool aware);

/** Has a field numbers in a segment? */
static inline bool rec__fm_has(const struct rec__fm_fields *fields, int32_t segment, int32_t field)
{
    return fields->pairs == NULL || fields->pairs[2 * segment] == field ||
           fields->pairs[2 * segment + 1] == field;
}

/** The segments of a side's own vectors, which are next to each other; the whole row where the side has no field of its own. */
struct rec__pairs_part rec__fm_own_part(const struct rec__fm_fields *fields, int side);
/** Where features of a side multiply with each other; n = 0: nowhere. */
struct rec__pairs_part rec__fm_inner_part(const struct rec__fm_fields *fields, int side);
/** Make 0 what of a row is not the field's; returns how many numbers are. */
int32_t rec__fm_keep(const struct rec__fm_fields *fields, int32_t field, float *row);
/**
 * Draw the numbers of a field's row that begin at random: own vectors, features in place of these, and field-aware all that would
 * otherwise meet only zeros. The others are left alone.
 */
void rec__fm_draw(const struct rec__fm_fields *fields, int32_t field, const struct rec__fit *fit, int32_t row,
                  float *numbers);

#endif
