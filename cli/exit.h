/* The exit codes of every command. */
#ifndef DRIFTSCAN_EXIT_H
#define DRIFTSCAN_EXIT_H

enum cli_exit {
	CLI_IN_SYNC = 0,   /* or: done */
	CLI_ERROR = 1,
	CLI_DRIFT = 2,     /* drift found; guard: the plan does more than import */
	CLI_INCOMPLETE = 3 /* the scan could not see everything, and saw no drift in the rest */
};

#endif
