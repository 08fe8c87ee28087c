/*
 * What differs from run to run, into the member `run` of results: date, command line, host, threads, seconds. With
 * SOURCE_DATE_EPOCH in the environment the date is that, and host and seconds are left out, so that the same command
 * line gives the same bytes.
 */
#ifndef RECORD_H
#define RECORD_H

#include "session.h"

/* Refuses a SOURCE_DATE_EPOCH that is no time, before any work is done. */
unmix_status record_check(um_session *run);

/* To be called right before the result is written. */
unmix_status record_result(um_session *run, unmix_result *result);
unmix_status record_programs(um_session *run, unmix_programs *programs);

#endif
