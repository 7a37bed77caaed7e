/* libcurl, loaded with the first request instead of with the program. Only http.c includes this, and only as the command line tool has it.
 *
 * libcurl brings some thirty libraries along. To load and start them takes longer than all else that `driftscan types` or `driftscan guard`
 * does, which ask AWS nothing. The libraries (libdrift.so, libdrift.a) are linked with libcurl as usual. */
#ifndef DRIFT_AWS_LATE_CURL_H
#define DRIFT_AWS_LATE_CURL_H

#include <curl/curl.h>
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "base/base.h"

/* curl.h wraps some of them in macros that check arguments; http.c is compiled for the libraries with those checks. */
#undef curl_easy_getinfo
#undef curl_easy_setopt
#undef curl_multi_setopt
#define DRIFT_CURL_FUNCTIONS(F) \
	F(easy_cleanup) F(easy_getinfo) F(easy_init) F(easy_reset) F(easy_setopt) F(easy_strerror) F(getdate) F(global_cleanup) F(global_init) \
	F(multi_add_handle) F(multi_cleanup) F(multi_info_read) F(multi_init) F(multi_perform) F(multi_poll) F(multi_remove_handle) \
	F(multi_setopt) F(slist_append) F(slist_free_all) F(version_info)

#define DRIFT_CURL_MEMBER(name) __typeof__(curl_##name) *name;
#define DRIFT_CURL_PLACE(name) {"curl_" #name, offsetof(struct drift__late_curl, name)},

static struct drift__late_curl {
	DRIFT_CURL_FUNCTIONS(DRIFT_CURL_MEMBER)
} late;

/* Before the first call of any of them; the tool has one thread. */
static bool
late_curl(struct drift_error *err)
{
	static const struct {
		const char *name;
		size_t at;
	} places[] = {DRIFT_CURL_FUNCTIONS(DRIFT_CURL_PLACE)};
	static void *library;
	size_t i;

	if (library != NULL)
		return true;
	library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	for (i = 0; library != NULL && i < sizeof places / sizeof places[0]; i++) {
		void *f = dlsym(library, places[i].name);

		if (f == NULL) {
			dlclose(library);
			library = NULL;
			break;
		}
		memcpy((char *)&late + places[i].at, &f, sizeof f);
	}
	if (library == NULL) {
		const char *why = dlerror();

		drift__fail(err, DRIFT_NETWORK, "libcurl", "could not be loaded: %s", why != NULL ? why : "libcurl.so.4");
		drift__hint(err, "install libcurl (Debian, Ubuntu: libcurl4)");
	}
	return library != NULL;
}

#define curl_easy_cleanup late.easy_cleanup
#define curl_easy_getinfo late.easy_getinfo
#define curl_easy_init late.easy_init
#define curl_easy_reset late.easy_reset
#define curl_easy_setopt late.easy_setopt
#define curl_easy_strerror late.easy_strerror
#define curl_getdate late.getdate
#define curl_global_cleanup late.global_cleanup
#define curl_global_init late.global_init
#define curl_multi_add_handle late.multi_add_handle
#define curl_multi_cleanup late.multi_cleanup
#define curl_multi_info_read late.multi_info_read
#define curl_multi_init late.multi_init
#define curl_multi_perform late.multi_perform
#define curl_multi_poll late.multi_poll
#define curl_multi_remove_handle late.multi_remove_handle
#define curl_multi_setopt late.multi_setopt
#define curl_slist_append late.slist_append
#define curl_slist_free_all late.slist_free_all
#define curl_version_info late.version_info

#endif
