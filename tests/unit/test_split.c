/* SPDX-License-Identifier: Apache-2.0 */
/* Splits: the positions that tests/reference/split.py draws, the last by time against a sort, and what holds of any
 * split. */
#include <librec/split.h>

#include "store/ratings.h"
#include "unit.h"

#include <math.h>

enum { USERS = 7, ITEMS = 12, COUNT = 30, SEED = 20190 };
static const uint64_t large_seed = UINT64_C(0xFEDCBA9876543210);
static const int32_t lengths[USERS] = {5, 0, 1, 3, 12, 2, 7};

/* Each user has the first items; a rating is its position, so that a part says which ones it has. */
static rec_ratings *make_store(const int64_t *times)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    int64_t position = 0;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int32_t user = 0; user < USERS; user++)
        for (int32_t item = 0; item < lengths[user]; item++, position++)
            EXPECT_OK(rec_ratings_builder_add_ids(builder, user, item, (float)position, times[position]));
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

/* The same without times, and with the user who has no ratings. */
static rec_ratings *make_rows(void)
{
    int64_t start[USERS + 1] = {0}, position = 0;
    int32_t items[COUNT];
    float values[COUNT];
    rec_ratings *ratings = NULL;
    for (int32_t user = 0; user < USERS; user++) {
        for (int32_t item = 0; item < lengths[user]; item++, position++) {
            items[position] = item;
            values[position] = (float)position;
        }
        start[user + 1] = position;
    }
    EXPECT_OK(rec_ratings_from_csr(&ratings, USERS, ITEMS, start, items, values));
    return ratings;
}

/* 1 for each position that a part has; its other arrays must be those of the whole store. */
static void read_part(const rec_ratings *part, const rec_ratings *whole, int has[COUNT])
{
    memset(has, 0, COUNT * sizeof *has);
    ck_assert_ptr_eq(rec_ratings_user_ids(part), rec_ratings_user_ids(whole));
    ck_assert_ptr_eq(rec_ratings_item_ids(part), rec_ratings_item_ids(whole));
    EXPECT_OK(rec__ratings_check(part, "part"));
    for (int32_t user = 0; user < rec_ratings_users(part); user++) {
        rec_row row;
        EXPECT_OK(rec_ratings_user(part, user, &row));
        for (int64_t i = 0; i < row.n; i++) {
            int64_t position = (int64_t)row.ratings[i];
            ck_assert_int_eq(rec__ratings_find(whole, user, row.others[i]), position);
            ck_assert_int_eq(has[position]++, 0);
            if (row.times != NULL)
                ck_assert_int_eq(row.times[i], whole->user_times[position]);
        }
    }
}

static void expect_parts(const rec_ratings *whole, rec_ratings *train, rec_ratings *test,
                         const int32_t *wanted, int32_t n)
{
    int in_train[COUNT], in_test[COUNT];
    read_part(train, whole, in_train);
    read_part(test, whole, in_test);
    for (int32_t position = 0, next = 0; position < COUNT; position++) {
        int tested = next < n && wanted[next] == position;
        ck_assert_msg(in_test[position] == tested, "position %d", position);
        ck_assert_int_eq(in_train[position], !tested);
        next += tested;
    }
    rec_ratings_free(train);
    rec_ratings_free(test);
}

#define POSITIONS(...)                                                                                       \
    (const int32_t[]){__VA_ARGS__}, sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t)

START_TEST(test_random)
{
    rec_ratings *whole = make_rows(), *train = NULL, *test = NULL;
    EXPECT_OK(rec_split_random(whole, 0.3, SEED, &train, &test));
    ck_assert_int_eq(rec_ratings_timed(train) + rec_ratings_timed(test), 0);
    expect_parts(whole, train, test, POSITIONS(0, 6, 10, 12, 14, 17, 18, 19, 21, 25, 29));
    EXPECT_OK(rec_split_random(whole, 0.3, large_seed, &train, &test));
    expect_parts(whole, train, test, POSITIONS(0, 2, 7, 8, 10, 15, 16, 27, 28, 29));
    rec_ratings_free(whole);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_per_user)
{
    rec_ratings *whole = make_rows(), *train = NULL, *test = NULL;
    EXPECT_OK(rec_split_per_user(whole, 0.4, SEED, &train, &test));
    expect_parts(whole, train, test, POSITIONS(1, 3, 7, 10, 11, 13, 17, 20, 21, 23, 25, 27));
    rec_ratings_free(whole);
}
END_TEST

START_TEST(test_folds)
{
    rec_ratings *whole = make_rows(), *train = NULL, *test = NULL;
    EXPECT_OK(rec_split_fold(whole, 4, 0, SEED, &train, &test));
    expect_parts(whole, train, test, POSITIONS(0, 3, 11, 18, 20, 21, 23, 25));
    EXPECT_OK(rec_split_fold(whole, 4, 1, SEED, &train, &test));
    expect_parts(whole, train, test, POSITIONS(4, 5, 6, 8, 9, 12, 15, 17));
    EXPECT_OK(rec_split_fold(whole, 4, 2, SEED, &train, &test));
    expect_parts(whole, train, test, POSITIONS(1, 7, 22, 24, 26, 27, 28));
    EXPECT_OK(rec_split_fold(whole, 4, 3, SEED, &train, &test));
    expect_parts(whole, train, test, POSITIONS(2, 10, 13, 14, 16, 19, 29));
    rec_ratings_free(whole);
}
END_TEST

START_TEST(test_one_rating_a_fold)
{
    rec_ratings *whole = make_rows(), *train = NULL, *test = NULL;
    int seen[COUNT] = {0}, has[COUNT];
    for (int32_t fold = 0; fold < COUNT; fold++) {
        EXPECT_OK(rec_split_fold(whole, COUNT, fold, 5, &train, &test));
        ck_assert_int_eq(rec_ratings_count(test), 1);
        read_part(test, whole, has);
        for (int i = 0; i < COUNT; i++)
            seen[i] += has[i];
        rec_ratings_free(train);
        rec_ratings_free(test);
    }
    for (int i = 0; i < COUNT; i++)
        ck_assert_int_eq(seen[i], 1);
    EXPECT(rec_split_fold(whole, COUNT + 1, COUNT, 5, &train, &test), REC_ERR_EMPTY, "30", "test");
    rec_ratings_free(whole);
}
END_TEST

START_TEST(test_one)
{
    rec_ratings *whole = make_rows(), *train = NULL, *test = NULL;
    EXPECT_OK(rec_split_one(whole, SEED, &train, &test));
    expect_parts(whole, train, test, POSITIONS(0, 8, 16, 21, 24));
    EXPECT_OK(rec_split_one(whole, SEED + 1, &train, &test));
    ck_assert_int_eq(rec_ratings_count(test), 5);
    rec_ratings_free(train);
    rec_ratings_free(test);
    rec_ratings_free(whole);
}
END_TEST

static const struct slice {
    int32_t train[COUNT], n_train, test[COUNT], n_test;
} slices[] = {
    {{0, 5, 9, 13, 22, 26}, 6, {1, 2, 6, 10, 14, 18, 19, 23, 27}, 9},
    {{0, 1, 2, 5, 6, 9, 10, 13, 14, 18, 19, 22, 23, 26, 27}, 15, {7, 11, 15, 20, 24, 28}, 6},
    {{0, 1, 2, 5, 6, 7, 9, 10, 11, 13, 14, 15, 18, 19, 20, 22, 23, 24, 26, 27, 28},
     21,
     {3, 4, 8, 12, 16, 17, 21, 25, 29},
     9},
};

static void expect_part(rec_ratings *part, const rec_ratings *whole, const int32_t *wanted, int32_t n)
{
    int has[COUNT];
    read_part(part, whole, has);
    ck_assert_int_eq(rec_ratings_count(part), n);
    for (int32_t i = 0; i < n; i++)
        ck_assert_msg(has[wanted[i]] == 1, "position %d", wanted[i]);
    rec_ratings_free(part);
}

/* The three parts of users held out. */
static void expect_held(const rec_ratings *whole, int32_t users, double fraction, const int32_t *told,
                        int32_t n_told, const int32_t *tested, int32_t n_tested)
{
    rec_ratings *train = NULL, *histories = NULL, *test = NULL;
    int in_train[COUNT], in_histories[COUNT], in_test[COUNT];
    EXPECT_OK(rec_split_users(whole, users, fraction, SEED, &train, &histories, &test));
    read_part(train, whole, in_train);
    read_part(histories, whole, in_histories);
    read_part(test, whole, in_test);
    for (int32_t position = 0, t = 0, h = 0; position < COUNT; position++) {
        int is_test = t < n_tested && tested[t] == position, is_told = h < n_told && told[h] == position;
        t += is_test;
        h += is_told;
        ck_assert_msg(in_test[position] == is_test, "position %d", position);
        ck_assert_msg(in_histories[position] == is_told, "position %d", position);
        ck_assert_int_eq(in_train[position], !is_test && !is_told);
    }
    rec_ratings_free(train);
    rec_ratings_free(histories);
    rec_ratings_free(test);
}

START_TEST(test_users)
{
    rec_ratings *whole = make_rows(), *train = whole, *histories = whole, *test = whole;
    expect_held(whole, 2, 0.3, POSITIONS(0, 2, 3, 23, 25, 27, 28, 29), POSITIONS(1, 4, 24, 26));
    expect_held(whole, 3, 0.01,
                POSITIONS(0, 1, 2, 3, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 23, 24, 25, 27, 28, 29),
                POSITIONS(4, 20, 26));
    EXPECT(rec_split_users(whole, 6, 0.5, 1, &train, &histories, &test), REC_ERR_EMPTY, "users is 6",
           "5 have two ratings");
    ck_assert(train == NULL && histories == NULL && test == NULL);
    EXPECT(rec_split_users(whole, 0, 0.5, 1, &train, &histories, &test), REC_ERR_INVALID, "users is 0");
    EXPECT(rec_split_users(whole, 1, 1, 1, &train, &histories, &test), REC_ERR_INVALID, "fraction is 1");
    EXPECT(rec_split_users(NULL, 1, 0.5, 1, &train, &histories, &test), REC_ERR_INVALID, "ratings is NULL");
    EXPECT(rec_split_users(whole, 1, 0.5, 1, &train, NULL, &test), REC_ERR_INVALID, "histories is NULL");
    rec_ratings_free(whole);
    const int64_t start[] = {0, 2, 4};
    const int32_t items[] = {0, 1, 0, 1};
    EXPECT_OK(rec_ratings_from_csr(&whole, 2, 2, start, items, NULL));
    EXPECT(rec_split_users(whole, 2, 0.5, 1, &train, &histories, &test), REC_ERR_EMPTY, "left to learn from");
    rec_ratings_free(whole);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_time)
{
    int64_t times[COUNT];
    for (int i = 0; i < COUNT; i++)
        times[i] = i * 7 % 30 / 3;
    rec_ratings *whole = make_store(times), *train = NULL, *test = NULL;
    for (int32_t fold = 0; fold < 3; fold++) {
        EXPECT_OK(rec_split_time(whole, 3, fold, &train, &test));
        expect_part(train, whole, slices[fold].train, slices[fold].n_train);
        expect_part(test, whole, slices[fold].test, slices[fold].n_test);
    }
    EXPECT(rec_split_time(whole, 20, 0, &train, &test), REC_ERR_EMPTY, "fold 1 of 20", "different times");
    EXPECT(rec_split_time(whole, 20, 2, &train, &test), REC_ERR_EMPTY, "fold 3 of 20", "test on");
    EXPECT(rec_split_time(whole, 0, 0, &train, &test), REC_ERR_INVALID, "folds is 0", "1 to");
    EXPECT(rec_split_time(whole, 3, 3, &train, &test), REC_ERR_INVALID, "fold is 3", "0 to 2");
    EXPECT(rec_split_time(whole, COUNT, 3, &train, &test), REC_ERR_EMPTY, "folds is 30, of 30 ratings");
    ck_assert(train == NULL && test == NULL);
    rec_ratings_free(whole);
    whole = make_rows();
    EXPECT(rec_split_time(whole, 3, 0, &train, &test), REC_ERR_UNSUPPORTED, "no times", "rec_split_time");
    rec_ratings_free(whole);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static const int64_t *sorted_times;

static int later_first(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    if (sorted_times[x] != sorted_times[y])
        return sorted_times[x] > sorted_times[y] ? -1 : 1;
    return y - x;
}

static int ascending(const void *a, const void *b)
{
    return *(const int32_t *)a - *(const int32_t *)b;
}

/* Times drawn from few, so that many tie. */
START_TEST(test_last)
{
    int64_t times[COUNT];
    uint32_t state = (uint32_t)_i;
    for (int i = 0; i < COUNT; i++) {
        state = state * 1664525u + 1013904223u;
        times[i] = (state >> 16) % 6 == 0 ? REC_NO_TIME : (int64_t)(state >> 16) % 6 - 3;
    }
    rec_ratings *whole = make_store(times), *train = NULL, *test = NULL;
    int32_t wanted[COUNT], n_wanted = 0, n = _i % 8 + 1;
    sorted_times = times;
    for (int32_t user = 0, start = 0; user < USERS; start += lengths[user++]) {
        int32_t row[ITEMS];
        for (int32_t i = 0; i < lengths[user]; i++)
            row[i] = start + i;
        qsort(row, (size_t)lengths[user], sizeof *row, later_first);
        for (int32_t i = 0; i < n && lengths[user] > n; i++)
            wanted[n_wanted++] = row[i];
    }
    qsort(wanted, (size_t)n_wanted, sizeof *wanted, ascending);
    EXPECT_OK(rec_split_last(whole, n, &train, &test));
    expect_parts(whole, train, test, wanted, n_wanted);
    rec_ratings_free(whole);
}
END_TEST

START_TEST(test_part_without_times)
{
    int64_t times[COUNT];
    for (int i = 0; i < COUNT; i++)
        times[i] = i == 20 ? 1 : REC_NO_TIME;
    rec_ratings *whole = make_store(times), *train = NULL, *test = NULL;
    EXPECT_OK(rec_split_last(whole, 11, &train, &test));
    ck_assert_int_eq(rec_ratings_count(test), 11);
    ck_assert_int_eq(rec_ratings_timed(test), 1);
    ck_assert_int_eq(rec_ratings_timed(train), 0);
    rec_ratings_free(whole);
    rec_ratings_free(train);
    rec_ratings_free(test);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* 200 x 500 ratings: more than one task; shares and independence within five standard deviations. */
START_TEST(test_large)
{
    enum { N_USERS = 200, N_ITEMS = 500, N = N_USERS * N_ITEMS };
    static int64_t start[N_USERS + 1];
    static int32_t items[N];
    rec_ratings *whole = NULL, *train = NULL, *test = NULL;
    rec_row row;
    for (int32_t i = 0; i < N; i++) {
        items[i] = i % N_ITEMS;
        start[i / N_ITEMS + 1] = i + 1;
    }
    EXPECT_OK(rec_ratings_from_csr(&whole, N_USERS, N_ITEMS, start, items, NULL));
    EXPECT_OK(rec_split_random(whole, 0.2, 1, &train, &test));
    ck_assert(fabs((double)rec_ratings_count(test) - 0.2 * N) < 5 * sqrt(0.2 * 0.8 * N));
    ck_assert_int_eq(rec_ratings_count(test) + rec_ratings_count(train), N);
    int64_t count = rec_ratings_count(test);
    rec_ratings_free(train);
    rec_ratings_free(test);
    EXPECT_OK(rec_split_random(whole, 0.2, 2, &train, &test));
    ck_assert_int_ne(rec_ratings_count(test), count);
    rec_ratings_free(train);
    rec_ratings_free(test);
    EXPECT_OK(rec_split_per_user(whole, 0.2, 1, &train, &test));
    for (int32_t user = 0; user < N_USERS; user++) {
        EXPECT_OK(rec_ratings_user(test, user, &row));
        ck_assert_int_eq(row.n, 100);
    }
    for (int32_t item = 0; item < N_ITEMS; item++) {
        EXPECT_OK(rec_ratings_item(test, item, &row));
        ck_assert(fabs((double)row.n - 0.2 * N_USERS) < 5 * sqrt(0.2 * 0.8 * N_USERS));
    }
    rec_ratings_free(train);
    rec_ratings_free(test);
    rec_ratings_free(whole);
}
END_TEST

START_TEST(test_bad_arguments)
{
    rec_ratings *whole = make_rows(), *train = whole, *test = whole;
    EXPECT(rec_split_random(whole, 0, 1, &train, &test), REC_ERR_INVALID, "fraction is 0", "less than 1");
    ck_assert(train == NULL && test == NULL);
    EXPECT(rec_split_random(whole, 1, 1, &train, &test), REC_ERR_INVALID, "fraction is 1");
    EXPECT(rec_split_random(whole, NAN, 1, &train, &test), REC_ERR_INVALID, "fraction is nan");
    EXPECT(rec_split_random(NULL, 0.5, 1, &train, &test), REC_ERR_INVALID, "ratings is NULL");
    EXPECT(rec_split_random(whole, 0.5, 1, NULL, &test), REC_ERR_INVALID, "train is NULL");
    EXPECT(rec_split_random(whole, 0.5, 1, &train, NULL), REC_ERR_INVALID, "test is NULL");
    EXPECT(rec_split_per_user(whole, -0.5, 1, &train, &test), REC_ERR_INVALID, "fraction is -0.5");
    EXPECT(rec_split_last(whole, 0, &train, &test), REC_ERR_INVALID, "n is 0", "at least 1");
    EXPECT(rec_split_last(whole, 1, &train, &test), REC_ERR_UNSUPPORTED, "no times", "rec_split_last");
    EXPECT(rec_split_fold(whole, 1, 0, 1, &train, &test), REC_ERR_INVALID, "folds is 1", "at least 2");
    EXPECT(rec_split_fold(whole, 3, 3, 1, &train, &test), REC_ERR_INVALID, "fold is 3", "0 to 2");
    EXPECT(rec_split_fold(whole, 3, -1, 1, &train, &test), REC_ERR_INVALID, "fold is -1");
    EXPECT(rec_split_random(whole, 1e-9, 1, &train, &test), REC_ERR_EMPTY, "30 ratings", "to train",
           "in test");
    EXPECT(rec_split_random(whole, 1 - 1e-9, 1, &train, &test), REC_ERR_EMPTY, "to test", "in train");
    EXPECT(rec_split_per_user(whole, 0.01, 1, &train, &test), REC_ERR_EMPTY, "in test");
    ck_assert(train == NULL && test == NULL);
    rec_ratings_free(whole);
    int64_t times[COUNT] = {0};
    whole = make_store(times);
    EXPECT(rec_split_last(whole, 12, &train, &test), REC_ERR_EMPTY, "in test");
    rec_ratings_free(whole);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* Rows as a damaged file may have them are found before they are used as places in arrays. */
START_TEST(test_damaged_store)
{
    rec_ratings *whole = make_rows(), *train = NULL, *test = NULL, broken = *whole;
    int32_t items[COUNT];
    memcpy(items, whole->user_items, sizeof items);
    broken.user_items = items;
    items[7] = 1 << 30;
    EXPECT(rec_split_random(&broken, 0.5, 1, &train, &test), REC_ERR_CORRUPT, "user 3", "item 1073741824");
    items[7] = -5;
    EXPECT(rec_split_fold(&broken, 2, 1, 1, &train, &test), REC_ERR_CORRUPT, "user 3", "item -5");
    rec_ratings_free(whole);
}
END_TEST

static rec_status split_each_way(void *context)
{
    (void)context;
    int64_t times[COUNT], kept = allocations_left;
    for (int i = 0; i < COUNT; i++)
        times[i] = i;
    rec_ratings *train[7] = {NULL}, *test[7] = {NULL};
    allocations_left = INT64_MAX;
    rec_ratings *whole = make_store(times);
    allocations_left = kept;
    rec_status status = rec_split_random(whole, 0.3, 1, &train[0], &test[0]);
    if (status == REC_OK)
        status = rec_split_per_user(whole, 0.3, 1, &train[1], &test[1]);
    if (status == REC_OK)
        status = rec_split_last(whole, 2, &train[2], &test[2]);
    if (status == REC_OK)
        status = rec_split_fold(whole, 3, 0, 1, &train[3], &test[3]);
    if (status == REC_OK)
        status = rec_split_one(whole, 1, &train[4], &test[4]);
    if (status == REC_OK)
        status = rec_split_time(whole, 3, 1, &train[5], &test[5]);
    rec_ratings *histories = NULL;
    if (status == REC_OK)
        status = rec_split_users(whole, 2, 0.3, 1, &train[6], &histories, &test[6]);
    rec_ratings_free(histories);
    for (int i = 0; i < 7; i++) {
        ck_assert_int_eq(train[i] == NULL, test[i] == NULL);
        rec_ratings_free(train[i]);
        rec_ratings_free(test[i]);
    }
    rec_ratings_free(whole);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(split_each_way, NULL), 60);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("split");
    TCase *tests = tcase_create("split");
    tcase_add_test(tests, test_random);
    tcase_add_test(tests, test_per_user);
    tcase_add_test(tests, test_folds);
    tcase_add_test(tests, test_one_rating_a_fold);
    tcase_add_test(tests, test_one);
    tcase_add_test(tests, test_users);
    tcase_add_test(tests, test_time);
    tcase_add_loop_test(tests, test_last, 0, 64);
    tcase_add_test(tests, test_part_without_times);
    tcase_add_test(tests, test_large);
    tcase_add_test(tests, test_bad_arguments);
    tcase_add_test(tests, test_damaged_store);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
