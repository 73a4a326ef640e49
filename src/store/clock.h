/* SPDX-License-Identifier: Apache-2.0 */
/* The hour of the day and the day of the week of a time in seconds since 1970, so many hours later. */
#ifndef REC_STORE_CLOCK_H
#define REC_STORE_CLOCK_H

#include <math.h>
#include <stdint.h>

enum { REC_CLOCK_HOURS = 24, REC_CLOCK_DAYS = 7 };

static inline int32_t rec__clock_hour(int64_t time, double zone)
{
    double seconds = (double)time + zone * 3600.0, day = floor(seconds / 86400.0);
    return (int32_t)fmin((seconds - day * 86400.0) / 3600.0, REC_CLOCK_HOURS - 1);
}

/** Monday is 0; 1970 began on a Thursday. */
static inline int32_t rec__clock_weekday(int64_t time, double zone)
{
    double day = floor(((double)time + zone * 3600.0) / 86400.0);
    return (int32_t)(day + 3.0 - 7.0 * floor((day + 3.0) / 7.0));
}

#endif
