/* Shared by all tests: cmocka, comparisons in double, and a main that CTest can trust. */
#ifndef UM_TESTING_H
#define UM_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/diagnostics.h"

/* Fails unless |got - want| <= relative * |want| + absolute for every element; prints the worst one. */
void um_assert_close(const double *got, const double *want, size_t count, double relative, double absolute,
                     const char *what);

/* Fails with the context's message unless the status is UNMIX_OK. */
#define assert_ok(cx, expression) um_assert_ok_((cx), (expression), #expression, __FILE__, __LINE__)
void um_assert_ok_(unmix_context *cx, unmix_status status, const char *text, const char *file, int line);

/* Fails unless the expression gives `status` and the message contains `part`; then clears the error. */
#define assert_refused(cx, expression, status, part)                                         \
    um_assert_refused_((cx), (expression), (status), (part), #expression, __FILE__, __LINE__)
void um_assert_refused_(unmix_context *cx, unmix_status got, unmix_status want, const char *part, const char *text,
                        const char *file, int line);

/* A context whose log goes into a string, for tests of notes. */
const char *um_test_log(void);
unmix_context *um_test_context(void);

/* A fresh empty folder for this test process, removed by the system's own cleaning; static storage. */
const char *um_test_folder(void);

/* Writes a text file into the test folder and returns its path (static ring of 8). */
const char *um_test_file(const char *name, const char *content);

/* cmocka's exit code is the number of failures modulo 256: 1 for any failure, 0 otherwise. */
#define um_run_group(tests) (cmocka_run_group_tests((tests), NULL, NULL) != 0 ? 1 : 0)

#endif
