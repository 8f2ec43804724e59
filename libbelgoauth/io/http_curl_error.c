/*
 * Why a transfer gave no answer, as an rc and a sentence that names the endpoint, the host and the reason;
 * never a URL, whose query may hold secrets, and never libcurl's own error buffer, which may quote the peer.
 */
#include "io/http_curl.h"

#include "base/error.h"

#include <openssl/x509_vfy.h>
#include <string.h>

/* libcurl's codes by what they mean for the caller. */
static belgo_rc
classify(CURLcode code)
{
	switch ((int)code) {
	case CURLE_OUT_OF_MEMORY:
		return BELGO_ENOMEM;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CRL_BADFILE:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_ENGINE_NOTFOUND:
	case CURLE_SSL_ENGINE_SETFAILED:
	case CURLE_SSL_ENGINE_INITFAILED:
	case CURLE_USE_SSL_FAILED:
		return BELGO_ETLS;
	case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9, that is: no status line */
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_FILESIZE_EXCEEDED:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case 100: /* CURLE_TOO_LARGE, newer than the headers that we may be built with */
		return BELGO_EPROTO;
	default:
		return BELGO_EUNAVAILABLE;
	}
}

static long
info_long(const struct belgo_http_call *call, CURLINFO what)
{
	long value = 0;

	if (call->curl->easy_getinfo(call->easy, what, &value) != CURLE_OK)
		return 0;
	return value;
}

/*
 * What is wrong with the certificate, after "its certificate". Where the chain is good and only the name is
 * wrong, libcurl finds out by itself and leaves the verdict at its first value, "unspecified".
 */
static const char *
certificate_fault(long verdict)
{
	switch (verdict) {
	case X509_V_OK:
	case X509_V_ERR_UNSPECIFIED:
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return "is for another host";
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return "is self-signed";
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return "is signed by an authority that is not trusted here";
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return "has expired";
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "is not valid yet (is this clock right?)";
	case X509_V_ERR_CERT_REVOKED:
		return "is revoked";
	default:
		return X509_verify_cert_error_string(verdict);
	}
}

static belgo_rc
tls_failure(const struct belgo_http_call *call, struct belgo_error *err)
{
	long proxy = info_long(call, CURLINFO_PROXY_SSL_VERIFYRESULT);
	const char *what = call->req->what;

	if (call->result == CURLE_SSL_CACERT_BADFILE)
		return bg_fail(err, BELGO_ETLS, "%s: the file of trusted certificates could not be read",
			       what);
	if (proxy != X509_V_OK)
		return bg_fail(err, BELGO_ETLS, "%s: the proxy is not trusted: its certificate %s", what,
			       certificate_fault(proxy));
	if (call->result == CURLE_PEER_FAILED_VERIFICATION)
		return bg_fail(err, BELGO_ETLS, "%s: %s is not trusted: its certificate %s", what, call->host,
			       certificate_fault(info_long(call, CURLINFO_SSL_VERIFYRESULT)));
	return bg_fail(err, BELGO_ETLS, "%s: no trusted connection to %s:%d: %s", what, call->host,
		       call->port, call->curl->easy_strerror(call->result));
}

static belgo_rc
network_failure(const struct belgo_http_call *call, struct belgo_error *err)
{
	const char *what = call->req->what, *host = call->host;
	long os = info_long(call, CURLINFO_OS_ERRNO), proxy = info_long(call, CURLINFO_HTTP_CONNECTCODE);
	const belgo_rc rc = BELGO_EUNAVAILABLE;

	if (proxy != 0 && proxy / 100 != 2)
		return bg_fail(err, rc, "%s: the proxy did not connect to %s:%d (HTTP %ld)", what, host,
			       call->port, proxy);
	switch (call->result) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return bg_fail(err, rc, "%s: no address was found for %s", what, host);
	case CURLE_COULDNT_RESOLVE_PROXY:
		return bg_fail(err, rc, "%s: no address was found for the proxy", what);
	case CURLE_COULDNT_CONNECT:
		return bg_fail(err, rc, "%s: could not connect to %s:%d%s%s", what, host, call->port,
			       os != 0 ? ": " : "", os != 0 ? strerrordesc_np((int)os) : "");
	case CURLE_OPERATION_TIMEDOUT:
		return bg_fail(err, rc, "%s: %s:%d did not answer in time", what, host, call->port);
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_FAIL_REWIND: /* see on_read(): not sent a second time */
		return bg_fail(err, rc, "%s: %s:%d closed the connection without an answer", what, host,
			       call->port);
	case CURLE_PARTIAL_FILE:
		return bg_fail(err, rc, "%s: %s:%d closed the connection before the answer was whole", what,
			       host, call->port);
	default:
		return bg_fail(err, rc, "%s: the exchange with %s:%d broke off: %s", what, host, call->port,
			       call->curl->easy_strerror(call->result));
	}
}

/*
 * libcurl reports a header line beyond its own ceiling as "out of memory". Once the peer has answered
 * something and no head came of it, that is what happened, and it is the peer's doing.
 */
static int
is_endless_header(const struct belgo_http_call *call)
{
	curl_off_t first_byte = 0;

	if (call->result != CURLE_OUT_OF_MEMORY || call->reply.head_complete)
		return 0;
	return call->curl->easy_getinfo(call->easy, CURLINFO_STARTTRANSFER_TIME_T, &first_byte) == CURLE_OK &&
	       first_byte > 0;
}

static belgo_rc
describe(const struct belgo_http_call *call, struct belgo_error *err)
{
	const char *what = call->req->what, *host = call->host;
	enum bg_reply_fault fault = call->reply.fault;

	if (fault == BG_REPLY_NOMEM)
		return bg_fail(err, BELGO_ENOMEM, "%s: out of memory", what);
	if (fault == BG_REPLY_HEADERS_TOO_LARGE || is_endless_header(call))
		return bg_fail(err, BELGO_EPROTO, "%s: %s sent a head that is too large", what, host);
	if (fault == BG_REPLY_BODY_TOO_LARGE || call->result == CURLE_FILESIZE_EXCEEDED)
		return bg_fail(err, BELGO_EPROTO, "%s: %s sent more than %zu bytes", what, host,
			       call->req->max_body);
	if (fault == BG_REPLY_MALFORMED)
		return bg_fail(err, BELGO_EPROTO, "%s: %s sent a malformed head", what, host);

	switch (classify(call->result)) {
	case BELGO_ENOMEM:
		return bg_fail(err, BELGO_ENOMEM, "%s: out of memory", what);
	case BELGO_ETLS:
		return tls_failure(call, err);
	case BELGO_EPROTO:
		return bg_fail(err, BELGO_EPROTO, "%s: the answer of %s is not HTTP as it should be: %s",
			       what, host, call->curl->easy_strerror(call->result));
	default:
		return network_failure(call, err);
	}
}

/* Whether a request went out decides what its failure may have cost. */
belgo_rc
bg_curl_failure(const struct belgo_http_call *call, struct belgo_error *err)
{
	belgo_rc rc = describe(call, err);

	if (err != NULL)
		err->request_sent = info_long(call, CURLINFO_REQUEST_SIZE) > 0;
	return rc;
}
