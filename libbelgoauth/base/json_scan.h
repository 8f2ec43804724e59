/* The part of the JSON gate that looks at the text before jansson does. */
#ifndef BG_JSON_SCAN_H
#define BG_JSON_SCAN_H

#include "base/guard.h"

/*
 * NULL, or what is wrong with the text: no object, a byte order mark, invalid UTF-8, controls, a NUL or a
 * lone surrogate by escape, too deep, a number that jansson cannot hold. defused: a copy of text in which
 * such a number is overwritten by null instead; NULL: it is wrong.
 */
const char *bg_json_scan(const char *text, size_t len, char *defused);

#endif
