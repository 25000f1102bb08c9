"""The modules of tests/cluster are on the path, as tests/conformance/run has them."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cluster"))
