/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of a model or a file: views. */
#ifndef LIBREC_ARRAY_HPP
#define LIBREC_ARRAY_HPP

#include <librec/model.h>
#include <librec/handle.hpp>

namespace librec
{

/** An array, row-major: a view that goes with its model or file. */
class Array
{
  public:
    explicit Array(const rec_array &array) noexcept : array_(array)
    {
    }
    const char *name() const noexcept
    {
        return array_.name;
    }
    std::int64_t rows() const noexcept
    {
        return array_.rows;
    }
    std::int64_t columns() const noexcept
    {
        return array_.columns;
    }
    rec_dtype type() const noexcept
    {
        return rec_dtype(array_.type);
    }
    /** The elements: of float, double, std::int32_t, std::int64_t or unsigned char, as its type is. */
    template <class T> Span<const T> as() const
    {
        if (array_.type != type_of(static_cast<T *>(nullptr)))
            throw Error(REC_ERR_INVALID,
                        std::string(array_.name) + ": read as elements of another type than its own");
        return {static_cast<const T *>(array_.data), std::size_t(array_.rows * array_.columns)};
    }

  private:
    static rec_dtype type_of(float *) noexcept
    {
        return REC_F32;
    }
    static rec_dtype type_of(double *) noexcept
    {
        return REC_F64;
    }
    static rec_dtype type_of(std::int32_t *) noexcept
    {
        return REC_I32;
    }
    static rec_dtype type_of(std::int64_t *) noexcept
    {
        return REC_I64;
    }
    static rec_dtype type_of(unsigned char *) noexcept
    {
        return REC_U8;
    }
    rec_array array_;
};

namespace detail
{
template <class Count, class At, class Handle>
std::vector<Array> arrays(Count count, At at, const Handle *handle)
{
    std::vector<Array> all;
    for (std::int32_t index = 0; index < count(handle); index++) {
        rec_array array = REC_ARRAY_INIT;
        check(at(handle, index, &array));
        all.emplace_back(array);
    }
    return all;
}
} // namespace detail

} // namespace librec

#endif
