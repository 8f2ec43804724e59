/* The end of token sets and accounts; that nothing is left behind is LeakSanitizer's judgement. */
#include "base/mem.h"
#include "harness/test.h"

#include <belgoauth/token.h>

static struct belgo_account *
account(void)
{
	struct belgo_account *a = bg_calloc(1, sizeof(*a));
	char **const members[] = {
	    &a->key,     &a->cache_id,        &a->name,      &a->provider, &a->tenant,
	    &a->issuer,  &a->metadata_issuer, &a->client_id, &a->subject,  &a->email,
	    &a->picture, &a->display_name,    &a->scope,     &a->claims,   &a->scope_requested,
	};

	for (size_t i = 0; i < BG_LEN(members); i++)
		assert_int_equal(bg_str_set(members[i], "some text"), BELGO_OK);
	return a;
}

static void
test_account__token_is_freed_whole_and_nulled(void **state)
{
	struct belgo_token *t = bg_calloc(1, sizeof(*t));
	char **const members[] = {&t->access_token, &t->token_type, &t->refresh_token, &t->id_token,
				  &t->scope};

	(void)state;
	for (size_t i = 0; i < BG_LEN(members); i++)
		assert_int_equal(bg_str_set(members[i], "some text"), BELGO_OK);
	belgo_token_free(&t);
	assert_null(t);
}

static void
test_account__account_is_freed_whole_and_nulled(void **state)
{
	struct belgo_account *a = account();

	(void)state;
	belgo_account_free(&a);
	assert_null(a);
}

static void
test_account__list_is_freed_with_its_accounts(void **state)
{
	struct belgo_account_list *list = bg_calloc(1, sizeof(*list));

	(void)state;
	list->items = bg_calloc(3, sizeof(struct belgo_account *));
	list->n = 3;
	list->items[0] = account();
	list->items[2] = account(); /* a hole: a list that was being built */
	belgo_account_list_free(&list);
	assert_null(list);
}

static void
test_account__half_built_and_absent_ones_may_be_freed(void **state)
{
	struct belgo_token *t = bg_calloc(1, sizeof(*t));
	struct belgo_account *a = bg_calloc(1, sizeof(*a));
	struct belgo_account_list *list = bg_calloc(1, sizeof(*list));

	(void)state;
	list->n = 2;
	for (int again = 0; again < 2; again++) {
		belgo_token_free(&t);
		belgo_account_free(&a);
		belgo_account_list_free(&list);
		assert_null(t);
		assert_null(a);
		assert_null(list);
	}
	belgo_token_free(NULL);
	belgo_account_free(NULL);
	belgo_account_list_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_account__token_is_freed_whole_and_nulled),
	    cmocka_unit_test(test_account__account_is_freed_whole_and_nulled),
	    cmocka_unit_test(test_account__list_is_freed_with_its_accounts),
	    cmocka_unit_test(test_account__half_built_and_absent_ones_may_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
