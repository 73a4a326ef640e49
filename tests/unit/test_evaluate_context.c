/* SPDX-License-Identifier: Apache-2.0 */
/* Rankings in context, beside loops over the public calls; validation ratings in theirs. */
#include "unit.h"

#include "model/contexts.h"
#include "model/model.h"

#include <librec/evaluate.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { USERS = 40, ITEMS = 48, EACH = 18, LEARNED = 12, STRANGER = 999, K = 6, CONTEXTS = 2 * 4 };

static int item_of(int u, int k)
{
    return (u * 5 + k * 11) % ITEMS;
}

static const char *const devices[] = {"mobile", "desk"};
/* The last is unknown. "roof" is of test ratings alone. */
static const char *const places[] = {"home", "work", "roof", ""};

static int device_of(int u, int k)
{
    return (u * 7 + k * 3) % 5 < 2 ? 0 : 1;
}

static int place_of(int u, int k)
{
    int place = (u + k * k) % 4;
    return place == 2 && k < LEARNED ? 0 : place;
}

/* Items of even row are liked on the way. */
static float rating_of(int u, int k)
{
    return (item_of(u, k) % 2 == 0) == (device_of(u, k) == 0) ? 5.0f : 1.0f + (float)(u % 3);
}

static rec_ratings *ratings_from(int first, int last)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int u = 0; u < USERS; u++)
        for (int k = first; k < last; k++)
            EXPECT_OK(rec_ratings_builder_add_ids(builder, u, item_of(u, k), rating_of(u, k), REC_NO_TIME));
    if (first > 0) /* an item and a user that no model knows */
        EXPECT_OK(rec_ratings_builder_add_ids(builder, 3, STRANGER, 2.0f, REC_NO_TIME));
    if (first > 0)
        EXPECT_OK(rec_ratings_builder_add_ids(builder, STRANGER, 4, 2.0f, REC_NO_TIME));
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

static rec_contexts *make_contexts(void)
{
    static int64_t users[USERS * EACH], items[USERS * EACH];
    static const char *values[2 * USERS * EACH];
    rec_contexts *contexts = NULL;
    int n = 0;
    for (int u = 0; u < USERS; u++)
        for (int k = 0; k < EACH; k++, n++) {
            users[n] = u;
            items[n] = item_of(u, k);
            values[2 * n] = devices[device_of(u, k)];
            values[2 * n + 1] = places[place_of(u, k)];
        }
    EXPECT_OK(rec_contexts_from_ids(&contexts, "device,place", users, items, values, n));
    return contexts;
}

static const struct {
    const char *algorithm, *loss, *interactions;
} kinds[] = {{"fm", "squared", "across"}, {"fm", "warp", "all"}, {"ials", NULL, NULL}};
enum { KINDS = 3, WITHOUT = 2 };

static rec_model *fit_kind(int kind, rec_contexts *contexts)
{
    rec_model *model = NULL;
    rec_ratings *ratings = ratings_from(0, LEARNED);
    EXPECT_OK(rec_model_create(&model, kinds[kind].algorithm));
    EXPECT_OK(rec_model_set(model, "factors", 4));
    if (kinds[kind].loss != NULL) {
        EXPECT_OK(rec_model_set_text(model, "loss", kinds[kind].loss));
        EXPECT_OK(rec_model_set_text(model, "interactions", kinds[kind].interactions));
        EXPECT_OK(rec_model_set_contexts(model, contexts));
    }
    EXPECT_OK(rec_fit(model, ratings));
    rec_ratings_free(ratings);
    return model;
}

/* What is averaged. */
enum { RECALL, NDCG, HIT, AUC, FIGURES };
static const char metrics[] = "recall@6,ndcg@6,hit@6,auc";

/* Of a user in a context: the test items of these are marked, `relevant` of them in all. */
struct question {
    const rec_model *model;
    const rec_query *query;
    int32_t user;
    bool is_test[ITEMS], of_user[ITEMS], trained[ITEMS];
    int relevant;
};

static double factor_of(const struct question *q, int32_t item, double score)
{
    double factor = q->query->item_factors == NULL ? 1.0 : (double)q->query->item_factors[item];
    return score < 0.0 ? score / factor : score * factor;
}

static void measure_list(const struct question *q, double *figures)
{
    int32_t list[K], n = 0;
    double hits = 0, gain = 0, ideal = 0;
    EXPECT_OK(rec_topk(q->model, q->user, q->query, K, list, NULL, &n));
    for (int r = 0; r < n; r++) {
        hits += q->is_test[list[r]];
        gain += q->is_test[list[r]] ? 1 / log2(r + 2) : 0;
    }
    for (int r = 0; r < K && r < q->relevant; r++)
        ideal += 1 / log2(r + 2);
    figures[RECALL] += hits / q->relevant;
    figures[NDCG] += gain / ideal;
    figures[HIT] += hits > 0;
}

static void measure_area(const struct question *q, double *figures)
{
    int32_t rows[ITEMS];
    float scores[ITEMS];
    double wins = 0, pairs = 0;
    for (int32_t i = 0; i < ITEMS; i++)
        rows[i] = i;
    EXPECT_OK(rec_score(q->model, q->user, q->query, rows, ITEMS, scores));
    for (int32_t i = 0; i < ITEMS; i++)
        for (int32_t j = 0; q->is_test[i] && j < ITEMS; j++) {
            if (q->of_user[j] || q->trained[j])
                continue;
            double a = factor_of(q, i, (double)scores[i]), b = factor_of(q, j, (double)scores[j]);
            wins += a > b ? 1 : a == b ? 0.5 : 0;
            pairs++;
        }
    figures[AUC] += wins / pairs;
}

/* The rows of a context in the model; those of values that it has not met are left out. */
static int32_t find_context(const rec_model *model, int device, int place, int32_t *rows)
{
    char text[64];
    int32_t n = 0;
    snprintf(text, sizeof text, "device=%s%s%s", devices[device], *places[place] ? ",place=" : "",
             places[place]);
    EXPECT_OK(rec_model_find_context(model, text, rows, 8, &n));
    return n;
}

/* Mark the test items of a user, those of this context apart; of the stranger's rating: none is given for it. */
static void mark(struct question *q, int u, int device, int place)
{
    for (int k = 0; k < EACH; k++) {
        int32_t item;
        EXPECT_OK(rec_ids_find_integer(rec_model_item_ids(q->model), item_of(u, k), &item));
        q->trained[item] = q->trained[item] || k < LEARNED;
        bool here = k >= LEARNED && device_of(u, k) == device && place_of(u, k) == place;
        q->of_user[item] = q->of_user[item] || k >= LEARNED;
        q->is_test[item] = q->is_test[item] || here;
        q->relevant += here;
    }
}

/* Ask for each user and context as anybody would; returns how many there were. */
static int ask_all(const rec_model *model, bool learned, const float *factors, double *figures)
{
    int n = 0;
    for (int f = 0; f < FIGURES; f++)
        figures[f] = 0;
    for (int u = 0; u < USERS; u++)
        for (int c = 0; c < CONTEXTS; c++) {
            int32_t rows[8];
            rec_query query = REC_QUERY_INIT;
            struct question q = {.model = model, .query = &query};
            mark(&q, u, c % 2, c / 2);
            if (q.relevant == 0)
                continue;
            EXPECT_OK(rec_ids_find_integer(rec_model_user_ids(model), u, &q.user));
            query.context = rows;
            query.n_context = learned ? find_context(model, c % 2, c / 2, rows) : 0;
            query.item_factors = factors;
            measure_list(&q, figures);
            measure_area(&q, figures);
            n++;
        }
    return n;
}

/* The user whom the model lacks is ranked once, without a context, for their one item. */
static void ask_stranger(const rec_model *model, const float *factors, double *figures)
{
    rec_query query = REC_QUERY_INIT;
    struct question q = {.model = model, .query = &query, .user = REC_NEW_USER, .relevant = 1};
    int32_t item;
    EXPECT_OK(rec_ids_find_integer(rec_model_item_ids(model), 4, &item));
    q.is_test[item] = q.of_user[item] = true;
    query.item_factors = factors;
    measure_list(&q, figures);
    measure_area(&q, figures);
}

static rec_evaluation *evaluate(const rec_model *model, const rec_ratings *test, const char *wanted,
                                const rec_evaluate_options *options)
{
    rec_evaluation *evaluation = NULL;
    EXPECT_OK(rec_evaluate_by(model, test, wanted, options, &evaluation));
    return evaluation;
}

static double value_of(const rec_evaluation *evaluation, int32_t index)
{
    rec_figure figure = REC_FIGURE_INIT;
    EXPECT_OK(rec_evaluation_at(evaluation, index, &figure));
    return figure.value;
}

static void expect_figures(const rec_evaluation *evaluation, const double *sums, int n)
{
    rec_evaluation_totals totals = REC_EVALUATION_TOTALS_INIT;
    EXPECT_OK(rec_evaluation_totals_of(evaluation, &totals));
    ck_assert_int_eq(totals.users, USERS + 1);
    ck_assert_int_eq(totals.rankings, n);
    for (int32_t f = 0; f < FIGURES; f++)
        ck_assert_msg(fabs(value_of(evaluation, f) - sums[f] / n) < 1e-6, "%s: %.9f; %.9f was expected",
                      metrics, value_of(evaluation, f), sums[f] / n);
}

/* With and without factors of the items, by one thread and by three; contexts given, or set on the model. */
START_TEST(test_in_context)
{
    rec_contexts *contexts = make_contexts();
    rec_ratings *test = ratings_from(LEARNED, EACH);
    rec_model *model = fit_kind(_i, contexts);
    float factors[ITEMS];
    for (int i = 0; i < ITEMS; i++)
        factors[i] = 0.5f + (float)(i * 29 % 17) / 8;
    for (int with = 0; with < 4; with++) {
        rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
        double sums[FIGURES];
        options.flags = REC_EVALUATE_IN_CONTEXT;
        options.item_factors = with % 2 ? factors : NULL;
        options.contexts = with < 2 || _i == WITHOUT ? contexts : NULL;
        EXPECT_OK(rec_model_set(model, "threads", with < 2 ? 1 : 3));
        int n = ask_all(model, _i != WITHOUT, options.item_factors, sums);
        ask_stranger(model, options.item_factors, sums);
        ck_assert_int_gt(n, 2 * USERS);
        rec_evaluation *evaluation = evaluate(model, test, metrics, &options);
        expect_figures(evaluation, sums, n + 1);
        rec_evaluation_free(evaluation);
    }
    rec_model_free(model);
    rec_ratings_free(test);
    rec_contexts_free(contexts);
}
END_TEST

/* Groups add up to the whole: each ranking is of one group of users, and the sums of hits are those of both groups of items. */
START_TEST(test_groups)
{
    static const int64_t bounds[] = {LEARNED - 1, LEARNED};
    rec_contexts *contexts = make_contexts();
    rec_ratings *test = ratings_from(LEARNED, EACH);
    rec_model *model = fit_kind(0, contexts);
    rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
    options.flags = REC_EVALUATE_IN_CONTEXT;
    options.user_bounds = bounds;
    options.n_user_bounds = 2;
    options.head = 0.5;
    rec_evaluation *evaluation = evaluate(model, test, metrics, &options);
    rec_evaluation_totals whole = REC_EVALUATION_TOTALS_INIT, part = REC_EVALUATION_TOTALS_INIT;
    EXPECT_OK(rec_evaluation_totals_of(evaluation, &whole));
    int64_t rankings = 0;
    double sum = 0;
    for (int32_t s = 0; s < 3; s++) {
        rec_stratum stratum = REC_STRATUM_INIT;
        EXPECT_OK(rec_evaluation_stratum(evaluation, s, &stratum));
        EXPECT_OK(rec_evaluation_totals_of(stratum.figures, &part));
        rankings += part.rankings;
        sum += part.rankings > 0 ? value_of(stratum.figures, RECALL) * (double)part.rankings : 0;
    }
    ck_assert_int_eq(rankings, whole.rankings);
    ck_assert_double_eq_tol(sum / (double)rankings, value_of(evaluation, RECALL), 1e-9);
    for (int32_t s = 3; s < 5; s++) {
        rec_stratum stratum = REC_STRATUM_INIT;
        EXPECT_OK(rec_evaluation_stratum(evaluation, s, &stratum));
        EXPECT_OK(rec_evaluation_totals_of(stratum.figures, &part));
        ck_assert_int_gt(part.rankings, USERS);
        ck_assert_int_lt(part.rankings, whole.rankings);
        ck_assert(value_of(stratum.figures, AUC) > 0.3 && value_of(stratum.figures, AUC) < 1);
    }
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_ratings_free(test);
    rec_contexts_free(contexts);
}
END_TEST

/* Many samples come near to all; without the context they would not. */
START_TEST(test_sampled)
{
    rec_contexts *contexts = make_contexts();
    rec_ratings *test = ratings_from(LEARNED, EACH);
    rec_model *model = fit_kind(0, contexts);
    rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
    double sums[FIGURES];
    float factors[ITEMS];
    for (int i = 0; i < ITEMS; i++)
        factors[i] = i % 3 == 0 ? 2.0f : 1.0f;
    options.negatives = 3000;
    options.seed = 5;
    rec_evaluation *plain = evaluate(model, test, "auc", &options);
    options.flags = REC_EVALUATE_IN_CONTEXT;
    for (int with = 0; with < 2; with++) {
        options.item_factors = with ? factors : NULL;
        int n = ask_all(model, true, options.item_factors, sums);
        ask_stranger(model, options.item_factors, sums);
        rec_evaluation *evaluation = evaluate(model, test, "auc", &options);
        ck_assert_double_eq_tol(value_of(evaluation, 0), sums[AUC] / (n + 1), 5e-3);
        ck_assert(with || fabs(value_of(plain, 0) - value_of(evaluation, 0)) > 1e-2);
        rec_evaluation_free(evaluation);
    }
    rec_evaluation_free(plain);
    rec_model_free(model);
    rec_ratings_free(test);
    rec_contexts_free(contexts);
}
END_TEST

static const rec_model *trouble_model;
static const rec_ratings *trouble_test;

static rec_status evaluate_so(const rec_evaluate_options *options)
{
    rec_evaluation *none = NULL;
    rec_status status = rec_evaluate_by(trouble_model, trouble_test, "recall@6", options, &none);
    rec_evaluation_free(none);
    return status;
}

START_TEST(test_refused)
{
    static const int64_t user = 1, item = 1;
    static const char *const good = "good";
    rec_contexts *contexts = make_contexts(), *mood = NULL;
    rec_ratings *test = ratings_from(LEARNED, EACH);
    rec_model *learned = fit_kind(0, contexts), *plain = fit_kind(WITHOUT, contexts);
    float factors[ITEMS];
    EXPECT_OK(rec_contexts_from_ids(&mood, "mood", &user, &item, &good, 1));
    rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
    options.flags = REC_EVALUATE_IN_CONTEXT;
    trouble_test = test;
    trouble_model = plain;
    EXPECT(evaluate_so(&options), REC_ERR_INVALID, "REC_EVALUATE_IN_CONTEXT", "no contexts");
    trouble_model = learned;
    options.contexts = mood;
    EXPECT(evaluate_so(&options), REC_ERR_NOT_FOUND, "no context \"mood\"", "device, place");
    options.contexts = NULL;
    options.item_factors = factors;
    for (int i = 0; i < ITEMS; i++)
        factors[i] = i == 7 ? 0.0f : 1.0f;
    EXPECT(evaluate_so(&options), REC_ERR_INVALID, "options.item_factors[7] is 0", "above 0");
    rec_model_free(learned);
    rec_model_free(plain);
    rec_ratings_free(test);
    rec_contexts_free(contexts);
    rec_contexts_free(mood);
}
END_TEST

/* The loss that is watched is the error on these ratings as they are predicted in their contexts: of the last epoch, what an evaluation finds. */
START_TEST(test_validation)
{
    static const char *const solvers[] = {"sgd", "als"};
    rec_contexts *contexts = make_contexts();
    rec_ratings *ratings = ratings_from(0, LEARNED), *held = ratings_from(LEARNED, EACH);
    rec_model *model = NULL;
    const double *training = NULL, *validation = NULL;
    int64_t n = 0;
    EXPECT_OK(rec_model_create(&model, "fm"));
    EXPECT_OK(rec_model_set(model, "factors", 4));
    EXPECT_OK(rec_model_set_text(model, "solver", solvers[_i]));
    EXPECT_OK(rec_model_set_contexts(model, contexts));
    EXPECT_OK(rec_model_set_validation(model, held));
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_model_loss(model, &training, &validation, &n));
    rec_ratings_builder *builder = NULL;
    rec_ratings *known = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int u = 0; u < USERS; u++)
        for (int k = LEARNED; k < EACH; k++)
            EXPECT_OK(rec_ratings_builder_add_ids(builder, u, item_of(u, k), rating_of(u, k), REC_NO_TIME));
    EXPECT_OK(rec_ratings_builder_finish(builder, &known));
    rec_ratings_builder_free(builder);
    rec_evaluation *evaluation = evaluate(model, known, "rmse_raw", NULL);
    ck_assert_double_eq_tol(validation[n - 1], value_of(evaluation, 0), 1e-5);
    rec_evaluation_free(evaluation);
    /* Without contexts nobody could do so well. */
    ck_assert_double_lt(validation[n - 1], 1.2);
    rec_ratings_free(known);
    rec_model_free(model);
    rec_ratings_free(ratings);
    rec_ratings_free(held);
    rec_contexts_free(contexts);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("evaluate_context");
    TCase *tests = tcase_create("evaluate_context");
    tcase_add_loop_test(tests, test_in_context, 0, KINDS);
    tcase_add_test(tests, test_groups);
    tcase_add_test(tests, test_sampled);
    tcase_add_test(tests, test_refused);
    tcase_add_loop_test(tests, test_validation, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
