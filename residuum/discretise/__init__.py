"""Classical discretisations: spectral grids, elements, time steppers, linear solvers."""
