/* SPDX-License-Identifier: Apache-2.0 */
/* What to rank and for whom, and what comes of it. */
#ifndef LIBREC_QUERY_HPP
#define LIBREC_QUERY_HPP

#include <librec/model.h>
#include <librec/handle.hpp>

#include <optional>

namespace librec
{

/** Rows, best first, and their scores. */
struct Ranking {
    std::vector<std::int32_t> rows;
    std::vector<float> scores;
};

/** Scratch memory that a thread keeps between queries, so that they allocate nothing. */
class Workspace : public detail::Owner<rec_workspace, rec_workspace_free>
{
  public:
    using Owner::Owner;
    Workspace() : Owner(detail::create<rec_workspace>(rec_workspace_create))
    {
    }
};

/** What to leave out or rank alone, and a history to fold in; the spans are read during the call. */
struct Query {
    bool with_seen = false;
    std::optional<Span<const std::int32_t>> only{};
    Span<const std::int32_t> except{};
    std::optional<Span<const std::int32_t>> history{};
    Span<const float> history_ratings{};
    std::optional<std::int64_t> time{};
    Span<const float> item_factors{};   /* one an item: Ratings::lifts */
    Span<const std::int32_t> context{}; /* rows that Model::context finds */
    Workspace *workspace = nullptr;
};

namespace detail
{
/** The query as the C interface takes it; goes with the spans. */
inline rec_query plain(const Query &query)
{
    rec_query asked = REC_QUERY_INIT;
    asked.flags = (query.with_seen ? std::uint32_t(REC_QUERY_WITH_SEEN) : 0U) |
                  (query.time ? std::uint32_t(REC_QUERY_AT_TIME) : 0U);
    asked.time = query.time ? *query.time : 0;
    asked.item_factors = query.item_factors.data();
    asked.context = query.context.data();
    asked.n_context = std::int64_t(query.context.size());
    asked.except = query.except.data();
    asked.n_except = std::int64_t(query.except.size());
    asked.workspace = query.workspace ? query.workspace->get() : nullptr;
    if (query.only) {
        asked.only = given(*query.only);
        asked.n_only = std::int64_t(query.only->size());
    }
    if (query.history_ratings.data())
        same_size(query.history ? query.history->size() : 0, query.history_ratings.size(),
                  "history and its ratings");
    if (query.history) {
        asked.history = given(*query.history);
        asked.n_history = std::int64_t(query.history->size());
        asked.history_ratings = query.history_ratings.data();
    }
    return asked;
}

/** Call a function that fills at most k rows and numbers. */
template <class Number, class Function>
std::pair<std::vector<std::int32_t>, std::vector<Number>> fill(std::int32_t k, Function function)
{
    const std::size_t width = std::size_t(k > 0 ? k : 1);
    std::vector<std::int32_t> rows(width);
    std::vector<Number> numbers(width);
    std::int32_t n = 0;
    check(function(rows.data(), numbers.data(), &n));
    rows.resize(std::size_t(n));
    numbers.resize(std::size_t(n));
    return {std::move(rows), std::move(numbers)};
}
} // namespace detail

} // namespace librec

#endif
