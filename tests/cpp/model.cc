/* SPDX-License-Identifier: Apache-2.0 */
/* The C++ headers over a model's longer work: progress, weights, starts, cross-validation, comparison, tuning, blends, questions. */
#include "expect.hpp"

#include <cmath>

using namespace librec;

struct Stop {
    std::int64_t step;
};

static void test_progress(const Ratings &ratings)
{
    Model model("mf");
    model.set("epochs", 5).set("factors", 2);
    std::vector<std::int64_t> steps;
    model.fit(ratings, [&](const rec_progress &progress) { steps.push_back(progress.step); });
    EXPECT(steps.size() >= 5 && steps.back() == 5);
    const float before = model.predict(0, 0);
    std::int64_t stopped = 0;
    try {
        model.fit(ratings, [](const rec_progress &progress) {
            if (progress.step == 2)
                throw Stop{progress.step};
        });
    } catch (const Stop &stop) {
        stopped = stop.step;
    }
    EXPECT(stopped == 2 && model.predict(0, 0) == before);
    const auto stop = [](const rec_progress &) { return false; };
    EXPECT(thrown([&] { model.fit(ratings, stop); }) == REC_ERR_CANCELLED);
    EXPECT(thrown([&] { model.cross_validate(ratings, Folds::shuffled(3), "rmse", stop); }) ==
           REC_ERR_CANCELLED);
    /* Nobody is told once the call is over. */
    steps.clear();
    model.fit(ratings);
    EXPECT(steps.empty());
}

static void test_inputs(const Ratings &ratings)
{
    Builder none;
    for (std::int64_t item = 0; item < 12; item++)
        none.add(std::int64_t(0), item, 0);
    Model plain("mf"), weighted("mf"), later("mf");
    plain.set("epochs", 4).set("solver", "als").fit(ratings);
    weighted.set("epochs", 4).set("solver", "als").weights(none.finish()).fit(ratings);
    EXPECT(plain.predict(1, 1) != weighted.predict(1, 1));
    later.set("epochs", 3).set("solver", "als").fit(ratings);
    later.start_from(later).set("epochs", 1).fit(ratings);
    EXPECT(later.predict(1, 1) == plain.predict(1, 1));
    EXPECT(plain.loss().training.size() == 4 && plain.loss().validation.empty());
    EXPECT(plain.array("item_vectors").rows() == 12 && plain.arrays().size() > 2);
    EXPECT(plain.array("item_vectors").as<float>().size() == 12 * std::size_t(plain.parameter("factors")));
    EXPECT(plain.ratings().size() == ratings.size() && plain.algorithm() == "mf");
    EXPECT(thrown([] { Model("mf").ratings(); }) == REC_ERR_NOT_FITTED);
    const rec_plan_estimate estimate = plain.plan(ratings);
    EXPECT(estimate.epochs == 4 && estimate.seconds > 0 && estimate.ratings_bytes > 0);
    EXPECT(thrown([&] { Model("content").plan(ratings); }) == REC_ERR_UNSUPPORTED);
    Model seen("svdpp");
    seen.set("epochs", 2).implicit(ratings).fit(ratings);
    EXPECT(seen.fitted());
    EXPECT(thrown([&] { plain.implicit(ratings).fit(ratings); }) != REC_OK);
}

static void test_scores(const Ratings &ratings)
{
    Model model("mf");
    model.set("item_bins", 3).set("epochs", 5).fit(ratings);
    const std::vector<std::int32_t> users{0, 3}, items{4, 1}, same{0, 0};
    const std::vector<std::int64_t> times{0, REC_NO_TIME};
    const std::vector<float> predicted = model.predict(users, items, times);
    EXPECT(predicted.size() == 2 && predicted[1] == model.predict(3, 1));
    Query query;
    query.time = 0;
    EXPECT(model.score(0, items, query)[0] == predicted[0] &&
           model.score(0, items)[0] == model.predict(0, 4));
    const Query then = query;
    Workspace workspace;
    query.workspace = &workspace;
    EXPECT(model.recommend(0, 3, query).rows == model.recommend(0, 3, then).rows);
    const std::vector<float> liked{5};
    const std::vector<std::int32_t> one{0};
    EXPECT(model.score_new_item(one, liked, users).size() == 2);
    EXPECT(thrown([&] { model.score_new_item(users, liked, users); }) == REC_ERR_INVALID);
    const Model::Vector taste = model.user_vector(3);
    const Span<const float> vectors = model.array("item_vectors").as<float>();
    double sum = 0;
    for (std::size_t f = 0; f < taste.values.size(); f++)
        sum += double(taste.values[f]) * double(vectors[f]) -
               double(taste.values[f]) * double(vectors[taste.values.size() + f]);
    const std::vector<std::int32_t> pair{0, 1};
    const Span<const float> biases = model.array("item_biases").as<float>();
    const std::vector<float> both = model.score(3, pair);
    EXPECT(taste.values.size() == std::size_t(model.factors()));
    EXPECT(std::fabs(double(both[0] - both[1]) - (sum + double(biases[0] - biases[1]))) < 1e-4);
    EXPECT(model.new_item_vector(one, liked).values.size() == taste.values.size());
    Model certain("bmf");
    certain.set("samples", 20).set("factors", 2).fit(ratings);
    EXPECT(certain.deviation(0, 0) > 0);
    EXPECT(thrown([&] { model.deviation(0, 0); }) == REC_ERR_UNSUPPORTED);
}

static void test_evaluation(const Ratings &ratings)
{
    Model model("mf");
    model.set("epochs", 5).set("factors", 2);
    const Evaluation folds = model.cross_validate(ratings, Folds::shuffled(4, 1), "rmse,mae");
    EXPECT(folds.folds().size() == 4 && folds.totals().pairs == ratings.size() &&
           folds["mae"] < folds["rmse"]);
    double sum = 0;
    for (const auto &figures : folds.folds())
        sum += figures[0].value;
    EXPECT(std::fabs(sum / 4 - folds["rmse"]) < 1e-12);
    std::vector<Parts> own;
    own.push_back(ratings.split_random(0.3, 5));
    const Evaluation given = model.cross_validate(ratings, Folds::given(own), "rmse");
    EXPECT(given["rmse"] == Model("mf")
                                .set("epochs", 5)
                                .set("factors", 2)
                                .fit(own[0].train)
                                .evaluate(own[0].test, "rmse")["rmse"]);
    EXPECT(model.cross_validate(ratings, Folds::one(), "rmse").totals().pairs == 40);
    EXPECT(model.cross_validate(ratings, Folds::last(), "rmse").totals().pairs == 40);
    EXPECT(model.cross_validate(ratings, Folds::time(2).at_once(1), "rmse").folds().size() == 2);
    Model simple("random");
    model.set("solver", "als").set("epochs", 20).fit(own[0].train);
    simple.fit(own[0].train);
    const Comparison comparison = compare(model, simple, own[0].test, "rmse,mae");
    EXPECT(comparison.metrics().size() == 2 && comparison["rmse"].difference < 0 &&
           comparison["rmse"].t_probability < 0.05);
    EXPECT(thrown([&] { comparison["r2"]; }) == REC_ERR_NOT_FOUND);
}

static void test_strata(const Ratings &ratings)
{
    const HeldUsers held = ratings.split_users(8, 0.5, 3);
    Model model("ials");
    model.set("factors", 2).fit(held.train);
    EvaluateOptions options;
    options.histories = &held.histories;
    options.head = 0.5;
    const std::vector<std::int64_t> bounds{3};
    options.user_bounds = bounds;
    const Evaluation folded = model.evaluate(held.test, "recall@3", options);
    EXPECT(folded.strata().size() == 4 && folded.strata()[3].by_items && !folded.strata()[0].by_items);
    EXPECT(folded.totals().users == 8 && folded["recall@3"] > 0 && folded.strata()[1].figures.size() == 1);
    options = {};
    options.negatives = 5;
    EXPECT(model.evaluate(held.test, "hit@2", options).figures()[0].name == "sampled_hit@2");
    const std::vector<std::int32_t> nothing;
    options = {};
    options.only = nothing;
    EXPECT(thrown([&] { model.evaluate(held.test, "recall@3", options); }) == REC_ERR_INVALID);
}

static void test_tune(const Ratings &ratings)
{
    Space space("mf");
    space.values("factors", {1, 2}).texts("solver", {"sgd", "als"});
    Model model("mf");
    model.set("epochs", 3);
    Search search;
    search.metric = "mae";
    const Folds folds = Folds::shuffled(2, 3);
    search.folds = &folds;
    const Tuning tuning = tune(model, ratings, space, search);
    EXPECT(tuning.points().size() == 4 && tuning.metric() == "mae" &&
           tuning.points()[0].value <= tuning.points()[3].value);
    tuning.apply(model);
    const Evaluation again = model.cross_validate(ratings, folds, "mae");
    EXPECT(again["mae"] == tuning.points()[0].value);
    std::int64_t fits = 0;
    const Tuning told =
        tune(model, ratings, space, search, [&](const rec_progress &progress) { fits = progress.steps; });
    EXPECT(fits == 8 && told.points()[0].value == tuning.points()[0].value);
    Space drawn("mf");
    drawn.range("regularization", 0.001, 1, REC_RANGE_LOG);
    search.method = REC_TUNE_HALVING;
    search.points = 3;
    EXPECT(tune(model, ratings, drawn, search).points().size() == 3);
    EXPECT(thrown([&] { space.values("factors", {3}); }) == REC_ERR_INVALID);
    EXPECT(thrown([] { Space("no such"); }) == REC_ERR_NOT_FOUND);
}

static void test_blend(const Ratings &ratings)
{
    const Parts parts = ratings.split_per_user(0.25, 1);
    Model a("popular"), b("ials");
    a.fit(parts.train);
    b.set("factors", 4).fit(parts.train);
    const BlendWeights found = tune_blend({&a, &b}, parts.test, "ndcg@3");
    EXPECT(found.weights.size() == 2 && std::fabs(found.weights[0] + found.weights[1] - 1) < 1e-9);
    const Model both = blend({&a, &b}, found.weights);
    EXPECT(std::fabs(both.evaluate(parts.test, "ndcg@3")["ndcg@3"] - found.value) < 1e-6);
    EXPECT(thrown([&] { blend({&a}, found.weights); }) == REC_ERR_INVALID);
    EXPECT(thrown([&] { blend({&a, nullptr}, found.weights); }) == REC_ERR_INVALID);
}

static void test_questions(const Ratings &ratings)
{
    Model model("mf");
    model.set("factors", 2).fit(ratings);
    rec_elicit_options options = REC_ELICIT_OPTIONS_INIT;
    options.strategy = REC_ELICIT_POPULAR;
    const Elicitor elicitor(model, options);
    const Questions questions = elicitor.ask(4);
    EXPECT(questions.rows.size() == 4 && questions.values[0] >= questions.values[3]);
    Query answered;
    const std::vector<std::int32_t> first{questions.rows[0]};
    answered.history = first;
    EXPECT(elicitor.ask(1, answered).rows[0] == questions.rows[1]);
    EXPECT(thrown([] { Elicitor(Model("mf")); }) == REC_ERR_NOT_FITTED);
}

/* Items of even row are liked on the way, the others at the desk. */
static void test_contexts()
{
    Builder builder;
    std::vector<std::int64_t> users, items;
    std::vector<std::string> devices;
    for (std::int64_t user = 0; user < 30; user++)
        for (std::int64_t k = 0; k < 10; k++) {
            const std::int64_t item = (user + 3 * k) % 20;
            const bool mobile = (user * 5 + k * 7) % 3 == 0;
            builder.add(user, item, (item % 2 == 0) == mobile ? 5.0f : 2.0f);
            users.push_back(user);
            items.push_back(item);
            devices.emplace_back(mobile ? "mobile" : "desk");
        }
    const Ratings ratings = builder.finish();
    const Contexts contexts = Contexts::from_ids("device", users, items, devices);
    EXPECT(contexts.size() == 300 && contexts.fields().size() == 1 && contexts.share().values().size() == 2);
    Model model("fm");
    model.set("factors", 4).contexts(contexts).fit(ratings);
    EXPECT(model.context_names().size() == 2 && model.context("device=watch").empty());
    const std::vector<std::int32_t> mobile = model.context("device=mobile"), some = {0, 1, 2, 3};
    Query query;
    query.context = mobile;
    EXPECT(model.score(0, some, query) != model.score(0, some));
    EXPECT(model.predict(some, some, contexts) != model.predict(some, some));
    EvaluateOptions options;
    options.contexts = &contexts;
    const double with = model.evaluate(ratings, "rmse", options)["rmse"];
    EXPECT(with == model.evaluate(ratings, "rmse")["rmse"] && with < 1);
    EXPECT(contexts.where(ratings, "device=mobile").size() == 100);
    const std::vector<float> lifts = contexts.lifts(ratings, "device=mobile");
    EXPECT(lifts.size() == 20 && thrown([&] { Contexts::at(ratings, "hour=3"); }) == REC_ERR_UNSUPPORTED);
    EXPECT(thrown([&] { Contexts::lifts_at(ratings, "device=mobile"); }) == REC_ERR_NOT_FOUND);
    options.in_context = true;
    options.item_factors = lifts;
    const rec_evaluation_totals totals = model.evaluate(ratings, "auc", options).totals();
    EXPECT(totals.rankings > totals.users && totals.rankings <= 2 * totals.users);
    query.item_factors = lifts;
    EXPECT(model.recommend(0, 3, query).rows.size() == 3);
    EXPECT(thrown([&] { model.context("mood=good"); }) == REC_ERR_NOT_FOUND);
    EXPECT(thrown([&] { Contexts::read({"no-such-file"}, "device"); }) == REC_ERR_IO);
    EXPECT(Contexts::from_arrays("device", {"a"}, {"b"}, {"c"}).size() == 1);
}

int main()
{
    {
        const Ratings ratings = planted();
        test_contexts();
        test_progress(ratings);
        test_inputs(ratings);
        test_scores(ratings);
        test_evaluation(ratings);
        test_strata(ratings);
        test_tune(ratings);
        test_blend(ratings);
        test_questions(ratings);
    }
    EXPECT(blocks() == 0);
    return failures > 0;
}
