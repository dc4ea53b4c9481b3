"""The service in the words of OpenAPI."""

from typing import Any

from fastapi.responses import Response

from sigunet.server.asked import FIELDS
from sigunet.server.settings import Settings

ABOUT = (
    "The ink of a handwritten signature, cleaned of paper, print, stamps and noise. Pictures are "
    "kept nowhere, and no URL is fetched."
)

_ERROR = {
    "type": "object",
    "properties": {"error": {"type": "string", "description": "One sentence."}},
    "required": ["error"],
}

_RETRY = {
    "Retry-After": {
        "description": "Seconds after which to ask again.",
        "schema": {"type": "integer"},
    }
}

_HEADERS = {
    "X-Sigunet-Verdict": ("signature, empty or unsure.", "string"),
    "X-Sigunet-Certainty": ("How likely there is a signature, 0 to 1.", "number"),
    "X-Sigunet-Version": ("Version of the service.", "string"),
    "X-Sigunet-Notes": (
        "Sentences on what was done or left out; what is not ASCII is percent-encoded.",
        "string",
    ),
}

_BINARY = {"type": "string", "format": "binary"}

_RESULT = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "What sentences call the picture."},
        "verdict": {"type": "string", "enum": ["signature", "empty", "unsure"]},
        "certainty": {"type": "number", "description": "How likely there is a signature."},
        "confidence": {"type": "number", "description": "How likely a pixel is right, the mean."},
        "width": {"type": "integer"},
        "height": {"type": "integer"},
        "box": {
            "type": ["array", "null"],
            "items": {"type": "integer"},
            "description": "left, top, width and height of the ink in pixels.",
        },
        "ink_share": {"type": "number"},
        "stroke": {"type": "number", "description": "Mean width of the strokes in pixels."},
        "scale": {
            "type": "number",
            "description": "Of the picture that the network saw as against the one that was sent.",
        },
        "looks": {
            "type": "integer",
            "description": "2 where the ink is the mean of looks at two sizes, else 1.",
        },
        "threshold": {"type": "number"},
        "inverted": {"type": "boolean", "description": "Whether ink is lighter than its ground."},
        "format": {"type": "string"},
        "notes": {"type": "array", "items": {"type": "string"}},
        "version": {"type": "string"},
        "media_type": {"type": "string"},
        "picture": {"type": "string", "format": "byte", "description": "The picture, in base64."},
    },
    "required": ["verdict", "certainty", "width", "height", "notes", "media_type", "picture"],
}


def _error(about: str, *, retry: bool = False) -> dict[str, Any]:
    answer = {"description": about, "content": {"application/json": {"schema": _ERROR}}}
    return answer | {"headers": _RETRY} if retry else answer


_OVERLOADED = _error("The service is overloaded or stopping.", retry=True)


def clean(settings: Settings) -> dict[str, Any]:
    """Describes `POST /v1/clean`.

    Args:
        settings: Whose limits are named.

    Returns:
        Arguments of the decorator.
    """
    form = {name: {**field.schema, "description": field.about} for name, field in FIELDS.items()}
    parameters = [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": field.about,
            "schema": field.schema,
        }
        for name, field in FIELDS.items()
    ]
    body = {
        "required": True,
        "description": "The picture (JPEG, PNG, TIFF, WebP, BMP, GIF or PDF): the whole body, of "
        "whatever content type, or a form's field `file`, beside which options may stand.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": _BINARY, **form},
                    "required": ["file"],
                }
            },
            "application/octet-stream": {"schema": _BINARY},
            "image/*": {"schema": _BINARY},
        },
    }
    picture = {
        "description": "The cleaned picture, at its own size.",
        "headers": {
            name: {"description": about, "schema": {"type": kind}}
            for name, (about, kind) in _HEADERS.items()
        },
        "content": {
            "image/png": {"schema": _BINARY},
            "image/svg+xml": {"schema": {"type": "string"}},
            "application/json": {"schema": _RESULT},
        },
    }
    return {
        "summary": "Clean a picture of a signature",
        "response_class": Response,
        "openapi_extra": {"parameters": parameters, "requestBody": body},
        "responses": {
            200: picture,
            400: _error("There is no picture, or it is damaged or cut off."),
            408: _error(f"The upload took longer than {settings.timeout:g} s."),
            413: _error(
                f"The picture has more than {settings.max_bytes:,} bytes or "
                f"{settings.max_pixels:,} pixels."
            ),
            415: _error("What was sent is not a picture of a kind that is read."),
            422: _error("An option is unknown or cannot be used."),
            500: _error("An error of the service."),
            503: _OVERLOADED,
            504: _error(f"The picture took longer than {settings.timeout:g} s."),
        },
    }


HEALTH: dict[str, Any] = {
    "summary": "Whether pictures can be cleaned",
    "response_class": Response,
    "responses": {
        200: {
            "description": "The network is loaded.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "status": {"type": "string", "enum": ["ok"]},
                            "version": {"type": "string"},
                        },
                    }
                }
            },
        },
        503: _OVERLOADED,
    },
}

METRICS: dict[str, Any] = {
    "summary": "Counts for Prometheus",
    "response_class": Response,
    "responses": {
        200: {"description": "Counts.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    },
}
