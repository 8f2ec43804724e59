/* The topics of `oauthctl help`. */
#ifndef CLI_HELP_TOPICS_H
#define CLI_HELP_TOPICS_H

struct help_topic {
	const char *name; /* NULL ends the table */
	const char *text;
};
extern const struct help_topic help_topics[];

#endif
