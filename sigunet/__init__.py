"""sigunet: the ink of a handwritten signature, cleaned of paper, print, stamps and noise."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sigunet.cleaning import Cleaner, Options, Result, clean

__version__ = "0.1.0"

__all__ = ["Cleaner", "Options", "Result", "__version__", "clean"]


def __getattr__(name: str) -> Any:
    # `import sigunet` costs next to nothing: the rest comes when it is asked for.
    if name in __all__:
        return getattr(importlib.import_module("sigunet.cleaning"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
