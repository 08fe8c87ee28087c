/* Files that appear whole or not at all, and what is said where they cannot. */
#include "testing/testing.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/files/output.h"
#include "io/text/table.h"

static unmix_context *cx;
static um_output output;
static char folder[600];

static int setup(void **unused)
{
    (void)unused;
    static int count;
    cx = um_test_context();
    output = (um_output){0};
    (void)snprintf(folder, sizeof folder, "%s/case%d", um_test_folder(), count++);
    return mkdir(folder, 0777);
}

static int teardown(void **unused)
{
    (void)unused;
    um_output_abandon(&output);
    unmix_context_free(cx);
    return 0;
}

static const char *in_folder(const char *name)
{
    static char paths[4][700];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void put(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, strlen(content), file), strlen(content));
    assert_int_equal(fclose(file), 0);
}

static void assert_content(const char *path, const char *want)
{
    char text[256] = "";
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is not there", path);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    assert_string_equal(text, want);
}

static size_t files_in(const char *path)
{
    DIR *opened = opendir(path);
    assert_non_null(opened);
    size_t count = 0;
    for (struct dirent *entry = readdir(opened); entry; entry = readdir(opened))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(opened);
    return count;
}

static void test_new_file(void **unused)
{
    (void)unused;
    const char *path = in_folder("out.tsv");
    const mode_t mask = umask(027);
    assert_ok(cx, um_output_begin(cx, &output, path, 0));
    (void)umask(mask);
    assert_non_null(strstr(output.temporary, "/.out.tsv.unmix-"));
    assert_int_equal(strncmp(output.temporary, folder, strlen(folder)), 0);
    assert_int_equal(access(path, F_OK), -1);
    put(output.temporary, "new");
    assert_ok(cx, um_output_commit(cx, &output));
    assert_content(path, "new");
    assert_int_equal(files_in(folder), 1);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0640);
    um_output_abandon(&output); /* allowed after commit */
    assert_content(path, "new");
}

static void test_abandoned_file(void **unused)
{
    (void)unused;
    const char *path = in_folder("out.tsv");
    put(path, "old");
    assert_ok(cx, um_output_begin(cx, &output, path, 1));
    put(output.temporary, "half");
    um_output_abandon(&output);
    assert_content(path, "old");
    assert_int_equal(files_in(folder), 1);
}

static void test_existing_file(void **unused)
{
    (void)unused;
    const char *path = in_folder("out.tsv");
    put(path, "old");
    assert_refused(cx, um_output_begin(cx, &output, path, 0), UNMIX_ERROR_EXISTS, "out.tsv exists already");
    assert_ok(cx, um_output_begin(cx, &output, path, 1));
    put(output.temporary, "new");
    assert_ok(cx, um_output_commit(cx, &output));
    assert_content(path, "new");
    assert_int_equal(files_in(folder), 1);
}

/* A file that appears while we compute is not replaced. */
static void test_file_appears_meanwhile(void **unused)
{
    (void)unused;
    const char *path = in_folder("out.tsv");
    assert_ok(cx, um_output_begin(cx, &output, path, 0));
    put(path, "theirs");
    assert_refused(cx, um_output_commit(cx, &output), UNMIX_ERROR_EXISTS, "out.tsv exists already");
    assert_content(path, "theirs");
    assert_int_equal(files_in(folder), 1);
    assert_null(output.temporary);
}

static void test_places_that_do_not_work(void **unused)
{
    (void)unused;
    assert_refused(cx, um_output_check(cx, "", 0), UNMIX_ERROR_WRITE, "empty");
    assert_refused(cx, um_output_check(cx, in_folder("no/out.tsv"), 0), UNMIX_ERROR_WRITE,
                   "does not exist; make it first");
    assert_refused(cx, um_output_check(cx, folder, 0), UNMIX_ERROR_EXISTS, "is a folder");
    assert_refused(cx, um_output_check(cx, folder, 1), UNMIX_ERROR_WRITE, "is a folder");
    assert_refused(cx, um_output_check(cx, "/dev/null", 1), UNMIX_ERROR_WRITE, "not an ordinary file");
    put(in_folder("file"), "");
    assert_refused(cx, um_output_check(cx, in_folder("file/out.tsv"), 0), UNMIX_ERROR_WRITE, "folder");
    assert_refused(cx, um_output_check(cx, in_folder("file/"), 0), UNMIX_ERROR_EXISTS, "a file of this name exists");
    assert_refused(cx, um_output_check(cx, in_folder("file/"), 1), UNMIX_ERROR_WRITE, "a file of this name exists");
    if (geteuid() == 0)
        return; /* root may write everywhere */
    assert_int_equal(chmod(folder, 0555), 0);
    assert_refused(cx, um_output_check(cx, in_folder("out.tsv"), 0), UNMIX_ERROR_WRITE, "no permission to write");
    assert_int_equal(chmod(folder, 0755), 0);
}

static void test_relative_and_long_names(void **unused)
{
    (void)unused;
    char here[512];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(folder), 0);
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    const unmix_status status = um_output_begin(cx, &output, name, 0);
    const unmix_status then = status == UNMIX_OK ? um_output_commit(cx, &output) : status;
    assert_int_equal(chdir(here), 0);
    assert_ok(cx, then);
    assert_int_equal(files_in(folder), 1);
}

/* A disk that fills up: no file is left, and the reason is told. */
static void test_full_disk(void **unused)
{
    (void)unused;
    um_matrix matrix = {0};
    assert_ok(cx, um_names_add(cx, &matrix.columns, "s1", 2));
    for (int i = 0; i < 40000; i++) {
        char name[32];
        const int length = snprintf(name, sizeof name, "gene%d", i * 7919 % 40000);
        assert_ok(cx, um_names_add(cx, &matrix.rows, name, (size_t)length));
    }
    assert_ok(cx, um_matrix_allocate(cx, &matrix));
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {.rlim_cur = 20000, .rlim_max = before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    static const char *const names[] = {"full.tsv", "full.tsv.gz"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        const unmix_status status = um_table_write(cx, &matrix, in_folder(names[i]), "gene", 0);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_refused(cx, status, UNMIX_ERROR_WRITE, "cannot be written: File too large");
        assert_int_equal(files_in(folder), 0);
    }
    um_matrix_clear(&matrix);
}

#define UM_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* ---- Folders that are replaced ---- */

static void make_old(const char *path)
{
    char name[800];
    assert_int_equal(mkdir(path, 0777), 0);
    (void)snprintf(name, sizeof name, "%s/a.tsv", path);
    put(name, "old");
    (void)snprintf(name, sizeof name, "%s/notes.txt", path);
    put(name, "mine");
    (void)snprintf(name, sizeof name, "%s/sub", path);
    assert_int_equal(mkdir(name, 0777), 0);
    (void)snprintf(name, sizeof name, "%s/sub/x", path);
    put(name, "x");
}

static const char *within(const char *path, const char *name)
{
    static char paths[4][1000];
    static unsigned next;
    char *full = paths[next++ % 4];
    (void)snprintf(full, sizeof paths[0], "%s/%s", path, name);
    return full;
}

static void test_replaced_folder(void **unused)
{
    (void)unused;
    const char *path = in_folder("result");
    make_old(path);
    assert_refused(cx, um_output_begin_folder(cx, &output, within(path, ""), 0), UNMIX_ERROR_EXISTS, "exists already");
    assert_ok(cx, um_output_begin_folder(cx, &output, within(path, ""), 1));
    put(within(output.temporary, "a.tsv"), "new");
    assert_content(within(path, "a.tsv"), "old");
    assert_ok(cx, um_output_commit_folder(cx, &output));
    assert_content(within(path, "a.tsv"), "new");
    assert_content(within(path, "notes.txt"), "mine");
    assert_content(within(path, "sub/x"), "x");
    assert_int_equal(files_in(path), 3);
    assert_int_equal(files_in(folder), 1);

    assert_ok(cx, um_output_begin_folder(cx, &output, within(path, ""), 1));
    put(within(output.temporary, "a.tsv"), "half");
    um_output_abandon_folder(&output);
    assert_content(within(path, "a.tsv"), "new");
    assert_int_equal(files_in(folder), 1);
}

static void test_link_to_a_folder(void **unused)
{
    (void)unused;
    const char *path = in_folder("result"), *link = in_folder("link");
    struct stat about;
    make_old(path);
    assert_int_equal(symlink("result", link), 0);
    assert_ok(cx, um_output_begin_folder(cx, &output, within(link, ""), 1));
    put(within(output.temporary, "a.tsv"), "new");
    assert_ok(cx, um_output_commit_folder(cx, &output));
    assert_int_equal(lstat(link, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    assert_content(within(path, "a.tsv"), "new");
    assert_int_equal(files_in(folder), 2);
}

/* ---- What killed runs leave ---- */

enum { A_FILE, A_FOLDER, PUT_ASIDE };

/* Another process begins an output and ends without a word. */
static void be_killed(int what, const char *path)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char aside[1000];
        um_output left = {0};
        const unmix_status status = what == A_FILE ? um_output_begin(cx, &left, path, 1)
                                                   : um_output_begin_folder(cx, &left, within(path, ""), 1);
        if (status == UNMIX_OK && what != A_FILE)
            put(within(left.temporary, "a.tsv"), "half");
        (void)snprintf(aside, sizeof aside, "%s.old", left.temporary);
        _exit(status != UNMIX_OK || (what == PUT_ASIDE && rename(path, aside) != 0));
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_what_killed_runs_leave(void **unused)
{
    (void)unused;
    const char *path = in_folder("out.tsv"), *result = in_folder("result");
    be_killed(A_FILE, path);
    be_killed(A_FOLDER, result);
    assert_int_equal(files_in(folder), 1); /* the second one took the first one's away */
    be_killed(A_FILE, path);
    um_output other = {0};
    assert_ok(cx, um_output_begin(cx, &other, in_folder("another.tsv"), 0));
    assert_int_equal(files_in(folder), 1);
    assert_ok(cx, um_output_begin(cx, &output, path, 0));
    assert_int_equal(files_in(folder), 2); /* those of who lives stay */
    um_output_abandon(&other);
    assert_int_equal(files_in(folder), 1);
}

/* Where folders cannot be exchanged: a crash after the old one was put aside, before the new one came. */
static void test_put_aside(void **unused)
{
    (void)unused;
    const char *result = in_folder("result");
    make_old(result);
    be_killed(PUT_ASIDE, result);
    assert_int_equal(access(result, F_OK), -1);
    assert_ok(cx, um_output_begin(cx, &output, in_folder("other.tsv"), 0));
    um_output_abandon(&output);
    assert_content(within(result, "a.tsv"), "old");
    assert_content(within(result, "sub/x"), "x");
    assert_int_equal(files_in(folder), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UM_CASE(test_new_file),
        UM_CASE(test_abandoned_file),
        UM_CASE(test_existing_file),
        UM_CASE(test_file_appears_meanwhile),
        UM_CASE(test_places_that_do_not_work),
        UM_CASE(test_relative_and_long_names),
        UM_CASE(test_full_disk),
        UM_CASE(test_replaced_folder),
        UM_CASE(test_link_to_a_folder),
        UM_CASE(test_what_killed_runs_leave),
        UM_CASE(test_put_aside),
    };
    return um_run_group(tests);
}
