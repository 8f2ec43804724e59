/* Opening a built-in store: which backend a uri means, and what tells the store from every other one. */
#include "io/backend.h"

#include "base/error.h"
#include "base/mem.h"

#include <belgoauth/env.h>

#include <string.h>

/* dir without trailing slashes; NULL where there is no memory. */
static char *
trimmed(const char *dir)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	return bg_strndup(dir, len);
}

static belgo_rc
open_keyring(struct belgo_store **out, const struct belgo_store_params *params, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *identity = bg_strf("keyring:%s", params->state_dir);
	struct bg_backend backend;

	if (identity == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(bg_backend_secret_service(&backend, params, err));
	return bg_record_store(out, backend, params->state_dir, "keyring", identity, err);
}

static belgo_rc
open_file(struct belgo_store **out, const struct belgo_store_params *params, struct belgo_error *err)
{
	const char *named = bg_str_begins(params->uri, "file:") ? params->uri + strlen("file:") : NULL;
	BG_AUTO(bg_str_free)
	char *dir = named != NULL ? trimmed(named) : bg_strf("%s/store", params->state_dir);
	BG_AUTO(bg_str_free) char *uri = NULL;
	struct bg_backend backend;

	if (dir == NULL || (uri = bg_strf("file:%s", dir)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (dir[0] != '/')
		return bg_fail(err, BELGO_EINVAL, "the store %s: the directory must be absolute",
			       params->uri);
	BG_TRY(bg_backend_file(&backend, dir, params, err));
	return bg_record_store(out, backend, params->state_dir, uri, uri, err);
}

/* Nobody else can see it, so its identity is one that nobody else can have. */
static belgo_rc
open_memory(struct belgo_store **out, struct belgo_error *err)
{
	const struct belgo_system *sys = belgo_system_default();
	BG_AUTO(bg_str_free) char *identity = NULL;
	struct bg_backend backend;
	uint64_t unique[2];

	BG_TRY(sys->random(sys->ctx, unique, sizeof(unique), err));
	identity =
	    bg_strf("memory:%016llx%016llx", (unsigned long long)unique[0], (unsigned long long)unique[1]);
	if (identity == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(bg_backend_memory(&backend, err));
	return bg_record_store(out, backend, NULL, "memory", identity, err);
}

belgo_rc
belgo_store_open(struct belgo_store **out, const struct belgo_store_params *params, struct belgo_error *err)
{
	const char *uri;

	if (out == NULL || params == NULL || params->uri == NULL)
		return bg_fail(err, BELGO_EINVAL, "a store needs a uri");
	uri = params->uri;
	if (bg_str_equal(uri, "memory"))
		return open_memory(out, err);
	if (!bg_str_equal(uri, "keyring") && !bg_str_equal(uri, "file") && !bg_str_begins(uri, "file:"))
		return bg_fail(err, BELGO_EINVAL,
			       "\"%s\" is no store; there are keyring, file, file:DIR and memory", uri);
	if (params->state_dir == NULL || params->state_dir[0] != '/')
		return bg_fail(err, BELGO_EINVAL, "the store %s needs an absolute state directory", uri);
	return bg_str_equal(uri, "keyring") ? open_keyring(out, params, err) : open_file(out, params, err);
}

void
belgo_store_free(struct belgo_store **store)
{
	if (store == NULL || *store == NULL)
		return;
	if ((*store)->free != NULL && (*store)->ctx != NULL)
		(*store)->free((*store)->ctx);
	bg_str_free(&(*store)->uri);
	bg_str_free(&(*store)->identity);
	bg_free(store);
}
