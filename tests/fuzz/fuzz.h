/* A fuzz target is one function: bytes from outside in, 0 out, and neither a crash nor a leak on the way. */
#ifndef DRIFT_FUZZ_H
#define DRIFT_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
