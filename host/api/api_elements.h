/* Annotated data handed out element by element. */
#ifndef UM_API_ELEMENTS_H
#define UM_API_ELEMENTS_H

#include "core/annotated.h"
#include "unmix/elements.h"

/* Names and columns of obs and var, members of obsm and varm, and the leaves of uns, in this order. X and layers are not there. */
unmix_status um_annotated_hand_out(unmix_context *cx, const um_annotated *annotated, unmix_element_callback callback,
                                   void *payload);

#endif
