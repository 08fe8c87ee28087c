/* unmix deconvolve: which cell types each bulk sample is made of. */
#include <string.h>

#include "command.h"
#include "inputs.h"
#include "methods.h"
#include "output.h"
#include "record.h"
