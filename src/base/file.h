/* SPDX-License-Identifier: Apache-2.0 */
/* Files and clocks of the platform: mapping, atomic replacement, time. */
#ifndef REC_BASE_FILE_H
#define REC_BASE_FILE_H

#include <librec/status.h>

/** A read-only mapping of a whole file. */
struct rec__mapping {
    const char *bytes; /* NULL for an empty file */
    int64_t length;
};

/** Map a regular file. Failures name the path and the system's reason. A file that another process cuts short
 * while it is mapped is beyond what can be reported: replace files, never write into them. */
rec_status rec__map_file(const char *path, struct rec__mapping *mapping);
void rec__unmap_file(struct rec__mapping *mapping);
/** Tell the system that bytes from..to of the mapping will be read in order soon, or are done with and may
 * leave memory. */
void rec__mapping_sequential(const struct rec__mapping *mapping);
void rec__mapping_done(const struct rec__mapping *mapping, int64_t from, int64_t to);

/**
 * A file being written beside its target; the target changes only at rec__writer_commit. A device or a pipe
 * is written directly; through a symbolic link, the file it leads to.
 */
struct rec__writer {
    int descriptor;
    char *target, *temporary; /* temporary is NULL for a device or a pipe */
    char *buffer;
    int64_t buffered;
    rec_status status; /* of the first failure; later writes do nothing */
};

/** Begin. On failure nothing is left to clean up; otherwise end with rec__writer_commit or
 * rec__writer_abandon. */
rec_status rec__writer_open(struct rec__writer *writer, const char *path);
void rec__writer_write(struct rec__writer *writer, const void *bytes, int64_t length);
/** Flush, sync, and rename over the target; on failure the target is untouched and the temporary is gone. */
rec_status rec__writer_commit(struct rec__writer *writer);
void rec__writer_abandon(struct rec__writer *writer);

/** Seconds of a clock that never goes back. */
double rec__seconds(void);

#endif
