/* SPDX-License-Identifier: Apache-2.0 */
/* Which items to ask somebody new about. */
#ifndef LIBREC_ELICIT_HPP
#define LIBREC_ELICIT_HPP

#include <librec/elicit.h>
#include <librec/model.hpp>

namespace librec
{

/** Items to ask about, the best question first, and what each was chosen by. */
struct Questions {
    std::vector<std::int32_t> rows;
    std::vector<double> values;
};

/** What is asked from; retains its model. */
class Elicitor : public detail::Owner<rec_elicitor, rec_elicitor_free>
{
  public:
    using Owner::Owner;
    explicit Elicitor(const Model &model, const rec_elicit_options &options = REC_ELICIT_OPTIONS_INIT)
        : Owner(detail::create<rec_elicitor>(rec_elicitor_create, static_cast<const rec_model *>(model.get()),
                                             &options))
    {
    }
    /** The query's history: the answers so far. */
    Questions ask(std::int32_t k, const Query &query = {}) const
    {
        const rec_query asked = detail::plain(query);
        auto filled = detail::fill<double>(k, [&](std::int32_t *rows, double *values, std::int32_t *n) {
            return rec_elicit(get(), &asked, k, rows, values, n);
        });
        return {std::move(filled.first), std::move(filled.second)};
    }
};

} // namespace librec

#endif
