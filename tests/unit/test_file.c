/* SPDX-License-Identifier: Apache-2.0 */
/* Files: mapping, and writing that leaves the old file or the new one, whatever happens in between. */
#include "base/file.h"
#include "packs.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { NUMBERS = 50000 };

/* A container of one array of numbers, so large that it is written in several parts. */
static rec_status save(const char *path, float first)
{
    static _Thread_local float numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = first + (float)i;
    rec_array array = {sizeof array, "numbers", numbers, NUMBERS, 1, REC_F32, 1};
    struct rec__pack *pack = NULL;
    rec_status status = rec__pack_create(&pack, "model");
    if (status == REC_OK)
        status = rec__pack_array(pack, "", &array);
    if (status == REC_OK)
        status = rec__pack_write(pack, path);
    rec__pack_free(pack);
    return status;
}

/* The number that a file was saved with; fails when the file is not whole. */
static float saved(const char *path)
{
    struct rec__container *container = NULL;
    EXPECT_OK(rec__container_open(&container, path));
    EXPECT_OK(rec__container_verify(container));
    float first = *(const float *)rec__container_array_at(container, 0)->data;
    rec__container_free(container);
    return first;
}

static int files_in_folder(void)
{
    int n = 0;
    DIR *folder = opendir(test_folder);
    ck_assert_ptr_nonnull(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        n += entry->d_name[0] != '.';
    closedir(folder);
    return n;
}

START_TEST(test_replaces)
{
    EXPECT_OK(save(path_of("model"), 1.0f));
    struct rec__container *old = NULL;
    EXPECT_OK(rec__container_open(&old, path_of("model")));
    EXPECT_OK(save(path_of("model"), 2.0f));
    ck_assert_float_eq(saved(path_of("model")), 2.0f);
    ck_assert_int_eq(files_in_folder(), 1);
    /* Who had the old file open still has it, whole. */
    EXPECT_OK(rec__container_verify(old));
    ck_assert_float_eq(*(const float *)rec__container_array_at(old, 0)->data, 1.0f);
    rec__container_free(old);
}
END_TEST

/* Save in a child whose files may not grow past `limit` bytes; the system kills it there, or write() fails.
 */
static int save_within(const char *path, size_t limit, bool killed)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct rlimit most = {limit, limit}, none = {0, 0};
        signal(SIGXFSZ, killed ? SIG_DFL : SIG_IGN);
        if (setrlimit(RLIMIT_CORE, &none) != 0 || setrlimit(RLIMIT_FSIZE, &most) != 0)
            _exit(99);
        rec_status status = save(path, 2.0f);
        bool said = status == REC_OK || (strstr(rec_last_error(), path) != NULL &&
                                         strstr(rec_last_error(), "cannot write: File too large") != NULL);
        _exit(said ? (int)status : 98);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    if (killed && WIFSIGNALED(status))
        return -WTERMSIG(status);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* As on a full disk: the error is told, the old file is whole, and nothing lies beside it. */
START_TEST(test_no_room)
{
    char path[96];
    strcpy(path, path_of("model"));
    EXPECT_OK(save(path, 1.0f));
    size_t length = file_length(path);
    for (size_t limit = 0; limit < length; limit += limit < 1000 ? 100 : 30011) {
        ck_assert_int_eq(save_within(path, limit, false), REC_ERR_IO);
        ck_assert_float_eq(saved(path), 1.0f);
        ck_assert_int_eq(files_in_folder(), 1);
    }
    ck_assert_int_eq(save_within(path, length - 1, false), REC_ERR_IO);
    ck_assert_float_eq(saved(path), 1.0f);
    ck_assert_int_eq(save_within(path, length, false), REC_OK);
    ck_assert_float_eq(saved(path), 2.0f);
    ck_assert_int_eq(files_in_folder(), 1);
}
END_TEST

/* Killed in the middle of a write: the old file is whole, and a later save works. */
START_TEST(test_killed)
{
    char path[96];
    strcpy(path, path_of("model"));
    EXPECT_OK(save(path, 1.0f));
    size_t length = file_length(path);
    for (size_t limit = 0; limit < length; limit += 30011) {
        ck_assert_int_eq(save_within(path, limit, true), -SIGXFSZ);
        ck_assert_float_eq(saved(path), 1.0f);
    }
    ck_assert_int_eq(save_within(path, length, true), REC_OK);
    ck_assert_float_eq(saved(path), 2.0f);
}
END_TEST

/* Dead between the last byte and the rename, when all is written but nothing is committed. */
START_TEST(test_not_committed)
{
    char path[96];
    strcpy(path, path_of("model"));
    EXPECT_OK(save(path, 1.0f));
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        static const char bytes[100000];
        struct rec__writer writer;
        if (rec__writer_open(&writer, path) == REC_OK) {
            rec__writer_write(&writer, bytes, sizeof bytes);
            kill(getpid(), SIGKILL);
        }
        _exit(1);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ck_assert_float_eq(saved(path), 1.0f);
    struct rec__writer writer;
    EXPECT_OK(rec__writer_open(&writer, path));
    rec__writer_write(&writer, "half", 4);
    int before = files_in_folder();
    rec__writer_abandon(&writer);
    ck_assert_int_eq(files_in_folder(), before - 1);
    ck_assert_float_eq(saved(path), 1.0f);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static void *save_often(void *path)
{
    static atomic_int number;
    for (int i = 0; i < 10; i++)
        if (save(path, (float)(1 + atomic_fetch_add(&number, 1))) != REC_OK)
            return NULL;
    return path;
}

/* Several threads save to one path: the file is always one of theirs, whole. */
START_TEST(test_at_once)
{
    enum { THREADS = 4 };
    char path[96];
    pthread_t threads[THREADS];
    strcpy(path, path_of("model"));
    EXPECT_OK(save(path, 0.0f));
    for (int t = 0; t < THREADS; t++)
        ck_assert_int_eq(pthread_create(&threads[t], NULL, save_often, path), 0);
    for (int i = 0; i < 50; i++)
        ck_assert(saved(path) <= 10 * THREADS);
    for (int t = 0; t < THREADS; t++) {
        void *result = NULL;
        ck_assert_int_eq(pthread_join(threads[t], &result), 0);
        ck_assert_ptr_eq(result, path);
    }
    ck_assert(saved(path) >= 1.0f);
    ck_assert_int_eq(files_in_folder(), 1);
}
END_TEST

/* Writes of every size around that of the buffer arrive in order. */
START_TEST(test_sizes)
{
    static const int64_t sizes[] = {0, 1, 65535, 2, 65536, 7, 65537, 200000, 0, 65530, 6, 1};
    static char bytes[200000 + 16];
    struct rec__writer writer;
    struct rec__mapping mapping;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 31 + (i >> 8));
    EXPECT_OK(rec__writer_open(&writer, path_of("parts")));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        rec__writer_write(&writer, bytes + i, sizes[i]);
    EXPECT_OK(rec__writer_commit(&writer));
    EXPECT_OK(rec__map_file(path_of("parts"), &mapping));
    int64_t at = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ck_assert_int_le(at + sizes[i], mapping.length);
        ck_assert_int_eq(memcmp(mapping.bytes + at, bytes + i, (size_t)sizes[i]), 0);
        at += sizes[i];
    }
    ck_assert_int_eq(at, mapping.length);
    rec__mapping_sequential(&mapping);
    rec__mapping_done(&mapping, 1, at - 1);
    ck_assert_int_eq(mapping.bytes[1], bytes[2]); /* it comes back from the file */
    rec__unmap_file(&mapping);
    ck_assert_ptr_null(mapping.bytes);
}
END_TEST

START_TEST(test_mode)
{
    struct stat about;
    mode_t before = umask(027);
    EXPECT_OK(save(path_of("new"), 1.0f));
    umask(before);
    ck_assert_int_eq(stat(path_of("new"), &about), 0);
    ck_assert_int_eq(about.st_mode & 0777, 0640);
    ck_assert_int_eq(chmod(path_of("new"), 0604), 0);
    EXPECT_OK(save(path_of("new"), 2.0f));
    ck_assert_int_eq(stat(path_of("new"), &about), 0);
    ck_assert_int_eq(about.st_mode & 0777, 0604);
}
END_TEST

START_TEST(test_symbolic_link)
{
    struct stat about;
    EXPECT_OK(save(path_of("version-1"), 1.0f));
    ck_assert_int_eq(symlink("version-1", path_of("current")), 0);
    EXPECT_OK(save(path_of("current"), 2.0f));
    ck_assert_int_eq(lstat(path_of("current"), &about), 0);
    ck_assert(S_ISLNK(about.st_mode));
    ck_assert_float_eq(saved(path_of("version-1")), 2.0f);
    ck_assert_int_eq(files_in_folder(), 2);
    ck_assert_int_eq(symlink("absent", path_of("broken")), 0);
    EXPECT(save(path_of("broken"), 3.0f), REC_ERR_IO,
           "broken: cannot follow the symbolic link: No such file");
}
END_TEST

START_TEST(test_places_that_fail)
{
    struct stat about;
    EXPECT(save(path_of("absent/model"), 1.0f), REC_ERR_IO, "absent/model: cannot create: No such file");
    EXPECT(save(test_folder, 1.0f), REC_ERR_IO, test_folder, "it is a folder");
    EXPECT(save("", 1.0f), REC_ERR_IO, "the path to write to is empty");
    ck_assert_int_eq(rec_host_blocks(), 0);
    if (stat("/dev/full", &about) != 0) {
        printf("skipped: this system has no /dev/full\n");
        return;
    }
    /* A device is written to, not replaced. */
    EXPECT(save("/dev/full", 1.0f), REC_ERR_IO, "/dev/full: cannot write: No space left on device");
    EXPECT_OK(save("/dev/null", 1.0f));
    ck_assert_int_eq(stat("/dev/full", &about), 0);
    ck_assert(S_ISCHR(about.st_mode));
    ck_assert_int_eq(stat("/dev/null", &about), 0);
    ck_assert(S_ISCHR(about.st_mode));
}
END_TEST

START_TEST(test_map)
{
    struct rec__mapping mapping = {"x", 1};
    EXPECT_OK(rec__map_file(write_text("empty", ""), &mapping));
    ck_assert_ptr_null(mapping.bytes);
    ck_assert_int_eq(mapping.length, 0);
    rec__mapping_sequential(&mapping);
    rec__unmap_file(&mapping);
    EXPECT_OK(rec__map_file(write_text("words", "words"), &mapping));
    ck_assert_int_eq(mapping.length, 5);
    ck_assert_mem_eq(mapping.bytes, "words", 5);
    rec__unmap_file(&mapping);
    EXPECT(rec__map_file(path_of("absent"), &mapping), REC_ERR_IO,
           "absent: cannot open: No such file or directory");
    ck_assert_ptr_null(mapping.bytes);
    EXPECT(rec__map_file("/dev/null", &mapping), REC_ERR_IO, "/dev/null: not a regular file");
}
END_TEST

START_TEST(test_clock)
{
    double before = rec__seconds();
    usleep(20000);
    double after = rec__seconds();
    ck_assert(after - before >= 0.02);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file");
    TCase *tests = tcase_create("file");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, test_replaces);
    tcase_add_test(tests, test_no_room);
    tcase_add_test(tests, test_killed);
    tcase_add_test(tests, test_not_committed);
    tcase_add_test(tests, test_at_once);
    tcase_add_test(tests, test_sizes);
    tcase_add_test(tests, test_mode);
    tcase_add_test(tests, test_symbolic_link);
    tcase_add_test(tests, test_places_that_fail);
    tcase_add_test(tests, test_map);
    tcase_add_test(tests, test_clock);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
