"""simulate(): a cohort with known truth."""

from ._data import frame
from ._library import ffi, lib
from ._run import Run


class Simulation:
    """signatures and bulk (genes x types, genes x samples), genes (length, weight), truth (samples x types)."""

    def __init__(self, simulation):
        self.signatures, self.bulk = frame(simulation.signatures), frame(simulation.bulk)
        self.genes, self.truth = frame(simulation.genes), frame(simulation.truth)


def simulate(genes=18879, types=21, samples=81, random_state=42, *, families=None, similarity=None, types_per_sample=None,
             depth=None, dispersion=None, background=None, verbose=0, progress=None):
    """Draws the cohort that `unmix simulate` writes for the same options and seed. None: the default of the program."""
    with Run(verbose, progress) as run:
        options = ffi.new("unmix_simulate_options *")
        lib.unmix_simulate_options_init(options)
        options.genes, options.types, options.samples, options.seed = genes, types, samples, random_state
        for name, value in (("families", families), ("similarity", similarity), ("types_per_sample", types_per_sample),
                            ("depth", depth), ("dispersion", dispersion), ("background", background)):
            if value is not None:
                setattr(options, name, value)
        simulation = ffi.new("unmix_simulation *")
        run.call(lib.unmix_simulate, options, simulation)
        run.stack.callback(lib.unmix_simulation_free, simulation)
        return Simulation(simulation)
