/* The blocking driver: turns until the end. */
#include "run/driver.h"

belgo_rc
belgo_op_run(struct belgo_op *op, struct belgo_error *err)
{
	while (op->status == BELGO_OP_RUNNING) {
		BG_TRY(bg_driver_turn(op, BG_STORE_INLINE, err));
		if (op->status == BELGO_OP_RUNNING)
			bg_driver_wait(op);
	}
	return belgo_op_result(op, err);
}
