/* The XDG directories, read from the environment. */
#include "path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
env_get(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static char *
below(const char *variable, const char *fallback, const char *leaf)
{
	const char *base = getenv(variable), *home = getenv("HOME");
	const char *slash = leaf[0] != '\0' ? "/" : "";
	char *path = NULL;

	/* The XDG Base Directory Specification: a relative path is invalid and ignored. */
	if (base != NULL && base[0] == '/')
		return asprintf(&path, "%s/oauthctl%s%s", base, slash, leaf) < 0 ? NULL : path;
	if (home == NULL || home[0] != '/')
		return NULL;
	return asprintf(&path, "%s/%s/oauthctl%s%s", home, fallback, slash, leaf) < 0 ? NULL : path;
}

char *
path_config(const char *leaf)
{
	return below("XDG_CONFIG_HOME", ".config", leaf);
}

char *
path_state(const char *leaf)
{
	return below("XDG_STATE_HOME", ".local/state", leaf);
}

char *
path_cache(const char *leaf)
{
	return below("XDG_CACHE_HOME", ".cache", leaf);
}

char *
path_config_file(const char *flag)
{
	const char *variable = env_get("OAUTHCTL_CONFIG");

	if (flag != NULL)
		return strdup(flag);
	if (variable != NULL)
		return strdup(variable);
	return path_config("config.json");
}

char *
path_store_uri(const char *store)
{
	char *dir, *uri = NULL;

	if (strcmp(store, "file") != 0)
		return strdup(store);
	if ((dir = path_state("store")) == NULL)
		return NULL;
	if (asprintf(&uri, "file:%s", dir) < 0)
		uri = NULL;
	free(dir);
	return uri;
}
