/* SPDX-License-Identifier: Apache-2.0 */
/* Which parameters suit the data. */
#ifndef LIBREC_TUNE_HPP
#define LIBREC_TUNE_HPP

#include <librec/tune.h>
#include <librec/model.hpp>

#include <initializer_list>
#include <optional>

namespace librec
{

/** Parameters of one algorithm, and what to try for each. */
class Space : public detail::Owner<rec_space, rec_space_free>
{
  public:
    using Owner::Owner;
    explicit Space(const std::string &algorithm)
        : Owner(detail::create<rec_space>(rec_space_create, algorithm.c_str()))
    {
    }
    Space &values(const std::string &parameter, Span<const double> values)
    {
        check(rec_space_values(get(), parameter.c_str(), detail::given(values), std::int32_t(values.size())));
        return *this;
    }
    Space &values(const std::string &parameter, std::initializer_list<double> values)
    {
        return this->values(parameter, Span<const double>(values.begin(), values.size()));
    }
    Space &texts(const std::string &parameter, const std::vector<std::string> &texts)
    {
        const std::vector<const char *> pointers = detail::pointers(texts);
        const Span<const char *const> span(pointers);
        check(rec_space_texts(get(), parameter.c_str(), detail::given(span), std::int32_t(span.size())));
        return *this;
    }
    /** A range to draw from, both ends included; flags: REC_RANGE_LOG, or 0. */
    Space &range(const std::string &parameter, double least, double most, std::uint32_t flags = 0)
    {
        check(rec_space_range(get(), parameter.c_str(), least, most, flags));
        return *this;
    }
};

/** How to search; empty and 0 are the usual. */
struct Search {
    std::int32_t method = REC_TUNE_GRID;
    std::int32_t points = 0;
    std::uint64_t seed = 0;
    std::optional<std::string> metric{};
    const Folds *folds = nullptr;
    std::int32_t at_once = 0, factor = 0;
    std::optional<std::string> resource{}, path{};
};

/** The points of a search, best first. */
class Tuning : public detail::Owner<rec_tuning, rec_tuning_free>
{
  public:
    using Owner::Owner;
    std::vector<rec_tuned> points() const
    {
        std::vector<rec_tuned> all;
        for (std::int32_t rank = 0; rank < rec_tuning_count(get()); rank++) {
            rec_tuned tuned = REC_TUNED_INIT;
            check(rec_tuning_at(get(), rank, &tuned));
            all.push_back(tuned);
        }
        return all;
    }
    std::string metric() const
    {
        return rec_tuning_metric(get());
    }
    /** Give a model the parameters of a point. */
    void apply(Model &model, std::int32_t rank = 0) const
    {
        check(rec_tuning_parameters(get(), rank, model.get()));
    }
};

namespace detail
{
inline rec_tune_options plain(const Search &search)
{
    rec_tune_options options = REC_TUNE_OPTIONS_INIT;
    options.method = search.method;
    options.points = search.points;
    options.seed = search.seed;
    options.metric = search.metric ? search.metric->c_str() : nullptr;
    options.plan = search.folds ? search.folds->plain() : nullptr;
    options.at_once = search.at_once;
    options.factor = search.factor;
    options.resource = search.resource ? search.resource->c_str() : nullptr;
    options.path = search.path ? search.path->c_str() : nullptr;
    return options;
}
} // namespace detail

/** Fit and measure points of a space; the model says what the space leaves alone, and is not changed. */
inline Tuning tune(const Model &model, const Ratings &ratings, const Space &space, const Search &search = {})
{
    const rec_tune_options options = detail::plain(search);
    rec_tuning *tuning = nullptr;
    check(rec_tune(model.get(), ratings.get(), space.get(), &options, &tuning));
    return Tuning(tuning);
}
/** The same, told of as Model::fit does: stage "tune", a step a fit. */
template <class Function>
Tuning tune(Model &model, const Ratings &ratings, const Space &space, const Search &search, Function &&watch)
{
    const rec_tune_options options = detail::plain(search);
    rec_tuning *tuning = nullptr;
    detail::watched(model.get(), watch,
                    [&] { return rec_tune(model.get(), ratings.get(), space.get(), &options, &tuning); });
    return Tuning(tuning);
}

} // namespace librec

#endif
