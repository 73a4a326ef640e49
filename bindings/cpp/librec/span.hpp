/* SPDX-License-Identifier: Apache-2.0 */
/* Elements in a row that belong to somebody else. */
#ifndef LIBREC_SPAN_HPP
#define LIBREC_SPAN_HPP

#include <cstddef>
#include <type_traits>
#include <utility>
#if __cplusplus >= 202002L
#include <span>
#endif

namespace librec
{

/** Elements in a row that belong to somebody else. Anything with data() and size() becomes one: vectors, arrays, std::span. */
template <class T> class Span
{
  public:
    constexpr Span() noexcept = default;
    constexpr Span(T *data, std::size_t size) noexcept : data_(data), size_(size)
    {
    }
    template <std::size_t N> constexpr Span(T (&array)[N]) noexcept : data_(array), size_(N)
    {
    }
    template <class Container, class = std::enable_if_t<
                                   std::is_convertible_v<decltype(std::declval<Container &>().data()), T *>>>
    constexpr Span(Container &&container) : data_(container.data()), size_(container.size())
    {
    }
#ifdef __cpp_lib_span
    constexpr operator std::span<T>() const noexcept
    {
        return {data_, size_};
    }
#endif
    constexpr T *data() const noexcept
    {
        return data_;
    }
    constexpr std::size_t size() const noexcept
    {
        return size_;
    }
    constexpr bool empty() const noexcept
    {
        return size_ == 0;
    }
    constexpr T *begin() const noexcept
    {
        return data_;
    }
    constexpr T *end() const noexcept
    {
        return data_ + size_;
    }
    constexpr T &operator[](std::size_t index) const
    {
        return data_[index];
    }

  private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace librec

#endif
