/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of stores in container files. */
#include "store/pack.h"
#include "base/status.h"

#include <stdio.h>
#include <string.h>

enum { KEY = 96 };

rec_status rec__pack_vector(struct rec__pack *pack, const char *prefix, const char *name, rec_dtype type,
                            const void *data, int64_t n)
{
    rec_array array = REC_ARRAY_INIT;
    array.name = name;
    array.data = data != NULL ? data : "";
    array.rows = n;
    array.columns = 1;
    array.type = (int32_t)type;
    array.dimensions = 1;
    return rec__pack_array(pack, prefix, &array);
}

rec_status rec__pack_count(struct rec__pack *pack, const char *prefix, const char *key, int64_t value)
{
    char full[KEY];
    snprintf(full, sizeof full, "%s.%s", prefix, key);
    return rec__pack_integer(pack, full, value);
}

rec_status rec__pack_real(struct rec__pack *pack, const char *prefix, const char *key, double value)
{
    char full[KEY];
    snprintf(full, sizeof full, "%s.%s", prefix, key);
    return rec__pack_number(pack, full, value);
}

rec_status rec__take_vector(rec_array *out, const struct rec__container *container, const char *prefix,
                            const char *name, rec_dtype type, int64_t n)
{
    struct rec__expected expected = {.type = type, .dimensions = 1, .rows = n, .columns = -1};
    return rec__container_take(container, prefix, name, expected, out);
}

rec_status rec__check_starts(const int64_t *start, int64_t n, int64_t total, const char *prefix,
                             const char *name)
{
    int64_t before = 0;
    for (int64_t i = 0; i <= n; i++) {
        bool right = i == 0 ? start[i] == 0 : start[i] >= before && start[i] <= total;
        if (!right || (i == n && start[i] != total))
            return rec__fail(REC_ERR_CORRUPT,
                             "%s.%s[%lld] is %lld; offsets rising from 0 to %lld were expected", prefix, name,
                             (long long)i, (long long)start[i], (long long)total);
        before = start[i];
    }
    return REC_OK;
}

rec_status rec__open_kind(struct rec__container **out, const char *path, const char *kind)
{
    rec_status status = rec__container_open(out, path);
    if (status != REC_OK || strcmp(rec__container_kind(*out), kind) == 0)
        return status;
    status =
        rec__fail(REC_ERR_FORMAT, "%s holds %s; %s were expected", path, rec__container_kind(*out), kind);
    rec__container_free(*out);
    *out = NULL;
    return status;
}
