"""Settings for all tests. Environment variables are set here, before any test module imports a library."""

import os
import tempfile

from hypothesis import HealthCheck, settings

# Nothing opens a window.
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

# stable-baselines3 makes a folder for its log in every training, also where nothing is logged; gone with the process.
_SB3_LOGS = tempfile.TemporaryDirectory(prefix="shrdlu-tests-")
os.environ.setdefault("SB3_LOGDIR", _SB3_LOGS.name)

# pytest-xdist runs one process per core; libraries that start one thread per core would fight over them.
if "PYTEST_XDIST_WORKER" in os.environ:
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(variable, "1")

# No test depends on the wall clock, and continuous integration tries the same examples every time.
settings.register_profile(
    "project", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")
