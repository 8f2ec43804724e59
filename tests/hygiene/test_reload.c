/* A program that loads the library as a plug-in, lets go of it and loads it again. */
#include "harness/test.h"

#include <belgoauth/store.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* POSIX promises that an object pointer can carry a function; ISO C wants the copy. */
#define FIND(lib, name)                                                                                      \
	({                                                                                                   \
		void *found = dlsym(lib, #name);                                                             \
		__typeof__(&(name)) function;                                                                \
		assert_non_null(found);                                                                      \
		memcpy(&function, &found, sizeof(function));                                                 \
		function;                                                                                    \
	})

/* Asks a keyring that is not there: GLib has the type of its client then, with pointers into the library. */
static void
use_keyring(void *lib)
{
	const struct belgo_store_params params = {.uri = "keyring", .state_dir = "/nonexistent"};
	struct belgo_store *store = NULL;
	struct belgo_blob blob = {0};
	char key[] = "account/0000000000000000000000000000000000000000000000000000000000000000";

	assert_int_equal(FIND(lib, belgo_store_open)(&store, &params, NULL), BELGO_OK);
	assert_int_equal(store->get(store->ctx, key, &blob, NULL), BELGO_ENOSTORE);
	FIND(lib, belgo_store_free)(&store);
	assert_null(store);
}

static void
test_reload__a_plug_in_can_be_loaded_twice(void **state)
{
	void *lib, *first, *kept;

	(void)state;
	assert_int_equal(setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent", 1), 0);
	lib = dlopen(BELGO_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	assert_non_null(lib);
	first = dlsym(lib, "belgo_store_open");
	use_keyring(lib);
	assert_int_equal(dlclose(lib), 0);

	/* Still there, as what points into it must find it. */
	kept = dlopen(BELGO_LIBRARY, RTLD_NOW | RTLD_NOLOAD);
	assert_non_null(kept);
	assert_int_equal(dlclose(kept), 0);

	lib = dlopen(BELGO_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	assert_non_null(lib);
	assert_ptr_equal(dlsym(lib, "belgo_store_open"), first);
	use_keyring(lib);
	assert_int_equal(dlclose(lib), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reload__a_plug_in_can_be_loaded_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
