"""A page in the browser for cleaning pictures, by Streamlit, which comes with the extra `app`."""

from sigunet.app.launch import run

__all__ = ["run"]
