/* The extension functions, for the table in functions.c. Given null for the text, list or map that they work on,
 * they give null, unless it says otherwise below: what AWS leaves out stays left out. */
#ifndef DRIFT_JMESPATH_FUNCTIONS_H
#define DRIFT_JMESPATH_FUNCTIONS_H

#include "jmespath/make.h"

/* Where m bytes stand in n bytes; NULL when they do not. */
const char *drift__jmes_find(const char *s, size_t n, const char *sub, size_t m);

/* if(condition, a, b): a when the condition is true (as in a filter), else b; the other is not run. It has no C function. */

/* ---- texts (functions_text.c) ---- */
/* arn(s): {partition, service, region, account, resource}, or null when s is none. */
drift__jmes_call drift__jmes_arn;
/* base64_decode(s): null when s is not base64. */
drift__jmes_call drift__jmes_base64_decode, drift__jmes_base64_encode;
/* bool(v): "true", "1", true → true; "false", "0", false → false; null for anything else. */
drift__jmes_call drift__jmes_bool;
/* find_first(s, sub): where sub first stands in s, in characters from 0; null when it does not. */
drift__jmes_call drift__jmes_find_first;
/* glob(pattern, s): shell-style match: * any run, ? any one byte, \ escapes. */
drift__jmes_call drift__jmes_glob;
/* lower(s), upper(s): ASCII letters only. trim(s): white space off both ends. sha1(s): hexadecimal. */
drift__jmes_call drift__jmes_lower, drift__jmes_upper, drift__jmes_trim, drift__jmes_sha1;
/* replace(s, old, new): every old; s itself when old is empty. */
drift__jmes_call drift__jmes_replace;
/* seconds_to_rfc3339(n): seconds since 1970 (a number, or digits as text) → "2026-01-02T03:04:05Z", fractions cut;
 * null for anything else. */
drift__jmes_call drift__jmes_seconds_to_rfc3339;
/* split(separator, s): list of strings; [s] when the separator is empty. */
drift__jmes_call drift__jmes_split;
/* trim_right(s, characters): any of the characters off the end. */
drift__jmes_call drift__jmes_trim_right;
/* unquote(s): the text of a DNS TXT value: quotes off, its parts joined, \" decoded. */
drift__jmes_call drift__jmes_unquote;
/* url_decode(s): %XX; a + stays. url_encode(s): all but letters, digits, - . _ ~ */
drift__jmes_call drift__jmes_url_decode, drift__jmes_url_encode;

/* ---- lists and maps (functions_data.c) ---- */
/* from_items(l): the map of a list of {key, value} or [key, value]; elements whose key is no string are left out;
 * of equal keys the last wins. */
drift__jmes_call drift__jmes_from_items;
/* from_json(s): null when s is not JSON, or nested deeper than 500 levels. */
drift__jmes_call drift__jmes_from_json;
/* group_by(l, &key): map of lists, in order of first appearance; elements whose key is no string are left out. */
drift__jmes_call drift__jmes_group_by;
/* items(m): [{key, value}] in order of key. */
drift__jmes_call drift__jmes_items;
/* snake(v): every key from CamelCase to snake_case, at all levels. */
drift__jmes_call drift__jmes_snake;
/* spread(l, &e): [element, child] for every child in the list that e gives for an element: what a child alone does not know of the
 * element that it stands in. An element for which e gives no list has none. */
drift__jmes_call drift__jmes_spread;
/* unique(l): the first of equal elements, in order. */
drift__jmes_call drift__jmes_unique;
/* zip(a, b): [[a0, b0], …], as long as the shorter. */
drift__jmes_call drift__jmes_zip;

#endif
