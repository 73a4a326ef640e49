/* SPDX-License-Identifier: Apache-2.0 */
/* A vector for each user or item. */
#ifndef LIBREC_FEATURES_HPP
#define LIBREC_FEATURES_HPP

#include <librec/features.h>
#include <librec/ids.hpp>

#include <optional>

namespace librec
{

/** A vector for each user or item. */
class Features : public detail::Shared<rec_features, rec_features_free, rec_features_retain>
{
  public:
    using Shared::Shared;
    /** One more owner of the same features. */
    Features share() const
    {
        return Features(retained());
    }
    static Features open(const std::string &path)
    {
        return Features(detail::create<rec_features>(rec_features_open, path.c_str()));
    }
    static Features read(const std::string &path, const std::optional<std::string> &format = std::nullopt)
    {
        return Features(detail::create<rec_features>(rec_features_read, path.c_str(),
                                                     format ? format->c_str() : nullptr));
    }
    /** With the name of an array, or ids for rows that have none of their own. */
    static Features read(const std::string &path, const rec_features_options &options)
    {
        return Features(detail::create<rec_features>(rec_features_read_with, path.c_str(), &options));
    }
    /** From rows of the same length, one an id; copies. */
    static Features from_dense(const Ids &ids, std::int32_t dimensions, Span<const float> values)
    {
        detail::same_size(std::size_t(ids.size()) * std::size_t(dimensions < 0 ? 0 : dimensions),
                          values.size(), "ids times dimensions and values");
        const rec_ids *const names = nullptr;
        return Features(detail::create<rec_features>(rec_features_from_dense,
                                                     static_cast<const rec_ids *>(ids.get()), names,
                                                     ids.size(), dimensions, detail::given(values)));
    }
    /** From compressed rows, one an id; without values all are 1; copies. */
    static Features from_csr(const Ids &ids, std::int32_t dimensions, Span<const std::int64_t> row_start,
                             Span<const std::int32_t> columns, Span<const float> values = {})
    {
        detail::same_size(std::size_t(ids.size()) + 1, row_start.size(), "ids and one, and row_start");
        detail::same_size(std::size_t(row_start[row_start.size() - 1]), columns.size(),
                          "row_start's last and columns");
        if (values.data())
            detail::same_size(columns.size(), values.size(), "columns and values");
        const rec_ids *const names = nullptr;
        return Features(detail::create<rec_features>(
            rec_features_from_csr, static_cast<const rec_ids *>(ids.get()), names, ids.size(), dimensions,
            row_start.data(), detail::given(columns), values.data()));
    }
    Ids ids() const
    {
        return Ids::retain(rec_features_ids(get()));
    }
    /** The columns' names; NOT_FITTED where they have none. */
    Ids names() const
    {
        return Ids::retain(rec_features_names(get()));
    }
    bool sparse() const
    {
        return rec_features_sparse(get()) == 1;
    }
    void save(const std::string &path) const
    {
        check(rec_features_save(get(), path.c_str()));
    }
    /** Features of several kinds as one; labels begin the columns' names, weights are how much each block's cosine counts; both may be empty. */
    static Features join(const std::vector<const Features *> &blocks,
                         const std::vector<std::string> &labels = {}, Span<const double> weights = {})
    {
        if (!labels.empty())
            detail::same_size(blocks.size(), labels.size(), "blocks and labels");
        if (weights.data())
            detail::same_size(blocks.size(), weights.size(), "blocks and weights");
        std::vector<const rec_features *> handles;
        for (const Features *block : blocks)
            handles.push_back(block ? block->get() : nullptr);
        const std::vector<const char *> words = detail::pointers(labels);
        return Features(detail::create<rec_features>(rec_features_join, handles.data(),
                                                     words.empty() ? nullptr : words.data(), weights.data(),
                                                     std::int32_t(handles.size())));
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

} // namespace librec

#endif
