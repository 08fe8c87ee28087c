/* unmix takes mixtures apart. This header brings in the whole public API; see README.md for a tour. */
#ifndef UNMIX_H
#define UNMIX_H

#include "bench.h"
#include "compare.h"
#include "context.h"
#include "data.h"
#include "deconvolve.h"
#include "device.h"
#include "elements.h"
#include "gene_table.h"
#include "programs.h"
#include "reference.h"
#include "report.h"
#include "run.h"
#include "signatures.h"
#include "simulate.h"
#include "status.h"

#endif
