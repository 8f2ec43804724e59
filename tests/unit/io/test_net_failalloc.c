/* Network, listener, page and browser with each allocation failing in turn: reported, and nothing leaked. */
#include "harness/failalloc.h"

#include "io/page.h"

#include <belgoauth/listener.h>
#include <belgoauth/transport.h>

static belgo_rc
listen_once(void)
{
	const struct belgo_listen_params params = {.host = "127.0.0.1", .path = "/callback"};
	struct belgo_listener_session *session = NULL;
	char *uri = NULL;
	belgo_rc rc = belgo_listener_loopback()->open(NULL, &session, &params, &uri, NULL);

	if (rc == BELGO_OK)
		belgo_listener_loopback()->close(session);
	free(uri);
	return rc;
}

/* Begun and cancelled: nothing is sent yet. libcurl's own allocations are not in reach. */
static belgo_rc
begin_once(void)
{
	static char url[] = "http://127.0.0.1:9/", name[] = "Accept", value[] = "application/json";
	struct belgo_http_header header = {name, value};
	const struct belgo_http_request req = {
	    .method = "GET",
	    .url = url,
	    .headers = &header,
	    .n_headers = 1,
	    .max_body = 1,
	    .what = "endpoint",
	};
	const struct belgo_curl_params params = {.proxy = "http://proxy.example"};
	struct belgo_transport transport = {0};
	struct belgo_http_call *call = NULL;
	belgo_rc rc = belgo_transport_curl_new(&transport, &params, NULL);

	if (rc != BELGO_OK)
		return rc;
	rc = transport.begin(transport.ctx, &call, &req, NULL);
	if (rc == BELGO_OK)
		transport.cancel(call);
	belgo_transport_done(&transport);
	return rc;
}

static belgo_rc
render_once(void)
{
	const struct belgo_page page = {
	    .ok = 1, .account = "ada@example.org", .scopes_granted = "openid email"};
	struct bg_buf html = BG_BUF(BG_MAX_PAGE), policy = BG_BUF(1024);
	belgo_rc rc = bg_page_html(&html, &page);

	if (rc == BELGO_OK)
		rc = bg_page_policy(&policy);
	bg_buf_free(&html);
	bg_buf_free(&policy);
	return rc;
}

static belgo_rc
browse_once(void)
{
	return belgo_browser_open("https://idp.example/",
				  &(struct belgo_browser_params){.command = "/bin/true -x %s"}, NULL);
}

static void
test_net_failalloc__short_memory_is_reported_everywhere(void **state)
{
	(void)state;
	FAILALLOC_EACH(listen_once());
	FAILALLOC_EACH(begin_once());
	FAILALLOC_EACH(render_once());
	FAILALLOC_EACH(browse_once());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_net_failalloc__short_memory_is_reported_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
