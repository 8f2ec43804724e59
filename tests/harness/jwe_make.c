/* Encrypted tokens for tests, see the header. The Concat KDF is done by hand, with nothing but SHA-256. */
#include "harness/test.h"
#include "harness/jwe_make.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#define KEY_MAX 128

struct bytes {
	unsigned char data[70000];
	size_t len;
};

static void
add(struct bytes *to, const void *data, size_t len)
{
	assert_true(to->len + len <= sizeof(to->data));
	memcpy(to->data + to->len, data, len);
	to->len += len;
}

static void
add_count(struct bytes *to, size_t n)
{
	const unsigned char count[] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16),
				       (unsigned char)(n >> 8), (unsigned char)n};

	add(to, count, sizeof(count));
}

static void
add_counted(struct bytes *to, const char *text)
{
	add_count(to, text != NULL ? strlen(text) : 0);
	add(to, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

/* "128GCM" and "256KW" begin with one. */
static size_t
number_in(const char *name)
{
	return strtoul(name, NULL, 10);
}

static size_t
key_len_of(const char *enc)
{
	size_t bits = number_in(enc + 1);

	return strstr(enc, "CBC") != NULL ? bits / 4 : bits / 8;
}

/* RFC 7518 section 4.6.2 */
static void
concat_kdf(unsigned char out[KEY_MAX], size_t len, const unsigned char *z, size_t z_len,
	   const struct jose_jwe *how, const char *algorithm)
{
	for (unsigned round = 1; (round - 1) * 32 < len; round++) {
		struct bytes *in = calloc(1, sizeof(*in));

		assert_non_null(in);
		add_count(in, round);
		add(in, z, z_len);
		add_counted(in, algorithm);
		add_counted(in, how->apu);
		add_counted(in, how->apv);
		add_count(in, len * 8);
		assert_int_equal(
		    EVP_Digest(in->data, in->len, out + (size_t)(round - 1) * 32, NULL, EVP_sha256(), NULL),
		    1);
		free(in);
	}
}

static size_t
agree(unsigned char z[KEY_MAX], EVP_PKEY *own, EVP_PKEY *peer)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	size_t len = KEY_MAX;

	assert_int_equal(EVP_PKEY_derive_init(ctx), 1);
	assert_int_equal(EVP_PKEY_derive_set_peer(ctx, peer), 1);
	assert_int_equal(EVP_PKEY_derive(ctx, z, &len), 1);
	EVP_PKEY_CTX_free(ctx);
	return len;
}

static void
wrap(struct bytes *out, const unsigned char *with, size_t with_len, const unsigned char *key, size_t key_len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	const EVP_CIPHER *cipher = with_len == 16   ? EVP_aes_128_wrap()
				   : with_len == 24 ? EVP_aes_192_wrap()
						    : EVP_aes_256_wrap();
	int n = 0;

	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	assert_int_equal(EVP_EncryptInit_ex(ctx, cipher, NULL, with, NULL), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, out->data, &n, key, (int)key_len), 1);
	out->len = (size_t)n;
	EVP_CIPHER_CTX_free(ctx);
}

static void
encrypt_rsa(struct bytes *out, const struct jose_jwe *how, const unsigned char *key, size_t key_len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(jose_key(how->kind, 0), NULL);
	const char *alg = how->alg;
	const EVP_MD *md = strcmp(alg, "RSA-OAEP") == 0 ? EVP_sha1()
			   : strstr(alg, "384") != NULL ? EVP_sha384()
			   : strstr(alg, "512") != NULL ? EVP_sha512()
							: EVP_sha256();
	int is_old = strcmp(alg, "RSA1_5") == 0;

	out->len = sizeof(out->data);
	assert_int_equal(EVP_PKEY_encrypt_init(ctx), 1);
	assert_int_equal(
	    EVP_PKEY_CTX_set_rsa_padding(ctx, is_old ? RSA_PKCS1_PADDING : RSA_PKCS1_OAEP_PADDING), 1);
	if (!is_old) {
		assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md), 1);
	}
	assert_int_equal(EVP_PKEY_encrypt(ctx, out->data, &out->len, key, key_len), 1);
	EVP_PKEY_CTX_free(ctx);
}

static char *header_of(const struct jose_jwe *how, const char *epk);

/* *encrypted: the second segment; key: the content's. */
static char *
make_key(struct bytes *encrypted, unsigned char key[KEY_MAX], size_t *key_len, const struct jose_jwe *how)
{
	const char *kind = how->peer_kind != NULL ? how->peer_kind : how->kind;
	EVP_PKEY *peer = jose_key(kind, 3);
	unsigned char z[KEY_MAX], with[KEY_MAX];
	char *epk, *header;
	size_t n;

	*key_len = how->content_key != NULL ? how->content_key_len : key_len_of(how->enc);
	if (how->content_key != NULL)
		memcpy(key, how->content_key, *key_len);
	else
		assert_int_equal(RAND_bytes(key, (int)*key_len), 1);
	if (strncmp(how->alg, "RSA", 3) == 0) {
		encrypt_rsa(encrypted, how, key, *key_len);
		return header_of(how, NULL);
	}
	n = agree(z, peer, how->peer_kind != NULL ? jose_key(kind, 2) : jose_key(kind, 0));
	if (strcmp(how->alg, "ECDH-ES") == 0) {
		concat_kdf(key, *key_len, z, n, how, how->enc);
	} else {
		size_t with_len = number_in(how->alg + strlen("ECDH-ES+A")) / 8;

		concat_kdf(with, with_len, z, n, how, how->alg);
		wrap(encrypted, with, with_len, key, *key_len);
	}
	epk = jose_jwk(peer, NULL);
	header = header_of(how, epk);
	free(epk);
	return header;
}

static void
put_member(char **to, const char *name, const char *json, int is_text)
{
	const char *quote = is_text ? "\"" : "";
	char *longer = NULL;

	if (json == NULL)
		return;
	assert_true(asprintf(&longer, "%s%s\"%s\":%s%s%s", *to, (*to)[1] != '\0' ? "," : "", name, quote,
			     json, quote) > 0);
	free(*to);
	*to = longer;
}

static void
put_party(char **to, const char *name, const char *text)
{
	char *b64 = text != NULL ? jose_b64_text(text) : NULL;

	put_member(to, name, b64, 1);
	free(b64);
}

/* says_x: JSON text; "" leaves the member out. */
static void
put_said(char **to, const char *name, const char *says, const char *right, int is_text)
{
	if (says == NULL)
		put_member(to, name, right, is_text);
	else if (says[0] != '\0')
		put_member(to, name, says, 0);
}

static char *
header_of(const struct jose_jwe *how, const char *epk)
{
	char *header = strdup("{"), *whole = NULL;

	put_said(&header, "alg", how->says_alg, how->alg, 1);
	put_said(&header, "enc", how->says_enc, how->enc, 1);
	put_said(&header, "epk", how->says_epk, epk, 0);
	put_party(&header, "apu", how->apu);
	put_party(&header, "apv", how->apv);
	assert_true(asprintf(&whole, "%s%s%s}", header, how->more != NULL ? "," : "",
			     how->more != NULL ? how->more : "") > 0);
	free(header);
	return whole;
}

struct content {
	struct bytes text;
	unsigned char iv[16], tag[EVP_MAX_MD_SIZE];
	size_t iv_len, tag_len;
};

static void
encrypt(struct content *out, const EVP_CIPHER *cipher, const unsigned char *key, const char *aad,
	const struct jose_jwe *how)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t len = how->plain_len != 0 ? how->plain_len : strlen(how->plain);
	int n = 0, last = 0;

	assert_int_equal(EVP_EncryptInit_ex(ctx, cipher, NULL, key, out->iv), 1);
	if (aad != NULL)
		assert_int_equal(
		    EVP_EncryptUpdate(ctx, NULL, &n, (const unsigned char *)aad, (int)strlen(aad)), 1);
	assert_int_equal(
	    EVP_EncryptUpdate(ctx, out->text.data, &n, (const unsigned char *)how->plain, (int)len), 1);
	assert_int_equal(EVP_EncryptFinal_ex(ctx, out->text.data + n, &last), 1);
	out->text.len = (size_t)n + (size_t)last;
	if (aad != NULL)
		assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, out->tag), 1);
	EVP_CIPHER_CTX_free(ctx);
}

/* RFC 7518 section 5.2.2.1 */
static void
encrypt_cbc(struct content *out, const unsigned char *key, const char *aad, const struct jose_jwe *how)
{
	size_t bits = number_in(how->enc + 1), half = bits / 8;
	struct bytes *in = calloc(1, sizeof(*in));
	unsigned len = 0;

	assert_non_null(in);
	out->iv_len = 16;
	encrypt(out,
		bits == 128   ? EVP_aes_128_cbc()
		: bits == 192 ? EVP_aes_192_cbc()
			      : EVP_aes_256_cbc(),
		key + half, NULL, how);
	add(in, aad, strlen(aad));
	add(in, out->iv, 16);
	add(in, out->text.data, out->text.len);
	add_count(in, 0);
	add_count(in, strlen(aad) * 8);
	assert_non_null(HMAC(bits == 128   ? EVP_sha256()
			     : bits == 192 ? EVP_sha384()
					   : EVP_sha512(),
			     key, (int)half, in->data, in->len, out->tag, &len));
	out->tag_len = len / 2;
	free(in);
}

static void
encrypt_gcm(struct content *out, const unsigned char *key, const char *aad, const struct jose_jwe *how)
{
	size_t bits = number_in(how->enc + 1);

	out->iv_len = 12;
	out->tag_len = 16;
	encrypt(out,
		bits == 128   ? EVP_aes_128_gcm()
		: bits == 192 ? EVP_aes_192_gcm()
			      : EVP_aes_256_gcm(),
		key, aad, how);
}

char *
jose_encrypt(const struct jose_jwe *how)
{
	struct bytes *encrypted = calloc(1, sizeof(*encrypted));
	struct content *content = calloc(1, sizeof(*content));
	unsigned char key[KEY_MAX] = {0};
	char *header, *segments[5], *compact = NULL;
	size_t key_len = 0;

	assert_non_null(encrypted);
	assert_non_null(content);
	header = make_key(encrypted, key, &key_len, how);
	segments[0] = jose_b64_text(header);
	assert_int_equal(RAND_bytes(content->iv, sizeof(content->iv)), 1);
	if (strstr(how->enc, "CBC") != NULL)
		encrypt_cbc(content, key, segments[0], how);
	else
		encrypt_gcm(content, key, segments[0], how);
	segments[1] = jose_b64(encrypted->data, encrypted->len);
	segments[2] = jose_b64(content->iv, content->iv_len);
	segments[3] = jose_b64(content->text.data, content->text.len);
	segments[4] = jose_b64(content->tag, content->tag_len);
	assert_true(asprintf(&compact, "%s.%s.%s.%s.%s", segments[0], segments[1], segments[2], segments[3],
			     segments[4]) > 0);
	for (int i = 0; i < 5; i++)
		free(segments[i]);
	free(header);
	free(encrypted);
	free(content);
	return compact;
}

static const char *
segment_at(size_t *len, const char *compact, int i)
{
	const char *at = compact;

	for (; i > 0; i--) {
		at = strchr(at, '.');
		assert_non_null(at);
		at++;
	}
	*len = strcspn(at, ".");
	return at;
}

char *
jose_with_text(const char *compact, int i, const char *text)
{
	size_t len = 0;
	const char *at = segment_at(&len, compact, i);
	char *changed = NULL;

	assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - compact), compact, text, at + len) >= 0);
	return changed;
}

char *
jose_with_segment(const char *compact, int i, const void *bytes, size_t len)
{
	char *text = jose_b64(bytes, len);
	char *changed = jose_with_text(compact, i, text);

	free(text);
	return changed;
}

unsigned char *
jose_segment_bytes(size_t *len, const char *compact, int i)
{
	size_t n = 0;
	const char *at = segment_at(&n, compact, i);
	char *padded = malloc(n + 4);
	unsigned char *bytes = malloc(n + 4);
	size_t all = (n + 3) / 4 * 4;

	assert_non_null(padded);
	assert_non_null(bytes);
	memset(padded, 'A', n + 4);
	for (size_t k = 0; k < n; k++)
		padded[k] = (char)(at[k] == '-' ? '+' : at[k] == '_' ? '/' : at[k]);
	assert_true(EVP_DecodeBlock(bytes, (const unsigned char *)padded, (int)all) >= 0);
	*len = n * 3 / 4;
	free(padded);
	return bytes;
}
