/* libdrift: what is in Terraform's state against what is in the AWS account.
 *
 * A complete program:
 *
 *     #include <drift/drift.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         struct drift_error err = DRIFT_ERROR_INIT;
 *         struct drift_catalogue *catalogue = NULL;
 *         struct drift_state *state = NULL;
 *         struct drift_session *session = NULL;
 *         struct drift_snapshot *live = NULL;
 *         struct drift_document *report = NULL;
 *         struct drift_state_options so = DRIFT_STATE_OPTIONS_INIT;
 *         struct drift_session_options se = DRIFT_SESSION_OPTIONS_INIT;
 *         struct drift_inventory_options in = DRIFT_INVENTORY_OPTIONS_INIT;
 *         struct drift_scan_options sc = DRIFT_SCAN_OPTIONS_INIT;
 *         char *text = NULL;
 *
 *         in.all = true;
 *         if (drift_catalogue_open(NULL, &catalogue, &err) == DRIFT_OK &&
 *             (so.catalogue = catalogue, drift_state_load(NULL, &so, &state, &err)) == DRIFT_OK &&
 *             drift_session_open(catalogue, &se, &session, &err) == DRIFT_OK &&
 *             (in.state = drift_state_snapshot(state), drift_inventory_scan(session, &in, &live, &err)) == DRIFT_OK &&
 *             drift_scan_report(catalogue, state, live, &sc, &report, &err) == DRIFT_OK &&
 *             drift_report_render(report, "text", NULL, &text, &err) == DRIFT_OK)
 *             fputs(text, stdout);
 *         else
 *             fprintf(stderr, "%s: %s\n", err.where, err.what);
 *         drift_text_free(text);
 *         drift_document_free(report);
 *         drift_snapshot_free(live);
 *         drift_session_close(session);
 *         drift_state_free(state);
 *         drift_catalogue_free(catalogue);
 *         return err.status != DRIFT_OK;
 *     }
 */
#ifndef DRIFT_H
#define DRIFT_H

#include "drift/catalogue.h"
#include "drift/diff.h"
#include "drift/imports.h"
#include "drift/keyring.h"
#include "drift/live.h"
#include "drift/policy.h"
#include "drift/report.h"
#include "drift/scan.h"
#include "drift/snapshot.h"
#include "drift/state.h"
#include "drift/status.h"
#include "drift/value.h"

#endif
