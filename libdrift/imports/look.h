/* Looking into planned and live values, and comparing them loosely enough for matching. */
#ifndef DRIFT_IMPORTS_LOOK_H
#define DRIFT_IMPORTS_LOOK_H

#include "model/resource.h"

/* The value at a dotted path ("name", "tags.Name", "launch_template.id"); a list of one is looked through. NULL = none. */
const struct drift_value *drift__look_path(const struct drift_value *map, const char *path);
/* The same for a live resource, which also knows id, arn, name and tags apart from its attributes. Scratch values live in a. */
const struct drift_value *drift__look_live(struct drift__arena *a, const struct drift_resource *r, const char *path);
/* null, "", [], {}, false and 0: what providers do not tell apart. */
bool drift__look_empty(const struct drift_value *v);
/* Equal for matching: "30" = 30, lists without order, planned maps within live ones, JSON by value, names without trailing dot. */
bool drift__look_equal(const struct drift_value *planned, const struct drift_value *live);
/* True when text is one of the identities of a live resource (id, ARN, name, import id, keys), or the given attribute of it. */
bool drift__look_is_identity(struct drift__arena *a, const struct drift_resource *r, const char *attribute, const char *text);
/* True when text holds an identity of at least DRIFT__HELD_MIN bytes (a template such as "${aws_x.y.arn}:suffix"). */
bool drift__look_holds_identity(const struct drift_resource *r, const char *text);
enum { DRIFT__HELD_MIN = 6 };
/* What the two above go through, one after the other; NULL at the end. *at starts with 0. */
const char *drift__look_next_identity(const struct drift_resource *r, size_t *at);
const char *drift__look_next_held(const struct drift_resource *r, size_t *at);

#endif
