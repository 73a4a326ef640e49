/* SPDX-License-Identifier: Apache-2.0 */
/* What algorithms there are and what parameters they take. */
#ifndef LIBREC_ALGORITHM_HPP
#define LIBREC_ALGORITHM_HPP

#include <librec/algorithm.h>
#include <librec/handle.hpp>

namespace librec
{

namespace detail
{
/** Parameters by number until there is no such number. */
template <class At> std::vector<rec_parameter> parameters(At at)
{
    std::vector<rec_parameter> all;
    for (std::int32_t index = 0;; index++) {
        rec_parameter parameter = REC_PARAMETER_INIT;
        const rec_status status = at(index, &parameter);
        if (status == REC_ERR_RANGE)
            return all;
        check(status);
        all.push_back(parameter);
    }
}
} // namespace detail

/** All algorithms, in alphabetical order; their texts live as long as the library. */
inline std::vector<rec_algorithm> algorithms()
{
    std::vector<rec_algorithm> all;
    for (std::int32_t index = 0; index < rec_algorithm_count(); index++) {
        rec_algorithm algorithm = REC_ALGORITHM_INIT;
        check(rec_algorithm_at(index, &algorithm));
        all.push_back(algorithm);
    }
    return all;
}

inline rec_algorithm algorithm(const std::string &name)
{
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    check(rec_algorithm_find(name.c_str(), &algorithm));
    return algorithm;
}

/** The parameters of an algorithm: its own first, then the common ones. */
inline std::vector<rec_parameter> parameters(const std::string &algorithm)
{
    return detail::parameters([&](std::int32_t index, rec_parameter *into) {
        return rec_algorithm_parameter(algorithm.c_str(), index, into);
    });
}

} // namespace librec

#endif
