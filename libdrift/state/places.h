/* What a provider configuration's resources show of its account and region. */
#ifndef DRIFT_STATE_PLACES_H
#define DRIFT_STATE_PLACES_H

#include "drift/catalogue.h"
#include "model/resource.h"

/* Sets account and region of resources that do not show theirs, where all others of their provider configuration agree. NOMEM. */
enum drift_status drift__state_places(struct drift_snapshot *s, const struct drift_catalogue *catalogue, struct drift_error *err);

#endif
