/* The page that answers the browser: one self-contained document, everything in it escaped. */
#ifndef BG_PAGE_H
#define BG_PAGE_H

#include "base/buf.h"

#include <belgoauth/listener.h>

/* More than a page with every member at its longest; longer members are cut. */
#define BG_MAX_PAGE (96 * 1024)

/* Adds the document to out. BELGO_ENOMEM, or BELGO_EINVAL past out's ceiling. */
belgo_rc bg_page_html(struct bg_buf *out, const struct belgo_page *page) BG_MUST_USE;

/*
 * Adds the value of the Content-Security-Policy that lets the document's own style sheet and its one line of
 * script in, by their hashes, and nothing else.
 */
belgo_rc bg_page_policy(struct bg_buf *out) BG_MUST_USE;

#endif
