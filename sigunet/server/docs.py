"""The documentation at /docs: one page without scripts, which needs nothing from elsewhere."""

from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8884 }
code, pre { font-family: ui-monospace, monospace; font-size: .9em }
pre { padding: .8rem; border: 1px solid #8884; overflow-x: auto }
"""

_EXAMPLE = """curl -F file=@scan.jpg -F format=rgba http://HOST:PORT/v1/clean -o signature.png
curl --data-binary @scan.jpg 'http://HOST:PORT/v1/clean?format=svg&crop=true' -o signature.svg
curl -F file=@scan.jpg -H 'Accept: application/json' http://HOST:PORT/v1/clean"""


def page(schema: dict[str, Any]) -> str:
    """Lays an OpenAPI schema out as HTML.

    Args:
        schema: As FastAPI makes it.
    """
    info = schema["info"]
    parts = [
        "<!doctype html>",
        '<html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style>",
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
        f"<p>{escape(info['description'])}</p>",
        f"<pre>{escape(_EXAMPLE)}</pre>",
        '<p>The same for programs: <a href="openapi.json">openapi.json</a>.</p>',
    ]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            parts += _operation(path, method, operation)
    return "\n".join(parts)


def _operation(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    parts = [
        f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2>",
        f"<p>{escape(operation['summary'])}.</p>",
    ]
    if "requestBody" in operation:
        parts.append(f"<p>{escape(operation['requestBody']['description'])}</p>")
    if operation.get("parameters"):
        parts.append("<h3>Options</h3>")
        parts += _table(
            (parameter["name"], _kind(parameter["schema"]), parameter["description"])
            for parameter in operation["parameters"]
        )
    parts.append("<h3>Answers</h3>")
    parts += _table(
        (status, ", ".join(answer.get("content", {})), answer["description"])
        for status, answer in operation["responses"].items()
    )
    headers = operation["responses"].get("200", {}).get("headers", {})
    if headers:
        parts.append("<h3>Headers of an answer with a picture</h3>")
        parts += _table((name, "", header["description"]) for name, header in headers.items())
    return parts


def _kind(schema: dict[str, Any]) -> str:
    kind = " or ".join(schema["enum"]) if "enum" in schema else schema["type"]
    example = schema.get("default", schema.get("example"))
    return (
        kind
        if example is None
        else f"{kind}, {'as' if 'example' in schema else 'by default'} {example}"
    )


def _table(rows: Any) -> list[str]:
    lines = ["<table>"]
    for name, kind, about in rows:
        cells = f"<th><code>{escape(str(name))}</code></th><td>{escape(kind)}</td>"
        lines.append(f"<tr>{cells}<td>{escape(about)}</td></tr>")
    return [*lines, "</table>"]
