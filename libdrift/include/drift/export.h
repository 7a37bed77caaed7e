/* Visibility of the public symbols. The library is built with hidden visibility; only DRIFT_API leaves it. */
#ifndef DRIFT_EXPORT_H
#define DRIFT_EXPORT_H

#if defined(__GNUC__)
#define DRIFT_API __attribute__((visibility("default")))
#define DRIFT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define DRIFT_API
#define DRIFT_PRINTF(fmt, args)
#endif

#endif
