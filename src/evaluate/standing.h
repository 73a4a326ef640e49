/* SPDX-License-Identifier: Apache-2.0 */
/* How each test item stands against those that compete with it, and what follows for a user: of auc, and of samples. */
#ifndef REC_EVALUATE_STANDING_H
#define REC_EVALUATE_STANDING_H

#include "evaluate/measure.h"

/** Against whom the known test items of the whole have been compared. */
struct rec__standings {
    int64_t *wins;   /* of each: twice the competitors that score below it, and once its ties */
    int64_t *others; /* of each judged user of the whole: competitors of an item; 0: there are none */
    int32_t *ranks;  /* of each, from 1, among its competitors; NULL: auc alone */
};

rec_status rec__standings_create(struct rec__standings *standings, const struct rec__matched *matched,
                                 bool ranked);
void rec__standings_clear(struct rec__standings *standings);

/** The share of competitors that the known test items of a part's user beat, on average; -1 when there are none. */
double rec__standings_area(const struct rec__standings *standings, const struct rec__part *whole,
                           const struct rec__part *part, int32_t judged);
/** The place, among the known test items of the whole, of the i-th of a part's user. */
int64_t rec__standings_place(const struct rec__part *whole, const struct rec__part *part, int32_t judged,
                             int32_t i);

/** Fill the values of auc of every part. */
rec_status rec__standings_finish(const struct rec__standings *standings,
                                 const struct rec__measurement *measurement);

#endif
