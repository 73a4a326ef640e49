/* SPDX-License-Identifier: Apache-2.0 */
/* In what circumstances ratings were given. */
#ifndef LIBREC_CONTEXTS_HPP
#define LIBREC_CONTEXTS_HPP

#include <librec/contexts.h>
#include <librec/ratings.hpp>

#include <optional>

namespace librec
{

/** Values of a few fields (device, place) for pairs of a user and an item, matched with ratings by id. */
class Contexts : public detail::Shared<rec_contexts, rec_contexts_free, rec_contexts_retain>
{
  public:
    using Shared::Shared;
    /** One more owner of the same contexts. */
    Contexts share() const
    {
        return Contexts(retained());
    }
    /** From named columns of csv files: "device,place". */
    static Contexts read(const std::vector<std::string> &paths, const std::string &fields)
    {
        std::vector<const char *> each;
        for (const std::string &path : paths)
            each.push_back(path.c_str());
        return Contexts(detail::create<rec_contexts>(rec_contexts_read, each.data(),
                                                     std::int32_t(each.size()), fields.c_str()));
    }
    /** From ids of users and items and, row by row, the values of the fields; an empty one is unknown. */
    static Contexts from_arrays(const std::string &fields, const std::vector<std::string> &users,
                                const std::vector<std::string> &items, const std::vector<std::string> &values)
    {
        const std::vector<const char *> who = pointers(users), what = pointers(items);
        const std::vector<const char *> how = checked(fields, users.size(), items.size(), values);
        return Contexts(detail::create<rec_contexts>(rec_contexts_from_arrays, fields.c_str(), who.data(),
                                                     what.data(), how.data(), std::int64_t(users.size())));
    }
    static Contexts from_ids(const std::string &fields, Span<const std::int64_t> users,
                             Span<const std::int64_t> items, const std::vector<std::string> &values)
    {
        const std::vector<const char *> how = checked(fields, users.size(), items.size(), values);
        return Contexts(detail::create<rec_contexts>(rec_contexts_from_ids, fields.c_str(),
                                                     detail::given(users), detail::given(items), how.data(),
                                                     std::int64_t(users.size())));
    }
    std::int64_t size() const
    {
        return rec_contexts_count(get());
    }
    Ids fields() const
    {
        return Ids::retain(rec_contexts_fields(get()));
    }
    /** Every value that was met, as "FIELD=VALUE". */
    Ids values() const
    {
        return Ids::retain(rec_contexts_values(get()));
    }

    /** The ratings that were given where "device=mobile,hour=18-23" holds, by these contexts and the times. */
    Ratings where(const Ratings &ratings, const std::string &condition) const
    {
        return where(ratings, get(), condition);
    }
    /** How much more often than all an item is met there. */
    std::vector<float> lifts(const Ratings &ratings, const std::string &condition,
                             double smoothing = 10) const
    {
        return lifts(ratings, get(), condition, smoothing);
    }
    /** The same by the times alone. */
    static Ratings at(const Ratings &ratings, const std::string &condition)
    {
        return where(ratings, nullptr, condition);
    }
    static std::vector<float> lifts_at(const Ratings &ratings, const std::string &condition,
                                       double smoothing = 10)
    {
        return lifts(ratings, nullptr, condition, smoothing);
    }

  private:
    static Ratings where(const Ratings &ratings, const rec_contexts *contexts, const std::string &condition)
    {
        return Ratings(detail::create<rec_ratings>(
            rec_ratings_where, static_cast<const rec_ratings *>(ratings.get()), contexts, condition.c_str()));
    }
    static std::vector<float> lifts(const Ratings &ratings, const rec_contexts *contexts,
                                    const std::string &condition, double smoothing)
    {
        std::vector<float> found(std::size_t(rec_ratings_items(ratings.get())) + 1);
        check(rec_ratings_lifts(ratings.get(), contexts, condition.c_str(), smoothing, found.data()));
        found.pop_back();
        return found;
    }
    /** One more than there are, so that there is always an address. */
    static std::vector<const char *> pointers(const std::vector<std::string> &texts)
    {
        std::vector<const char *> each;
        for (const std::string &text : texts)
            each.push_back(text.c_str());
        each.push_back(nullptr);
        return each;
    }
    static std::vector<const char *> checked(const std::string &fields, std::size_t users, std::size_t items,
                                             const std::vector<std::string> &values)
    {
        std::size_t n = 1;
        for (const char c : fields)
            n += c == ',';
        detail::same_size(users, items, "users and items");
        detail::same_size(users * n, values.size(), "users times fields, and values");
        return pointers(values);
    }
};

} // namespace librec

#endif
