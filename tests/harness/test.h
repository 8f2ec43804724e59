/* cmocka with the headers it wants, in the order it wants them, and table tests that say which row failed. */
#ifndef HARNESS_TEST_H
#define HARNESS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Names the row of a table in the output of a failing assertion. */
#define assert_row(name, condition)                                                                          \
	do {                                                                                                 \
		if (!(condition))                                                                            \
			fail_msg("row \"%s\": %s", (name), #condition);                                      \
	} while (0)

#endif
