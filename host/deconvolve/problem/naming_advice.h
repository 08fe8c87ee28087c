/* Why genes do not meet, as an advice that ends a refusal or a warning. */
#ifndef UM_NAMING_ADVICE_H
#define UM_NAMING_ADVICE_H

#include "deconvolve/problem/naming.h"

/* Names that are the same but for letter case. Errors go unsaid, as below: it is for a message. */
size_t um_naming_but_for_case(unmix_context *cx, const um_names *a, const um_names *b);

/*
 * Letter case (mouse and human), samples and genes exchanged in the bulk (its `samples`) or in the signatures (their
 * `types`), symbols against identifiers. text[size]; returns text.
 */
const char *um_naming_advice(unmix_context *cx, const um_named inputs[UM_INPUTS], const um_names *samples,
                             const um_names *types, char *text, size_t size);

#endif
