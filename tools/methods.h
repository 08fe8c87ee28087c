/* Options that depend on the method: their texts and their refusals, made from what the methods say of themselves. */
#ifndef METHODS_H
#define METHODS_H

#include "options.h"
#include "session.h"

/* For the table of options (um_option.made): the choice of the method, */
void methods_choice(const um_option *option, um_option_text *text);

/* an option with what each method makes of it behind its own help, */
void methods_option(const um_option *option, um_option_text *text);

/* and two of those that have a default of each method. */
void methods_tolerance(const um_option *option, um_option_text *text);
void methods_iterations(const um_option *option, um_option_text *text);

/* Refuses options that the method does not take: they would have no effect, and their user would not know. */
unmix_status methods_check(um_session *run, const unmix_method_traits *method);

/* The method that comes to the optimum itself; NULL when there is none. */
const unmix_method_traits *methods_exact(void);

#endif
