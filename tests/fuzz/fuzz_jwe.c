/*
 * Encrypted tokens: an algorithm, an encryption, and on the next line the token. The keys are published ones
 * (RFC 7516 appendix A.1, RFC 7518 appendix C, RFC 7748 section 6.1), so nothing here is secret but what was
 * sealed for them: nothing opens but the seeds.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "base/mem.h"
#include "jose/decryption_key.h"
#include "jose/jwe.h"

#include <stdio.h>
#include <stdlib.h>

#define RSA                                                                                                  \
	"{\"kty\":\"RSA\",\"n\":\"oahUIoWw0K0usKNuOR6H4wkf4oBUXHTxRvgb48E-BVvxkeDNjbC4he8rUWc"               \
	"JoZmds2h7M70imEVhRU5djINXtqllXI4DFqcI1DgjT9LewND8MW2Krf3Spsk_ZkoFnilakGygTwpZ3uesH-P"               \
	"FABNIUYpOiN15dsQRkgr0vEhxN92i2asbOenSZeyaxziK72UwxrrKoExv6kc5twXTq4h-QChLOln0_mtUZwf"               \
	"sRaMStPs6mS6XrgxnxbWhojf663tuEQueGC-FCMfra36C9knDFGzKsNa7LZK2djYgyD3JR_MB_4NUJW_TqOQ"               \
	"twHYbxevoJArm-L5StowjzGy-_bq6Gw\",\"e\":\"AQAB\",\"d\":\"kLdtIj6GbDks_ApCSTYQtelcNtt"               \
	"lKiOyPzMrXHeI-yk1F7-kpDxY4-WY5NWV5KntaEeXS1j82E375xxhWMHXyvjYecPT9fpwR_M9gV8n9Hrh2an"               \
	"TpTD93Dt62ypW3yDsJzBnTnrYu1iwWRgBKrEYY46qAZIrA2xAwnm2X7uGR1hghkqDp0Vqj3kbSCz1XyfCs6_"               \
	"LehBwtxHIyh8Ripy40p24moOAbgxVw3rxT_vlt3UVe4WO3JkJOzlpUf-KTVI2Ptgm-dARxTEtE-id-4OJr0h"               \
	"-K-VFs3VSndVTIznSxfyrj8ILL6MG_Uv8YAu7VILSB3lOW085-4qE3DzgrTjgyQ\",\"p\":\"1r52Xk46c-"               \
	"LsfB5P442p7atdPUrxQSy4mti_tZI3Mgf2EuFVbUoDBvaRQ-SWxkbkmoEzL7JXroSBjSrK3YIQgYdMgyAEPT"               \
	"PjXv_hI2_1eTSPVZfzL0lffNn03IXqWF5MDFuoUYE0hzb2vhrlN_rKrbfDIwUbTrjjgieRbwC6Cl0\",\"q"                \
	"\":\"wLb35x7hmQWZsWJmB_vle87ihgZ19S8lBEROLIsZG4ayZVe9Hi9gDVCOBmUDdaDYVTSNx_8Fyw1YYa9"               \
	"XGrGnDew00J28cRUoeBB_jKI1oma0Orv1T9aXIWxKwd4gvxFImOWr3QRL9KEBRzk2RatUBnmDZJTIAfwTs0g"               \
	"68UZHvtc\",\"dp\":\"ZK-YwE7diUh0qR1tR7w8WHtolDx3MZ_OTowiFvgfeQ3SiresXjm9gZ5KLhMXvo-u"               \
	"z-KUJWDxS5pFQ_M0evdo1dKiRTjVw_x4NyqyXPM5nULPkcpU827rnpZzAJKpdhWAgqrXGKAECQH0Xt4taznj"               \
	"nd_zVpAmZZq60WPMBMfKcuE\",\"dq\":\"Dq0gfgJ1DdFGXiLvQEZnuKEN0UUmsJBxkjydc3j4ZYdBiMRAy"               \
	"86x0vHCjywcMlYYg4yoC4YZa9hNVcsjqA3FeiL19rk8g6Qn29Tt0cj8qqyFpz9vNDBUfCAiJVeESOjJDZPYH"               \
	"dHY8v1b-o-Z2X5tvLx-TCekf7oxyeKDUqKWjis\",\"qi\":\"VIMpMYbPf47dT1w_zDUXfPimsSegnMOA1z"               \
	"TaX7aGk_8urY6R8-ZW1FxU7AlWAyLWybqq6t16VFd7hQd0y6flUK4SlOydB61gwanOsXGOAOv82cHq0E3eL4"               \
	"HrtZkUuKvnPrMnsUUFlfUdybVzxyjz9JF_XyaY14ardLSjf4L_FNY\"}"
#define P_256                                                                                                \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\","           \
	"\"y\":\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\","                                             \
	"\"d\":\"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw\"}"
#define X25519                                                                                               \
	"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo\","         \
	"\"d\":\"dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo\"}"

static const char *const key_texts[] = {RSA, P_256, X25519};
static json_t *keys[BG_LEN(key_texts)];

static void
read_keys(void)
{
	for (size_t i = 0; i < BG_LEN(keys); i++)
		if (keys[i] == NULL)
			HOLDS(bg_decryption_key_read(&keys[i], key_texts[i], strlen(key_texts[i]), NULL) ==
			      BELGO_OK);
}

static void
decrypt(const char *token, const struct bg_jwe_agreed *agreed)
{
	BG_AUTO(bg_str_free) char *clear = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = bg_jwe_decrypt(&clear, token, agreed, BG_MAX_JWT, "the token", &err);

	HOLDS((rc == BELGO_OK) == (clear != NULL));
	if (rc == BELGO_OK) {
		HOLDS(strcmp(clear, "genuine") == 0 && err.rc == BELGO_OK);
		return;
	}
	HOLDS(rc == BELGO_EPROTO || rc == BELGO_ESIGNATURE);
	fuzz_check_error(rc, &err, fuzz_secrets);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_text(data, size);
	char alg[32] = "", enc[32] = "";
	int at = 0;

	read_keys();
	if (sscanf(text, "%31s %31s%*1[\n]%n", alg, enc, &at) != 2 || at == 0)
		return 0;
	for (size_t i = 0; i < BG_LEN(keys); i++) {
		const struct bg_jwe_agreed agreed = {bg_jwe_alg_find(alg), bg_jwe_enc_find(enc), keys[i]};

		if (agreed.alg != NULL && agreed.enc != NULL && bg_jwe_alg_fits(agreed.alg, keys[i]))
			decrypt(text + at, &agreed);
	}
	return 0;
}
