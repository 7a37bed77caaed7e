/* Text that ends up in a shell script, in HCL or in a comment, whatever it holds. */
#ifndef DRIFT_IMPORTS_QUOTE_H
#define DRIFT_IMPORTS_QUOTE_H

#include "model/value.h"

/* One bash word that gives back s byte for byte: '…', or $'…' when s holds control characters or characters that would hide or
 * reorder text on a screen. s must not hold NUL. */
void drift__quote_shell(struct drift__buf *b, const char *s);
/* An HCL string literal with quotes: escapes, and ${ and %{ doubled. Invalid UTF-8 becomes U+FFFD. */
void drift__quote_hcl(struct drift__buf *b, const char *s, size_t n);
/* Text for the rest of a # line: control and hidden characters escaped, so that the comment cannot end early. */
void drift__quote_comment(struct drift__buf *b, const char *s);
/* A name that HCL takes without quotes (ASCII letters, digits, _ and -, not starting with a digit or -). */
bool drift__is_identifier(const char *s);
/* Bytes that no import can carry: NUL, or invalid UTF-8. */
bool drift__is_sound_text(const char *s, size_t n);

#endif
