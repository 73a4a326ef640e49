/* SPDX-License-Identifier: Apache-2.0 */
/* Failures, the end of standard output, files written directly, memory. */
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("rec: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return EXIT_FAILED;
}

int fail_library(rec_status status)
{
    if (status == REC_ERR_CANCELLED) {
        fail("interrupted; nothing was written");
        return EXIT_INTERRUPTED;
    }
    const char *sentence = rec_last_error();
    return fail("%s", *sentence ? sentence : rec_status_text(status));
}

void hold_standard_files(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
            exit(EXIT_FAILED);
}

/* A pipe without a reader: asked of the descriptor, because errno of an earlier failed write is gone. */
static int reader_left(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&output, 1, 0) > 0 && (output.revents & POLLERR);
}

int finish_output(int status)
{
    int failed = ferror(stdout);
    errno = 0;
    if (!fflush(stdout) && !failed)
        return status;
    if (reader_left())
        return status;
    return fail("cannot write to standard output: %s", errno ? strerror(errno) : "a write failed");
}

int check_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? copy_text(path, (size_t)(slash - path) + 1) : copy_text(".", 1);
    int status = access(folder, W_OK) ? fail("cannot write %s: %s", path, strerror(errno)) : 0;
    free(folder);
    return status;
}

int check_target(const char *path)
{
    struct stat found;
    if (stat(path, &found) == 0 && !S_ISREG(found.st_mode))
        return fail("cannot write %s: it exists and is not a regular file", path);
    return check_folder(path);
}

FILE *open_output(const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        fail("cannot write %s: %s", path, strerror(errno));
    return file;
}

int close_output(FILE *file, const char *path)
{
    struct stat kind;
    int regular = fstat(fileno(file), &kind) == 0 && S_ISREG(kind.st_mode);
    int failed = ferror(file);
    errno = 0;
    if (!fclose(file) && !failed)
        return 0;
    int reason = errno;
    if (regular)
        remove(path);
    return fail("cannot write %s: %s", path, reason ? strerror(reason) : "a write failed");
}

void *allocate(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size);
    if (!block)
        exit(fail("out of memory: %zu x %zu bytes are not to be had", count, size));
    return block;
}

void *grow(void *array, size_t n, size_t size)
{
    if (n & (n - 1)) /* between powers of two there is room */
        return array;
    size_t room = n ? 2 * n : 1;
    void *block = room <= SIZE_MAX / size ? realloc(array, room * size) : NULL;
    if (!block)
        exit(fail("out of memory: %zu x %zu bytes are not to be had", room, size));
    return block;
}

char *copy_text(const char *text, size_t length)
{
    char *copy = allocate(length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}
