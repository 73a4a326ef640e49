/* SPDX-License-Identifier: Apache-2.0 */
/* A look into a container file without loading it. */
#ifndef LIBREC_FILE_HPP
#define LIBREC_FILE_HPP

#include <librec/file.h>
#include <librec/array.hpp>

#include <optional>
#include <utility>

namespace librec
{

/** An open container file. */
class File : public detail::Owner<rec_file, rec_file_free>
{
  public:
    using Owner::Owner;
    static File open(const std::string &path)
    {
        return File(detail::create<rec_file>(rec_file_open, path.c_str()));
    }
    /** "model", "ratings", "features", ..., or "arrays" of another writer. */
    std::string kind() const
    {
        return rec_file_kind(get());
    }
    std::vector<std::pair<std::string, std::string>> metadata() const
    {
        std::vector<std::pair<std::string, std::string>> all;
        for (std::int32_t index = 0; index < rec_file_metadata_count(get()); index++) {
            const char *key = nullptr, *value = nullptr;
            check(rec_file_metadata_at(get(), index, &key, &value));
            all.emplace_back(key, value);
        }
        return all;
    }
    std::optional<std::string> metadata(const std::string &key) const
    {
        const char *value = rec_file_metadata_find(get(), key.c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
    }
    /** Views, valid as long as this. */
    std::vector<Array> arrays() const
    {
        return detail::arrays(rec_file_array_count, rec_file_array_at, get());
    }
    /** Check all against the checksums. */
    void verify() const
    {
        check(rec_file_verify(get()));
    }
};

} // namespace librec

#endif
