/* A clock that stands at NOW; what is measured goes on. */
#ifndef TEST_FIXED_CLOCK_H
#define TEST_FIXED_CLOCK_H

#include "base/base.h"

#define NOW 1767225600000 /* 2026-01-01 */

static int64_t
fixed_now(void *ctx)
{
	(void)ctx;
	return NOW;
}

static int64_t
mono(void *ctx)
{
	return drift__system_clock.mono_ms(ctx);
}

static const struct drift__clock fixed_clock = {fixed_now, mono, NULL};

#endif
