/* config.json: what is read, what is refused, what a rewrite keeps. */
#include "scratch_dir.h"

#include "config.h"

#include <sys/stat.h>

static belgo_rc
load(struct config *config, const char *text, struct belgo_error *err)
{
	const char *path = scratch_path("config.json");

	*config = (struct config){0};
	*err = (struct belgo_error){0};
	if (text != NULL)
		scratch_write(path, text);
	else
		unlink(path);
	return config_load(config, path, err);
}

static void
test_config__missing_file_is_an_empty_configuration(void **state)
{
	struct config config;
	struct belgo_error err;

	(void)state;
	assert_int_equal(load(&config, NULL, &err), BELGO_OK);
	assert_null(config_string(&config, "store"));
	assert_null(config_client(&config, "google", NULL).client_id);
	config_done(&config);
}

static void
test_config__reads_clients_by_id_then_by_issuer(void **state)
{
	struct config config;
	struct belgo_error err;

	(void)state;
	assert_int_equal(
	    load(&config,
		 "{\"version\":1,\"store\":\"file\",\"clients\":{\"p\":{\"client_id\":\"one\",\"tenant\":"
		 "\"t\"},"
		 "\"https://i.example\":{\"client_id\":\"two\",\"token_endpoint_auth_method\":\"none\"}}}",
		 &err),
	    BELGO_OK);
	assert_string_equal(config_string(&config, "store"), "file");
	assert_string_equal(config_client(&config, "p", "https://i.example").client_id, "one");
	assert_string_equal(config_client(&config, "p", NULL).tenant, "t");
	assert_string_equal(config_client(&config, "q", "https://i.example").token_endpoint_auth_method,
			    "none");
	assert_null(config_client(&config, "q", "https://i.example/").client_id);
	config_done(&config);
}

static void
test_config__refuses_what_is_broken_by_exit_3(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {{"", "line"},
		    {"{\n\n\"a\"}", "line 3"},
		    {"{\"a\":1,\"a\":2}", "duplicate"},
		    {"[]", "no JSON object"},
		    {"{\"version\":2}", "newer"},
		    {"{\"version\":\"1\"}", "no number"},
		    {"{\"store\":[]}", "\"store\""},
		    {"{\"token_key_file\":true}", "\"token_key_file\""},
		    {"{\"default_account\":7}", "\"default_account\""},
		    {"{\"keyring_timeout\":0}", "\"keyring_timeout\""},
		    {"{\"keyring_timeout\":61}", "\"keyring_timeout\""},
		    {"{\"keyring_timeout\":\"5\"}", "\"keyring_timeout\""},
		    {"{\"keyring_timeout\":1.5}", "\"keyring_timeout\""},
		    {"{\"clients\":[]}", "\"clients\""},
		    {"{\"clients\":{\"p\":[]}}", "no object"},
		    {"{\"clients\":{\"p\":{\"client_id\":1}}}", "client_id"},
		    {"{\"clients\":{\"p\":{\"tenant\":null}}}", "tenant"},
		    {"{\"clients\":{\"p\":{\"token_endpoint_auth_method\":\"bogus\"}}}",
		     "\"token_endpoint_auth_method\" is no method"},
		    {"{\"clients\":{\"p\":{\"client_secret\":\"s\"}}}", "does not belong here"}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config;
		struct belgo_error err;

		assert_row(rows[i].text, load(&config, rows[i].text, &err) == BELGO_ENOTFOUND &&
					     belgo_rc_exit(err.rc) == 3);
		assert_row(rows[i].text,
			   strstr(err.text, rows[i].said) != NULL && strstr(err.text, config.path) != NULL);
		assert_string_equal(err.subject, config.path);
		config_done(&config);
	}
}

static void
test_config__keyring_timeout_is_of_the_environment_then_of_the_file(void **state)
{
	static const struct {
		const char *text, *variable;
		belgo_rc rc;
		int want;
	} rows[] = {{NULL, NULL, BELGO_OK, 0},
		    {"{\"keyring_timeout\":1}", NULL, BELGO_OK, 1},
		    {"{\"keyring_timeout\":60}", NULL, BELGO_OK, 60},
		    {"{\"keyring_timeout\":60}", "7", BELGO_OK, 7},
		    {NULL, "1", BELGO_OK, 1},
		    {NULL, "60", BELGO_OK, 60},
		    {NULL, "0", BELGO_EINVAL, -1},
		    {NULL, "61", BELGO_EINVAL, -1},
		    {"{\"keyring_timeout\":60}", "-7", BELGO_EINVAL, -1},
		    {NULL, "+7", BELGO_EINVAL, -1},
		    {NULL, " 7", BELGO_EINVAL, -1},
		    {NULL, "7s", BELGO_EINVAL, -1},
		    {NULL, "", BELGO_EINVAL, -1},
		    {NULL, "4294967303", BELGO_EINVAL, -1},
		    {NULL, "99999999999999999999", BELGO_EINVAL, -1}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config;
		struct belgo_error err;
		int seconds = -1;

		assert_int_equal(load(&config, rows[i].text, &err), BELGO_OK);
		assert_row(rows[i].variable,
			   config_keyring_timeout(&seconds, &config, rows[i].variable, &err) == rows[i].rc);
		assert_int_equal(seconds, rows[i].want);
		config_done(&config);
	}
}

/* A secret does not belong into this file, which is why it may stand there. */
static void
test_config__quotes_nothing_of_a_file_with_an_error(void **state)
{
	static const char *const rows[] = {"{\"client_secret\": \"s3cr3t\" \"x\"}", "{\"a\": s3cr3t}",
					   "{\"s3cr3t\": 1, \"s3cr3t\": 2}", "{\"a\": \"s3cr3t\n\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config config;
		struct belgo_error err;

		assert_row(rows[i], load(&config, rows[i], &err) == BELGO_ENOTFOUND);
		assert_row(rows[i], strstr(err.text, "line ") != NULL && strstr(err.text, "s3cr3t") == NULL);
		config_done(&config);
	}
}

static void
test_config__rewrite_keeps_what_it_does_not_know(void **state)
{
	static const struct config_entry entry = {.provider = "p", .client = {.client_id = "new"}};
	struct config config, again;
	struct belgo_error err;
	struct stat st;

	(void)state;
	assert_int_equal(
	    load(&config,
		 "{\"mine\":[1],\"clients\":{\"p\":{\"client_id\":\"old\",\"tenant\":\"t\",\"x\":1}}}", &err),
	    BELGO_OK);
	assert_int_equal(config_change(&config, config_set_client, &entry, &err), BELGO_OK);
	assert_int_equal(config_change(&config, config_set_default, "me", &err), BELGO_OK);
	again = (struct config){0};
	assert_int_equal(config_load(&again, config.path, &err), BELGO_OK);
	assert_string_equal(config_client(&again, "p", NULL).client_id, "new");
	assert_string_equal(config_client(&again, "p", NULL).tenant, "t");
	assert_string_equal(config_string(&again, "default_account"), "me");
	assert_true(json_is_array(json_object_get(again.root, "mine")));
	assert_int_equal(json_integer_value(json_object_get(again.root, "version")), 1);
	assert_true(index_stamp_equal(&again.stamp, &config.stamp));
	assert_int_equal(stat(config.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	config_done(&config);
	config_done(&again);
}

static void
test_config__change_sees_what_others_wrote_meanwhile(void **state)
{
	struct config config;
	struct belgo_error err;

	(void)state;
	assert_int_equal(load(&config, "{\"version\":1}", &err), BELGO_OK);
	scratch_write(config.path, "{\"version\":1,\"store\":\"file\"}");
	assert_int_equal(config_change(&config, config_set_default, "me", &err), BELGO_OK);
	assert_string_equal(config_string(&config, "store"), "file");
	scratch_write(config.path, "{broken");
	assert_int_equal(config_change(&config, config_set_default, "you", &err), BELGO_ENOTFOUND);
	config_done(&config);
}

static void
test_config__removes_a_client_once(void **state)
{
	struct config config;
	struct belgo_error err;

	(void)state;
	assert_int_equal(load(&config, "{\"clients\":{\"p\":{\"client_id\":\"x\"}}}", &err), BELGO_OK);
	assert_int_equal(config_change(&config, config_remove_client, "p", &err), BELGO_OK);
	assert_null(json_object_get(config.root, "clients"));
	assert_int_equal(config_change(&config, config_remove_client, "p", &err), BELGO_ENOTFOUND);
	config_done(&config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_config__missing_file_is_an_empty_configuration),
	    cmocka_unit_test(test_config__reads_clients_by_id_then_by_issuer),
	    cmocka_unit_test(test_config__refuses_what_is_broken_by_exit_3),
	    cmocka_unit_test(test_config__keyring_timeout_is_of_the_environment_then_of_the_file),
	    cmocka_unit_test(test_config__quotes_nothing_of_a_file_with_an_error),
	    cmocka_unit_test(test_config__rewrite_keeps_what_it_does_not_know),
	    cmocka_unit_test(test_config__change_sees_what_others_wrote_meanwhile),
	    cmocka_unit_test(test_config__removes_a_client_once),
	};
	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
