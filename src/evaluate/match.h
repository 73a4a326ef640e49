/* SPDX-License-Identifier: Apache-2.0 */
/* Test ratings in the rows of a model. */
#ifndef REC_EVALUATE_MATCH_H
#define REC_EVALUATE_MATCH_H

#include "model/contexts.h"
#include "model/query.h"

/** A user, in context one of the user's contexts, with at least one test item that the model knows. */
struct rec__judged {
    int32_t test_row; /* among the test users */
    int32_t user;     /* the model's row, or REC_NEW_USER */
    int32_t relevant; /* test items, known or not */
    int32_t n_known;
    int64_t first_known;   /* place in rec__matched.known */
    int64_t first_of_user; /* where the user's begin there, of all contexts */
    int32_t n_of_user;
    int32_t context;      /* its number, -1: none */
    const int32_t *given; /* what it is in the model's rows; NULL: nothing */
};

struct rec__matched {
    const rec_model *model;
    const rec_ratings *test;
    const rec_ratings *histories; /* to fold in: rows of the test users, the model's items; NULL: do not */
    int32_t *users, *items;       /* the model's row of each test row, or -1 */
    const rec_contexts *contexts; /* to rank in; NULL: do not */
    int32_t *numbers;        /* of each test rating, by user, its context, -1: none; NULL without contexts */
    struct rec__given given; /* likewise in the model's rows; nothing where it has learned of none */
    int32_t *known;          /* rows of the judged users' known test items, rising in each of them */
    struct rec__judged *judged;
    int32_t n_judged, n_users; /* rankings, and whose */
    int64_t unknown;           /* test pairs with an unknown user or item */
};

/** Match by id; histories are matched already, and borrowed; so are contexts: NULL, where rankings are not in context. Freed by rec__matched_clear, which accepts what a failure left. */
rec_status rec__match(struct rec__matched *matched, const rec_model *model, const rec_ratings *test,
                      const rec_ratings *histories, const rec_contexts *contexts);
void rec__matched_clear(struct rec__matched *matched);

/** The stored history of a judged user, and the context. */
static inline struct rec__told rec__matched_told(const struct rec__matched *matched,
                                                 const struct rec__judged *judged)
{
    return (struct rec__told){matched->histories, judged->test_row, judged->given, matched->given.width};
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
