/* The log of a failed run: whatever it holds, it is explained, and the explanation is text. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "drift/policy.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct drift_catalogue *catalogue; /* opened once; lives as long as the process */
	struct drift_explain_options o = DRIFT_EXPLAIN_OPTIONS_INIT;
	struct drift_document *doc = NULL;
	char *text = NULL;

	if (!catalogue && drift_catalogue_open(NULL, &catalogue, NULL) != DRIFT_OK)
		abort();
	o.catalogue = catalogue;
	o.now_ms = 1767225600000;
	if (drift_explain_log((const char *)data, size, &o, &doc, NULL) != DRIFT_OK || !drift_document_root(doc))
		abort();
	if (drift_explain_text(doc, &text, NULL) != DRIFT_OK || !text)
		abort();
	/* what comes out is printed on a terminal */
	if (strchr(text, '\033'))
		abort();
	drift_text_free(text);
	drift_document_free(doc);
	return 0;
}
