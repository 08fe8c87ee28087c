/*
 * Weights by specificity: genes whose signatures differ between types say what a sample is made of; abundant ones that
 * are alike in all types (ribosomal, mitochondrial) say little and carry most of what protocols do to counts.
 *
 *   w_g = min(max(v_g, 0) / (m_g^2 (C - 1)), 0.1)
 *   m_g = mean_j S_gj,  v_g = mean_j (S_gj - m_g)^2 - 2 (1 - 1/C) mean_j S_gj u_j,  columns of S scaled to sum 1
 *
 * The first part of v / m^2 / (C - 1) is CV^2 / (C - 1): 0 for a gene alike in all types, 1 for one of one type alone.
 * The second is twice the variance that counting gives to signatures made of counts, u_j being one count: the smallest
 * value above zero of the column. So a gene that is there by one molecule in one type is not specific for it.
 */
#ifndef UM_SPECIFICITY_H
#define UM_SPECIFICITY_H

#include <stddef.h>

/* The unit u_j of each of the C columns of S (G x C). */
void um_specificity_units(const double *S, size_t G, size_t C, double *unit);

/* The weight of a gene with the values S[C]; 0 without any expression. C is above 1. */
double um_specificity(const double *S, const double *unit, size_t C);

#endif
