/* SPDX-License-Identifier: Apache-2.0 */
/* The rating store, what collects it, and its parts to learn from and to test on. */
#ifndef LIBREC_RATINGS_HPP
#define LIBREC_RATINGS_HPP

#include <librec/ratings.h>
#include <librec/split.h>
#include <librec/ids.hpp>

#include <optional>

namespace librec
{

/** One row of a store: views that go with it. */
struct Row {
    Span<const std::int32_t> others;
    Span<const float> ratings;
    Span<const std::int64_t> times;
};

struct Parts;
struct HeldUsers;

/** The rating store. */
class Ratings : public detail::Shared<rec_ratings, rec_ratings_free, rec_ratings_retain>
{
  public:
    using Shared::Shared;
    /** One more owner of the same ratings. */
    Ratings share() const
    {
        return Ratings(retained());
    }
    static Ratings read(const std::string &path, const std::optional<std::string> &format = std::nullopt)
    {
        return Ratings(
            detail::create<rec_ratings>(rec_ratings_read, path.c_str(), format ? format->c_str() : nullptr));
    }
    /** Several files as one set, in the order given. */
    static Ratings read(const std::vector<std::string> &paths,
                        const rec_ratings_options &options = REC_RATINGS_OPTIONS_INIT)
    {
        const std::vector<const char *> names = detail::pointers(paths);
        return Ratings(detail::create<rec_ratings>(rec_ratings_read_files, names.data(),
                                                   std::int32_t(names.size()), &options));
    }
    static Ratings open(const std::string &path)
    {
        return Ratings(detail::create<rec_ratings>(rec_ratings_open, path.c_str()));
    }
    /** From compressed rows; copies. Without ratings all are 1. */
    static Ratings from_csr(std::int32_t n_items, Span<const std::int64_t> row_start,
                            Span<const std::int32_t> items, Span<const float> ratings = {})
    {
        return from_rows(rec_ratings_from_csr, n_items, row_start, items, ratings);
    }
    /** The same without a copy: the arrays must outlive these ratings and all that keeps them, and each row must rise. */
    static Ratings from_csr_borrow(std::int32_t n_items, Span<const std::int64_t> row_start,
                                   Span<const std::int32_t> items, Span<const float> ratings = {})
    {
        return from_rows(rec_ratings_from_csr_borrow, n_items, row_start, items, ratings);
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
    /** The least rating and the greatest. */
    std::pair<float, float> range() const
    {
        std::pair<float, float> ends;
        rec_ratings_range(get(), &ends.first, &ends.second);
        return ends;
    }
    /** Whether at least one has a time. */
    bool timed() const
    {
        return rec_ratings_timed(get()) == 1;
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
    Parts split_one(std::uint64_t seed) const;
    Parts split_time(std::int32_t folds, std::int32_t fold) const;
    /** Hold users out: a fraction of each one's ratings to test, the rest as a history to fold in. */
    HeldUsers split_users(std::int32_t users, double fraction, std::uint64_t seed) const;

  private:
    template <class Function>
    static Ratings from_rows(Function function, std::int32_t n_items, Span<const std::int64_t> row_start,
                             Span<const std::int32_t> items, Span<const float> ratings)
    {
        if (row_start.empty())
            throw Error(REC_ERR_INVALID, "row_start: empty; expected one offset more than there are users");
        detail::same_size(std::size_t(row_start[row_start.size() - 1]), items.size(),
                          "row_start's last and items");
        if (ratings.data())
            detail::same_size(items.size(), ratings.size(), "items and ratings");
        return Ratings(detail::create<rec_ratings>(function, std::int32_t(row_start.size() - 1), n_items,
                                                   row_start.data(), detail::given(items), ratings.data()));
    }
    template <class Function> Row view(Function function, std::int32_t index) const
    {
        rec_row row{};
        check(function(get(), index, &row));
        const std::size_t n = std::size_t(row.n);
        return {{row.others, n}, {row.ratings, n}, {row.times, row.times ? n : 0}};
    }
    template <class Function, class... Arguments>
    Parts split(Function function, Arguments... arguments) const;
};

/** What a split makes. */
struct Parts {
    Ratings train, test;
};
struct HeldUsers {
    Ratings train, histories, test;
};

template <class Function, class... Arguments>
Parts Ratings::split(Function function, Arguments... arguments) const
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
inline Parts Ratings::split_one(std::uint64_t seed) const
{
    return split(rec_split_one, seed);
}
inline Parts Ratings::split_time(std::int32_t folds, std::int32_t fold) const
{
    return split(rec_split_time, folds, fold);
}
inline HeldUsers Ratings::split_users(std::int32_t users, double fraction, std::uint64_t seed) const
{
    rec_ratings *train = nullptr, *histories = nullptr, *test = nullptr;
    check(rec_split_users(get(), users, fraction, seed, &train, &histories, &test));
    return {Ratings(train), Ratings(histories), Ratings(test)};
}

/** Collects ratings one at a time. */
class Builder : public detail::Owner<rec_ratings_builder, rec_ratings_builder_free>
{
  public:
    using Owner::Owner;
    explicit Builder(rec_duplicates duplicates = REC_DUPLICATES_LAST) : Owner(make(duplicates))
    {
    }
    void add(const std::string &user, const std::string &item, float rating = 1,
             std::int64_t time = REC_NO_TIME)
    {
        check(rec_ratings_builder_add(get(), user.c_str(), item.c_str(), rating, time));
    }
    void add(std::int64_t user, std::int64_t item, float rating = 1, std::int64_t time = REC_NO_TIME)
    {
        check(rec_ratings_builder_add_ids(get(), user, item, rating, time));
    }
    /** Many at once; without ratings all are 1, without times none has one. */
    void add(Span<const std::int64_t> users, Span<const std::int64_t> items, Span<const float> ratings = {},
             Span<const std::int64_t> times = {})
    {
        columns(users.size(), items.size(), ratings, times);
        check(rec_ratings_builder_add_ids_array(get(), detail::given(users), detail::given(items),
                                                ratings.data(), times.data(), std::int64_t(users.size())));
    }
    void add(const std::vector<std::string> &users, const std::vector<std::string> &items,
             Span<const float> ratings = {}, Span<const std::int64_t> times = {})
    {
        columns(users.size(), items.size(), ratings, times);
        const std::vector<const char *> left = detail::pointers(users), right = detail::pointers(items);
        const Span<const char *const> u(left), i(right);
        check(rec_ratings_builder_add_array(get(), detail::given(u), detail::given(i), ratings.data(),
                                            times.data(), std::int64_t(left.size())));
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
    static void columns(std::size_t users, std::size_t items, Span<const float> ratings,
                        Span<const std::int64_t> times)
    {
        detail::same_size(users, items, "users and items");
        if (ratings.data())
            detail::same_size(users, ratings.size(), "users and ratings");
        if (times.data())
            detail::same_size(users, times.size(), "users and times");
    }
    static rec_ratings_builder *make(rec_duplicates duplicates)
    {
        rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
        options.duplicates = duplicates;
        return detail::create<rec_ratings_builder>(rec_ratings_builder_create, &options);
    }
};

} // namespace librec

#endif
