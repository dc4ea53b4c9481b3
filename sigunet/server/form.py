"""A multipart form, read piece by piece into memory: one picture and a few short fields."""

import logging

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from sigunet.server.errors import Refused

FILE = "file"
"""Name of the field that holds the picture."""

_MOST_FIELDS = 32
_LONGEST_FIELD = 1024  # bytes

# It quotes what clients send.
logging.getLogger("python_multipart.multipart").disabled = True


class Form:
    """A form that is being received.

    Args:
        content_type: The request's header, with the boundary.

    Attributes:
        fields: Names and values of the fields besides the picture.

    Raises:
        Refused: 400, if there is no boundary that can be used.
    """

    def __init__(self, content_type: str):
        self.fields: list[tuple[str, str]] = []
        self._picture: bytearray | None = None
        self._ended = False
        self._name, self._value = b"", b""
        self._disposition = b""
        self._field = ""
        self._part = bytearray()
        self._is_picture = False
        try:
            _, parameters = parse_options_header(content_type)
            self._parser = MultipartParser(
                parameters[b"boundary"],
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._add_name,
                    "on_header_value": self._add_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._add,
                    "on_part_end": self._end,
                    "on_end": self._end_form,
                },
            )
        except (KeyError, ValueError, FormParserError):
            raise Refused(400, "The multipart form has no boundary that can be used.") from None

    def write(self, data: bytes) -> None:
        """Takes in a piece.

        Raises:
            Refused: 400 or 422, if it is damaged or holds what does not belong there.
        """
        try:
            self._parser.write(data)
        except FormParserError:
            raise _damaged() from None

    def picture(self) -> bytearray:
        """Returns the picture, once all has been taken in.

        Raises:
            Refused: 400, if there is none, or the form was cut off.
        """
        if not self._ended:
            raise Refused(400, "The multipart form is cut off: its last boundary is missing.")
        if self._picture is None:
            raise Refused(400, f"There is no picture in the form: send it as its field {FILE}.")
        return self._picture

    def _begin(self) -> None:
        self._disposition = b""
        self._part = bytearray()

    def _add_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name, self._value = b"", b""

    def _end_headers(self) -> None:
        _, parameters = parse_options_header(self._disposition)
        self._field = parameters.get(b"name", b"").decode(errors="replace")
        # The file's own name is of no interest; that there is one marks a file.
        self._is_picture = b"filename" in parameters or self._field == FILE
        if self._is_picture and self._field != FILE:
            raise Refused(422, f"The picture must be the form's field {FILE}.")
        if self._is_picture and self._picture is not None:
            raise Refused(422, "There are several pictures in the form: send one at a time.")
        if self._is_picture:
            self._picture = self._part
        elif len(self.fields) == _MOST_FIELDS:
            raise _damaged()

    def _add(self, data: bytes, start: int, end: int) -> None:
        if not self._is_picture and len(self._part) + end - start > _LONGEST_FIELD:
            raise _damaged()
        self._part += data[start:end]

    def _end(self) -> None:
        if not self._is_picture:
            self.fields.append((self._field, self._part.decode(errors="replace")))

    def _end_form(self) -> None:
        self._ended = True


def _damaged() -> Refused:
    return Refused(400, "The multipart form is damaged, or has too many or too long fields.")
