/* The creates of a plan, and what their unknown values refer to. */
#ifndef DRIFT_IMPORTS_PLANNED_H
#define DRIFT_IMPORTS_PLANNED_H

#include "model/value.h"

/* A module instance: where references are looked up. */
struct drift__scope {
	const char *address;               /* "" = root */
	const char *key;                   /* "[\"k\"]", "[0]" or "" */
	const char *name;                  /* of the module call; "" for root */
	const struct drift_value *module;  /* its configuration */
	const struct drift_value *call;    /* module_calls entry in the parent; NULL for root */
	size_t parent;                     /* index of the scope of the call */
	const char *dir;                   /* folder of its files, "" = root; NULL = not in the repository */
};

struct drift__planned {
	const char *address, *module, *type, *name, *key; /* module "" = root; key as in the address, "" = none */
	const struct drift_value *index;                  /* number, string or NULL */
	const struct drift_value *after, *unknown;
	const struct drift_value *config;                 /* the resource in the configuration; NULL when not found */
	const char *alias, *region;                       /* NULL = default provider; NULL = not known */
	const char *account;                              /* that the provider takes a role in, or is held to; NULL = not known */
	size_t scope;
	bool replace;                                     /* the create half of a replacement */
};

/* What an attribute that is known only after apply may take its value from. */
struct drift__target {
	size_t planned;        /* index into the plan's list */
	const char *attribute; /* NULL = the plan does not say which */
	bool same_key;         /* the only instance, or the one named; ask drift__is_same_key */
	const char *same_for;  /* the key of the instance that means this one by its own key; NULL = none does */
};
struct drift__targets {
	const struct drift__target *list; /* the same for all instances of a resource, unless each has its own */
	size_t n, serial;      /* serial: lists that are the same list have the same number */
	const char *key;       /* of the instance that was asked for */
	size_t *waits; /* planned resources that a data source on the way names: it is read when nothing of them is about to change */
	size_t n_waits;
	bool open; /* goes also through locals, data sources or each.value, which a plan does not show */
};

struct drift__plan {
	struct drift__arena *arena;
	const struct drift_value *root;
	struct drift__planned *list; /* sorted by address */
	size_t n;
	struct drift__scope *scopes;
	size_t n_scopes, cap_scopes;
	size_t n_foreign;            /* creates of other providers */
	struct drift__target_lists *lists; /* what was resolved already */
	const struct drift_value *files; /* the configuration's text (see drift/imports.h); NULL = none. Set it after opening */
};

/* Reads the creates of hashicorp/aws of a plan in JSON. Everything lives in the arena or is lent from root. BAD_PLAN says where. */
enum drift_status drift__plan_open(struct drift__arena *a, const struct drift_value *root, struct drift__plan *out, struct drift_error *err);
/* For drift__plan_open; NULL without memory. */
struct drift__target_lists *drift__target_lists_new(struct drift__arena *a);
/* What the unknown attribute of a planned resource refers to; NOMEM is the only failure. */
enum drift_status drift__plan_targets(const struct drift__plan *p, const struct drift__planned *from, const char *attribute,
	struct drift__targets *out);
/* True when the target at i is meant for certain: the only instance, the one named, or the one with the key of the resource that refers to it. */
bool drift__is_same_key(const struct drift__targets *t, size_t i);
/* The configuration of a resource, whatever the plan does with it; NULL when the plan does not show it. module is its module's address, NULL or "" =
 * root. */
const struct drift_value *drift__plan_config(struct drift__plan *p, const char *module, const char *type, const char *name);
/* True when the value, or a part of it, is known only after apply. */
bool drift__is_unknown(const struct drift_value *unknown);

#endif
