/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told of long work: any callable; what it throws is carried past the C interface. */
#ifndef LIBREC_PROGRESS_HPP
#define LIBREC_PROGRESS_HPP

#include <librec/model.h>
#include <librec/error.hpp>

#include <exception>
#include <type_traits>

namespace librec
{

namespace detail
{
/** Tells a callable of a model's progress, for as long as it lives. */
template <class Function> class Watch
{
  public:
    Watch(rec_model *model, Function &function) noexcept : model_(model), function_(function)
    {
        rec_model_set_progress(model_, tell, this);
    }
    ~Watch()
    {
        rec_model_set_progress(model_, nullptr, nullptr);
    }
    Watch(const Watch &) = delete;
    Watch &operator=(const Watch &) = delete;
    /** Throw what the callable threw, or what the status stands for. */
    void finish(rec_status status) const
    {
        if (thrown_)
            std::rethrow_exception(thrown_);
        check(status);
    }

  private:
    static int tell(void *context, const rec_progress *progress) noexcept
    {
        Watch &self = *static_cast<Watch *>(context);
        try {
            if constexpr (std::is_void_v<std::invoke_result_t<Function &, const rec_progress &>>)
                self.function_(*progress);
            else if (!self.function_(*progress))
                return 1;
            return 0;
        } catch (...) {
            self.thrown_ = std::current_exception();
            return 1;
        }
    }
    rec_model *model_;
    Function &function_;
    std::exception_ptr thrown_;
};

/** Run work of a model that a callable is told of. */
template <class Function, class Work> void watched(rec_model *model, Function &function, Work work)
{
    const Watch<Function> watch(model, function);
    watch.finish(work());
}
} // namespace detail

} // namespace librec

#endif
