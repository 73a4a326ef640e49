/* SPDX-License-Identifier: Apache-2.0 */
/* The model. */
#ifndef LIBREC_MODEL_HPP
#define LIBREC_MODEL_HPP

#include <librec/plan.h>
#include <librec/evaluate.hpp>
#include <librec/array.hpp>
#include <librec/features.hpp>
#include <librec/progress.hpp>
#include <librec/query.hpp>
#include <librec/text.hpp>

namespace librec
{

/** An algorithm with its parameters and, once fitted, what it learned. Const calls may run on any number of threads at once. */
class Model : public detail::Shared<rec_model, rec_model_free, rec_model_retain>
{
  public:
    using Shared::Shared;
    explicit Model(const std::string &algorithm)
        : Shared(detail::create<rec_model>(rec_model_create, algorithm.c_str()))
    {
    }
    static Model open(const std::string &path)
    {
        return Model(detail::create<rec_model>(rec_model_open, path.c_str()));
    }
    /** One more owner of the same model: a server swaps models while requests run. */
    Model share() const
    {
        return Model(retained());
    }
    Model &set(const std::string &parameter, double value)
    {
        check(rec_model_set(get(), parameter.c_str(), value));
        return *this;
    }
    Model &set(const std::string &parameter, const std::string &value)
    {
        check(rec_model_set_text(get(), parameter.c_str(), value.c_str()));
        return *this;
    }
    double parameter(const std::string &name) const
    {
        double value = 0;
        check(rec_model_get(get(), name.c_str(), &value));
        return value;
    }
    Model &item_features(const Features &features)
    {
        check(rec_model_set_item_features(get(), features.get()));
        return *this;
    }
    /** Keep a fitted vectorizer with the model, and in its file, for the texts of items that come later. */
    Model &item_text(const Vectorizer &vectorizer)
    {
        check(rec_model_set_item_text(get(), vectorizer.get()));
        return *this;
    }
    Vectorizer item_text() const
    {
        const rec_text *text = rec_model_item_text(get());
        if (!text)
            throw Error(REC_ERR_NOT_FOUND, "item text: the model has no vectorizer, or is not fitted");
        return Vectorizer(rec_text_retain(text));
    }
    Model &user_features(const Features &features)
    {
        check(rec_model_set_user_features(get(), features.get()));
        return *this;
    }
    /** What users have seen or chosen, rated or not. */
    Model &implicit(const Ratings &seen)
    {
        check(rec_model_set_implicit(get(), seen.get()));
        return *this;
    }
    /** How much each rating counts. */
    Model &weights(const Ratings &weights)
    {
        check(rec_model_set_weights(get(), weights.get()));
        return *this;
    }
    /** In what circumstances ratings were given. */
    Model &contexts(const Contexts &contexts)
    {
        check(rec_model_set_contexts(get(), contexts.get()));
        return *this;
    }
    /** Begin the next fits from what a fitted model has learned. */
    Model &start_from(const Model &fitted)
    {
        check(rec_model_start_from(get(), fitted.get()));
        return *this;
    }
    Model &validation(const Ratings &ratings)
    {
        check(rec_model_set_validation(get(), ratings.get()));
        return *this;
    }
    /** What a fit to these ratings will cost, before it begins. */
    rec_plan_estimate plan(const Ratings &ratings) const
    {
        rec_plan_estimate estimate = REC_PLAN_ESTIMATE_INIT;
        check(rec_plan(get(), ratings.get(), &estimate));
        return estimate;
    }
    Model &fit(const Ratings &ratings)
    {
        check(rec_fit(get(), ratings.get()));
        return *this;
    }
    /** The same, with a callable of const rec_progress & that is told of each step: void, or bool of which false cancels. What it throws ends
     * the fit, which leaves the model as it was, and is thrown here. */
    template <class Function> Model &fit(const Ratings &ratings, Function &&watch)
    {
        detail::watched(get(), watch, [&] { return rec_fit(get(), ratings.get()); });
        return *this;
    }
    std::string algorithm() const
    {
        return rec_model_algorithm(get());
    }
    bool fitted() const
    {
        return rec_model_fitted(get()) == 1;
    }
    std::int32_t users() const
    {
        return rec_model_users(get());
    }
    std::int32_t items() const
    {
        return rec_model_items(get());
    }
    Ids user_ids() const
    {
        return Ids::retain(rec_model_user_ids(get()));
    }
    Ids item_ids() const
    {
        return Ids::retain(rec_model_item_ids(get()));
    }
    /** The ratings it learned from. */
    Ratings ratings() const
    {
        const rec_ratings *ratings = rec_model_ratings(get());
        if (!ratings)
            throw Error(REC_ERR_NOT_FITTED, "no ratings: the model is not fitted, or was saved without them");
        return Ratings(rec_ratings_retain(ratings));
    }
    /** Columns of the item features it was fitted with, and their names, where they have some. */
    std::int32_t features() const
    {
        return rec_model_features(get());
    }
    Ids feature_names() const
    {
        return Ids::retain(rec_model_feature_names(get()));
    }
    Ids user_feature_names() const
    {
        return Ids::retain(rec_model_user_feature_names(get()));
    }
    /** The values of contexts that it has learned of, as "FIELD=VALUE". */
    Ids context_names() const
    {
        return Ids::retain(rec_model_context_names(get()));
    }
    /** Rows of "FIELD=VALUE,FIELD=VALUE" for a query; a value that was not met in training is not among them. */
    std::vector<std::int32_t> context(const std::string &text) const
    {
        std::vector<std::int32_t> rows(text.size() + 1);
        std::int32_t n = 0;
        check(rec_model_find_context(get(), text.c_str(), rows.data(), std::int32_t(rows.size()), &n));
        rows.resize(std::size_t(n));
        return rows;
    }
    /** A model with further items, by their features alone; this one stays as it is. */
    Model add_items(const Features &features) const
    {
        return Model(detail::create<rec_model>(rec_model_add_items, static_cast<const rec_model *>(get()),
                                               static_cast<const rec_features *>(features.get())));
    }
    /** A model in which these users have their new histories, without a fit; this one stays as it is. */
    Model update_users(const Ratings &ratings) const
    {
        return Model(detail::create<rec_model>(rec_model_update_users, static_cast<const rec_model *>(get()),
                                               static_cast<const rec_ratings *>(ratings.get())));
    }
    /** The same of items and who rated them. */
    Model update_items(const Ratings &ratings) const
    {
        return Model(detail::create<rec_model>(rec_model_update_items, static_cast<const rec_model *>(get()),
                                               static_cast<const rec_ratings *>(ratings.get())));
    }
    /** After each epoch, on the training set and on the validation set: views, valid until the next fit. */
    struct Loss {
        Span<const double> training, validation;
    };
    Loss loss() const
    {
        const double *training = nullptr, *validation = nullptr;
        std::int64_t n = 0;
        check(rec_model_loss(get(), &training, &validation, &n));
        return {{training, training ? std::size_t(n) : 0}, {validation, validation ? std::size_t(n) : 0}};
    }
    /** What was learned, such as "item_vectors": views, valid until the next fit. */
    std::vector<Array> arrays() const
    {
        return detail::arrays(rec_model_array_count, rec_model_array_at, get());
    }
    Array array(const std::string &name) const
    {
        rec_array array = REC_ARRAY_INIT;
        check(rec_model_array_find(get(), name.c_str(), &array));
        return Array(array);
    }
    float predict(std::int32_t user, std::int32_t item) const
    {
        float rating = 0;
        check(rec_predict(get(), user, item, &rating));
        return rating;
    }
    std::vector<float> predict(Span<const std::int32_t> users, Span<const std::int32_t> items) const
    {
        detail::same_size(users.size(), items.size(), "users and items");
        std::vector<float> ratings(users.size() + 1);
        check(rec_predict_batch(get(), detail::given(users), detail::given(items), std::int64_t(users.size()),
                                ratings.data()));
        ratings.resize(users.size());
        return ratings;
    }
    /** The same at given times. */
    std::vector<float> predict(Span<const std::int32_t> users, Span<const std::int32_t> items,
                               Span<const std::int64_t> times) const
    {
        detail::same_size(users.size(), items.size(), "users and items");
        detail::same_size(users.size(), times.size(), "users and times");
        std::vector<float> ratings(users.size() + 1);
        check(rec_predict_batch_at(get(), detail::given(users), detail::given(items), detail::given(times),
                                   std::int64_t(users.size()), ratings.data()));
        ratings.resize(users.size());
        return ratings;
    }
    /** The same in their contexts. */
    std::vector<float> predict(Span<const std::int32_t> users, Span<const std::int32_t> items,
                               const Contexts &contexts, Span<const std::int64_t> times = {}) const
    {
        detail::same_size(users.size(), items.size(), "users and items");
        if (times.data())
            detail::same_size(users.size(), times.size(), "users and times");
        std::vector<float> ratings(users.size() + 1);
        check(rec_predict_batch_in(get(), detail::given(users), detail::given(items), times.data(),
                                   contexts.get(), std::int64_t(users.size()), ratings.data()));
        ratings.resize(users.size());
        return ratings;
    }
    /** The standard deviation of a rating given what the model knows. */
    float deviation(std::int32_t user, std::int32_t item) const
    {
        float deviation = 0;
        check(rec_predict_deviation(get(), user, item, &deviation));
        return deviation;
    }
    /** Scores of given items for a user, in their order. */
    std::vector<float> score(std::int32_t user, Span<const std::int32_t> items, const Query &query = {}) const
    {
        const rec_query asked = detail::plain(query);
        std::vector<float> scores(items.size() + 1);
        check(
            rec_score(get(), user, &asked, detail::given(items), std::int64_t(items.size()), scores.data()));
        scores.resize(items.size());
        return scores;
    }
    /** Scores, for some users, of an item that is not of the model, from ratings of it. */
    std::vector<float> score_new_item(Span<const std::int32_t> raters, Span<const float> ratings,
                                      Span<const std::int32_t> users) const
    {
        detail::same_size(raters.size(), ratings.size(), "raters and ratings");
        std::vector<float> scores(users.size() + 1);
        check(rec_score_new_item(get(), detail::given(raters), detail::given(ratings),
                                 std::int64_t(raters.size()), detail::given(users),
                                 std::int64_t(users.size()), scores.data()));
        scores.resize(users.size());
        return scores;
    }
    /** By which a user is ranked, or a new item: inner products with the other side's vectors, and biases. */
    struct Vector {
        std::vector<float> values;
        float bias;
    };
    std::int32_t factors() const
    {
        return rec_model_factors(get());
    }
    Vector user_vector(std::int32_t user, const Query &query = {}) const
    {
        const rec_query asked = detail::plain(query);
        return vector(
            [&](float *values, float *bias) { return rec_user_vector(get(), user, &asked, values, bias); });
    }
    Vector new_item_vector(Span<const std::int32_t> raters, Span<const float> ratings) const
    {
        detail::same_size(raters.size(), ratings.size(), "raters and ratings");
        return vector([&](float *values, float *bias) {
            return rec_new_item_vector(get(), detail::given(raters), detail::given(ratings),
                                       std::int64_t(raters.size()), values, bias);
        });
    }
    /** Rank the items that suit a user, or REC_NEW_USER with a history. */
    Ranking recommend(std::int32_t user, std::int32_t k, const Query &query = {}) const
    {
        const rec_query asked = detail::plain(query);
        return rank(k, [&](std::int32_t *rows, float *scores, std::int32_t *n) {
            return rec_topk(get(), user, &asked, k, rows, scores, n);
        });
    }
    /** The same for each of some users, on the model's threads. */
    std::vector<Ranking> recommend(Span<const std::int32_t> users, std::int32_t k,
                                   const Query &query = {}) const
    {
        const rec_query asked = detail::plain(query);
        const std::size_t n = users.size(), width = std::size_t(k > 0 ? k : 1);
        std::vector<std::int32_t> rows(n * width + 1), counts(n + 1);
        std::vector<float> scores(n * width + 1);
        check(rec_topk_batch(get(), detail::given(users), std::int64_t(n), &asked, k, rows.data(),
                             scores.data(), counts.data()));
        std::vector<Ranking> rankings(n);
        for (std::size_t u = 0; u < n; u++) {
            const std::ptrdiff_t from = std::ptrdiff_t(u * width), to = from + counts[u];
            rankings[u].rows.assign(rows.begin() + from, rows.begin() + to);
            rankings[u].scores.assign(scores.begin() + from, scores.begin() + to);
        }
        return rankings;
    }
    Ranking similar_items(std::int32_t item, std::int32_t k) const
    {
        return rank(k, [&](std::int32_t *rows, float *scores, std::int32_t *n) {
            return rec_similar_items(get(), item, k, rows, scores, n);
        });
    }
    Ranking similar_users(std::int32_t user, std::int32_t k) const
    {
        return rank(k, [&](std::int32_t *rows, float *scores, std::int32_t *n) {
            return rec_similar_users(get(), user, k, rows, scores, n);
        });
    }
    /** Which items of the user's history count most for an item; the scores are their parts of it. */
    Ranking explain(std::int32_t user, std::int32_t item, std::int32_t k) const
    {
        return rank(k, [&](std::int32_t *rows, float *scores, std::int32_t *n) {
            return rec_explain(get(), user, item, k, rows, scores, n);
        });
    }
    /** The same with a query's history; its filters are not applied. */
    Ranking explain(std::int32_t user, std::int32_t item, std::int32_t k, const Query &query) const
    {
        const rec_query asked = detail::plain(query);
        return rank(k, [&](std::int32_t *rows, float *scores, std::int32_t *n) {
            return rec_explain_query(get(), user, &asked, item, k, rows, scores, n);
        });
    }
    /** Which features of an item count most for it: columns, and their parts of the score, or of what one item of the history gives it. */
    Ranking explain_features(std::int32_t user, std::int32_t item, std::int32_t k,
                             std::int32_t because = REC_WHOLE_HISTORY, const Query &query = {}) const
    {
        const rec_query asked = detail::plain(query);
        return rank(k, [&](std::int32_t *rows, float *scores, std::int32_t *n) {
            return rec_explain_features(get(), user, &asked, item, because, k, rows, scores, n);
        });
    }
    Evaluation evaluate(const Ratings &test, const std::string &metrics) const
    {
        rec_evaluation *evaluation = nullptr;
        check(rec_evaluate(get(), test.get(), metrics.c_str(), &evaluation));
        return Evaluation(evaluation);
    }
    Evaluation evaluate(const Ratings &test, const std::string &metrics, const EvaluateOptions &options) const
    {
        const rec_evaluate_options asked = detail::plain(options);
        rec_evaluation *evaluation = nullptr;
        check(rec_evaluate_by(get(), test.get(), metrics.c_str(), &asked, &evaluation));
        return Evaluation(evaluation);
    }
    Evaluation cross_validate(const Ratings &ratings, std::int32_t folds, std::uint64_t seed,
                              const std::string &metrics) const
    {
        rec_evaluation *evaluation = nullptr;
        check(rec_cross_validate(get(), ratings.get(), folds, seed, metrics.c_str(), &evaluation));
        return Evaluation(evaluation);
    }
    /** Cross-validate by a plan; ratings are not read where it gives the folds. */
    Evaluation cross_validate(const Ratings &ratings, const Folds &folds, const std::string &metrics) const
    {
        rec_evaluation *evaluation = nullptr;
        check(rec_cross_validate_by(get(), ratings.get(), folds.plain(), metrics.c_str(), &evaluation));
        return Evaluation(evaluation);
    }
    /** The same, told of as fit() does. */
    template <class Function>
    Evaluation cross_validate(const Ratings &ratings, const Folds &folds, const std::string &metrics,
                              Function &&watch)
    {
        rec_evaluation *evaluation = nullptr;
        detail::watched(get(), watch, [&] {
            return rec_cross_validate_by(get(), ratings.get(), folds.plain(), metrics.c_str(), &evaluation);
        });
        return Evaluation(evaluation);
    }
    void save(const std::string &path, std::uint32_t flags = 0) const
    {
        check(rec_model_save_as(get(), path.c_str(), flags));
    }

  private:
    template <class Function> Vector vector(Function function) const
    {
        Vector vector{std::vector<float>(std::size_t(factors()) + 1), 0};
        check(function(vector.values.data(), &vector.bias));
        vector.values.pop_back();
        return vector;
    }
    template <class Function> static Ranking rank(std::int32_t k, Function function)
    {
        auto filled = detail::fill<float>(k, function);
        return {std::move(filled.first), std::move(filled.second)};
    }
};

} // namespace librec

#endif
