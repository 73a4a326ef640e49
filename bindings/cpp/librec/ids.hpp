/* SPDX-License-Identifier: Apache-2.0 */
/* Names of rows. */
#ifndef LIBREC_IDS_HPP
#define LIBREC_IDS_HPP

#include <librec/ids.h>
#include <librec/handle.hpp>

namespace librec
{

/** Ids of rows. One of a store or a model is retained, so that it outlives them. */
class Ids : public detail::Shared<rec_ids, rec_ids_free, rec_ids_retain>
{
  public:
    using Shared::Shared;
    static Ids from_text(const std::vector<std::string> &ids)
    {
        const std::vector<const char *> texts = detail::pointers(ids);
        const Span<const char *const> span(texts);
        return Ids(
            detail::create<rec_ids>(rec_ids_from_text, detail::given(span), std::int64_t(span.size())));
    }
    static Ids from_integers(Span<const std::int64_t> ids)
    {
        return Ids(
            detail::create<rec_ids>(rec_ids_from_integers, detail::given(ids), std::int64_t(ids.size())));
    }
    static Ids from_rows(std::int64_t n)
    {
        return Ids(detail::create<rec_ids>(rec_ids_from_rows, n));
    }
    /** Text ids from a file, one a line. */
    static Ids read(const std::string &path)
    {
        return Ids(detail::create<rec_ids>(rec_ids_read, path.c_str()));
    }
    /** One more owner of a handle that is somebody else's. */
    static Ids retain(const rec_ids *ids)
    {
        if (!ids)
            throw Error(REC_ERR_NOT_FITTED, "no ids: nothing is fitted, or it has no names");
        return Ids(rec_ids_retain(ids));
    }
    /** The same ids once more. */
    Ids share() const
    {
        return Ids(retained());
    }
    rec_ids_kind kind() const
    {
        return rec_ids_get_kind(get());
    }
    std::int32_t size() const
    {
        return rec_ids_count(get());
    }
    std::int32_t find(const std::string &id) const
    {
        std::int32_t row = 0;
        check(rec_ids_find(get(), id.c_str(), &row));
        return row;
    }
    std::int32_t find(std::int64_t id) const
    {
        std::int32_t row = 0;
        check(rec_ids_find_integer(get(), id, &row));
        return row;
    }
    std::string text(std::int32_t row) const
    {
        std::size_t length = 0;
        check(rec_ids_text(get(), row, nullptr, 0, &length));
        std::string id(length + 1, '\0');
        check(rec_ids_text(get(), row, id.data(), id.size(), nullptr));
        id.resize(length);
        return id;
    }
    std::int64_t integer(std::int32_t row) const
    {
        std::int64_t id = 0;
        check(rec_ids_integer(get(), row, &id));
        return id;
    }
};

} // namespace librec

#endif
