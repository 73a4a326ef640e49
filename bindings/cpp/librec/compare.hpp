/* SPDX-License-Identifier: Apache-2.0 */
/* Two fitted models on the same test ratings. */
#ifndef LIBREC_COMPARE_HPP
#define LIBREC_COMPARE_HPP

#include <librec/compare.h>
#include <librec/model.hpp>

namespace librec
{

/** What a comparison found. */
class Comparison : public detail::Owner<rec_comparison, rec_comparison_free>
{
  public:
    using Owner::Owner;
    /** Each metric, in the order asked for; names go with the comparison. */
    std::vector<rec_compared> metrics() const
    {
        std::vector<rec_compared> all;
        for (std::int32_t index = 0; index < rec_comparison_count(get()); index++) {
            rec_compared compared = REC_COMPARED_INIT;
            check(rec_comparison_at(get(), index, &compared));
            all.push_back(compared);
        }
        return all;
    }
    rec_compared operator[](const std::string &name) const
    {
        for (const rec_compared &compared : metrics())
            if (compared.name == name)
                return compared;
        throw Error(REC_ERR_NOT_FOUND, "metric '" + name + "': not among those that were asked for");
    }
};

/** How much better a is than b, and whether that is more than chance. */
inline Comparison compare(const Model &a, const Model &b, const Ratings &test, const std::string &metrics,
                          const rec_compare_options &options = REC_COMPARE_OPTIONS_INIT)
{
    rec_comparison *comparison = nullptr;
    check(rec_compare(a.get(), b.get(), test.get(), metrics.c_str(), &options, &comparison));
    return Comparison(comparison);
}

} // namespace librec

#endif
