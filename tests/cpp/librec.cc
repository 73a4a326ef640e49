/* SPDX-License-Identifier: Apache-2.0 */
/* librec.hpp against the C interface it wraps: the same numbers, one owner a handle, errors both ways. */
#include "expect.hpp"

#include <array>
#include <filesystem>

using namespace librec;

static_assert(!std::is_copy_constructible_v<Model> && !std::is_copy_assignable_v<Ratings>);
static_assert(std::is_nothrow_move_constructible_v<Model> && std::is_nothrow_move_assignable_v<Evaluation>);
static_assert(sizeof(Ids) == sizeof(rec_ids *));

static void test_ids()
{
    Ids ids = Ids::from_text({"ann", "a name that is longer than any small buffer", "c"});
    EXPECT(ids.size() == 3 && ids.find("c") == 2);
    EXPECT(ids.text(1) == "a name that is longer than any small buffer");
    EXPECT(thrown([&] { ids.find("dora"); }) == REC_ERR_NOT_FOUND);
    EXPECT(thrown([&] { ids.integer(0); }) == REC_ERR_UNSUPPORTED);
    const std::array<std::int64_t, 2> numbers{70, -5};
    EXPECT(Ids::from_integers(numbers).find(std::int64_t(-5)) == 1);
    EXPECT(Ids::from_rows(4).integer(3) == 3);
}

static void test_store()
{
    const std::vector<std::int64_t> start{0, 2, 3};
    const std::vector<std::int32_t> items{0, 2, 1};
    const float values[] = {4, 2, 3};
    Ratings ratings = Ratings::from_csr(3, start, items, values);
    EXPECT(ratings.users() == 2 && ratings.items() == 3 && ratings.size() == 3 && ratings.mean() == 3.0);
    const Row row = ratings.user(0);
    EXPECT(row.others.size() == 2 && row.others[1] == 2 && row.ratings[1] == 2.0f && row.times.empty());
    EXPECT(ratings.item(1).others[0] == 1);
    EXPECT(thrown([&] { ratings.user(2); }) == REC_ERR_RANGE);
    EXPECT(thrown([&] { Ratings::from_csr(3, start, items, Span<const float>(values, 2)); }) ==
           REC_ERR_INVALID);
    EXPECT(Ratings::from_csr(3, start, items).mean() == 1.0);
    EXPECT(Ratings::from_csr_borrow(3, start, items, values).size() == 3);
    EXPECT(ratings.range() == std::make_pair(2.0f, 4.0f) && !ratings.timed() && planted().timed());
    EXPECT(ratings.share().get() == ratings.get());
    const Parts parts = planted().split_fold(4, 1, 7);
    EXPECT(planted().split_one(3).test.size() == 40);
    const Parts later = planted().split_time(3, 2);
    EXPECT(later.train.size() + later.test.size() == planted().size() &&
           later.test.user(0).times[0] > later.train.user(0).times[0]);
    EXPECT(parts.train.size() + parts.test.size() == planted().size() &&
           parts.test.size() == planted().size() / 4);
}

static void test_builder()
{
    const std::vector<std::int64_t> users{7, 8}, items{1, 1}, times{5, 6};
    const std::vector<float> values{2, 3};
    Builder numbers;
    numbers.add(users, items, values, times);
    numbers.add(numbers.finish());
    numbers.add(users, Span<const std::int64_t>(items));
    const Ratings twice = numbers.finish();
    EXPECT(twice.size() == 2 && twice.mean() == 1.0);
    EXPECT(thrown([&] { numbers.add(users, items, Span<const float>(values.data(), 1)); }) ==
           REC_ERR_INVALID);
    Builder words(REC_DUPLICATES_SUM);
    words.add({"ann", "ann"}, {"x", "x"}, values);
    EXPECT(words.finish().mean() == 5.0);
}

static void test_files(const std::string &folder)
{
    const Ratings ratings = planted();
    ratings.write(folder + "/a.csv", "csv");
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    options.duplicates = REC_DUPLICATES_SUM;
    EXPECT(Ratings::read({folder + "/a.csv", folder + "/a.csv"}, options).mean() == 2 * ratings.mean());
    ratings.save(folder + "/a.librec");
    EXPECT(Ratings::open(folder + "/a.librec").size() == ratings.size());
    const File file = File::open(folder + "/a.librec");
    file.verify();
    EXPECT(file.kind() == "ratings" && !file.metadata().empty() &&
           file.metadata("no such key") == std::nullopt);
    bool found = false;
    for (const Array &array : file.arrays())
        if (std::string(array.name()) == "ratings.user_start") {
            found = array.as<std::int64_t>()[40] == ratings.size();
            EXPECT(thrown([&] { array.as<float>(); }) == REC_ERR_INVALID);
        }
    EXPECT(found);
}

static void test_host()
{
    static int sentences;
    rec_host host = REC_HOST_INIT;
    host.log = [](void *, rec_log_level, const char *) { sentences++; };
    set_host(host);
    reset_host();
    EXPECT(version()[0] == '0' && !kernels().empty() && threads() > 0 && sentences == 0);
    EXPECT(algorithms().size() > 10 && algorithm("mf").name == std::string("mf"));
    EXPECT(std::string(parameters("mf")[0].name) == "factors");
    EXPECT(thrown([] { algorithm("no such"); }) == REC_ERR_NOT_FOUND &&
           thrown([] { parameters("no such"); }) == REC_ERR_NOT_FOUND);
}

static void test_ownership()
{
    Ids ids = planted().user_ids(); /* outlives its store */
    EXPECT(ids.size() == 40);
    Ids moved = std::move(ids);
    EXPECT(ids.get() == nullptr && moved.find(std::int64_t(39)) == 39);
    ids = std::move(moved);
    rec_ids *plain = ids.release();
    EXPECT(ids.get() == nullptr && rec_ids_count(plain) == 40);
    rec_ids_free(plain);
    Model model("popular");
    EXPECT(thrown([&] { model.item_ids(); }) == REC_ERR_NOT_FITTED);
    model.fit(planted());
    Model second = model.share();
    model = Model("random");
    EXPECT(second.fitted() && second.items() == 12 && !model.fitted());
}

static void test_ranking(const Model &model)
{
    std::int32_t rows[5], n = 0;
    float scores[5];
    check(rec_topk(model.get(), 3, nullptr, 5, rows, scores, &n));
    const Ranking ranking = model.recommend(3, 5);
    EXPECT(ranking.rows == std::vector<std::int32_t>(rows, rows + n));
    EXPECT(ranking.scores == std::vector<float>(scores, scores + n));
    const std::vector<std::int32_t> users{9, 3}, two{1, 7}, nothing;
    const std::vector<Ranking> batch = model.recommend(users, 5);
    EXPECT(batch.size() == 2 && batch[1].rows == ranking.rows && batch[1].scores == ranking.scores);
    EXPECT(model.recommend(nothing, 5).empty());
    Query query;
    query.with_seen = true;
    EXPECT(model.recommend(3, 20, query).rows.size() == 12);
    query.except = two;
    EXPECT(model.recommend(3, 20, query).rows.size() == 10);
    query.except = {};
    query.only = two;
    EXPECT(model.recommend(3, 20, query).rows.size() == 2);
    query.only = nothing;
    EXPECT(model.recommend(3, 20, query).rows.empty());
    query = {};
    query.history = two;
    EXPECT(model.recommend(REC_NEW_USER, 20, query).rows.size() == 10);
    query.history_ratings = Span<const float>(scores, 1);
    EXPECT(thrown([&] { model.recommend(REC_NEW_USER, 20, query); }) == REC_ERR_INVALID);
    EXPECT(thrown([&] { model.recommend(40, 5); }) == REC_ERR_RANGE);
    EXPECT(thrown([&] { model.recommend(0, 0); }) == REC_ERR_INVALID);
    EXPECT(model.similar_items(1, 3).rows.size() == 3);
    EXPECT(!model.explain(3, ranking.rows[0], 4).rows.empty());
}

static void test_model()
{
    const Ratings ratings = planted();
    Model model("ials");
    model.set("factors", 4).set("threads", 1).fit(ratings);
    EXPECT(model.parameter("factors") == 4);
    EXPECT(thrown([&] { model.set("factors", "many"); }) == REC_ERR_INVALID);
    const std::vector<std::int32_t> users{0, 5}, items{3, 2};
    const std::vector<float> predicted = model.predict(users, items);
    EXPECT(predicted.size() == 2 && predicted[1] == model.predict(5, 2));
    EXPECT(thrown([&] { model.predict(users, Span<const std::int32_t>(items.data(), 1)); }) ==
           REC_ERR_INVALID);
    test_ranking(model);
    const Parts parts = ratings.split_per_user(0.25, 1);
    const Evaluation evaluation = Model("baseline").fit(parts.train).evaluate(parts.test, "rmse,recall@3");
    EXPECT(evaluation.figures().size() == 2 && evaluation["rmse"] > 0 && evaluation["rmse"] < 4);
    EXPECT(thrown([&] { evaluation["mae"]; }) == REC_ERR_NOT_FOUND);
}

static void test_results()
{
    Result<Model> missing = attempt([] { return Model::open("no/such/file"); });
    EXPECT(!missing && missing.error().status() == REC_ERR_IO);
    EXPECT(thrown([&] { missing.value(); }) == REC_ERR_IO);
    Result<Model> made = attempt([] { return Model("popular"); });
    EXPECT(made && !made.value().fitted());
    const Model taken = std::move(made).value();
    Result<void> done = attempt([&] { taken.predict(0, 0); });
    EXPECT(!done && done.error().status() == REC_ERR_NOT_FITTED);
}

int main()
{
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("librec-cpp-" + std::to_string(__cplusplus));
    std::filesystem::create_directories(folder);
    test_host();
    test_builder();
    test_files(folder.string());
    std::filesystem::remove_all(folder);
    test_ids();
    test_store();
    test_ownership();
    test_model();
    test_results();
    EXPECT(rec_host_blocks() == 0);
    return failures > 0;
}
