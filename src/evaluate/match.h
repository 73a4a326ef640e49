/* SPDX-License-Identifier: Apache-2.0 */
/* Test ratings in the rows of a model. */
#ifndef REC_EVALUATE_MATCH_H
#define REC_EVALUATE_MATCH_H

#include "model/query.h"

/** A user with at least one test item that the model knows. */
struct rec__judged {
    int32_t test_row; /* among the test users */
    int32_t user;     /* the model's row, or REC_NEW_USER */
    int32_t relevant; /* test items, known or not */
    int32_t n_known;
    int64_t first_known; /* place in rec__matched.known */
};

struct rec__matched {
    const rec_model *model;
    const rec_ratings *test;
    const rec_ratings *histories; /* to fold in: rows of the test users, the model's items; NULL: do not */
    int32_t *users, *items;       /* the model's row of each test row, or -1 */
    int32_t *known;               /* rows of the judged users' known test items, rising in each user */
    struct rec__judged *judged;
    int32_t n_judged;
    int64_t unknown; /* test pairs with an unknown user or item */
};

/** Match by id; histories are matched already, and borrowed. Freed by rec__matched_clear, which accepts what a failure left. */
rec_status rec__match(struct rec__matched *matched, const rec_model *model, const rec_ratings *test,
                      const rec_ratings *histories);
void rec__matched_clear(struct rec__matched *matched);

/** The stored history of a test user. */
static inline struct rec__told rec__matched_told(const struct rec__matched *matched, int32_t test_row)
{
    return (struct rec__told){matched->histories, test_row};
}

/** Can a test user's items be scored by more than what is known of them? */
static inline bool rec__matched_knows(const struct rec__matched *matched, int32_t test_row)
{
    return matched->users[test_row] >= 0 || matched->histories != NULL;
}

/** Rows of items, rising. */
struct rec__rows {
    int32_t *rows;
    int64_t n;
};

/** What does not compete for a judged user: rated in training, in the history or in the test. In REC_SCRATCH_BARRED of the workspace. */
rec_status rec__judged_barred(const struct rec__matched *matched, const struct rec__judged *judged,
                              rec_workspace *workspace, struct rec__rows *barred);

/** REC_OK, or why rankings cannot be measured: nobody to judge, no training ratings. */
rec_status rec__matched_check_rankings(const struct rec__matched *matched, const char *metric);

#endif
