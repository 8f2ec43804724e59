/* What a finished operation hands to its caller. */
#include "flow/op.h"

belgo_rc
belgo_op_result(const struct belgo_op *op, struct belgo_error *err)
{
	if (op->status == BELGO_OP_RUNNING)
		return bg_fail(err, BELGO_EINVAL, "the operation is still running");
	if (op->rc != BELGO_OK && err != NULL && err->rc == BELGO_OK)
		*err = op->error;
	return op->rc;
}

const struct belgo_account *
belgo_op_account(const struct belgo_op *op)
{
	int is_known =
	    op->status == BELGO_OP_DONE || (op->status == BELGO_OP_FAILED && op->rc == BELGO_ELOGIN);

	return is_known ? op->account : NULL;
}

const struct belgo_account_list *
belgo_op_accounts(const struct belgo_op *op)
{
	return op->status == BELGO_OP_DONE ? op->accounts : NULL;
}

const struct belgo_token *
belgo_op_token(const struct belgo_op *op)
{
	return op->status == BELGO_OP_DONE ? op->token : NULL;
}

const char *
belgo_op_json(const struct belgo_op *op)
{
	return op->status == BELGO_OP_DONE ? op->json : NULL;
}

const struct belgo_web_login *
belgo_op_web_login(const struct belgo_op *op)
{
	return op->has_web && op->status != BELGO_OP_RUNNING ? &op->web : NULL;
}

const void *
belgo_op_data(const struct belgo_op *op, size_t *len, const char **media_type)
{
	if (op->status != BELGO_OP_DONE || op->data.data == NULL)
		return NULL;
	*len = op->data.len;
	if (media_type != NULL)
		*media_type = op->data_type;
	return op->data.data;
}

const char *
belgo_op_warning(const struct belgo_op *op, size_t i)
{
	return i < BG_MAX_WARNINGS ? op->warnings[i] : NULL;
}
