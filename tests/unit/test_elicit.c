/* SPDX-License-Identifier: Apache-2.0 */
/* Questions for newcomers: the designs against the posterior covariance itself, the plain orders against counts, and what is refused. */
#include "base/status.h"
#include "own_backend.h"

#include <librec/librec.h>

#include <math.h>
#include <stdio.h>

#include "expected_elicit.h"
#include "unit.h"

static rec_status fill(struct rec__fit *fit, const char *name, const float *from, int64_t rows,
                       int64_t columns)
{
    float *to = rec__arrays_add_floats(fit->arrays, name, rows, columns);
    int64_t n = rows * (columns > 0 ? columns : 1);
    if (to != NULL)
        memcpy(to, from, (size_t)n * sizeof *to);
    return to == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

/* "Learns" the vectors of the reference. */
static rec_status fit_planted(struct rec__fit *fit)
{
    double *mean = rec__arrays_add_doubles(fit->arrays, "offset", 1);
    rec_status status = mean == NULL ? REC_ERR_NO_MEMORY : fill(fit, "item_vectors", y, ITEMS, FACTORS);
    if (status == REC_OK)
        status = fill(fit, "user_vectors", x, USERS, FACTORS);
    if (status == REC_OK)
        status = fill(fit, "item_biases", b_i, ITEMS, 0);
    if (status == REC_OK)
        status = fill(fit, "user_biases", b_u, USERS, 0);
    if (status == REC_OK)
        *mean = offset;
    return status;
}

static const struct rec_backend planted = {.name = "planted",
                                           .summary = "given vectors",
                                           .scorer = REC_SCORER_DOT,
                                           .traits = REC_PREDICTS_RATINGS,
                                           .fit = fit_planted};

static rec_ratings *make_ratings(void)
{
    int64_t start[USERS + 1] = {0};
    int32_t items[N_RATINGS];
    float values[N_RATINGS];
    rec_ratings *ratings = NULL;
    for (int e = 0; e < N_RATINGS; e++) {
        items[e] = ratings_of[e].item;
        values[e] = ratings_of[e].rating;
        for (int u = ratings_of[e].user; u < USERS; u++)
            start[u + 1]++;
    }
    EXPECT_OK(rec_ratings_from_csr(&ratings, USERS, ITEMS, start, items, values));
    return ratings;
}

static rec_model *make_model(void)
{
    rec_model *model = own_model(&planted, 2);
    rec_ratings *ratings = make_ratings();
    EXPECT_OK(rec_fit(model, ratings));
    rec_ratings_free(ratings);
    return model;
}

static rec_elicitor *make_elicitor(const rec_model *model, int32_t strategy, uint32_t flags)
{
    rec_elicit_options options = REC_ELICIT_OPTIONS_INIT;
    rec_elicitor *elicitor = NULL;
    options.strategy = strategy;
    options.flags = flags;
    EXPECT_OK(rec_elicitor_create(&elicitor, model, &options));
    return elicitor;
}

static void expect_questions(const rec_elicitor *elicitor, const rec_query *query,
                             const struct question *wanted)
{
    int32_t items[ASKED], n = 0;
    double values[ASKED];
    EXPECT_OK(rec_elicit(elicitor, query, ASKED, items, values, &n));
    ck_assert_int_eq(n, ASKED);
    for (int q = 0; q < ASKED; q++) {
        ck_assert_msg(items[q] == wanted[q].item, "question %d is item %d; %d was expected", q, items[q],
                      wanted[q].item);
        ck_assert_msg(fabs(values[q] - wanted[q].value) < 1e-5 * wanted[q].value,
                      "question %d: %.9g for %.9g", q, values[q], wanted[q].value);
    }
}

/* Nothing answered yet, and two answers. */
static void expect_design(const rec_model *model, int32_t strategy, uint32_t flags,
                          const struct question *first, const struct question *later)
{
    rec_elicitor *elicitor = make_elicitor(model, strategy, flags);
    rec_query query = REC_QUERY_INIT;
    int32_t history[] = {answered[1], answered[0]};
    expect_questions(elicitor, NULL, first);
    query.history = history;
    query.n_history = 2;
    expect_questions(elicitor, &query, later);
    rec_elicitor_free(elicitor);
}

START_TEST(test_designs)
{
    rec_model *model = make_model();
    expect_design(model, REC_ELICIT_BEST, 0, error_first, error_later);
    expect_design(model, REC_ELICIT_ERROR, REC_ELICIT_KNOWN, error_first_known, error_later_known);
    expect_design(model, REC_ELICIT_VOLUME, 0, volume_first, volume_later);
    expect_design(model, REC_ELICIT_VOLUME, REC_ELICIT_KNOWN, volume_first_known, volume_later_known);
    expect_design(model, REC_ELICIT_TRACE, 0, trace_first, trace_later);
    expect_design(model, REC_ELICIT_TRACE, REC_ELICIT_KNOWN, trace_first_known, trace_later_known);
    rec_model_free(model);
}
END_TEST

/* One question at a time, each answered, is what all at once are: chances aside, a design does not wait for answers. */
START_TEST(test_one_by_one)
{
    rec_model *model = make_model();
    rec_elicitor *elicitor = make_elicitor(model, REC_ELICIT_ERROR, REC_ELICIT_KNOWN);
    int32_t all[ITEMS], history[ITEMS], n = 0;
    rec_query query = REC_QUERY_INIT;
    EXPECT_OK(rec_elicit(elicitor, NULL, ITEMS, all, NULL, &n));
    ck_assert_int_eq(n, ITEMS);
    query.history = history;
    for (query.n_history = 0; query.n_history < ITEMS; query.n_history++) {
        int32_t item = -1;
        EXPECT_OK(rec_elicit(elicitor, &query, 1, &item, NULL, &n));
        ck_assert_int_eq(n, 1);
        ck_assert_int_eq(item, all[query.n_history]);
        history[query.n_history] = item;
    }
    EXPECT_OK(rec_elicit(elicitor, &query, 1, all, NULL, &n));
    ck_assert_int_eq(n, 0);
    rec_elicitor_free(elicitor);
    rec_model_free(model);
}
END_TEST

START_TEST(test_filters)
{
    rec_model *model = make_model();
    int32_t strategies[] = {REC_ELICIT_ERROR, REC_ELICIT_POPULAR, REC_ELICIT_RANDOM};
    int32_t only[] = {7, 2, 5, 3}, except[] = {5}, history[] = {2}, items[ITEMS], n = 0;
    rec_query query = REC_QUERY_INIT;
    query.only = only;
    query.n_only = 4;
    query.except = except;
    query.n_except = 1;
    query.history = history;
    query.n_history = 1;
    query.flags = REC_QUERY_WITH_SEEN;
    for (int s = 0; s < 3; s++) {
        rec_elicitor *elicitor = make_elicitor(model, strategies[s], 0);
        EXPECT_OK(rec_elicit(elicitor, &query, ITEMS, items, NULL, &n));
        ck_assert_int_eq(n, 2);
        ck_assert((items[0] == 3 && items[1] == 7) || (items[0] == 7 && items[1] == 3));
        rec_elicitor_free(elicitor);
    }
    rec_model_free(model);
}
END_TEST

START_TEST(test_orders)
{
    rec_model *model = make_model();
    int32_t items[ITEMS], n = 0, seen[ITEMS] = {0};
    double values[ITEMS];
    rec_elicitor *elicitor = make_elicitor(model, REC_ELICIT_ENTROPY, 0);
    EXPECT_OK(rec_elicit(elicitor, NULL, ITEMS, items, values, &n));
    ck_assert_int_eq(n, ITEMS);
    for (int i = 0; i < ITEMS; i++) {
        ck_assert(fabs(values[i] - entropies[items[i]]) < 1e-7);
        ck_assert(i == 0 || values[i] <= values[i - 1]);
    }
    rec_elicitor_free(elicitor);
    elicitor = make_elicitor(model, REC_ELICIT_POPULAR, 0);
    EXPECT_OK(rec_elicit(elicitor, NULL, ITEMS, items, values, &n));
    for (int i = 1; i < ITEMS; i++)
        ck_assert(values[i] < values[i - 1] || (values[i] == values[i - 1] && items[i] > items[i - 1]));
    rec_elicitor_free(elicitor);
    elicitor = make_elicitor(model, REC_ELICIT_RANDOM, 0);
    EXPECT_OK(rec_elicit(elicitor, NULL, ITEMS, items, values, &n));
    for (int i = 0; i < n; i++)
        seen[items[i]]++;
    for (int i = 0; i < ITEMS; i++)
        ck_assert_int_eq(seen[i], 1);
    rec_elicitor_free(elicitor);
    rec_model_free(model);
}
END_TEST

/* Vectors that are folded in, and no ratings predicted: every algorithm can be asked from. */
START_TEST(test_all_algorithms)
{
    static const char *const algorithms[] = {"popular", "ials", "itemknn", "svd", "userknn", "mf"};
    rec_ratings *ratings = make_ratings();
    for (int a = 0; a < 6; a++) {
        rec_model *model = NULL;
        rec_elicitor *elicitor = NULL;
        int32_t items[4], n = 0;
        double values[4];
        EXPECT_OK(rec_model_create(&model, algorithms[a]));
        EXPECT_OK(rec_fit(model, ratings));
        EXPECT_OK(rec_elicitor_create(&elicitor, model, NULL));
        rec_model_free(model);
        EXPECT_OK(rec_elicit(elicitor, NULL, 4, items, values, &n));
        ck_assert_int_eq(n, 4);
        ck_assert_msg(values[3] > 0.0 && isfinite(values[0]), "%s", algorithms[a]);
        rec_elicitor_free(elicitor);
    }
    rec_ratings_free(ratings);
}
END_TEST

START_TEST(test_refused)
{
    rec_model *model = make_model(), *table = NULL;
    rec_ratings *ratings = make_ratings();
    rec_elicit_options options = REC_ELICIT_OPTIONS_INIT;
    rec_elicitor *elicitor = NULL;
    int32_t items[2], n = 0;
    EXPECT(rec_elicitor_create(NULL, model, NULL), REC_ERR_INVALID, "out");
    EXPECT(rec_elicitor_create(&elicitor, NULL, NULL), REC_ERR_INVALID, "model");
    options.strategy = 7;
    EXPECT(rec_elicitor_create(&elicitor, model, &options), REC_ERR_INVALID, "strategy is 7");
    options.strategy = REC_ELICIT_VOLUME;
    options.flags = 2;
    EXPECT(rec_elicitor_create(&elicitor, model, &options), REC_ERR_INVALID, "flags is 0x2");
    options.flags = 0;
    EXPECT_OK(rec_model_create(&table, "popular"));
    EXPECT(rec_elicitor_create(&elicitor, table, &options), REC_ERR_NOT_FITTED, "popular");
    EXPECT_OK(rec_fit(table, ratings));
    EXPECT(rec_elicitor_create(&elicitor, table, &options), REC_ERR_UNSUPPORTED,
           "\"popular\" has no vectors");
    ck_assert_ptr_null(elicitor);
    EXPECT_OK(rec_elicitor_create(&elicitor, model, NULL));
    EXPECT(rec_elicit(elicitor, NULL, 0, items, NULL, &n), REC_ERR_INVALID, "k is 0");
    EXPECT(rec_elicit(NULL, NULL, 1, items, NULL, &n), REC_ERR_INVALID, "elicitor");
    rec_query query = REC_QUERY_INIT;
    int32_t bad[] = {ITEMS};
    query.except = bad;
    query.n_except = 1;
    EXPECT(rec_elicit(elicitor, &query, 1, items, NULL, &n), REC_ERR_RANGE, "query.except[0]");
    rec_elicitor_free(elicitor);
    rec_elicitor_free(NULL);
    rec_model_free(table);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

static rec_status ask_anew(void *context)
{
    rec_ratings *ratings = NULL;
    rec_model *model = own_model(&planted, 1);
    rec_elicitor *elicitor = NULL;
    int64_t start[] = {0, 2, 3};
    int32_t only[] = {0, 1, 1}, items[2], n;
    rec_elicit_options options = REC_ELICIT_OPTIONS_INIT;
    rec_query query = REC_QUERY_INIT;
    options.strategy = *(int32_t *)context;
    query.history = only;
    query.n_history = 1;
    rec_status status = model == NULL ? rec__fail(REC_ERR_NO_MEMORY, "out of memory") : REC_OK;
    int64_t long_start[USERS + 1];
    for (int u = 0; u <= USERS; u++)
        long_start[u] = start[u < 2 ? u : 2];
    if (status == REC_OK)
        status = rec_ratings_from_csr(&ratings, USERS, ITEMS, long_start, only, NULL);
    if (status == REC_OK)
        status = rec_fit(model, ratings);
    if (status == REC_OK)
        status = rec_elicitor_create(&elicitor, model, &options);
    if (status == REC_OK)
        status = rec_elicit(elicitor, &query, 2, items, NULL, &n);
    rec_elicitor_free(elicitor);
    rec_model_free(model);
    rec_ratings_free(ratings);
    return status;
}

START_TEST(test_no_memory)
{
    int32_t strategy = REC_ELICIT_ERROR;
    ck_assert_int_gt(fail_each_allocation(ask_anew, &strategy), 10);
    strategy = REC_ELICIT_ENTROPY;
    ck_assert_int_gt(fail_each_allocation(ask_anew, &strategy), 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("elicit");
    TCase *tests = tcase_create("elicit");
    tcase_add_test(tests, test_designs);
    tcase_add_test(tests, test_one_by_one);
    tcase_add_test(tests, test_filters);
    tcase_add_test(tests, test_orders);
    tcase_add_test(tests, test_all_algorithms);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
