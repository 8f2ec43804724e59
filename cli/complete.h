/* The completions of three shells, written from the command table. */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "opt.h"
#include "output.h"

void complete_bash(struct out *out, const struct command *const *commands);
void complete_zsh(struct out *out, const struct command *const *commands);
void complete_fish(struct out *out, const struct command *const *commands);

/*
 * For these three: each verb that does something, with the group that it belongs to or "".
 */
void complete_each(struct out *out, const struct command *const *commands,
		   void (*one)(struct out *out, const char *group, const struct command *command));

#endif
