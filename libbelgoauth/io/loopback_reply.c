/*
 * The listener's answers as bytes. Every one forbids what a browser could do with it beyond showing it: no
 * cache, no referrer, no frame, no script but the page's own, no other site allowed to read it.
 */
#include "io/loopback.h"

#include "io/page.h"

static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} known[] = {
	    {200, "OK"},
	    {204, "No Content"},
	    {400, "Bad Request"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {431, "Request Header Fields Too Large"},
	    {503, "Service Unavailable"},
	    {505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < BG_LEN(known); i++)
		if (known[i].status == status)
			return known[i].reason;
	return "Error";
}

static belgo_rc
add_security(struct bg_buf *out)
{
	BG_TRY(bg_buf_add_str(out, "Content-Security-Policy: "));
	BG_TRY(bg_page_policy(out));
	return bg_buf_add_str(out, "\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
				   "Cache-Control: no-store\r\nCross-Origin-Opener-Policy: same-origin\r\n"
				   "Cross-Origin-Resource-Policy: same-origin\r\nConnection: close\r\n");
}

belgo_rc
bg_redirect_reply(struct bg_buf *out, int status, const char *allow, const struct belgo_page *page)
{
	BG_AUTO(bg_buf_free) struct bg_buf html = BG_BUF(BG_MAX_PAGE);

	BG_TRY(bg_buf_addf(out, "HTTP/1.1 %d %s\r\n", status, reason(status)));
	BG_TRY(add_security(out));
	if (status == 405 && allow != NULL)
		BG_TRY(bg_buf_addf(out, "Allow: %s\r\n", allow));
	if (page == NULL)
		return bg_buf_add_str(out, "\r\n");
	BG_TRY(bg_page_html(&html, page));
	BG_TRY(bg_buf_addf(out, "Content-Type: text/html; charset=utf-8\r\nContent-Length: %zu\r\n\r\n",
			   html.len));
	return bg_buf_add(out, html.data, html.len);
}
