/* An import under way. import.c opens the file and judges it against the store, import_write.c stores it. */
#ifndef BG_FLOW_IMPORT_H
#define BG_FLOW_IMPORT_H

#include "flow/bundle.h"

/* One record of the store that the import writes. */
struct bg_import_item {
	char key[BG_KEY_SIZE];
	const struct bg_record *record;        /* of an account, borrowed; else NULL */
	const struct bg_bundle_client *client; /* of a client */
	struct belgo_blob old;                 /* what was there; data NULL: nothing */
	struct bg_credentials merged;          /* of a client that was there: that, with what the file has */
	int is_written;
};

struct bg_import {
	enum belgo_import_mode mode;
	struct bg_bundle bundle;
	struct bg_import_item *items;
	size_t n_items;
	size_t at;
	char **displaced; /* keys of the accounts that lose their name; NULL-terminated */
	size_t n_displaced;
	struct belgo_error cause; /* why what was written is taken back */
	struct belgo_account_list *result;
};

/* May the item take the place of what the store has there (awaited: of the GET)? Takes the job's blob. */
belgo_rc bg_import_judge(struct belgo_op *op, struct bg_import *f, struct bg_import_item *item,
			 belgo_rc awaited, struct belgo_error *err) BG_MUST_USE;
/* Goes on from here: everything was judged. */
belgo_rc bg_import_write(struct belgo_op *op, struct bg_import *f, struct belgo_error *err) BG_MUST_USE;

#endif
