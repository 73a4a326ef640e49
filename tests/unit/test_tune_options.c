/* SPDX-License-Identifier: Apache-2.0 */
/* How searches are asked for, watched, cancelled and refused. */
#include "bowl.h"

struct watcher {
    int64_t last, steps, calls, stop;
};

static int watch(void *context, const rec_progress *progress)
{
    struct watcher *watcher = context;
    ck_assert_str_eq(progress->stage, "tune");
    ck_assert_int_ge(progress->step, watcher->last);
    ck_assert_int_le(progress->step, progress->steps);
    watcher->last = progress->step;
    watcher->steps = progress->steps;
    watcher->calls++;
    return progress->step >= watcher->stop;
}

START_TEST(test_progress_and_cancel)
{
    rec_ratings *ratings = ratings_made();
    rec_space *space = grid_space();
    rec_tuning *tuning = NULL;
    for (int32_t threads = 1; threads <= 2; threads++) {
        rec_model *model = own_model(&bowl, threads);
        struct watcher watcher = {.stop = INT64_MAX};
        rec_model_set_progress(model, watch, &watcher);
        EXPECT_OK(rec_tune(model, ratings, space, NULL, &tuning));
        rec_tuning_free(tuning);
        ck_assert_int_eq(watcher.steps, 30);
        ck_assert_int_gt(watcher.last, 0);
        watcher = (struct watcher){.stop = 4};
        atomic_store(&n_seen, 0);
        EXPECT(rec_tune(model, ratings, space, NULL, &tuning), REC_ERR_CANCELLED, "cancelled after ",
               " of 30 fits");
        ck_assert_ptr_null(tuning);
        if (threads == 1)
            ck_assert_int_eq(n_seen, 4);
        rec_model_free(model);
    }
    rec_space_free(space);
    rec_ratings_free(ratings);
}
END_TEST

/* Halving says beforehand how many fits there will be. */
START_TEST(test_progress_of_halving)
{
    rec_ratings *ratings = ratings_made();
    rec_space *space = range_space();
    rec_tuning *tuning = NULL;
    rec_tune_options options = usual;
    options.method = REC_TUNE_HALVING;
    options.points = 9;
    rec_model *model = own_model(&bowl, 1);
    struct watcher watcher = {.stop = INT64_MAX};
    rec_model_set_progress(model, watch, &watcher);
    EXPECT_OK(rec_tune(model, ratings, space, &options, &tuning));
    ck_assert_int_eq(watcher.steps, 5 * (9 + 3 + 1));
    ck_assert_int_eq(watcher.last, watcher.steps);
    rec_tuning_free(tuning);
    rec_model_free(model);
    rec_space_free(space);
    rec_ratings_free(ratings);
}
END_TEST

static void refuse(rec_tune_options options, rec_status status, const char *say, const char *expected)
{
    rec_ratings *ratings = ratings_made();
    rec_tuning *tuning = (rec_tuning *)ratings;
    rec_model *model = own_model(&bowl, 1);
    rec_space *space = options.method == REC_TUNE_GRID ? grid_space() : range_space();
    options.size = sizeof options;
    atomic_store(&n_seen, 0);
    EXPECT(rec_tune(model, ratings, space, &options, &tuning), status, say, expected);
    ck_assert_ptr_null(tuning);
    ck_assert_int_eq(n_seen, 0);
    rec_model_free(model);
    rec_space_free(space);
    rec_ratings_free(ratings);
}

START_TEST(test_bad_options)
{
    enum { GRID = REC_TUNE_GRID, RANDOM = REC_TUNE_RANDOM, HALVING = REC_TUNE_HALVING };
    rec_folds at_once = {.size = sizeof at_once, .at_once = 2}, one = {.size = sizeof one, .folds = 1};
    refuse((rec_tune_options){.method = 3}, REC_ERR_INVALID, "options.method is 3", "REC_TUNE_");
    refuse((rec_tune_options){.method = -1}, REC_ERR_INVALID, "options.method is -1", "");
    refuse((rec_tune_options){.points = 9}, REC_ERR_INVALID, "options.points is 9", "draws none");
    refuse((rec_tune_options){.method = RANDOM, .points = -1}, REC_ERR_INVALID, "points is -1",
           "1 to 100000");
    refuse((rec_tune_options){.method = RANDOM, .points = 100001}, REC_ERR_INVALID, "points is 100001", "");
    refuse((rec_tune_options){.method = RANDOM, .factor = 3}, REC_ERR_INVALID, "options.factor is 3", "0");
    refuse((rec_tune_options){.method = HALVING, .factor = 1}, REC_ERR_INVALID, "factor is 1", "2 to 1000");
    refuse((rec_tune_options){.resource = "epochs"}, REC_ERR_INVALID, "resource is \"epochs\"", "NULL");
    refuse((rec_tune_options){.method = RANDOM, .path = "x"}, REC_ERR_INVALID, "path is \"x\"", "on no path");
    refuse((rec_tune_options){.at_once = -1}, REC_ERR_INVALID, "options.at_once is -1", "at least 0");
    refuse((rec_tune_options){.plan = &at_once}, REC_ERR_INVALID, "plan.at_once is 2", "options.at_once");
    refuse((rec_tune_options){.plan = &one}, REC_ERR_INVALID, "folds is 1", "at least 2");
    refuse((rec_tune_options){.metric = "rsme"}, REC_ERR_INVALID, "\"rsme\"", "rmse");
    refuse((rec_tune_options){.metric = "rmse,mae"}, REC_ERR_INVALID, "metric is \"rmse,mae\"", "one metric");
    refuse((rec_tune_options){.path = "lambda"}, REC_ERR_NOT_FOUND, "options.path: ", "\"lambda\"");
    refuse((rec_tune_options){.path = "reg"}, REC_ERR_INVALID, "path is \"reg\"", "of the space");
    refuse((rec_tune_options){.method = HALVING, .resource = "sweeps"}, REC_ERR_NOT_FOUND,
           "options.resource: ", "\"sweeps\"");
    refuse((rec_tune_options){.method = HALVING, .resource = "reg"}, REC_ERR_INVALID, "\"reg\"", "whole");
    refuse((rec_tune_options){.method = HALVING, .resource = "seed"}, REC_ERR_INVALID, "\"seed\"", "own");
    refuse((rec_tune_options){.method = HALVING, .resource = "k"}, REC_ERR_INVALID, "\"k\"", "leaves alone");
    refuse((rec_tune_options){.method = HALVING, .points = 2}, REC_ERR_INVALID, "2 points and epochs = 18",
           "factor, which is 3");
    refuse((rec_tune_options){.method = HALVING, .points = 40, .factor = 20}, REC_ERR_INVALID,
           "40 points and epochs = 18", "factor, which is 20");
}
END_TEST

START_TEST(test_bad_arguments)
{
    struct rec_backend other = bowl;
    other.name = "other";
    other.traits = REC_PREDICTS_RATINGS;
    rec_ratings *ratings = ratings_made();
    rec_tuning *tuning = (rec_tuning *)ratings;
    rec_tuned tuned = REC_TUNED_INIT;
    rec_model *model = own_model(&bowl, 1), *another = own_model(&other, 1);
    rec_space *space = range_space(), *empty = space_of(&bowl);
    EXPECT(rec_tune(model, ratings, space, NULL, NULL), REC_ERR_INVALID, "out is NULL");
    EXPECT(rec_tune(NULL, ratings, space, NULL, &tuning), REC_ERR_INVALID, "model is NULL");
    ck_assert_ptr_null(tuning);
    EXPECT(rec_tune(model, ratings, NULL, NULL, &tuning), REC_ERR_INVALID, "space is NULL");
    EXPECT(rec_tune(model, ratings, space, NULL, &tuning), REC_ERR_INVALID, "x has a range", "a grid");
    EXPECT(rec_tune(another, ratings, space, NULL, &tuning), REC_ERR_INVALID, "of \"bowl\"", "\"other\"");
    EXPECT(rec_tune(model, ratings, empty, NULL, &tuning), REC_ERR_INVALID, "no parameters");
    rec_space_free(space);
    space = grid_space();
    EXPECT(rec_tune(model, NULL, space, NULL, &tuning), REC_ERR_INVALID, "ratings is NULL");
    EXPECT_OK(rec_tune(model, ratings, space, NULL, &tuning));
    EXPECT(rec_tuning_at(tuning, 6, &tuned), REC_ERR_RANGE, "rank is 6", "0 to 5");
    EXPECT(rec_tuning_at(tuning, -1, &tuned), REC_ERR_RANGE, "rank is -1");
    EXPECT(rec_tuning_at(NULL, 0, &tuned), REC_ERR_INVALID, "tuning is NULL");
    EXPECT(rec_tuning_at(tuning, 0, NULL), REC_ERR_INVALID, "tuned is NULL");
    EXPECT(rec_tuning_parameters(tuning, 6, model), REC_ERR_RANGE, "rank is 6");
    EXPECT(rec_tuning_parameters(tuning, 0, another), REC_ERR_INVALID, "of \"other\"", "\"bowl\"");
    EXPECT(rec_tuning_parameters(tuning, 0, NULL), REC_ERR_INVALID, "model is NULL");
    ck_assert_int_eq(rec_tuning_count(NULL), 0);
    ck_assert_ptr_null(rec_tuning_metric(NULL));
    rec_tuning_free(tuning);
    rec_tuning_free(NULL);
    space->backend = &other;
    rec_tune_options options = {.size = sizeof options, .path = "x"};
    EXPECT(rec_tune(another, ratings, space, &options, &tuning), REC_ERR_UNSUPPORTED, "path is \"x\"",
           "\"other\" cannot start");
    rec_space_free(space);
    rec_space_free(empty);
    rec_model_free(model);
    rec_model_free(another);
    rec_ratings_free(ratings);
}
END_TEST

static rec_status fit_odd(struct rec__fit *fit)
{
    rec_status status = fit_bowl(fit);
    if (status == REC_OK && fit->parameters[K] == 9.0)
        return rec__fail(REC_ERR_UNSUPPORTED, "nine does not do");
    return status;
}

/* A failure that is no divergence ends the search; the sentence says where. */
START_TEST(test_failure_names_the_point)
{
    struct rec_backend odd = bowl;
    odd.fit = fit_odd;
    rec_ratings *ratings = ratings_made();
    rec_tuning *tuning = NULL;
    rec_model *model = own_model(&odd, 1);
    rec_space *space = space_of(&odd);
    EXPECT_OK(rec_space_values(space, "k", (const double[]){3, 9}, 2));
    EXPECT_OK(rec_space_values(space, "x", some_x, 2));
    EXPECT(rec_tune(model, ratings, space, NULL, &tuning), REC_ERR_UNSUPPORTED,
           "point 3 of 4 (k=9, x=4), fold 1 of 5: nine does not do");
    rec_model_free(model);
    rec_space_free(space);
    rec_ratings_free(ratings);
}
END_TEST

/* Of a later version: what is unknown here must be zero. */
START_TEST(test_later_options)
{
    struct {
        rec_tune_options options;
        int64_t later;
    } later = {REC_TUNE_OPTIONS_INIT, 0};
    later.options.size = sizeof later;
    rec_space *space = grid_space();
    rec_tuning *tuning = search(space, &later.options, 1);
    rec_tuning_free(tuning);
    later.later = 1;
    rec_ratings *ratings = ratings_made();
    rec_model *model = own_model(&bowl, 1);
    EXPECT(rec_tune(model, ratings, space, &later.options, &tuning), REC_ERR_INVALID, "options has members",
           "zeros");
    rec_model_free(model);
    rec_space_free(space);
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tune_options");
    TCase *options = tcase_create("options");
    tcase_add_test(options, test_progress_and_cancel);
    tcase_add_test(options, test_progress_of_halving);
    tcase_add_test(options, test_bad_options);
    tcase_add_test(options, test_bad_arguments);
    tcase_add_test(options, test_failure_names_the_point);
    tcase_add_test(options, test_later_options);
    suite_add_tcase(suite, options);
    return run_suite(suite);
}
