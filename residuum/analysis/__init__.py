"""What an answer shows when it is looked at: the likely causes of a poor one."""

from residuum.analysis._diagnose import diagnose
from residuum.analysis._evidence import Evidence, Terms
from residuum.analysis._finding import Diagnosis, Finding

__all__ = ["Diagnosis", "Evidence", "Finding", "Terms", "diagnose"]
