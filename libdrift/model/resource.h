/* The one model that state and live both load into. */
#ifndef DRIFT_MODEL_RESOURCE_H
#define DRIFT_MODEL_RESOURCE_H

#include "drift/snapshot.h"
#include "model/value.h"

enum drift__resource_flags {
	DRIFT__IN_SCOPE = 1,      /* live: the user asked for it, or it hangs on something that was asked for */
	DRIFT__LOOKED_UP = 2,     /* live: read because the state names it; never reported as unmanaged */
	DRIFT__AWS_DEFAULT = 4,   /* live: made by AWS, not by a person (default VPC, main route table, AWS-managed key) */
	DRIFT__BACKEND = 8,       /* live: the bucket, table or key of the Terraform backend itself */
	DRIFT__TAINTED = 16,      /* state */
	DRIFT__DEPOSED = 32,      /* state */
	DRIFT__DATA = 64,         /* state: mode "data" */
	DRIFT__FOREIGN = 128,     /* state: of another provider than hashicorp/aws */
	DRIFT__INCOMPLETE = 256,  /* live: some read of it failed: what is absent in attributes is unknown */
	DRIFT__GONE = 512,        /* live: looked up for the state and AWS says that it does not exist */
	DRIFT__PARTIAL_SCOPE = 1024, /* live: listed but not described (out of scope and not in the state) */
	DRIFT__PREFERRED = 2048   /* live: of several types that describe the same physical object, this is the one to report */
};

/* All texts and values live in the snapshot's arena; absent texts are NULL. There are as many as the account has objects: what few have is set
 * apart. */
struct drift_resource {
	const char *type;
	unsigned flags;
	int source;                     /* state: which of several */
	/* state side */
	const char *address;            /* as Terraform prints it */
	const struct drift_value *dependencies; /* list of addresses; NULL = none */
	int64_t schema_version;
	/* both sides */
	const char *id;                 /* Terraform's `id` attribute (live: what it would be) */
	const char *name;
	const char *arn;
	const char *account, *region;   /* region: NULL = global or not known */
	const struct drift_value *tags; /* map name -> value */
	const struct drift_value *attributes; /* as the provider names and nests them */
	const struct drift_value *sensitive;  /* list of paths (each a list of steps: string or number); NULL = none */
	const char *const *keys;        /* identities: a state resource may own several live objects; NULL-terminated */
	const struct drift__more *more; /* never NULL */
	/* live side */
	const char *import_id;          /* NULL = cannot be imported */
	int64_t read_ms;                /* wall clock when it was read */
};

struct drift__more {
	/* state side */
	const char *provider_alias;     /* NULL = default */
	const char *deposed;            /* key of a deposed object */
	const struct drift_value *identity; /* provider 6 resource identity; NULL = none */
	/* live side */
	const char *parent_type, *parent_key; /* what it hangs on; NULL = stands alone */
	const char *physical;           /* names the physical object when resources of several types can stand for it; NULL = no other can */
	const char *owner;              /* "cloudformation:stack-name", "autoscaling:group", …; NULL = made by hand */
	const char *owner_rule;         /* which rule said so, for people */
	const struct drift_value *unknown; /* list of attribute names whose read failed; NULL = none */
};

struct drift_snapshot {
	struct drift__arena arena;
	enum drift_side side;
	struct drift_resource *resources; /* sorted by drift__snapshot_sort */
	size_t n_resources, cap_resources;
	const struct drift_value *gaps; /* list of maps; never NULL once sealed */
	/* map; never NULL once sealed. Live: `listed` {type: [region, …]} says where the list of a type came in whole ("*" = everywhere):
	 * only there does "not found" mean "does not exist" without a look-up */
	const struct drift_value *meta;
};

/* Gives an empty snapshot; NULL without memory. */
struct drift_snapshot *drift__snapshot_new(enum drift_side side);
/* Adds a zeroed resource and lends it until the next add; NULL without memory. */
struct drift_resource *drift__snapshot_add(struct drift_snapshot *s, const char *type);
/* Copies what few have, when there is something. False without memory. */
bool drift__resource_tell(struct drift_snapshot *s, struct drift_resource *r, const struct drift__more *more);
/* Makes room for n resources, and no more; a hint. */
void drift__snapshot_reserve(struct drift_snapshot *s, size_t n);
/* Sorts by type, region, first key (or id), address, and sets absent gaps and meta to empty. Same input, same order. */
enum drift_status drift__snapshot_seal(struct drift_snapshot *s, struct drift_error *err);
/* Lends the resources of a type: [*first, *first + n). */
size_t drift__snapshot_of_type(const struct drift_snapshot *s, const char *type, size_t *first);

#endif
