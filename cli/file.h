/* Small files: read whole under a ceiling, written atomically and 0600, guarded by a lock file. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "cli.h"

/* malloc'd, NUL after the last byte. path "-": standard input. BELGO_ENOTFOUND, BELGO_EIO, BELGO_ENOMEM. */
belgo_rc file_read(char **out, size_t *out_len, const char *path, size_t max, struct belgo_error *err);

/*
 * The same of a key, and "-" is a name like any other: BELGO_ESTORE where the file is not a regular one,
 * belongs to another user than this one and root, or can be read by others. Of a credential that a service
 * manager hands over, which is root's, the group may be ours.
 */
belgo_rc file_read_private(char **out, size_t *out_len, const char *path, size_t max,
			   struct belgo_error *err);

/*
 * A secret that a person keeps in a file, "-" for standard input; one newline at its end is dropped.
 * malloc'd.
 */
belgo_rc secret_from_file(char **out, const char *path, struct belgo_error *err);

/*
 * Replaces path as a whole: temp, fsync, rename. Missing directories are made, 0700. A symbolic link is
 * followed.
 */
belgo_rc file_write(const char *path, const char *data, size_t len, struct belgo_error *err);

/*
 * Holds the lock file `name` in the state directory; *fd is closed to let it go. Waits up to two seconds:
 * BELGO_EBUSY, BELGO_EIO.
 */
belgo_rc file_lock(int *fd, const char *name, struct belgo_error *err);

#endif
