"""Are drawn signatures as varied as real ones? Measured, feature by feature and by a classifier.

Scans and drawn signatures go through the same measurement of ink. A feature is held against what
chance of hand makes: the distance between two halves of the real writers. Then a classifier tries
to tell the two apart on writers that it has not seen.
"""

from sigunet.realism.features import FEATURES, NAMED, measure
from sigunet.realism.report import MAX_AUC, MAX_RATIO, Realism, Row, compare, report
from sigunet.realism.samples import Sample, Separation

__all__ = [
    "FEATURES",
    "MAX_AUC",
    "MAX_RATIO",
    "NAMED",
    "Realism",
    "Row",
    "Sample",
    "Separation",
    "compare",
    "measure",
    "report",
]
