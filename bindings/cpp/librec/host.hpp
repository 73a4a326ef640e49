/* SPDX-License-Identifier: Apache-2.0 */
/* The library and its host. */
#ifndef LIBREC_HOST_HPP
#define LIBREC_HOST_HPP

#include <librec/host.h>
#include <librec/version.h>
#include <librec/error.hpp>

#include <cstdint>
#include <string>

namespace librec
{

/** The version of the library that is loaded. */
inline std::string version()
{
    return rec_version();
}
/** The kernels in use, such as "avx2". */
inline std::string kernels()
{
    return rec_host_kernels();
}
/** Processors that a `threads` of 0 means. */
inline std::int32_t threads()
{
    return rec_host_threads();
}
/** Blocks of memory the library holds now. */
inline std::int64_t blocks()
{
    return rec_host_blocks();
}
/** Lend the whole process's librec an allocator and a log, while no handle is alive; its functions must not throw. */
inline void set_host(const rec_host &host)
{
    check(rec_host_set(&host));
}
/** Back to the C library's. */
inline void reset_host()
{
    check(rec_host_set(nullptr));
}

} // namespace librec

#endif
