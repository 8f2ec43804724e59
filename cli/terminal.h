/* The terminal and the desktop: whether there is one, and asking for a secret on it. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include "cli.h"

/* DISPLAY or WAYLAND_DISPLAY is set. */
int terminal_has_display(void);
/* Someone can read stderr and type. */
int terminal_is_attended(void);
/* This shell was reached over SSH. */
int terminal_is_remote(void);
/* "ada@host", for an ssh line that leads here; size 320 is enough. */
void terminal_ssh_target(char *out, size_t size);
/*
 * Reads a passphrase of at most 1024 bytes from the controlling terminal without echo; any thread may.
 * is_new: it is typed twice. malloc'd. BELGO_ELOCKED without terminal, BELGO_EINVAL, BELGO_EIO, BELGO_EINTR.
 */
belgo_rc terminal_ask_secret(char **out, const char *question, int is_new, struct belgo_error *err);
/* The same of a verb that could have been given the passphrase: without terminal, or with --no-input, it
 * lacks an option. BELGO_EINVAL, BELGO_EINTR. */
belgo_rc terminal_ask_passphrase(char **out, int no_input, const char *question, int is_new,
				 struct belgo_error *err);

#endif
