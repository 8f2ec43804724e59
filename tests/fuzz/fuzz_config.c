/* config.json: what is read can be changed, written and read again; what is not is refused with its path. */
#include "fuzz.h"

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A file in memory that has a path. */
static int
open_file(char path[64], const void *data, size_t size)
{
	int fd = memfd_create("config", MFD_CLOEXEC);

	HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static belgo_rc
load(struct config *config, const void *data, size_t size, struct belgo_error *err)
{
	char path[64];
	int fd = open_file(path, data, size);
	belgo_rc rc = config_load(config, path, err);

	HOLDS(strcmp(config->path, path) == 0);
	HOLDS(close(fd) == 0);
	return rc;
}

static void
check_client(const struct config *config, const char *name)
{
	struct config_client client = config_client(config, name, NULL);
	const json_t *entry = json_object_get(json_object_get(config->root, "clients"), name);

	HOLDS(json_is_object(entry) && json_object_get(entry, "client_secret") == NULL);
	HOLDS((client.client_id != NULL) == (json_object_get(entry, "client_id") != NULL));
	HOLDS((client.tenant != NULL) == (json_object_get(entry, "tenant") != NULL));
}

/* What another version wrote beside it stays. */
static void
check_changes(struct config *config)
{
	const struct config_entry entry = {.provider = "new \"one\"",
					   .client = {.client_id = "c", .tenant = "t"}};
	json_t *before = json_deep_copy(config->root);
	struct config again = {0};
	char *text;

	HOLDS(before != NULL);
	HOLDS(config_set_default(config->root, "name", NULL) == BELGO_OK);
	HOLDS(config_set_client(config->root, &entry, NULL) == BELGO_OK);
	HOLDS(strcmp(config_string(config, "default_account"), "name") == 0);
	HOLDS(strcmp(config_client(config, NULL, "new \"one\"").client_id, "c") == 0);
	text = json_dumps(config->root, JSON_INDENT(2));
	HOLDS(text != NULL && load(&again, text, strlen(text), NULL) == BELGO_OK);
	HOLDS(json_equal(again.root, config->root));
	if (json_object_get(json_object_get(before, "clients"), "new \"one\"") == NULL) {
		HOLDS(config_remove_client(config->root, "new \"one\"", NULL) == BELGO_OK);
		HOLDS(json_object_size(json_object_get(config->root, "clients")) ==
		      json_object_size(json_object_get(before, "clients")));
	}
	free(text);
	json_decref(before);
	config_done(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config = {0};
	struct belgo_error err = {0};
	belgo_rc rc = load(&config, data, size, &err);
	const char *name;
	json_t *client;

	if (rc == BELGO_OK) {
		json_object_foreach(json_object_get(config.root, "clients"), name, client)
		    check_client(&config, name);
		check_changes(&config);
	} else {
		HOLDS(rc == BELGO_ENOTFOUND);
		fuzz_check_error(rc, &err, fuzz_secrets);
		HOLDS(strstr(err.text, config.path) != NULL);
	}
	config_done(&config);
	return 0;
}
