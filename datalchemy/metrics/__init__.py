"""What a run measured: pure, from the structure, its graph and the timings to metrics.json."""

from datalchemy.metrics.measure import measure
from datalchemy.metrics.model import METRICS_VERSION, Metrics, Timings

__all__ = ["METRICS_VERSION", "Metrics", "Timings", "measure"]
