/* The environment, and where things live: the XDG directories. libc only: the fast path asks too. Nothing is
 * created here. */
#ifndef CLI_PATH_H
#define CLI_PATH_H

/* A variable of the environment; NULL where it is unset or empty. */
const char *env_get(const char *name);

/*
 * $XDG_…_HOME/oauthctl/LEAF, or below $HOME where the variable is unset, empty or relative; LEAF "" for the
 * directory. malloc'd; NULL where there is no home or no memory.
 */
char *path_config(const char *leaf);
char *path_state(const char *leaf);
char *path_cache(const char *leaf);

/* The configuration file: flag, else $OAUTHCTL_CONFIG, else path_config("config.json"). malloc'd or NULL. */
char *path_config_file(const char *flag);

/* "keyring", "file:/absolute/dir" or "memory": a store's name as the index records it. malloc'd or NULL. */
char *path_store_uri(const char *store);

#endif
