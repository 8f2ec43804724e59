/*
 * Loads libcurl once and looks for the directory of hashed certificates. Never unloads and never calls
 * curl_global_cleanup(): the host program may use libcurl too, and that switch is not ours.
 */
#include "io/curl_load.h"

#include "base/error.h"
#include "base/mem.h"

#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/* CURLOPT_PROTOCOLS_STR, without which a redirect of protocols could not be ruled out by name. */
#define OLDEST_CURL 0x075500

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct bg_curl table;
static const char *failure; /* NULL: the table is good */

static int
fill_table(void *lib)
{
	/* POSIX promises that an object pointer can carry a function; ISO C wants the copy. */
#define LOAD(name)                                                                                           \
	do {                                                                                                 \
		void *found = dlsym(lib, "curl_" #name);                                                     \
		memcpy(&table.name, &found, sizeof(found));                                                  \
		if (found == NULL)                                                                           \
			return 0;                                                                            \
	} while (0);
	BG_CURL_FUNCTIONS(LOAD)
#undef LOAD
	return 1;
}

/* As c_rehash leaves them: eight hexadecimal digits and ".0". One is enough to call the directory hashed. */
static int
is_hashed_dir(const char *path)
{
	DIR *dir = path != NULL ? opendir(path) : NULL;
	const struct dirent *entry;
	int found = 0;

	if (dir == NULL)
		return 0;
	while (!found && (entry = readdir(dir)) != NULL)
		found = strlen(entry->d_name) == 10 && strcmp(entry->d_name + 8, ".0") == 0;
	(void)closedir(dir);
	return found;
}

/* libssl is libcurl's, not ours: which one it is only libcurl's own dependencies can tell. */
static void
find_openssl(void *lib, const char *ssl_version)
{
	static const char fit[] = "OpenSSL/3.";
	void *found;

	if (ssl_version == NULL || strncmp(ssl_version, fit, sizeof(fit) - 1) != 0)
		return;
	found = dlsym(lib, "SSL_CTX_set_options");
	memcpy(&table.ssl_ctx_set_options, &found, sizeof(found));
}

static void
load(void)
{
	void *lib = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	const curl_version_info_data *info;

	if (lib == NULL || !fill_table(lib)) {
		failure = "libcurl.so.4 could not be loaded";
		return;
	}
	if (table.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		failure = "libcurl did not start";
		return;
	}
	info = table.version_info(CURLVERSION_NOW);
	if (info->version_num < OLDEST_CURL || !(info->features & CURL_VERSION_SSL)) {
		failure = "libcurl is too old, or has no TLS";
		return;
	}
	find_openssl(lib, info->ssl_version);
	if (is_hashed_dir(info->capath))
		table.ca_dir = info->capath;
	else if (is_hashed_dir("/etc/ssl/certs"))
		table.ca_dir = "/etc/ssl/certs";
}

belgo_rc
bg_curl_load(const struct bg_curl **out, struct belgo_error *err)
{
	if (pthread_once(&once, load) != 0 || failure != NULL)
		return bg_fail(err, BELGO_EINTERNAL, "%s", failure != NULL ? failure : "pthread_once failed");
	*out = &table;
	return BELGO_OK;
}
