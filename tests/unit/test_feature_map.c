/* SPDX-License-Identifier: Apache-2.0 */
/* Items that nobody has rated, placed by their features: planted tastes are found, and the map is the minimum it says it is. */
#include <librec/librec.h>

#include <math.h>
#include <stdio.h>

#include "unit.h"

enum { USERS = 120, RATED = 60, NEW = 6, ITEMS = RATED + NEW, GROUPS = 3, WIDTH = GROUPS + 2 };

/* User u likes items of group u % 3; item i is of group i % 3. */
static rec_ratings *make_ratings(void)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int u = 0; u < USERS; u++)
        for (int i = 0; i < RATED; i++)
            if (i % GROUPS == u % GROUPS && (u * 7 + i * 5) % 11 < 5) {
                char user[16], item[16];
                snprintf(user, sizeof user, "u%d", u);
                snprintf(item, sizeof item, "%d", i);
                EXPECT_OK(rec_ratings_builder_add(builder, user, item, 1, REC_NO_TIME));
            }
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

/* A one for the group, and two numbers that say nothing. */
static void fill_features(float *values)
{
    memset(values, 0, ITEMS * WIDTH * sizeof *values);
    for (int i = 0; i < ITEMS; i++) {
        values[i * WIDTH + i % GROUPS] = 1;
        values[i * WIDTH + GROUPS] = (float)((i * 13) % 7) / 7 - 0.4f;
        values[i * WIDTH + GROUPS + 1] = (float)((i * 29) % 5) / 5 - 0.3f;
    }
}

static rec_features *make_features(int sparse)
{
    float values[ITEMS * WIDTH];
    int64_t start[ITEMS + 1];
    int32_t columns[ITEMS * WIDTH];
    rec_features *features = NULL;
    rec_ids *ids = NULL;
    char names[ITEMS][16];
    const char *all[ITEMS];
    for (int i = 0; i < ITEMS; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        all[i] = names[i];
    }
    fill_features(values);
    for (int e = 0; e < ITEMS * WIDTH; e++)
        columns[e] = e % WIDTH;
    for (int i = 0; i <= ITEMS; i++)
        start[i] = (int64_t)i * WIDTH;
    EXPECT_OK(rec_ids_from_text(&ids, all, ITEMS));
    if (sparse)
        EXPECT_OK(rec_features_from_csr(&features, ids, NULL, ITEMS, WIDTH, start, columns, values));
    else
        EXPECT_OK(rec_features_from_dense(&features, ids, NULL, ITEMS, WIDTH, values));
    rec_ids_free(ids);
    return features;
}

static rec_model *fit_model(const char *algorithm, int sparse, int threads)
{
    rec_ratings *ratings = make_ratings();
    rec_features *features = make_features(sparse);
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, algorithm));
    EXPECT_OK(rec_model_set(model, "factors", 6));
    EXPECT_OK(rec_model_set(model, "threads", threads));
    EXPECT_OK(rec_model_set_item_features(model, features));
    EXPECT_OK(rec_fit(model, ratings));
    ck_assert_int_eq(rec_model_items(model), ITEMS);
    rec_features_free(features);
    rec_ratings_free(ratings);
    return model;
}

static int group_of(const rec_model *model, int32_t row)
{
    char id[16];
    EXPECT_OK(rec_ids_text(rec_model_item_ids(model), row, id, sizeof id, NULL));
    return atoi(id) % GROUPS;
}

static void expect_groups_first(const char *algorithm, int sparse)
{
    rec_model *model = fit_model(algorithm, sparse, 2);
    int32_t fresh[NEW], items[NEW], n = 0;
    rec_query query = REC_QUERY_INIT;
    for (int32_t i = 0; i < NEW; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", RATED + i);
        EXPECT_OK(rec_ids_find(rec_model_item_ids(model), id, &fresh[i]));
    }
    query.only = fresh;
    query.n_only = NEW;
    for (int u = 0; u < USERS; u++) {
        char id[16];
        int32_t row;
        snprintf(id, sizeof id, "u%d", u);
        EXPECT_OK(rec_ids_find(rec_model_user_ids(model), id, &row));
        EXPECT_OK(rec_topk(model, row, &query, NEW, items, NULL, &n));
        ck_assert_int_eq(n, NEW);
        for (int i = 0; i < NEW / GROUPS; i++)
            ck_assert_msg(group_of(model, items[i]) == u % GROUPS, "%s: user %d gets group %d", algorithm, u,
                          group_of(model, items[i]));
    }
    rec_model_free(model);
}

START_TEST(test_planted_groups)
{
    static const char *const algorithms[] = {"ials", "bpr", "svd", "logistic"};
    for (size_t a = 0; a < sizeof algorithms / sizeof *algorithms; a++)
        for (int sparse = 0; sparse < 2; sparse++)
            expect_groups_first(algorithms[a], sparse);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static rec_array find(const rec_model *model, const char *name)
{
    rec_array array = REC_ARRAY_INIT;
    EXPECT_OK(rec_model_array_find(model, name, &array));
    return array;
}

/* |F'C (Y - mean - F W) - lambda W| of one column, over |F'C (Y - mean)|. */
static double gradient(const rec_model *model, double lambda, int32_t column)
{
    rec_array vectors = find(model, "item_vectors"), map = find(model, "map_vectors"),
              mean = find(model, "map_mean");
    const float *y = vectors.data, *w = map.data, *m = mean.data;
    float values[ITEMS * WIDTH];
    double right[WIDTH] = {0}, left[WIDTH] = {0}, difference = 0, size = 0;
    int64_t factors = vectors.columns;
    fill_features(values);
    for (int32_t row = 0; row < ITEMS; row++) {
        char id[16];
        EXPECT_OK(rec_ids_text(rec_model_item_ids(model), row, id, sizeof id, NULL));
        int item = atoi(id), n = 0;
        for (int u = 0; item < RATED && u < USERS; u++)
            n += item % GROUPS == u % GROUPS && (u * 7 + item * 5) % 11 < 5;
        double c = n / (n + 10.0), target = (double)y[row * factors + column] - (double)m[column], made = 0;
        for (int f = 0; f < WIDTH; f++)
            made += (double)values[item * WIDTH + f] * (double)w[f * factors + column];
        for (int f = 0; f < WIDTH; f++) {
            left[f] += c * (double)values[item * WIDTH + f] * made;
            right[f] += c * (double)values[item * WIDTH + f] * target;
        }
    }
    for (int f = 0; f < WIDTH; f++) {
        double off = right[f] - left[f] - lambda * (double)w[f * factors + column];
        difference += off * off;
        size += right[f] * right[f];
    }
    return sqrt(difference / size);
}

/* Weighted mean square of a row's length. */
static double scale_of_features(void)
{
    float values[ITEMS * WIDTH];
    double sum = 0, weight = 0;
    fill_features(values);
    for (int i = 0; i < RATED; i++) {
        int n = 0;
        for (int u = 0; u < USERS; u++)
            n += i % GROUPS == u % GROUPS && (u * 7 + i * 5) % 11 < 5;
        weight += n / (n + 10.0);
        for (int f = 0; f < WIDTH; f++)
            sum += n / (n + 10.0) * (double)values[i * WIDTH + f] * (double)values[i * WIDTH + f];
    }
    return sum / weight;
}

START_TEST(test_normal_equations)
{
    static const double path[] = {1000, 300, 100, 30, 10, 3, 1, 0.3, 0.1};
    for (int sparse = 0; sparse < 2; sparse++) {
        rec_model *model = fit_model("ials", sparse, 1);
        double least = 1;
        for (size_t s = 0; s < sizeof path / sizeof *path; s++)
            least = fmin(least, gradient(model, path[s] * scale_of_features(), 0));
        ck_assert_double_lt(least, 2e-3);
        rec_model_free(model);
    }
}
END_TEST

START_TEST(test_same_for_any_threads)
{
    rec_model *one = fit_model("ials", 1, 1);
    for (int threads = 2; threads <= 7; threads += 5) {
        rec_model *more = fit_model("ials", 1, threads);
        rec_array a = find(one, "item_vectors"), b = find(more, "item_vectors");
        ck_assert_mem_eq(a.data, b.data, (size_t)(a.rows * a.columns) * sizeof(float));
        rec_model_free(more);
    }
    rec_model_free(one);
}
END_TEST

/* A few users and items, so that there are not many allocations. */
static rec_status fit_small(void *context)
{
    enum { N = 12 };
    static int64_t start[N + 1];
    static int32_t columns[N * 2];
    float values[N * 2], ratings[N * 2];
    rec_ratings *store = NULL;
    rec_features *features = NULL;
    rec_model *model = NULL;
    (void)context;
    for (int i = 0; i < N; i++) {
        start[i + 1] = 2 * (i + 1);
        columns[2 * i] = i % 2 == 0 ? 0 : 1;
        columns[2 * i + 1] = 2 + i % 8;
        values[2 * i] = ratings[2 * i] = 1;
        values[2 * i + 1] = ratings[2 * i + 1] = 0.5f;
    }
    rec_status status = rec_ratings_from_csr(&store, N, N, start, columns, ratings);
    if (status == REC_OK)
        status = rec_features_from_csr(&features, NULL, NULL, N, N, start, columns, values);
    if (status == REC_OK)
        status = rec_model_create(&model, "ials");
    if (status == REC_OK)
        status = rec_model_set(model, "factors", 2);
    if (status == REC_OK)
        status = rec_model_set(model, "threads", 1);
    if (status == REC_OK)
        status = rec_model_set_item_features(model, features);
    if (status == REC_OK)
        status = rec_fit(model, store);
    rec_model_free(model);
    rec_features_free(features);
    rec_ratings_free(store);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(fit_small, NULL), 30);
}
END_TEST

static int cancel_path(void *context, const rec_progress *progress)
{
    int *seen = context;
    /* The steps of the path come after those of the fit, and have no loss. */
    return isnan(progress->loss) && progress->steps == 9 ? ++*seen > 0 : 0;
}

START_TEST(test_cancel)
{
    rec_ratings *ratings = make_ratings();
    rec_features *features = make_features(0);
    rec_model *model = NULL;
    int seen = 0;
    EXPECT_OK(rec_model_create(&model, "ials"));
    EXPECT_OK(rec_model_set_item_features(model, features));
    rec_model_set_progress(model, cancel_path, &seen);
    EXPECT(rec_fit(model, ratings), REC_ERR_CANCELLED, "cancel");
    ck_assert_int_eq(seen, 1);
    ck_assert_int_eq(rec_model_fitted(model), 0);
    rec_model_free(model);
    rec_features_free(features);
    rec_ratings_free(ratings);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* The first items alone, or the last ones. */
static rec_features *some_features(int first, int last)
{
    float values[ITEMS * WIDTH];
    rec_features *features = NULL;
    rec_ids *ids = NULL;
    char names[ITEMS][16];
    const char *all[ITEMS];
    for (int i = first; i < last; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        all[i - first] = names[i];
    }
    fill_features(values);
    EXPECT_OK(rec_ids_from_text(&ids, all, last - first));
    EXPECT_OK(rec_features_from_dense(&features, ids, NULL, last - first, WIDTH, values + first * WIDTH));
    rec_ids_free(ids);
    return features;
}

static rec_model *fit_with(const char *algorithm, const rec_features *features)
{
    rec_ratings *ratings = make_ratings();
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, algorithm));
    EXPECT_OK(rec_model_set(model, "factors", 6));
    EXPECT_OK(rec_model_set_item_features(model, features));
    EXPECT_OK(rec_fit(model, ratings));
    rec_ratings_free(ratings);
    return model;
}

/* Items that are added get the vectors that the fit would have given them, and are answered; the rest stays as it was, through a file too. */
START_TEST(test_added_items)
{
    static const char *const algorithms[] = {"ials", "svd", "bpr"};
    rec_features *rated = some_features(0, RATED), *later = some_features(RATED - 2, ITEMS);
    rec_model *before = fit_with(algorithms[_i], rated), *grown = NULL, *opened = NULL, *again = NULL;
    EXPECT_OK(rec_model_add_items(&grown, before, later));
    EXPECT_OK(rec_model_save(before, "before.librec"));
    EXPECT_OK(rec_model_open(&opened, "before.librec"));
    EXPECT_OK(rec_model_add_items(&again, opened, later));
    rec_model_free(opened);
    ck_assert_int_eq(rec_model_items(before), RATED);
    ck_assert_int_eq(rec_model_items(grown), ITEMS);
    rec_array map = find(before, "map_vectors"), mean = find(before, "map_mean"),
              spread = find(before, "map_spread");
    rec_array vectors = find(grown, "item_vectors"), old = find(before, "item_vectors"),
              same = find(again, "item_vectors");
    ck_assert(memcmp(vectors.data, old.data, (size_t)(old.rows * old.columns) * sizeof(float)) == 0);
    ck_assert(memcmp(vectors.data, same.data, (size_t)(vectors.rows * vectors.columns) * sizeof(float)) == 0);
    float values[ITEMS * WIDTH];
    fill_features(values);
    double g = *(const double *)spread.data;
    ck_assert(g >= 1.0 && isfinite(g));
    for (int32_t row = RATED; row < ITEMS; row++) {
        char id[16];
        EXPECT_OK(rec_ids_text(rec_model_item_ids(grown), row, id, sizeof id, NULL));
        for (int64_t k = 0; k < vectors.columns; k++) {
            double wanted = 0;
            for (int f = 0; f < WIDTH; f++)
                wanted += (double)values[atoi(id) * WIDTH + f] *
                          (double)((const float *)map.data)[f * map.columns + k];
            wanted = (double)((const float *)mean.data)[k] + g * wanted;
            ck_assert(fabs((double)((const float *)vectors.data)[row * vectors.columns + k] - wanted) < 1e-4);
        }
    }
    int32_t items[ITEMS], n = 0, met = 0;
    EXPECT_OK(rec_topk(grown, 0, NULL, ITEMS, items, NULL, &n));
    for (int32_t i = 0; i < n; i++)
        met += items[i] >= RATED;
    ck_assert_int_eq(met, NEW);
    rec_query query = REC_QUERY_INIT;
    query.history = (const int32_t[]){RATED, RATED + 3};
    query.n_history = 2;
    EXPECT_OK(rec_topk(grown, REC_NEW_USER, &query, 3, items, NULL, &n));
    rec_model_free(before);
    rec_model_free(again);
    rec_model_free(grown);
    rec_features_free(rated);
    rec_features_free(later);
    remove("before.librec");
}
END_TEST

/* An item that is added to a model of content with the features of another, which the fit had, is its twin. */
static void expect_twin(const rec_model *model, const rec_features *features)
{
    rec_model *grown = NULL;
    int32_t like, twin, found[ITEMS], n = 0;
    float scores[ITEMS], of_like, of_twin;
    EXPECT_OK(rec_model_add_items(&grown, model, features));
    EXPECT_OK(rec_ids_find(rec_model_item_ids(grown), "3", &like));
    EXPECT_OK(rec_ids_find(rec_model_item_ids(grown), "twin", &twin));
    ck_assert_int_eq(twin, rec_model_items(model));
    for (int32_t u = 0; u < USERS; u++) {
        EXPECT_OK(rec_predict(grown, u, like, &of_like));
        EXPECT_OK(rec_predict(grown, u, twin, &of_twin));
        ck_assert(fabs((double)(of_like - of_twin)) < 1e-6);
        EXPECT_OK(rec_predict(model, u, like, &of_twin));
        ck_assert(fabs((double)(of_like - of_twin)) < 1e-6);
        EXPECT_OK(rec_topk(grown, u, NULL, ITEMS, found, scores, &n));
        for (int32_t i = 0; i < n; i++) {
            EXPECT_OK(rec_predict(grown, u, found[i], &of_like));
            ck_assert(fabs((double)(of_like - scores[i])) < 1e-6);
        }
    }
    rec_model_free(grown);
}

START_TEST(test_items_added_to_content)
{
    static const struct {
        int sparse;
        const char *name, *value;
    } cases[] = {{0, "weighting", "none"}, {1, "weighting", "none"}, {1, "weighting", "idf"},
                 {1, "factors", "2"},      {1, "match", "nearest"},  {0, "match", "nearest"}};
    float values[ITEMS * WIDTH];
    rec_features *features = make_features(cases[_i].sparse), *twin = NULL;
    rec_ratings *ratings = make_ratings();
    rec_model *model = NULL;
    rec_ids *ids = NULL;
    fill_features(values);
    EXPECT_OK(rec_ids_from_text(&ids, (const char *const[]){"twin"}, 1));
    EXPECT_OK(rec_features_from_dense(&twin, ids, NULL, 1, WIDTH, values + 3 * WIDTH));
    EXPECT_OK(rec_model_create(&model, "content"));
    EXPECT_OK(rec_model_set_text(model, cases[_i].name, cases[_i].value));
    EXPECT_OK(rec_model_set_item_features(model, features));
    EXPECT_OK(rec_fit(model, ratings));
    expect_twin(model, twin);
    rec_model_free(model);
    rec_ratings_free(ratings);
    rec_features_free(features);
    rec_features_free(twin);
    rec_ids_free(ids);
}
END_TEST

START_TEST(test_refused_items)
{
    rec_features *rated = some_features(0, RATED), *later = some_features(RATED, ITEMS);
    rec_ratings *ratings = make_ratings();
    rec_model *model = fit_with("ials", rated), *other = NULL, *out = NULL;
    EXPECT(rec_model_add_items(&out, model, rated), REC_ERR_EMPTY, "new ones were expected");
    EXPECT(rec_model_add_items(&out, model, NULL), REC_ERR_INVALID, "features");
    EXPECT_OK(rec_model_create(&other, "itemknn"));
    EXPECT(rec_model_add_items(&out, other, later), REC_ERR_NOT_FITTED, "itemknn");
    EXPECT_OK(rec_fit(other, ratings));
    EXPECT(rec_model_add_items(&out, other, later), REC_ERR_UNSUPPORTED, "\"itemknn\"");
    rec_model_free(other);
    EXPECT_OK(rec_model_create(&other, "ials"));
    EXPECT_OK(rec_fit(other, ratings));
    EXPECT(rec_model_add_items(&out, other, later), REC_ERR_UNSUPPORTED, "without features");
    ck_assert_ptr_null(out);
    rec_model_free(other);
    rec_model_free(model);
    rec_ratings_free(ratings);
    rec_features_free(rated);
    rec_features_free(later);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("feature map");
    TCase *tests = tcase_create("item map");
    tcase_add_test(tests, test_planted_groups);
    tcase_add_test(tests, test_normal_equations);
    tcase_add_test(tests, test_same_for_any_threads);
    tcase_add_test(tests, test_no_memory);
    tcase_add_test(tests, test_cancel);
    tcase_add_loop_test(tests, test_added_items, 0, 3);
    tcase_add_loop_test(tests, test_items_added_to_content, 0, 6);
    tcase_add_test(tests, test_refused_items);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
