/* SPDX-License-Identifier: Apache-2.0 */
/* Searches against their parts: each point by a cross-validation of its own, and every fit as the backend saw it. */
#include "bowl.h"

/* What a point gives when it is cross-validated by itself, with its epochs. */
static void expect_alone(const rec_tuning *tuning, int32_t rank, const rec_folds *plan, const char *metric)
{
    rec_ratings *ratings = ratings_made();
    rec_evaluation *evaluation = NULL;
    rec_figure figure = REC_FIGURE_INIT;
    rec_tuned point = at(tuning, rank);
    rec_model *model = own_model(tuning->backend, 1);
    EXPECT_OK(rec_tuning_parameters(tuning, rank, model));
    if (point.resource > 0)
        EXPECT_OK(rec_model_set(model, "epochs", point.resource));
    EXPECT_OK(rec_cross_validate_by(model, ratings, plan, metric, &evaluation));
    EXPECT_OK(rec_evaluation_at(evaluation, 0, &figure));
    ck_assert_double_eq(point.value, figure.value);
    ck_assert_double_eq(point.deviation, figure.deviation);
    ck_assert_double_gt(point.deviation, 1e-6);
    ck_assert_double_gt(point.fit_seconds, 0.0);
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_ratings_free(ratings);
}

START_TEST(test_grid_is_its_parts)
{
    rec_folds plan = {.size = sizeof plan, .folds = 3, .repeats = 2, .seed = 4};
    rec_tune_options options = usual;
    options.plan = &plan;
    rec_space *space = grid_space();
    rec_tuning *tuning = search(space, &options, 2);
    ck_assert_int_eq(rec_tuning_count(tuning), 6);
    ck_assert_int_eq(n_seen, 6 * 6);
    ck_assert_str_eq(rec_tuning_metric(tuning), "rmse_raw");
    for (int32_t rank = 0; rank < 6; rank++) {
        rec_tuned point = at(tuning, rank);
        ck_assert_double_eq(setting(tuning, rank, "x"), some_x[point.number / 2]);
        ck_assert_double_eq(setting(tuning, rank, "k"), some_k[point.number % 2]);
        ck_assert_int_eq(point.rounds, 1);
        ck_assert_int_eq(point.resource, 0);
        ck_assert_int_eq(point.diverged, 0);
        expect_alone(tuning, rank, &plan, "rmse_raw");
        if (rank > 0)
            ck_assert_double_gt(point.value, at(tuning, rank - 1).value);
    }
    /* With 18 epochs 0.1 |x - 2| + x / 18 is least at 2, so 2.5 is before -1, which is before 4. */
    ck_assert_double_eq(setting(tuning, 0, "x"), 2.5);
    ck_assert_double_eq(setting(tuning, 0, "k"), 3);
    rec_tuning_free(tuning);
    rec_space_free(space);
}
END_TEST

/* The usual: five shuffled folds, by rmse. */
START_TEST(test_usual)
{
    rec_folds plan = REC_FOLDS_INIT;
    rec_space *space = grid_space();
    rec_tuning *tuning = search(space, NULL, 1);
    ck_assert_int_eq(n_seen, 6 * 5);
    ck_assert_str_eq(rec_tuning_metric(tuning), "rmse");
    expect_alone(tuning, 0, &plan, "rmse");
    rec_tuning_free(tuning);
    struct rec_backend ranks = bowl;
    ranks.traits = 0;
    space->backend = &ranks;
    tuning = search(space, NULL, 1);
    ck_assert_str_eq(rec_tuning_metric(tuning), "ndcg@20");
    rec_tuning_free(tuning);
    rec_space_free(space);
}
END_TEST

START_TEST(test_order)
{
    rec_tune_options options = usual;
    rec_space *space = grid_space();
    options.metric = "r2";
    rec_tuning *tuning = search(space, &options, 1);
    for (int32_t rank = 1; rank < 6; rank++)
        ck_assert_double_lt(at(tuning, rank).value, at(tuning, rank - 1).value);
    rec_tuning_free(tuning);
    /* No point changes the order of the items: all are equal. */
    options.metric = "recall@3";
    tuning = search(space, &options, 7);
    for (int32_t rank = 0; rank < 6; rank++)
        ck_assert_int_eq(at(tuning, rank).number, rank);
    ck_assert_double_eq(at(tuning, 0).value, at(tuning, 5).value);
    rec_tuning_free(tuning);
    rec_space_free(space);
}
END_TEST

START_TEST(test_given_folds)
{
    rec_ratings *ratings = ratings_made(), *train = NULL, *test = NULL;
    EXPECT_OK(rec_split_random(ratings, 0.25, 3, &train, &test));
    const rec_ratings *const trains[] = {train}, *const tests[] = {test};
    rec_folds plan = {
        .size = sizeof plan, .kind = REC_FOLDS_GIVEN, .folds = 1, .train = trains, .test = tests};
    rec_tune_options options = usual;
    options.plan = &plan;
    rec_space *space = grid_space();
    rec_tuning *tuning = NULL;
    rec_model *model = own_model(&bowl, 2);
    atomic_store(&n_seen, 0);
    EXPECT_OK(rec_tune(model, NULL, space, &options, &tuning));
    ck_assert_int_eq(n_seen, 6);
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(seen[i].ratings, rec_ratings_count(train));
    ck_assert_double_eq(at(tuning, 0).deviation, 0.0);
    ck_assert_double_eq(setting(tuning, 0, "x"), 2.5);
    rec_tuning_free(tuning);
    rec_model_free(model);
    rec_space_free(space);
    rec_ratings_free(ratings);
    rec_ratings_free(train);
    rec_ratings_free(test);
}
END_TEST

START_TEST(test_random)
{
    rec_folds plan = {.size = sizeof plan, .folds = 2};
    rec_tune_options options = usual;
    options.method = REC_TUNE_RANDOM;
    options.plan = &plan;
    options.points = 12;
    rec_space *space = range_space();
    rec_tuning *tuning = search(space, &options, 2), *other;
    ck_assert_int_eq(rec_tuning_count(tuning), 12);
    ck_assert_int_eq(n_seen, 24);
    for (int32_t rank = 0; rank < 12; rank++)
        expect_alone(tuning, rank, &plan, "rmse_raw");
    options.seed = 1;
    other = search(space, &options, 2);
    ck_assert_double_ne(setting(tuning, 0, "x"), setting(other, 0, "x"));
    rec_tuning_free(other);
    options.points = 0;
    other = search(space, &options, 2);
    ck_assert_int_eq(rec_tuning_count(other), 27);
    rec_tuning_free(other);
    rec_tuning_free(tuning);
    rec_space_free(space);
    /* A space of six points gives each once. */
    space = grid_space();
    other = search(space, &options, 2);
    ck_assert_int_eq(rec_tuning_count(other), 6);
    ck_assert_double_eq(setting(other, 0, "x"), 2.5);
    ck_assert_double_eq(setting(other, 0, "k"), 3);
    rec_tuning_free(other);
    rec_space_free(space);
}
END_TEST

/* Of the fits that were seen, those of so many epochs. */
static int count_epochs(double epochs)
{
    int n = 0;
    for (int i = 0; i < n_seen; i++)
        n += seen[i].epochs == epochs;
    return n;
}

/* Carried out by hand: every round is a sort by cross-validations of its own. */
static void expect_halving(const rec_tuning *tuning, const rec_folds *plan)
{
    static const int32_t left[] = {2, 6, 20}, epochs[] = {18, 6, 2};
    for (int32_t rank = 0, round = 0; rank < 20; rank++) {
        round += rank == left[round];
        rec_tuned point = at(tuning, rank);
        ck_assert_int_eq(point.rounds, 3 - round);
        ck_assert_int_eq(point.resource, epochs[round]);
        expect_alone(tuning, rank, plan, "rmse_raw");
        if (rank > 0 && at(tuning, rank - 1).rounds == point.rounds)
            ck_assert_double_ge(point.value, at(tuning, rank - 1).value);
    }
}

START_TEST(test_halving)
{
    rec_folds plan = {.size = sizeof plan, .folds = 2};
    rec_tune_options options = usual;
    options.method = REC_TUNE_HALVING;
    options.plan = &plan;
    options.points = 20;
    rec_space *space = range_space();
    rec_tuning *tuning = search(space, &options, 2);
    ck_assert_int_eq(rec_tuning_count(tuning), 20);
    ck_assert_int_eq(n_seen, 2 * (20 + 6 + 2));
    ck_assert_int_eq(count_epochs(2), 2 * 20);
    ck_assert_int_eq(count_epochs(6), 2 * 6);
    ck_assert_int_eq(count_epochs(18), 2 * 2);
    expect_halving(tuning, &plan);
    rec_tuning_free(tuning);
    options.factor = 4;
    options.resource = "k";
    rec_space *other = space_of(&bowl);
    EXPECT_OK(rec_space_range(other, "x", -5.0, 10.0, 0));
    rec_model *model = own_model(&bowl, 1);
    rec_ratings *ratings = ratings_made();
    EXPECT_OK(rec_model_set(model, "k", 17));
    atomic_store(&n_seen, 0);
    EXPECT_OK(rec_tune(model, ratings, other, &options, &tuning));
    ck_assert_int_eq(n_seen, 2 * (20 + 5 + 1));
    ck_assert_double_eq(seen[0].k, 1);
    ck_assert_double_eq(seen[40].k, 4);
    ck_assert_double_eq(seen[50].k, 17);
    ck_assert_int_eq(at(tuning, 0).resource, 17);
    rec_tuning_free(tuning);
    rec_model_free(model);
    rec_ratings_free(ratings);
    rec_space_free(space);
    rec_space_free(other);
}
END_TEST

static void expect_same(const rec_tuning *a, const rec_tuning *b)
{
    ck_assert_int_eq(a->count, b->count);
    ck_assert_mem_eq(a->settings, b->settings, (size_t)(a->count * a->axes) * sizeof(double));
    for (int32_t rank = 0; rank < a->count; rank++) {
        rec_tuned x = a->points[rank], y = b->points[rank];
        x.fit_seconds = y.fit_seconds = 0.0;
        ck_assert_mem_eq(&x, &y, sizeof x);
    }
}

static void expect_same_for_any_threads(const rec_space *space, rec_tune_options options)
{
    static const int32_t threads[] = {2, 6, 7};
    rec_tuning *one = search(space, &options, 1);
    for (int t = 0; t < 3; t++)
        for (options.at_once = 0; options.at_once <= 3; options.at_once++) {
            rec_tuning *other = search(space, &options, threads[t]);
            expect_same(one, other);
            rec_tuning_free(other);
        }
    rec_tuning_free(one);
}

START_TEST(test_same_for_any_threads)
{
    rec_tune_options options = usual;
    rec_space *grid = grid_space(), *ranges = range_space();
    EXPECT_OK(rec_space_values(grid, "reg", some_reg, 4));
    expect_same_for_any_threads(grid, options);
    options.path = "reg";
    expect_same_for_any_threads(grid, options);
    options.path = NULL;
    options.method = REC_TUNE_HALVING;
    expect_same_for_any_threads(ranges, options);
    rec_space_free(grid);
    rec_space_free(ranges);
}
END_TEST

/* Twelve threads on six fits: each has two, unless fewer fits run at once. */
START_TEST(test_threads_are_shared)
{
    rec_ratings *ratings = ratings_made(), *train = NULL, *test = NULL;
    EXPECT_OK(rec_split_random(ratings, 0.25, 3, &train, &test));
    const rec_ratings *const trains[] = {train}, *const tests[] = {test};
    rec_folds plan = {
        .size = sizeof plan, .kind = REC_FOLDS_GIVEN, .folds = 1, .train = trains, .test = tests};
    rec_tune_options options = usual;
    options.plan = &plan;
    rec_space *space = grid_space();
    rec_tuning_free(search(space, &options, 12));
    ck_assert_int_eq(seen[0].threads, 2);
    options.at_once = 3;
    rec_tuning_free(search(space, &options, 12));
    ck_assert_int_eq(seen[5].threads, 4);
    rec_space_free(space);
    rec_ratings_free(ratings);
    rec_ratings_free(train);
    rec_ratings_free(test);
}
END_TEST

/* The fit of x, k, reg on ratings of that count. */
static const struct seen *find_fit(double x, double reg, int64_t ratings)
{
    for (int i = 0; i < n_seen; i++)
        if (seen[i].x == x && seen[i].reg == reg && seen[i].ratings == ratings)
            return &seen[i];
    ck_abort_msg("no fit of x %g, reg %g", x, reg);
    return NULL;
}

static void expect_path(double x, int64_t ratings)
{
    static const double falling[] = {8.0, 2.0, 1.0, 0.5};
    ck_assert(isnan(find_fit(x, falling[0], ratings)->start));
    for (int i = 1; i < 4; i++)
        ck_assert_double_eq(find_fit(x, falling[i], ratings)->start, falling[i - 1]);
}

/* Strong to weak, along the middle one of three parameters and along the last. */
START_TEST(test_path)
{
    rec_ratings *ratings = ratings_made(), *train[2], *test[2];
    EXPECT_OK(rec_split_random(ratings, 0.25, 3, &train[0], &test[0]));
    EXPECT_OK(rec_split_random(ratings, 0.5, 3, &train[1], &test[1]));
    rec_folds plan = {.size = sizeof plan,
                      .kind = REC_FOLDS_GIVEN,
                      .folds = 2,
                      .train = (const rec_ratings *const *)train,
                      .test = (const rec_ratings *const *)test};
    rec_tune_options options = usual;
    options.plan = &plan;
    options.path = "reg";
    for (int middle = 0; middle < 2; middle++) {
        rec_space *space = space_of(&bowl);
        EXPECT_OK(rec_space_values(space, "x", some_x, 3));
        EXPECT_OK(rec_space_values(space, "reg", some_reg, 4));
        if (middle)
            EXPECT_OK(rec_space_values(space, "k", some_k, 2));
        rec_tuning *tuning = search(space, &options, 3);
        ck_assert_int_eq(n_seen, middle ? 48 : 24);
        for (int i = 0; i < 3; i++)
            for (int f = 0; f < 2; f++)
                expect_path(some_x[i], rec_ratings_count(train[f]));
        rec_tuning_free(tuning);
        rec_space_free(space);
    }
    for (int f = 0; f < 2; f++) {
        rec_ratings_free(train[f]);
        rec_ratings_free(test[f]);
    }
    rec_ratings_free(ratings);
}
END_TEST

/* Nobody starts from a fit that diverged, but from the one before it. */
START_TEST(test_path_past_divergence)
{
    static const double x[] = {-10.0, 3.0, 9.0, 1.0};
    rec_tune_options options = usual;
    options.path = "x";
    rec_space *space = space_of(&bowl);
    EXPECT_OK(rec_space_values(space, "x", x, 4));
    rec_tuning *tuning = search(space, &options, 1);
    ck_assert_int_eq(n_seen, 20);
    ck_assert_double_eq(seen[0].x, 9.0);
    ck_assert_double_eq(seen[3].x, -10.0);
    ck_assert_double_eq(seen[3].start, 1.0);
    ck_assert(isnan(seen[4].start));
    ck_assert_int_eq(at(tuning, 3).number, 0);
    ck_assert_int_eq(at(tuning, 3).diverged, 1);
    rec_tuning_free(tuning);
    rec_space_free(space);
}
END_TEST

START_TEST(test_diverged_are_last)
{
    static const double x[] = {-10.0, 3.0, -10.0, 2.0};
    rec_tune_options options = usual;
    rec_space *space = space_of(&bowl);
    rec_ratings *ratings = ratings_made();
    rec_model *model = own_model(&bowl, 2);
    rec_tuning *none = NULL;
    EXPECT_OK(rec_space_values(space, "x", x, 4));
    rec_tuning *tuning = search(space, &options, 2);
    static const int32_t order[] = {3, 1, 0, 2};
    for (int32_t rank = 0; rank < 4; rank++) {
        ck_assert_int_eq(at(tuning, rank).number, order[rank]);
        ck_assert_int_eq(at(tuning, rank).diverged, rank > 1);
        ck_assert_int_eq(isnan(at(tuning, rank).value), rank > 1);
    }
    rec_space_free(space);
    space = space_of(&bowl);
    EXPECT_OK(rec_space_values(space, "x", x, 1));
    EXPECT(rec_tune(model, ratings, space, &options, &none), REC_ERR_DIVERGED, "every point diverged, of 1");
    ck_assert_ptr_null(none);
    rec_tuning_free(tuning);
    rec_model_free(model);
    rec_space_free(space);
    rec_ratings_free(ratings);
}
END_TEST

/* Halving goes on with the points that did not diverge, be they fewer than a part. */
START_TEST(test_halving_past_divergence)
{
    static const double x[] = {-10.0, 3.0}, k[] = {1, 2, 3, 4};
    rec_tune_options options = usual;
    options.method = REC_TUNE_HALVING;
    options.factor = 2;
    options.points = 8;
    rec_space *space = space_of(&bowl);
    EXPECT_OK(rec_space_values(space, "x", x, 1));
    EXPECT_OK(rec_space_values(space, "k", k, 4));
    rec_ratings *ratings = ratings_made();
    rec_model *model = own_model(&bowl, 2);
    rec_tuning *tuning = NULL;
    EXPECT(rec_tune(model, ratings, space, &options, &tuning), REC_ERR_DIVERGED,
           "every point diverged, of 4");
    rec_space_free(space);
    space = space_of(&bowl);
    EXPECT_OK(rec_space_values(space, "x", (const double[]){-10.0, -10.0, -10.0, -10.0, 3.0}, 5));
    EXPECT_OK(rec_space_values(space, "k", k, 4));
    tuning = search(space, &options, 2);
    ck_assert_int_eq(rec_tuning_count(tuning), 8);
    int32_t n = 0;
    for (int32_t rank = 0; rank < 8; rank++) {
        n += !at(tuning, rank).diverged;
        ck_assert_int_eq(at(tuning, rank).diverged, setting(tuning, rank, "x") < 0.0);
    }
    ck_assert_int_ge(n, 1);
    ck_assert_int_lt(n, 8);
    ck_assert_int_eq(at(tuning, 0).resource, 18);
    rec_tuning_free(tuning);
    rec_space_free(space);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* A path of a real algorithm: the figures are those of fits that are chained by hand. */
START_TEST(test_path_by_hand)
{
    static const double regs[] = {0.02, 0.5, 0.1};
    static const int32_t falling[] = {1, 2, 0};
    rec_ratings *ratings = ratings_made(), *train = NULL, *test = NULL;
    EXPECT_OK(rec_split_random(ratings, 0.25, 3, &train, &test));
    const rec_ratings *const trains[] = {train}, *const tests[] = {test};
    rec_folds plan = {
        .size = sizeof plan, .kind = REC_FOLDS_GIVEN, .folds = 1, .train = trains, .test = tests};
    rec_tune_options options = {
        .size = sizeof options, .plan = &plan, .path = "regularization", .metric = "rmse_raw"};
    rec_space *space = NULL;
    rec_tuning *tuning = NULL;
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, "mf"));
    EXPECT_OK(rec_model_set(model, "epochs", 3));
    EXPECT_OK(rec_model_set(model, "threads", 2));
    EXPECT_OK(rec_space_create(&space, "mf"));
    EXPECT_OK(rec_space_values(space, "regularization", regs, 3));
    EXPECT_OK(rec_tune(model, NULL, space, &options, &tuning));
    for (int i = 0; i < 3; i++) {
        rec_evaluation *evaluation = NULL;
        rec_figure figure = REC_FIGURE_INIT;
        EXPECT_OK(rec_model_set(model, "regularization", regs[falling[i]]));
        if (i > 0)
            EXPECT_OK(rec_model_start_from(model, model));
        EXPECT_OK(rec_fit(model, train));
        EXPECT_OK(rec_evaluate(model, test, "rmse_raw", &evaluation));
        EXPECT_OK(rec_evaluation_at(evaluation, 0, &figure));
        int32_t rank = 0;
        while (at(tuning, rank).number != falling[i])
            rank++;
        ck_assert_double_eq(at(tuning, rank).value, figure.value);
        rec_evaluation_free(evaluation);
    }
    rec_tuning_free(tuning);
    rec_model_free(model);
    rec_space_free(space);
    rec_ratings_free(ratings);
    rec_ratings_free(train);
    rec_ratings_free(test);
}
END_TEST

static rec_status tune_once(void *context)
{
    const rec_tune_options *options = context;
    rec_folds plan = {.size = sizeof plan, .folds = 2};
    rec_tune_options full = *options;
    rec_ratings *ratings = NULL;
    rec_tuning *tuning = NULL;
    rec_space *space = NULL;
    rec_model *model = own_model(&bowl, 1);
    full.plan = &plan;
    rec_status status = model == NULL ? REC_ERR_NO_MEMORY : make_ratings(&ratings);
    if (status == REC_OK)
        status = rec__space_create(&space, &bowl);
    if (status == REC_OK)
        status = rec_space_values(space, "reg", some_reg, 4);
    if (status == REC_OK)
        status = rec_tune(model, ratings, space, &full, &tuning);
    ck_assert((status == REC_OK) == (tuning != NULL));
    rec_tuning_free(tuning);
    rec_space_free(space);
    rec_model_free(model);
    rec_ratings_free(ratings);
    return status;
}

START_TEST(test_no_memory)
{
    rec_tune_options path = usual, halving = usual;
    path.path = "reg";
    halving.method = REC_TUNE_HALVING;
    ck_assert_int_gt(fail_each_allocation(tune_once, &path), 40);
    ck_assert_int_gt(fail_each_allocation(tune_once, &halving), 40);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tune");
    TCase *searches = tcase_create("searches");
    tcase_add_test(searches, test_grid_is_its_parts);
    tcase_add_test(searches, test_usual);
    tcase_add_test(searches, test_order);
    tcase_add_test(searches, test_given_folds);
    tcase_add_test(searches, test_random);
    tcase_add_test(searches, test_halving);
    tcase_add_test(searches, test_same_for_any_threads);
    tcase_add_test(searches, test_threads_are_shared);
    tcase_add_test(searches, test_path);
    tcase_add_test(searches, test_path_past_divergence);
    tcase_add_test(searches, test_path_by_hand);
    tcase_add_test(searches, test_diverged_are_last);
    tcase_add_test(searches, test_halving_past_divergence);
    tcase_add_test(searches, test_no_memory);
    suite_add_tcase(suite, searches);
    return run_suite(suite);
}
