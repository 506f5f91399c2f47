"""What every folder stands on: errors, results, records, keys, precision, jets, protocols."""

from residuum._core._budget import Budget, Listener, Monitor
from residuum._core._certificate import Certificate
from residuum._core._checkpoint import Checkpoint
from residuum._core._cores import one_blas_thread, use_cores
from residuum._core._errors import (
    ConditionError,
    DataError,
    DomainError,
    FileError,
    MissingExtra,
    OptionError,
    ParseError,
    ProblemError,
    ResiduumError,
    SolveFailed,
    UnsuitableMethod,
)
from residuum._core._field import Field, LinearField
from residuum._core._jet import Index, Jet, closure
from residuum._core._keys import Key, generator, jax_key
from residuum._core._method import Answer, Method, Task
from residuum._core._posterior import Posterior
from residuum._core._precision import double_precision, in_double_precision
from residuum._core._record import Record, peak_memory_mb, versions
from residuum._core._result import Result
from residuum._core._source import Source

__all__ = [
    "Answer",
    "Budget",
    "Certificate",
    "Checkpoint",
    "ConditionError",
    "DataError",
    "DomainError",
    "Field",
    "FileError",
    "Index",
    "Jet",
    "Key",
    "LinearField",
    "Listener",
    "Method",
    "MissingExtra",
    "Monitor",
    "OptionError",
    "ParseError",
    "Posterior",
    "ProblemError",
    "Record",
    "ResiduumError",
    "Result",
    "SolveFailed",
    "Source",
    "Task",
    "UnsuitableMethod",
    "closure",
    "double_precision",
    "generator",
    "in_double_precision",
    "jax_key",
    "one_blas_thread",
    "peak_memory_mb",
    "use_cores",
    "versions",
]
