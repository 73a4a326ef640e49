/* SPDX-License-Identifier: Apache-2.0 */
/* What every handle's owner is made of. */
#ifndef LIBREC_HANDLE_HPP
#define LIBREC_HANDLE_HPP

#include <librec/error.hpp>
#include <librec/span.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace librec
{

namespace detail
{
template <auto Free> struct Deleter {
    template <class T> void operator()(T *handle) const noexcept
    {
        Free(handle);
    }
};
/** Owner of one handle: moves, does not copy, frees at the end. */
template <class Handle, auto Free> class Owner
{
  public:
    /** Take over a handle of the C interface. */
    explicit Owner(Handle *handle) noexcept : handle_(handle)
    {
    }
    /** The handle, for calls of the C interface; still owned here. NULL once moved from. */
    Handle *get() const noexcept
    {
        return handle_.get();
    }
    /** Hand the handle over: who takes it frees it. */
    Handle *release() noexcept
    {
        return handle_.release();
    }

  protected:
    std::unique_ptr<Handle, Deleter<Free>> handle_;
};

/** Owner of one count of a handle that is counted. */
template <class Handle, auto Free, auto Retain> class Shared : public Owner<Handle, Free>
{
  public:
    using Owner<Handle, Free>::Owner;

  protected:
    Handle *retained() const noexcept
    {
        return Retain(this->get());
    }
};

/** Call a function whose first argument creates a handle. */
template <class Handle, class Function, class... Arguments>
Handle *create(Function function, Arguments... arguments)
{
    Handle *handle = nullptr;
    check(function(&handle, arguments...));
    return handle;
}

inline void same_size(std::size_t a, std::size_t b, const char *what)
{
    if (a != b)
        throw Error(REC_ERR_INVALID, std::string(what) + ": " + std::to_string(a) + " and " +
                                         std::to_string(b) + " elements; expected as many of both");
}

/** Not NULL even of nothing: to the C interface NULL means "not given". */
template <class T> const T *given(Span<const T> span)
{
    static const T none{};
    return span.data() ? span.data() : &none;
}

inline std::vector<const char *> pointers(const std::vector<std::string> &texts)
{
    std::vector<const char *> result;
    for (const std::string &text : texts)
        result.push_back(text.c_str());
    return result;
}
} // namespace detail

} // namespace librec

#endif
