/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of an evaluation, and plans of folds. */
#ifndef LIBREC_EVALUATE_HPP
#define LIBREC_EVALUATE_HPP

#include <librec/evaluate.h>
#include <librec/contexts.hpp>
#include <librec/ratings.hpp>

#include <optional>

namespace librec
{

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
        return figures_of(get());
    }
    /** Of each fold. */
    std::vector<std::vector<Figure>> folds() const
    {
        std::vector<std::vector<Figure>> all;
        for (std::int32_t fold = 0; fold < rec_evaluation_folds(get()); fold++)
            all.push_back(figures_of(rec_evaluation_fold(get(), fold)));
        return all;
    }
    /** A group of users or items that was measured apart. */
    struct Stratum {
        std::string name;
        bool by_items;
        std::int32_t members;
        std::int64_t least, most;
        std::vector<Figure> figures;
    };
    std::vector<Stratum> strata() const
    {
        std::vector<Stratum> all;
        for (std::int32_t index = 0; index < rec_evaluation_strata(get()); index++) {
            rec_stratum stratum = REC_STRATUM_INIT;
            check(rec_evaluation_stratum(get(), index, &stratum));
            all.push_back({stratum.name, stratum.by_items == 1, stratum.members, stratum.least, stratum.most,
                           figures_of(stratum.figures)});
        }
        return all;
    }
    /** What was counted, and seconds. */
    rec_evaluation_totals totals() const
    {
        rec_evaluation_totals totals = REC_EVALUATION_TOTALS_INIT;
        check(rec_evaluation_totals_of(get(), &totals));
        return totals;
    }
    double operator[](const std::string &name) const
    {
        for (const Figure &figure : figures())
            if (figure.name == name)
                return figure.value;
        throw Error(REC_ERR_NOT_FOUND, "figure '" + name + "': not among those that were asked for");
    }

  private:
    static std::vector<Figure> figures_of(const rec_evaluation *evaluation)
    {
        std::vector<Figure> all;
        for (std::int32_t index = 0; index < rec_evaluation_count(evaluation); index++) {
            rec_figure figure = REC_FIGURE_INIT;
            check(rec_evaluation_at(evaluation, index, &figure));
            all.push_back({figure.name, figure.value, figure.deviation});
        }
        return all;
    }
};

/** What competes, whose history is folded in, and which groups are measured apart; empty and 0 are the usual. */
struct EvaluateOptions {
    const Ratings *histories = nullptr;
    std::optional<Span<const std::int32_t>> only{};
    std::int32_t negatives = 0;
    std::int32_t sampling = REC_NEGATIVES_UNIFORM;
    std::uint64_t seed = 0;
    Span<const std::int64_t> user_bounds{};
    double head = 0;
    const Contexts *contexts = nullptr;
    bool in_context = false;          /* REC_EVALUATE_IN_CONTEXT */
    Span<const float> item_factors{}; /* one an item: Contexts::lifts */
};

namespace detail
{
inline rec_evaluate_options plain(const EvaluateOptions &options)
{
    rec_evaluate_options given_options = REC_EVALUATE_OPTIONS_INIT;
    given_options.histories = options.histories ? options.histories->get() : nullptr;
    if (options.only) {
        given_options.only = given(*options.only);
        given_options.n_only = std::int64_t(options.only->size());
    }
    given_options.negatives = options.negatives;
    given_options.sampling = options.sampling;
    given_options.seed = options.seed;
    given_options.user_bounds = options.user_bounds.data();
    given_options.n_user_bounds = std::int32_t(options.user_bounds.size());
    given_options.head = options.head;
    given_options.contexts = options.contexts ? options.contexts->get() : nullptr;
    given_options.flags = options.in_context ? REC_EVALUATE_IN_CONTEXT : 0;
    given_options.item_factors = options.item_factors.data();
    return given_options;
}
} // namespace detail

/** What the folds of a cross-validation are. */
class Folds
{
  public:
    static Folds shuffled(std::int32_t folds = 5, std::uint64_t seed = 0, std::int32_t repeats = 1)
    {
        return Folds(REC_FOLDS_SHUFFLED, folds, repeats, seed);
    }
    /** One random rating of each user. */
    static Folds one(std::uint64_t seed = 0, std::int32_t repeats = 1)
    {
        return Folds(REC_FOLDS_ONE, 0, repeats, seed);
    }
    /** The latest of each user. */
    static Folds last()
    {
        return Folds(REC_FOLDS_LAST, 0, 0, 0);
    }
    /** Learn from the past, test on what comes next. */
    static Folds time(std::int32_t folds = 5)
    {
        return Folds(REC_FOLDS_TIME, folds, 0, 0);
    }
    /** The caller's own; shared. */
    static Folds given(const std::vector<Parts> &parts)
    {
        Folds folds(REC_FOLDS_GIVEN, std::int32_t(parts.size()), 0, 0);
        for (const Parts &part : parts) {
            folds.owned_.push_back(part.train.share());
            folds.owned_.push_back(part.test.share());
        }
        for (std::size_t n = 0; n < folds.owned_.size(); n++)
            (n % 2 ? folds.test_ : folds.train_).push_back(folds.owned_[n].get());
        return folds;
    }
    /** Folds fitted at once, at most. */
    Folds &at_once(std::int32_t n)
    {
        plan_.at_once = n;
        return *this;
    }
    /** As the C interface takes it; goes with this. */
    const rec_folds *plain() const
    {
        if (!owned_.empty()) {
            plan_.train = train_.data();
            plan_.test = test_.data();
        }
        return &plan_;
    }

  private:
    Folds(std::int32_t kind, std::int32_t folds, std::int32_t repeats, std::uint64_t seed)
    {
        plan_.kind = kind;
        plan_.folds = folds;
        plan_.repeats = repeats;
        plan_.seed = seed;
    }
    mutable rec_folds plan_ = REC_FOLDS_INIT;
    std::vector<Ratings> owned_;
    std::vector<const rec_ratings *> train_, test_;
};

} // namespace librec

#endif
