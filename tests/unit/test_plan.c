/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: what every estimate must be, how they grow with the data, and trouble. No seconds are compared with a clock. */
#include "model/plan.h"

#include "unit.h"

#include <librec/algorithm.h>
#include <math.h>

enum { USERS = 40, ITEMS = 30 };

/* A rating where the product of the rows is no multiple of `gap`. */
static rec_ratings *make_store(int32_t gap)
{
    int64_t start[USERS + 1] = {0}, n = 0;
    int32_t items[USERS * ITEMS];
    rec_ratings *ratings = NULL;
    for (int32_t u = 0; u < USERS; u++) {
        for (int32_t i = 0; i < ITEMS; i++)
            if ((u + 1) * (i + 1) % gap != 0)
                items[n++] = i;
        start[u + 1] = n;
    }
    EXPECT_OK(rec_ratings_from_csr(&ratings, USERS, ITEMS, start, items, NULL));
    return ratings;
}

static struct rec__work work_of(const rec_model *model, const rec_ratings *ratings)
{
    struct rec__fit fit = {.ratings = ratings, .parameters = model->parameters, .threads = 1};
    struct rec__work work = {0};
    model->backend->work(&fit, &work);
    return work;
}

static double total(const struct rec__effort *effort)
{
    ck_assert(effort->flops >= 0.0 && effort->bytes >= 0.0 && effort->steps >= 0.0);
    return effort->flops + effort->bytes + effort->steps;
}

/* Every algorithm answers with finite numbers, or says that it does not count; more ratings are no less work. */
START_TEST(test_every_algorithm)
{
    rec_ratings *few = make_store(2), *many = make_store(7);
    int32_t counted = 0;
    for (int32_t a = 0; a < rec_algorithm_count(); a++) {
        rec_algorithm algorithm = REC_ALGORITHM_INIT;
        rec_plan_estimate plan = REC_PLAN_ESTIMATE_INIT;
        rec_model *model = NULL;
        EXPECT_OK(rec_algorithm_at(a, &algorithm));
        EXPECT_OK(rec_model_create(&model, algorithm.name));
        if (model->backend->work == NULL) {
            EXPECT(rec_plan(model, many, &plan), REC_ERR_UNSUPPORTED, algorithm.name, "no estimate");
        } else {
            struct rec__work less = work_of(model, few), more = work_of(model, many);
            ck_assert_msg(total(&more.once) >= total(&less.once), "%s", algorithm.name);
            ck_assert_msg(total(&more.epoch) >= total(&less.epoch), "%s", algorithm.name);
            ck_assert_msg(more.epochs == 0 || total(&more.epoch) > 0.0, "%s", algorithm.name);
            ck_assert_msg(more.held > 0.0, "%s", algorithm.name);
            counted++;
        }
        rec_model_free(model);
    }
    ck_assert_int_ge(counted, 18);
    rec_ratings_free(few);
    rec_ratings_free(many);
}
END_TEST

/* The estimate is the counts over the rates, and bytes those of the arrays. */
START_TEST(test_estimate)
{
    rec_ratings *ratings = make_store(3);
    rec_plan_estimate plan = REC_PLAN_ESTIMATE_INIT;
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, "ials"));
    EXPECT_OK(rec_model_set(model, "factors", 8));
    EXPECT_OK(rec_model_set(model, "epochs", 5));
    EXPECT_OK(rec_model_set(model, "threads", 2));
    EXPECT_OK(rec_plan(model, ratings, &plan));
    struct rec__work work = work_of(model, ratings);
    double epoch = work.epoch.flops / plan.flop_rate + work.epoch.bytes / plan.byte_rate +
                   work.epoch.steps / plan.step_rate;
    ck_assert(isfinite(epoch) && epoch > 0.0);
    ck_assert_double_eq_tol(plan.epoch_seconds, epoch, 1e-12);
    ck_assert_double_eq_tol(plan.seconds, plan.first_seconds + 5 * epoch, 1e-12);
    ck_assert_int_eq(plan.epochs, 5);
    ck_assert_int_eq(plan.threads, 2);
    ck_assert_int_eq(plan.ratings_bytes, 16 * rec_ratings_count(ratings) + 8 * (USERS + ITEMS + 2));
    ck_assert_int_ge(plan.fit_bytes, 4 * 8 * (USERS + ITEMS));
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* Pairs of items are counted from the users' rows, and pairs of users from the items'. */
START_TEST(test_pairs)
{
    const int64_t start[] = {0, 3, 4, 4};
    const int32_t items[] = {0, 1, 2, 2};
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, 3, 3, start, items, NULL));
    ck_assert_double_eq(rec__work_pairs(ratings, false), 9.0 + 1.0);
    ck_assert_double_eq(rec__work_pairs(ratings, true), 1.0 + 1.0 + 4.0);
    ck_assert_double_eq(rec__work_edges(3, 2), 6.0);
    ck_assert_double_eq(rec__work_edges(3, 1e9), 9.0);
    rec_ratings_free(ratings);
}
END_TEST

START_TEST(test_trouble)
{
    const int64_t start[] = {0, 0};
    rec_ratings *ratings = make_store(3), *empty = NULL;
    rec_plan_estimate plan = REC_PLAN_ESTIMATE_INIT;
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, "mf"));
    EXPECT(rec_plan(NULL, ratings, &plan), REC_ERR_INVALID, "model is NULL");
    EXPECT(rec_plan(model, NULL, &plan), REC_ERR_INVALID, "ratings is NULL");
    EXPECT(rec_plan(model, ratings, NULL), REC_ERR_INVALID, "estimate is NULL");
    plan.size = 1;
    EXPECT(rec_plan(model, ratings, &plan), REC_ERR_INVALID, "estimate.size is 1");
    EXPECT_OK(rec_ratings_from_csr(&empty, 1, 1, start, NULL, NULL));
    EXPECT(rec_plan(model, empty, &plan), REC_ERR_EMPTY, "the ratings are empty");
    rec_ratings_free(empty);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *tests = tcase_create("plan");
    tcase_add_test(tests, test_every_algorithm);
    tcase_add_test(tests, test_estimate);
    tcase_add_test(tests, test_pairs);
    tcase_add_test(tests, test_trouble);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
