/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the C++ headers share: an expectation, planted ratings, the status of what is thrown. */
#ifndef EXPECT_HPP
#define EXPECT_HPP

#include <librec.hpp>

#include <cstdio>

inline int failures = 0;

inline void expect(bool holds, const char *what, const char *file, int line)
{
    if (!holds) {
        std::fprintf(stderr, "%s:%d: %s\n", file, line, what);
        failures++;
    }
}
#define EXPECT(condition) expect(condition, #condition, __FILE__, __LINE__)

template <class Function> rec_status thrown(Function function)
{
    try {
        function();
    } catch (const librec::Error &error) {
        EXPECT(error.what()[0] != '\0');
        return error.status();
    }
    return REC_OK;
}

/* Two tastes of 20 users each over 12 items; every user lacks four items. */
inline librec::Ratings planted()
{
    librec::Builder builder;
    for (std::int64_t user = 0; user < 40; user++)
        for (std::int64_t item = 0; item < 12; item++)
            if ((user + item) % 6 > 1)
                builder.add(user, item, user % 2 == item / 6 ? 5.0f : 1.0f, 1000 * item + user);
    return builder.finish();
}

#endif
