/*
 * Numbers of a device are not believed before they are seen to be numbers: from finite input all that is computed here
 * is finite, so a NaN or an infinity is a device that computes wrongly. What has no value by our own rules (a standard
 * error of types that cannot be told apart) is made NaN by the host, after this.
 */
#ifndef UM_TRUST_H
#define UM_TRUST_H

#include "device/queue.h"

/*
 * Fails the queue with UNMIX_ERROR_WRONG_DEVICE, naming the device and `what` ("the gaps of exact"), unless all of them
 * are finite. Gives the status of the queue, so that nothing is looked at after a failure.
 */
unmix_status um_trust(um_queue *queue, const double *values, size_t count, const char *what);

#endif
