/* Keys of `aws login`: taken from its cache, renewed with a proof that the server checks, written back. And keys that a run shares. */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include "aws/credentials.h"
#include "aws/dpop.h"
#include "aws/keyring.h"
#include "drift/catalogue.h"
#include "fixed_clock.h"
#include "http_server.h"
#include "model/value.h"

/* Made for this test; nothing else knows it. */
#define KEY                                                                                                            \
	"-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIHFIYtCVIXEdFlkn99b0mZXI5xJ4MxwyPPhOjODi3SD5oAoGCCqGSM49\n"           \
	"AwEHoUQDQgAEFUiVnWL82OuYrxwEOa/GRdljCCnyFISENld8uUCf1txSx6QfX9Ni\nbe4OtUcwsJrsLTLZG7UUXYwgzFMl00/Kxw==\n"    \
	"-----END EC PRIVATE KEY-----\n"
/* What botocore writes before the signature for this key, URL, time and id. */
#define PROOF                                                                                                          \
	"eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6IkZVaVZuV0w4Mk91WXJ4d0VPYV9HUmRsakNDbnlGSVNFTmxkOHVVQ2YxdHciLC" \
	"J5IjoiVXNla0gxX1RZbTN1RHJWSE1MQ2E3QzB5MlJ1MUZGMk1JTXhUSmROUHlzYyIsImNydiI6IlAtMjU2In19.eyJodG0iOiJQT1NUIiwiaHR1IjoiaHR0cHM6Ly9ldS13ZXN0L" \
	"TEuc2lnbmluLmF3cy5hbWF6b24uY29tL3YxL3Rva2VuIiwiaWF0IjoxNzY3MjI1NjAwLCJqdGkiOiIwMDExMjIzMzQ0NTU2Njc3ODg5OWFhYmJjY2RkZWVmZiJ9"
#define SESSION "arn:aws:iam::123456789012:user/me"
#define CACHE "286187707741fc2ccb93cf9e56dbd0ee0a16208feed5fbc8ae1baa86d44c283f.json"

struct fixture {
	struct drift_catalogue *catalogue;
	struct test_server server;
	char folder[64], cache[160], config[160], env[3][300];
	int renewals;
	bool proof_ok;
	const char *refusal; /* NULL: the renewal is granted */
};

/* ---- proofs ---- */

static size_t
from_base64url(const char *s, size_t n, unsigned char *out)
{
	char text[200];
	size_t i;
	long len;

	assert_true(n < sizeof text - 4);
	for (i = 0; i < n; i++)
		text[i] = s[i] == '-' ? '+' : s[i] == '_' ? '/' : s[i];
	while (i % 4 != 0)
		text[i++] = '=';
	len = drift__base64_decode(text, i, out);
	assert_true(len >= 0);
	return (size_t)len;
}

/* Is the last part of a proof KEY's signature of what stands before it? */
static bool
is_signed(const char *proof, size_t n)
{
	const char *dot = strchr(strchr(proof, '.') + 1, '.');
	BIO *bio = BIO_new_mem_buf(KEY, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ECDSA_SIG *s = ECDSA_SIG_new();
	unsigned char pair[128], *der = NULL;
	bool ok = from_base64url(dot + 1, n - (size_t)(dot + 1 - proof), pair) == 64;
	int n_der;

	ECDSA_SIG_set0(s, BN_bin2bn(pair, 32, NULL), BN_bin2bn(pair + 32, 32, NULL));
	n_der = i2d_ECDSA_SIG(s, &der);
	ok = ok && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		EVP_DigestVerify(ctx, der, (size_t)n_der, (const unsigned char *)proof, (size_t)(dot - proof)) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(s);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return ok;
}

static void
test_proof(void **state)
{
	struct drift__buf b = DRIFT__BUF_INIT(4096);
	struct drift_error err = DRIFT_ERROR_INIT;
	int i;

	(void)state;
	/* numbers that start with a zero byte come now and then */
	for (i = 0; i < 600; i++) {
		drift__buf_reset(&b);
		assert_int_equal(drift__dpop_proof(KEY, "https://eu-west-1.signin.aws.amazon.com/v1/token", "00112233445566778899aabbccddeeff", NOW, &b, &err),
			DRIFT_OK);
		assert_memory_equal(b.data, PROOF ".", sizeof PROOF);
		assert_true(is_signed(b.data, b.len));
	}
	assert_int_equal(drift__dpop_proof("no key", "u", "i", NOW, &b, &err), DRIFT_NO_CREDENTIALS);
	drift__buf_dispose(&b);
}

/* ---- the cache and its renewal ---- */

static void
serve(void *ctx, const char *request, struct drift__buf *reply)
{
	struct fixture *f = ctx;
	const char *proof = strstr(request, "DPoP: ");

	f->renewals++;
	f->proof_ok = strncmp(request, "POST /v1/token ", 15) == 0 && proof != NULL && is_signed(proof + 6, strcspn(proof + 6, "\r")) &&
		strstr(request, "\"refreshToken\":\"refresh1\"") != NULL && strstr(request, "Authorization:") == NULL;
	if (f->refusal != NULL)
		test_reply(reply, 403, "", f->refusal);
	else
		test_reply(reply, 200, "", "{\"accessToken\":{\"accessKeyId\":\"ASIANEW\",\"secretAccessKey\":\"newsecret\",\"sessionToken\":\"newtoken\"},"
			"\"tokenType\":\"aws_sigv4\",\"expiresIn\":900,\"refreshToken\":\"refresh2\"}");
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	if (f == NULL || drift_catalogue_open(NULL, &f->catalogue, NULL) != DRIFT_OK)
		return -1;
	snprintf(f->folder, sizeof f->folder, P_tmpdir "/drift-login-XXXXXX");
	if (mkdtemp(f->folder) == NULL)
		return -1;
	snprintf(f->cache, sizeof f->cache, "%s/" CACHE, f->folder);
	snprintf(f->config, sizeof f->config, "%s/config", f->folder);
	test_server_start(&f->server, serve, f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	test_server_stop(&f->server);
	unlink(f->cache);
	unlink(f->config);
	rmdir(f->folder);
	drift_catalogue_free(f->catalogue);
	free(f);
	return 0;
}

static void
put_cache(struct fixture *f, const char *expires)
{
	struct drift__buf b = DRIFT__BUF_INIT(4096);

	drift__buf_addf(&b, "{\"accessToken\":{\"accessKeyId\":\"ASIAOLD\",\"secretAccessKey\":\"oldsecret\",\"sessionToken\":\"oldtoken\",\"accountId\":"
		"\"123456789012\",\"expiresAt\":\"%s\"},\"tokenType\":\"aws_sigv4\",\"clientId\":\"arn:aws:signin:::devtools/same-device\",\"refreshToken\":"
		"\"refresh1\",\"idToken\":\"id\",\"dpopKey\":", expires);
	drift__json_write_string(&b, KEY, strlen(KEY));
	drift__buf_addc(&b, '}');
	assert_int_equal(drift__file_write(f->cache, b.data, b.len, 0600, NULL), DRIFT_OK);
	drift__buf_dispose(&b);
}

static enum drift_status
find(struct fixture *f, struct drift__credentials *out, struct drift_error *err)
{
	static const char config[] = "[profile me]\nlogin_session = " SESSION "\nregion = eu-west-1\n";
	const char *env[] = {f->env[0], f->env[1], f->env[2], "AWS_EC2_METADATA_DISABLED=true", NULL};
	struct drift__aws_options opt = {.catalogue = f->catalogue, .profile = "me", .env = env};
	struct drift__credential_context ctx = {.options = &opt, .clock = &fixed_clock};
	struct drift__http_options http = {.user_agent = "test"};
	enum drift_status st;

	assert_int_equal(drift__file_write(f->config, config, sizeof config - 1, 0600, NULL), DRIFT_OK);
	snprintf(f->env[0], sizeof f->env[0], "AWS_CONFIG_FILE=%s", f->config);
	snprintf(f->env[1], sizeof f->env[1], "AWS_LOGIN_CACHE_DIRECTORY=%s", f->folder);
	snprintf(f->env[2], sizeof f->env[2], "AWS_ENDPOINT_URL_SIGNIN=http://127.0.0.1:%d", f->server.port);
	*err = (struct drift_error)DRIFT_ERROR_INIT;
	drift__credentials_dispose(out);
	f->renewals = 0;
	assert_int_equal(drift__config_new(&opt, &ctx.config, err), DRIFT_OK);
	assert_int_equal(drift__http_new(&http, &ctx.http, err), DRIFT_OK);
	ctx.signer = drift__signer_new();
	st = drift__credentials_find(&ctx, out, err);
	drift__signer_free(ctx.signer);
	drift__http_free(ctx.http);
	drift__config_free(ctx.config);
	return st;
}

static void
test_login(void **state)
{
	struct fixture *f = *state;
	struct drift__credentials c = {.found = false};
	struct drift__buf b = DRIFT__BUF_INIT(1 << 16);
	struct drift_error err;
	struct stat info;

	assert_int_equal(find(f, &c, &err), DRIFT_NO_CREDENTIALS);
	assert_string_equal(err.hint, "run `aws login --profile me`");
	put_cache(f, "2026-01-01T00:06:00Z");
	assert_int_equal(find(f, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "ASIAOLD");
	assert_int_equal(f->renewals, 0);
	put_cache(f, "2026-01-01T00:04:00Z");
	assert_int_equal(find(f, &c, &err), DRIFT_OK);
	assert_string_equal(c.access_key, "ASIANEW");
	assert_string_equal(c.token, "newtoken");
	assert_true(c.expires_ms == NOW + 900000);
	assert_true(f->proof_ok);
	/* the next run finds the new ones, and what else stood there */
	assert_int_equal(drift__file_read(f->cache, &b, NULL), DRIFT_OK);
	assert_non_null(strstr(b.data, "\"refreshToken\":\"refresh2\""));
	assert_non_null(strstr(b.data, "\"accountId\":\"123456789012\""));
	assert_non_null(strstr(b.data, "\"idToken\":\"id\""));
	assert_int_equal(stat(f->cache, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(find(f, &c, &err), DRIFT_OK);
	assert_int_equal(f->renewals, 0);
	drift__buf_dispose(&b);
	drift__credentials_dispose(&c);
}

static void
test_refusals(void **state)
{
	struct fixture *f = *state;
	struct drift__credentials c = {.found = false};
	struct drift_error err;

	f->refusal = "{\"error\":\"TOKEN_EXPIRED\",\"message\":\"m\"}";
	put_cache(f, "2026-01-01T00:04:00Z");
	assert_int_equal(find(f, &c, &err), DRIFT_OK); /* the old ones are still good */
	assert_string_equal(c.access_key, "ASIAOLD");
	put_cache(f, "2025-12-31T23:59:00Z");
	assert_int_equal(find(f, &c, &err), DRIFT_EXPIRED);
	assert_string_equal(err.hint, "run `aws login --profile me`");
	f->refusal = "{\"error\":\"INSUFFICIENT_PERMISSIONS\",\"message\":\"m\"}";
	assert_int_equal(find(f, &c, &err), DRIFT_DENIED);
	f->refusal = "<html>";
	assert_int_equal(find(f, &c, &err), DRIFT_EXPIRED);
	assert_null(strstr(err.what, "secret"));
	drift__credentials_dispose(&c);
}

/* ---- keys that a run shares ---- */

static void
test_keyring(void **state)
{
	struct drift__credentials c = {.found = false}, got = {.found = false};
	struct drift_keyring *k = NULL;

	(void)state;
	assert_int_equal(drift_keyring_new(&k, NULL), DRIFT_OK);
	assert_int_equal(drift__credentials_set(&c, "A", "s", "t", 1000, "here", NULL), DRIFT_OK);
	drift__keyring_put(k, "one", &c);
	assert_int_equal(drift__credentials_set(&c, "B", "s", NULL, 0, "there", NULL), DRIFT_OK);
	drift__keyring_put(k, "two", &c);
	assert_int_equal(drift__keyring_get(k, "one", 1000, &got, NULL), DRIFT_OK);
	assert_false(got.found);
	assert_int_equal(drift__keyring_get(k, "one", 999, &got, NULL), DRIFT_OK);
	assert_string_equal(got.access_key, "A");
	assert_string_equal(got.source, "here");
	assert_int_equal(drift__keyring_get(k, "two", INT64_MAX, &got, NULL), DRIFT_OK);
	assert_string_equal(got.access_key, "B");
	assert_null(got.token);
	drift__keyring_put(k, "one", &c);
	assert_int_equal(drift__keyring_get(k, "one", 0, &got, NULL), DRIFT_OK);
	assert_string_equal(got.access_key, "B");
	drift__keyring_forget(k, "one");
	drift__keyring_forget(k, "three");
	drift__credentials_dispose(&got);
	assert_int_equal(drift__keyring_get(k, "one", 0, &got, NULL), DRIFT_OK);
	assert_false(got.found);
	drift__keyring_forget(NULL, "one");
	drift__keyring_put(NULL, "one", &c);
	assert_int_equal(drift__keyring_get(NULL, "one", 0, &got, NULL), DRIFT_OK);
	drift__credentials_dispose(&c);
	drift_keyring_free(k);
	drift_keyring_free(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proof),
		cmocka_unit_test_setup_teardown(test_login, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test(test_keyring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
