"""Whether W&B would be online, found out without asking anyone."""

import netrc
import os
from pathlib import Path
from urllib.parse import urlsplit


def resolve_mode(setting: str) -> tuple[str, str]:
    """Turns the config's `tracking.wandb` into what is done.

    Args:
        setting: "auto" (online with credentials, else offline; $WANDB_MODE wins), "online",
            "offline" or "off".

    Returns:
        "online", "offline" or "off", and a sentence if that is not what was asked for, else "".
    """
    if setting == "auto":
        wish = os.environ.get("WANDB_MODE", "")
        setting = {"disabled": "off", "dryrun": "offline"}.get(wish, wish)
        if setting not in ("online", "offline", "off"):
            return ("online" if has_credentials() else "offline"), ""
    if setting == "online" and not has_credentials():
        # W&B would ask for a key at the terminal and wait for the answer.
        reason = "W&B has no key (WANDB_API_KEY, or `wandb login`): the run is recorded offline."
        return "offline", reason
    return setting, ""


def has_credentials() -> bool:
    """Says whether W&B would find a key, without asking anyone: environment, then .netrc."""
    if os.environ.get("WANDB_API_KEY") or os.environ.get("WANDB_IDENTITY_TOKEN_FILE"):
        return True
    host = urlsplit(os.environ.get("WANDB_BASE_URL", "https://api.wandb.ai")).hostname or ""
    places = [Path.home() / ".netrc", Path.home() / "_netrc"]
    if os.environ.get("NETRC"):
        places = [Path(os.environ["NETRC"]).expanduser()]
    for place in places:
        try:
            if netrc.netrc(place).authenticators(host):
                return True
        except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
            continue
    return False
