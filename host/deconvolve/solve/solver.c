#include "deconvolve/solve/solver.h"

const um_solver *um_solver_for(unmix_method method)
{
    switch (method) {
    case UNMIX_METHOD_EXACT:
        return &um_exact_solver;
    case UNMIX_METHOD_GD:
        return &um_gd_solver;
    case UNMIX_METHOD_MUSIC:
        return &um_music_solver;
    case UNMIX_METHOD_NNLS:
        return &um_nnls_solver;
    case UNMIX_METHOD_EM:
        break;
    }
    return &um_em_solver;
}

double um_default_tolerance(unmix_method method, unmix_precision precision)
{
    if (method == UNMIX_METHOD_MUSIC)
        return 0.01;
    return method == UNMIX_METHOD_EXACT && precision == UNMIX_DOUBLE ? 1e-9 : 1e-6;
}
