/* The key of a file store: from a key file or a passphrase, and whether it is the one the store was made
 * with. */
#ifndef BG_IO_STORE_KEY_H
#define BG_IO_STORE_KEY_H

#include "io/file.h"
#include "io/seal.h"

struct bg_store_key;

/* Strings of params are copied; nothing is read yet. BELGO_ENOMEM. */
belgo_rc bg_store_key_new(struct bg_store_key **out, const struct belgo_store_params *params,
			  struct belgo_error *err) BG_MUST_USE;
void bg_store_key_free(struct bg_store_key **key);

/*
 * *out: the key, borrowed; derived once. dir/params.json says how, and is made where make is BG_DIR_MAKE.
 * BELGO_ENOSTORE where no key was configured, saying what to set; BELGO_ESTORE for a key that cannot be read
 * or is not the store's; BELGO_EVERSION; BELGO_ENOMEM; and whatever ask_passphrase answers.
 */
belgo_rc bg_store_key_get(const unsigned char **out, struct bg_store_key *key, const struct bg_dir *dir,
			  enum bg_dir_make make, struct belgo_error *err) BG_MUST_USE;

#endif
