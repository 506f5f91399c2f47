"""The paper behind a part, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Where a method comes from.

    Args:
        id: short key; where the mechanism has a row in the project's list of systems, that key.
        title: title of the paper or book.
        authors: authors in the order of the paper, separated by commas.
        year: year of publication.
        identifier: DOI, arXiv number or ISBN, with its scheme (``"doi:10.…"``).
        maturity: ``"runs"``, ``"verified"`` (equations tested), ``"reproduced"`` (the paper's
            figure or claim met) or ``"not met"`` (tried honestly, with the numbers in the docs).
    """

    id: str
    title: str
    authors: str
    year: int
    identifier: str
    maturity: str = "runs"

    def __str__(self) -> str:
        return f"{self.authors} ({self.year}). {self.title}. {self.identifier}"
