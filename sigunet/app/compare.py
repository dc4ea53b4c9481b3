"""Before and after in one frame, parted by a slider, or side by side."""

from sigunet.app.components import component
from sigunet.app.pictures import Shown


def compare(before: Shown, after: Shown, *, beside: bool, key: str) -> None:
    """Shows two pictures of one size.

    Args:
        before: The picture that was given.
        after: What came of it.
        beside: Whether side by side instead of in one frame.
        key: Of the component.
    """
    data = {
        "beside": beside,
        "width": before.width,
        "height": before.height,
        "before": {"url": before.url, "alt": before.alt},
        "after": {"url": after.url, "alt": after.alt},
    }
    component("compare")(data=data, key=key)
