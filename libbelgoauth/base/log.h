/* Logging of steps: names of endpoints and fields. There is no parameter through which a value could pass but
 * what is public by nature. */
#ifndef BG_LOG_H
#define BG_LOG_H

#include "base/guard.h"

#include <belgoauth/env.h>

void bg_log(const struct belgo_log *log, enum belgo_log_level level, const char *fmt, ...) BG_PRINTF(3, 4);

#endif
