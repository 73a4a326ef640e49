/* SPDX-License-Identifier: Apache-2.0 */
/* Failures, by choice as exceptions or as results. */
#ifndef LIBREC_ERROR_HPP
#define LIBREC_ERROR_HPP

#include <librec/status.h>

#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace librec
{

/** What a call that failed says: the status, and the library's sentence as what(). */
class Error : public std::runtime_error
{
  public:
    Error(rec_status status, const std::string &sentence) : std::runtime_error(sentence), status_(status)
    {
    }
    rec_status status() const noexcept
    {
        return status_;
    }
    const char *name() const noexcept
    {
        return rec_status_name(status_);
    }

  private:
    rec_status status_;
};

/** Throw what a status stands for: std::bad_alloc without memory, else Error. */
inline void check(rec_status status)
{
    if (status == REC_ERR_NO_MEMORY)
        throw std::bad_alloc();
    if (status != REC_OK)
        throw Error(status, rec_last_error());
}

/** A value, or the error in its place: what attempt() answers. Result<void> holds no value. */
template <class T> class Result
{
    using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  public:
    Result(Value value) : held_(std::in_place_index<0>, std::move(value))
    {
    }
    Result(Error error) : held_(std::in_place_index<1>, std::move(error))
    {
    }
    explicit operator bool() const noexcept
    {
        return held_.index() == 0;
    }
    /** The value; without one, throws the error. */
    Value &value() &
    {
        if (const Error *error = std::get_if<1>(&held_))
            throw *error;
        return std::get<0>(held_);
    }
    Value &&value() &&
    {
        return std::move(value());
    }
    Value &operator*() &
    {
        return value();
    }
    Value *operator->()
    {
        return &value();
    }
    /** The error; only where there is no value. */
    const Error &error() const
    {
        return std::get<1>(held_);
    }

  private:
    std::variant<Value, Error> held_;
};

/** Run a function that may throw, and answer its value or its error: auto model = attempt([&] { return Model::open(path); }). */
template <class Function> auto attempt(Function &&function) -> Result<std::invoke_result_t<Function>>
{
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
            std::forward<Function>(function)();
            return std::monostate{};
        } else {
            return std::forward<Function>(function)();
        }
    } catch (const Error &error) {
        return error;
    } catch (const std::bad_alloc &) {
        return Error(REC_ERR_NO_MEMORY, rec_status_text(REC_ERR_NO_MEMORY));
    }
}

} // namespace librec

#endif
