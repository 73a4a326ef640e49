/* SPDX-License-Identifier: Apache-2.0 */
/* An opened container from inside: shared by the files of this folder alone. */
#ifndef REC_CONTAINER_OPENED_H
#define REC_CONTAINER_OPENED_H

#include "base/file.h"
#include "container/container.h"
#include "container/header.h"

#include <stdatomic.h>

struct rec__container {
    atomic_int references;
    struct rec__mapping mapping;
    char *path;
    struct rec__header header;
    const char *kind;
    rec_array *arrays; /* by their place in the file */
    int64_t n_arrays;
};

#endif
