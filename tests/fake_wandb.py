"""A W&B server on loopback: enough of its GraphQL for a run to believe that it is online."""

import gzip
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def _answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.seen.append((self.path, body))
        answer = self._graphql(json.loads(body)) if self.path == "/graphql" else {}
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = _answer

    def _graphql(self, query):
        name, values = query.get("operationName"), query.get("variables") or {}
        project = {"id": "p", "name": "penmanship", "entity": {"id": "e", "name": "me"}}
        if name == "RunResumeStatus":
            return {"data": {"model": {**project, "bucket": None}}}
        if name == "UpsertBucket":
            bucket = {"id": "b", "name": values["name"], "displayName": "r", "project": project}
            return {"data": {"upsertBucket": {"bucket": bucket, "inserted": True}}}
        if name == "CreateRunFiles":
            url = f"http://127.0.0.1:{self.server.server_port}/upload"
            files = [{"name": file, "uploadUrl": f"{url}/{file}"} for file in values["files"]]
            created = {"runID": "b", "uploadHeaders": [], "files": files}
            return {"data": {"createRunFiles": created}}
        return {"data": {}}


@contextmanager
def serve():
    """Yields a running server: `.url`, and `.seen`, the (path, body) of each request."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.seen = []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
