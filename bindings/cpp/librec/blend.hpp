/* SPDX-License-Identifier: Apache-2.0 */
/* Several fitted models as one. */
#ifndef LIBREC_BLEND_HPP
#define LIBREC_BLEND_HPP

#include <librec/blend.h>
#include <librec/model.hpp>

namespace librec
{

namespace detail
{
inline std::vector<const rec_model *> handles(const std::vector<const Model *> &members)
{
    std::vector<const rec_model *> all;
    for (const Model *member : members)
        all.push_back(member ? member->get() : nullptr);
    return all;
}
} // namespace detail

/** A model whose scores are weighted sums of what the members' scores, or ranks, become. */
inline Model blend(const std::vector<const Model *> &members, Span<const double> weights,
                   const rec_blend_options &options = REC_BLEND_OPTIONS_INIT)
{
    detail::same_size(members.size(), weights.size(), "members and weights");
    const std::vector<const rec_model *> handles = detail::handles(members);
    return Model(detail::create<rec_model>(rec_blend_create, handles.data(), weights.data(),
                                           std::int32_t(handles.size()), &options));
}

/** Weights of sum 1, and the metric with them. */
struct BlendWeights {
    std::vector<double> weights;
    double value;
};

/** Weights that suit ratings which no member learned from. */
inline BlendWeights tune_blend(const std::vector<const Model *> &members, const Ratings &validation,
                               const std::string &metric,
                               const rec_blend_options &options = REC_BLEND_OPTIONS_INIT)
{
    const std::vector<const rec_model *> handles = detail::handles(members);
    BlendWeights found{std::vector<double>(members.size()), 0};
    check(rec_blend_tune(handles.data(), std::int32_t(handles.size()), &options, validation.get(),
                         metric.c_str(), found.weights.data(), &found.value));
    return found;
}

} // namespace librec

#endif
