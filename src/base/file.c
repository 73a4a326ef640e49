/* SPDX-License-Identifier: Apache-2.0 */
/* POSIX files. A port to another system writes this file anew. */
#include "base/file.h"
#include "base/memory.h"
#include "base/status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 16 };

/* strerror_r answers a text in the GNU library, which may not be the buffer, and a number in POSIX. */
static const char *keep_text(const char *text, const char *buffer)
{
    (void)buffer;
    return text;
}

static const char *keep_buffer(int failure, const char *buffer)
{
    return failure == 0 ? buffer : "a reason that the system does not name";
}

/* The system's reason, by the thread-safe call. */
static const char *reason(int number, char *buffer, size_t capacity)
{
    return _Generic(strerror_r(number, buffer, capacity), char *: keep_text, int: keep_buffer)(
        strerror_r(number, buffer, capacity), buffer);
}

static rec_status fail_file(const char *doing, const char *path)
{
    char text[128];
    int number = errno;
    return rec__fail(REC_ERR_IO, "%s: cannot %s: %s", path, doing, reason(number, text, sizeof text));
}

static rec_status map_descriptor(int descriptor, const char *path, struct rec__mapping *mapping)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return fail_file("examine", path);
    if (!S_ISREG(about.st_mode))
        return rec__fail(REC_ERR_IO, "%s: not a regular file", path);
    if (about.st_size == 0)
        return REC_OK;
    void *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED)
        return fail_file("map", path);
    mapping->bytes = bytes;
    mapping->length = about.st_size;
    return REC_OK;
}

rec_status rec__map_file(const char *path, struct rec__mapping *mapping)
{
    *mapping = (struct rec__mapping){0};
    /* Without waiting, so that a pipe nobody writes to is refused like any other file that is not regular. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return fail_file("open", path);
    rec_status status = map_descriptor(descriptor, path, mapping);
    close(descriptor);
    return status;
}

void rec__unmap_file(struct rec__mapping *mapping)
{
    if (mapping->bytes != NULL)
        munmap((void *)(uintptr_t)mapping->bytes, (size_t)mapping->length);
    *mapping = (struct rec__mapping){0};
}

void rec__mapping_sequential(const struct rec__mapping *mapping)
{
    if (mapping->bytes != NULL)
        (void)posix_madvise((void *)(uintptr_t)mapping->bytes, (size_t)mapping->length,
                            POSIX_MADV_SEQUENTIAL);
}

void rec__mapping_done(const struct rec__mapping *mapping, int64_t from, int64_t to)
{
    /* Only whole pages inside: the neighbours of the edges may still be in use. */
    int64_t page = sysconf(_SC_PAGESIZE);
    int64_t first = (from + page - 1) / page * page, last = to / page * page;
    if (last > first)
        (void)madvise((void *)(uintptr_t)(mapping->bytes + first), (size_t)(last - first), MADV_DONTNEED);
}

/* A name beside the target that nobody has; open() rather than mkstemp, so that the host's umask decides the
 * mode. */
static int create_beside(const char *path, char *temporary, size_t capacity)
{
    for (int attempt = 0; attempt < 1000; attempt++) {
        snprintf(temporary, capacity, "%s.%ld-%d.part", path, (long)getpid(), attempt);
        int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST)
            return descriptor;
    }
    return -1;
}

/* A target that is a symbolic link stays one: the file it leads to is replaced. */
static rec_status resolve_target(struct rec__writer *writer, const char *path)
{
    char resolved[PATH_MAX];
    struct stat about;
    bool is_link = lstat(path, &about) == 0 && S_ISLNK(about.st_mode);
    if (is_link && realpath(path, resolved) == NULL)
        return fail_file("follow the symbolic link", path);
    writer->target = rec__copy_string(is_link ? resolved : path);
    return writer->target == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

static rec_status open_temporary(struct rec__writer *writer, const struct stat *old)
{
    int64_t capacity = (int64_t)strlen(writer->target) + 48;
    writer->temporary = rec__allocate_zeroed(capacity, 1);
    if (writer->temporary == NULL)
        return REC_ERR_NO_MEMORY;
    writer->descriptor = create_beside(writer->target, writer->temporary, (size_t)capacity);
    if (writer->descriptor < 0)
        return fail_file("create", writer->target);
    if (old != NULL)
        (void)fchmod(writer->descriptor, old->st_mode & 0777);
    return REC_OK;
}

/* A device or a pipe is written to directly: there is nothing in it to keep, and it must not be replaced. */
static rec_status open_stream(struct rec__writer *writer)
{
    writer->descriptor = open(writer->target, O_WRONLY | O_CLOEXEC);
    return writer->descriptor < 0 ? fail_file("open", writer->target) : REC_OK;
}

static rec_status open_target(struct rec__writer *writer, const char *path)
{
    struct stat old;
    if (path[0] == '\0')
        return rec__fail(REC_ERR_IO, "the path to write to is empty; the name of a file was expected");
    writer->buffer = rec__allocate(BUFFER_BYTES, 1);
    if (writer->buffer == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = resolve_target(writer, path);
    if (status != REC_OK)
        return status;
    bool exists = stat(writer->target, &old) == 0;
    if (exists && S_ISDIR(old.st_mode))
        return rec__fail(REC_ERR_IO, "%s: cannot write: it is a folder", path);
    if (exists && !S_ISREG(old.st_mode))
        return open_stream(writer);
    return open_temporary(writer, exists ? &old : NULL);
}

static void clear_writer(struct rec__writer *writer)
{
    if (writer->descriptor >= 0)
        close(writer->descriptor);
    rec__release(writer->target);
    rec__release(writer->temporary);
    rec__release(writer->buffer);
    *writer = (struct rec__writer){.descriptor = -1};
}

rec_status rec__writer_open(struct rec__writer *writer, const char *path)
{
    *writer = (struct rec__writer){.descriptor = -1};
    rec_status status = open_target(writer, path);
    if (status != REC_OK)
        clear_writer(writer);
    return status;
}

static void write_through(struct rec__writer *writer, const char *bytes, int64_t length)
{
    while (length > 0 && writer->status == REC_OK) {
        ssize_t written = write(writer->descriptor, bytes, (size_t)length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            errno = written == 0 ? ENOSPC : errno;
            writer->status = fail_file("write", writer->target);
            return;
        }
        bytes += written;
        length -= written;
    }
}

static void flush_buffer(struct rec__writer *writer)
{
    write_through(writer, writer->buffer, writer->buffered);
    writer->buffered = 0;
}

void rec__writer_write(struct rec__writer *writer, const void *bytes, int64_t length)
{
    if (writer->status != REC_OK || length == 0)
        return;
    if (writer->buffered + length > BUFFER_BYTES)
        flush_buffer(writer);
    if (length >= BUFFER_BYTES) {
        write_through(writer, bytes, length);
        return;
    }
    memcpy(writer->buffer + writer->buffered, bytes, (size_t)length);
    writer->buffered += length;
}

/* The rename itself is durable only once the folder is synced; a file system that cannot sync a folder is let
 * be. */
static void sync_folder(const char *target)
{
    char folder[4096];
    const char *slash = strrchr(target, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - target) + 1;
    if (length >= sizeof folder)
        return;
    memcpy(folder, target, length);
    folder[length] = '\0';
    int descriptor = open(length > 0 ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    (void)fsync(descriptor);
    close(descriptor);
}

static void replace_target(struct rec__writer *writer)
{
    if (writer->status == REC_OK && fsync(writer->descriptor) != 0)
        writer->status = fail_file("sync", writer->target);
    if (writer->status == REC_OK && rename(writer->temporary, writer->target) != 0)
        writer->status = fail_file("rename to", writer->target);
    if (writer->status == REC_OK)
        sync_folder(writer->target);
}

rec_status rec__writer_commit(struct rec__writer *writer)
{
    flush_buffer(writer);
    if (writer->temporary != NULL)
        replace_target(writer);
    rec_status status = writer->status;
    if (status != REC_OK && writer->temporary != NULL)
        (void)unlink(writer->temporary);
    clear_writer(writer);
    return status;
}

void rec__writer_abandon(struct rec__writer *writer)
{
    if (writer->temporary != NULL)
        (void)unlink(writer->temporary);
    clear_writer(writer);
}

double rec__seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
