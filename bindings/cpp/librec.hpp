/* SPDX-License-Identifier: Apache-2.0 */
/* librec for C++17: owners that free themselves, spans in, vectors out. Header-only, over the public C headers alone; docs/cpp.md. */
#ifndef LIBREC_HPP
#define LIBREC_HPP

#include <librec/librec.h>

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace librec
{

/** What a call that failed says: the status, and the library's sentence as what(). */
class Error : public std::runtime_error
{
  public:
    Error(rec_status status, const std::string &sentence) : std::runtime_error(sentence), status_(status)
    {
    }
    rec_status status() const noexcept
    {
        return status_;
    }
    const char *name() const noexcept
    {
        return rec_status_name(status_);
    }

  private:
    rec_status status_;
};

/** Throw what a status stands for: std::bad_alloc without memory, else Error. */
inline void check(rec_status status)
{
    if (status == REC_ERR_NO_MEMORY)
        throw std::bad_alloc();
    if (status != REC_OK)
        throw Error(status, rec_last_error());
}

/** A value, or the error in its place: what attempt() answers. Result<void> holds no value. */
template <class T> class Result
{
    using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  public:
    Result(Value value) : held_(std::in_place_index<0>, std::move(value))
    {
    }
    Result(Error error) : held_(std::in_place_index<1>, std::move(error))
    {
    }
    explicit operator bool() const noexcept
    {
        return held_.index() == 0;
    }
    /** The value; without one, throws the error. */
    Value &value() &
    {
        if (const Error *error = std::get_if<1>(&held_))
            throw *error;
        return std::get<0>(held_);
    }
    Value &&value() &&
    {
        return std::move(value());
    }
    /** The error; only where there is no value. */
    const Error &error() const
    {
        return std::get<1>(held_);
    }

  private:
    std::variant<Value, Error> held_;
};

/** Run a function that may throw, and answer its value or its error: auto model = attempt([&] { return Model::open(path); }). */
template <class Function> auto attempt(Function &&function) -> Result<std::invoke_result_t<Function>>
{
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
            std::forward<Function>(function)();
            return std::monostate{};
        } else {
            return std::forward<Function>(function)();
        }
    } catch (const Error &error) {
        return error;
    } catch (const std::bad_alloc &) {
        return Error(REC_ERR_NO_MEMORY, rec_status_text(REC_ERR_NO_MEMORY));
    }
}

/** Elements in a row that belong to somebody else. Anything with data() and size() becomes one: vectors, arrays, std::span. */
template <class T> class Span
{
  public:
    constexpr Span() noexcept = default;
    constexpr Span(T *data, std::size_t size) noexcept : data_(data), size_(size)
    {
    }
    template <std::size_t N> constexpr Span(T (&array)[N]) noexcept : data_(array), size_(N)
    {
    }
    template <class Container,
              class = std::enable_if_t<std::is_convertible_v<decltype(std::declval<Container &>().data()), T *>>>
    constexpr Span(Container &&container) : data_(container.data()), size_(container.size())
    {
    }
    constexpr T *data() const noexcept
    {
        return data_;
    }
    constexpr std::size_t size() const noexcept
    {
        return size_;
    }
    constexpr bool empty() const noexcept
    {
        return size_ == 0;
    }
    constexpr T *begin() const noexcept
    {
        return data_;
    }
    constexpr T *end() const noexcept
    {
        return data_ + size_;
    }
    constexpr T &operator[](std::size_t index) const
    {
        return data_[index];
    }

  private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

namespace detail
{
template <auto Free> struct Deleter {
    template <class T> void operator()(T *handle) const noexcept
    {
        Free(handle);
    }
};
/** Owner of one handle: moves, does not copy, frees at the end. */
template <class Handle, auto Free> class Owner
{
  public:
    /** Take over a handle of the C interface. */
    explicit Owner(Handle *handle) noexcept : handle_(handle)
    {
    }
    /** The handle, for calls of the C interface; still owned here. NULL once moved from. */
    Handle *get() const noexcept
    {
        return handle_.get();
    }
    /** Hand the handle over: who takes it frees it. */
    Handle *release() noexcept
    {
        return handle_.release();
    }

  protected:
    std::unique_ptr<Handle, Deleter<Free>> handle_;
};

/** Call a function whose first argument creates a handle. */
template <class Handle, class Function, class... Arguments>
Handle *create(Function function, Arguments... arguments)
{
    Handle *handle = nullptr;
    check(function(&handle, arguments...));
    return handle;
}

inline void same_size(std::size_t a, std::size_t b, const char *what)
{
    if (a != b)
        throw Error(REC_ERR_INVALID, std::string(what) + ": " + std::to_string(a) + " and " + std::to_string(b) +
                                         " elements; expected as many of both");
}

/** Not NULL even of nothing: to the C interface NULL means "not given". */
template <class T> const T *given(Span<const T> span)
{
    static const T none{};
    return span.data() ? span.data() : &none;
}

inline std::vector<const char *> pointers(const std::vector<std::string> &texts)
{
    std::vector<const char *> result;
    for (const std::string &text : texts)
        result.push_back(text.c_str());
    return result;
}
} // namespace detail

/** Ids of rows. One of a store or a model is retained, so that it outlives them. */
class Ids : public detail::Owner<rec_ids, rec_ids_free>
{
  public:
    using Owner::Owner;
    static Ids from_text(const std::vector<std::string> &ids)
    {
        const std::vector<const char *> texts = detail::pointers(ids);
        const Span<const char *const> span(texts);
        return Ids(detail::create<rec_ids>(rec_ids_from_text, detail::given(span), std::int64_t(span.size())));
    }
    static Ids from_integers(Span<const std::int64_t> ids)
    {
        return Ids(detail::create<rec_ids>(rec_ids_from_integers, detail::given(ids), std::int64_t(ids.size())));
    }
    static Ids from_rows(std::int64_t n)
    {
        return Ids(detail::create<rec_ids>(rec_ids_from_rows, n));
    }
    /** One more owner of a handle that is somebody else's. */
    static Ids retain(const rec_ids *ids)
    {
        if (!ids)
            throw Error(REC_ERR_NOT_FITTED, "no ids: the model is not fitted");
        return Ids(rec_ids_retain(ids));
    }
    std::int32_t size() const
    {
        return rec_ids_count(get());
    }
    std::int32_t find(const std::string &id) const
    {
        std::int32_t row = 0;
        check(rec_ids_find(get(), id.c_str(), &row));
        return row;
    }
    std::int32_t find(std::int64_t id) const
    {
        std::int32_t row = 0;
        check(rec_ids_find_integer(get(), id, &row));
        return row;
    }
    std::string text(std::int32_t row) const
    {
        std::size_t length = 0;
        check(rec_ids_text(get(), row, nullptr, 0, &length));
        std::string id(length + 1, '\0');
        check(rec_ids_text(get(), row, id.data(), id.size(), nullptr));
        id.resize(length);
        return id;
    }
    std::int64_t integer(std::int32_t row) const
    {
        std::int64_t id = 0;
        check(rec_ids_integer(get(), row, &id));
        return id;
    }
};

/** One row of a store: views that go with it. */
struct Row {
    Span<const std::int32_t> others;
    Span<const float> ratings;
    Span<const std::int64_t> times;
};

struct Parts;

/** The rating store. */
class Ratings : public detail::Owner<rec_ratings, rec_ratings_free>
{
  public:
    using Owner::Owner;
    static Ratings read(const std::string &path, const std::optional<std::string> &format = std::nullopt)
    {
        return Ratings(
            detail::create<rec_ratings>(rec_ratings_read, path.c_str(), format ? format->c_str() : nullptr));
    }
    static Ratings open(const std::string &path)
    {
        return Ratings(detail::create<rec_ratings>(rec_ratings_open, path.c_str()));
    }
    /** From compressed rows; copies. Without ratings all are 1. */
    static Ratings from_csr(std::int32_t n_items, Span<const std::int64_t> row_start, Span<const std::int32_t> items,
                            Span<const float> ratings = {})
    {
        if (row_start.empty())
            throw Error(REC_ERR_INVALID, "row_start: empty; expected one offset more than there are users");
        detail::same_size(std::size_t(row_start[row_start.size() - 1]), items.size(), "row_start's last and items");
        if (ratings.data())
            detail::same_size(items.size(), ratings.size(), "items and ratings");
        return Ratings(detail::create<rec_ratings>(rec_ratings_from_csr, std::int32_t(row_start.size() - 1), n_items,
                                                   row_start.data(), detail::given(items), ratings.data()));
    }
    std::int32_t users() const
    {
        return rec_ratings_users(get());
    }
    std::int32_t items() const
    {
        return rec_ratings_items(get());
    }
    std::int64_t size() const
    {
        return rec_ratings_count(get());
    }
    double mean() const
    {
        return rec_ratings_mean(get());
    }
    Ids user_ids() const
    {
        return Ids::retain(rec_ratings_user_ids(get()));
    }
    Ids item_ids() const
    {
        return Ids::retain(rec_ratings_item_ids(get()));
    }
    Row user(std::int32_t row) const
    {
        return view(rec_ratings_user, row);
    }
    Row item(std::int32_t row) const
    {
        return view(rec_ratings_item, row);
    }
    void save(const std::string &path) const
    {
        check(rec_ratings_save(get(), path.c_str()));
    }
    void write(const std::string &path, const std::string &format) const
    {
        check(rec_ratings_write(get(), path.c_str(), format.c_str()));
    }
    Parts split_random(double fraction, std::uint64_t seed) const;
    Parts split_per_user(double fraction, std::uint64_t seed) const;
    Parts split_last(std::int32_t n) const;
    Parts split_fold(std::int32_t folds, std::int32_t fold, std::uint64_t seed) const;

  private:
    template <class Function> Row view(Function function, std::int32_t index) const
    {
        rec_row row{};
        check(function(get(), index, &row));
        const std::size_t n = std::size_t(row.n);
        return {{row.others, n}, {row.ratings, n}, {row.times, row.times ? n : 0}};
    }
    template <class Function, class... Arguments> Parts split(Function function, Arguments... arguments) const;
};

/** What a split makes. */
struct Parts {
    Ratings train, test;
};

template <class Function, class... Arguments> Parts Ratings::split(Function function, Arguments... arguments) const
{
    rec_ratings *train = nullptr, *test = nullptr;
    check(function(get(), arguments..., &train, &test));
    return {Ratings(train), Ratings(test)};
}
inline Parts Ratings::split_random(double fraction, std::uint64_t seed) const
{
    return split(rec_split_random, fraction, seed);
}
inline Parts Ratings::split_per_user(double fraction, std::uint64_t seed) const
{
    return split(rec_split_per_user, fraction, seed);
}
inline Parts Ratings::split_last(std::int32_t n) const
{
    return split(rec_split_last, n);
}
inline Parts Ratings::split_fold(std::int32_t folds, std::int32_t fold, std::uint64_t seed) const
{
    return split(rec_split_fold, folds, fold, seed);
}

/** Collects ratings one at a time. */
class Builder : public detail::Owner<rec_ratings_builder, rec_ratings_builder_free>
{
  public:
    using Owner::Owner;
    explicit Builder(rec_duplicates duplicates = REC_DUPLICATES_LAST) : Owner(make(duplicates))
    {
    }
    void add(const std::string &user, const std::string &item, float rating = 1, std::int64_t time = REC_NO_TIME)
    {
        check(rec_ratings_builder_add(get(), user.c_str(), item.c_str(), rating, time));
    }
    void add(std::int64_t user, std::int64_t item, float rating = 1, std::int64_t time = REC_NO_TIME)
    {
        check(rec_ratings_builder_add_ids(get(), user, item, rating, time));
    }
    void add(const Ratings &ratings)
    {
        check(rec_ratings_builder_add_ratings(get(), ratings.get()));
    }
    Ratings finish()
    {
        rec_ratings *ratings = nullptr;
        check(rec_ratings_builder_finish(get(), &ratings));
        return Ratings(ratings);
    }

  private:
    static rec_ratings_builder *make(rec_duplicates duplicates)
    {
        rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
        options.duplicates = duplicates;
        return detail::create<rec_ratings_builder>(rec_ratings_builder_create, &options);
    }
};

/** A vector for each user or item. */
class Features : public detail::Owner<rec_features, rec_features_free>
{
  public:
    using Owner::Owner;
    static Features read(const std::string &path, const std::optional<std::string> &format = std::nullopt)
    {
        return Features(
            detail::create<rec_features>(rec_features_read, path.c_str(), format ? format->c_str() : nullptr));
    }
    /** From rows of the same length, one an id; copies. */
    static Features from_dense(const Ids &ids, std::int32_t dimensions, Span<const float> values)
    {
        detail::same_size(std::size_t(ids.size()) * std::size_t(dimensions < 0 ? 0 : dimensions), values.size(),
                          "ids times dimensions and values");
        const rec_ids *const names = nullptr;
        return Features(detail::create<rec_features>(rec_features_from_dense, static_cast<const rec_ids *>(ids.get()),
                                                     names, ids.size(), dimensions, detail::given(values)));
    }
    std::int32_t size() const
    {
        return rec_features_count(get());
    }
    std::int32_t dimensions() const
    {
        return rec_features_dimensions(get());
    }
};

/** Rows, best first, and their scores. */
struct Ranking {
    std::vector<std::int32_t> rows;
    std::vector<float> scores;
};

/** What to leave out or rank alone, and a history to fold in; the spans are read during the call. */
struct Query {
    bool with_seen = false;
    std::optional<Span<const std::int32_t>> only{};
    Span<const std::int32_t> except{};
    std::optional<Span<const std::int32_t>> history{};
    Span<const float> history_ratings{};
    std::optional<std::int64_t> time{};
};

/** The figures of an evaluation. */
class Evaluation : public detail::Owner<rec_evaluation, rec_evaluation_free>
{
  public:
    using Owner::Owner;
    struct Figure {
        std::string name;
        double value, deviation;
    };
    std::vector<Figure> figures() const
    {
        std::vector<Figure> all;
        for (std::int32_t index = 0; index < rec_evaluation_count(get()); index++) {
            rec_figure figure = REC_FIGURE_INIT;
            check(rec_evaluation_at(get(), index, &figure));
            all.push_back({figure.name, figure.value, figure.deviation});
        }
        return all;
    }
    double operator[](const std::string &name) const
    {
        for (const Figure &figure : figures())
            if (figure.name == name)
                return figure.value;
        throw Error(REC_ERR_NOT_FOUND, "figure '" + name + "': not among those that were asked for");
    }
};

/** An algorithm with its parameters and, once fitted, what it learned. Const calls may run on any number of threads at once. */
class Model : public detail::Owner<rec_model, rec_model_free>
{
  public:
    using Owner::Owner;
    explicit Model(const std::string &algorithm)
        : Owner(detail::create<rec_model>(rec_model_create, algorithm.c_str()))
    {
    }
    static Model open(const std::string &path)
    {
        return Model(detail::create<rec_model>(rec_model_open, path.c_str()));
    }
    /** One more owner of the same model: a server swaps models while requests run. */
    Model share() const
    {
        return Model(rec_model_retain(get()));
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
    Model &user_features(const Features &features)
    {
        check(rec_model_set_user_features(get(), features.get()));
        return *this;
    }
    Model &validation(const Ratings &ratings)
    {
        check(rec_model_set_validation(get(), ratings.get()));
        return *this;
    }
    Model &fit(const Ratings &ratings)
    {
        check(rec_fit(get(), ratings.get()));
        return *this;
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
    /** Rank the items that suit a user, or REC_NEW_USER with a history. */
    Ranking recommend(std::int32_t user, std::int32_t k, const Query &query = {}) const
    {
        const rec_query asked = plain(query);
        return rank(k, [&](std::int32_t *rows, float *scores, std::int32_t *n) {
            return rec_topk(get(), user, &asked, k, rows, scores, n);
        });
    }
    /** The same for each of some users, on the model's threads. */
    std::vector<Ranking> recommend(Span<const std::int32_t> users, std::int32_t k, const Query &query = {}) const
    {
        const rec_query asked = plain(query);
        const std::size_t n = users.size(), width = std::size_t(k > 0 ? k : 1);
        std::vector<std::int32_t> rows(n * width + 1), counts(n + 1);
        std::vector<float> scores(n * width + 1);
        check(rec_topk_batch(get(), detail::given(users), std::int64_t(n), &asked, k, rows.data(), scores.data(),
                             counts.data()));
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
    Evaluation evaluate(const Ratings &test, const std::string &metrics) const
    {
        rec_evaluation *evaluation = nullptr;
        check(rec_evaluate(get(), test.get(), metrics.c_str(), &evaluation));
        return Evaluation(evaluation);
    }
    Evaluation cross_validate(const Ratings &ratings, std::int32_t folds, std::uint64_t seed,
                              const std::string &metrics) const
    {
        rec_evaluation *evaluation = nullptr;
        check(rec_cross_validate(get(), ratings.get(), folds, seed, metrics.c_str(), &evaluation));
        return Evaluation(evaluation);
    }
    void save(const std::string &path, std::uint32_t flags = 0) const
    {
        check(rec_model_save_as(get(), path.c_str(), flags));
    }

  private:
    template <class Function> static Ranking rank(std::int32_t k, Function function)
    {
        const std::size_t width = std::size_t(k > 0 ? k : 1);
        Ranking ranking{std::vector<std::int32_t>(width), std::vector<float>(width)};
        std::int32_t n = 0;
        check(function(ranking.rows.data(), ranking.scores.data(), &n));
        ranking.rows.resize(std::size_t(n));
        ranking.scores.resize(std::size_t(n));
        return ranking;
    }
    static rec_query plain(const Query &query)
    {
        rec_query asked = REC_QUERY_INIT;
        asked.flags = (query.with_seen ? std::uint32_t(REC_QUERY_WITH_SEEN) : 0U) |
                      (query.time ? std::uint32_t(REC_QUERY_AT_TIME) : 0U);
        asked.time = query.time.value_or(0);
        asked.except = query.except.data();
        asked.n_except = std::int64_t(query.except.size());
        if (query.only) {
            asked.only = detail::given(*query.only);
            asked.n_only = std::int64_t(query.only->size());
        }
        if (query.history_ratings.data())
            detail::same_size(query.history ? query.history->size() : 0, query.history_ratings.size(),
                              "history and its ratings");
        if (query.history) {
            asked.history = detail::given(*query.history);
            asked.n_history = std::int64_t(query.history->size());
            asked.history_ratings = query.history_ratings.data();
        }
        return asked;
    }
};

} // namespace librec

#endif
