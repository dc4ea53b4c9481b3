"""The service under load, killed, and stopped: real processes and sockets."""

import http.client
import os
import re
import signal
import socket
import threading
import time

import pytest
from made_server import Answer, Logged, call, clean, signature

PATIENCE = 120.0  # s
COUNT = 'sigunet_requests_total{path="/v1/clean",status="200"}'


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "It did not come about."
        time.sleep(0.05)


def measured(service, name):
    text = call(service, "GET", "/metrics").body.decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def at_once(count, function):
    answers = [None] * count

    def one(k):
        answers[k] = function()

    threads = [threading.Thread(target=one, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture(scope="module")
def slow_picture():
    """A picture that takes a good while."""
    return signature((1600, 1200), kind="JPEG", noise=4)


def test_over_the_queue_503_and_when_to_ask_again(slow_picture):
    with Logged(concurrency=1, queue=1, timeout=600) as service:
        answers = at_once(10, lambda: clean(service, slow_picture))
        done = [answer for answer in answers if answer.status == 200]
        refused = [answer for answer in answers if answer.status == 503]
        assert len(done) >= 1 and len(refused) >= 1 and len(done) + len(refused) == 10
        for answer in refused:
            assert "overloaded" in answer.error
            assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert len({answer.body for answer in done}) == 1
        until(lambda: measured(service, 'sigunet_working{lane="small"}') == 0)
        assert measured(service, 'sigunet_queue_length{lane="small"}') == 0
        assert clean(service, signature()).status == 200


def test_a_large_picture_leaves_small_ones_their_turn():
    large = signature((2500, 2000), kind="JPEG", noise=0)
    with Logged(concurrency=1, queue=2, timeout=600) as service:
        waiting = threading.Thread(target=clean, args=(service, large))
        waiting.start()
        until(lambda: measured(service, 'sigunet_working{lane="large"}') == 1)
        for _ in range(3):
            assert clean(service, signature()).status == 200
        still = measured(service, 'sigunet_working{lane="large"}')
        waiting.join()
        assert still == 1, "The large picture was done before the small ones: make it larger."


def test_a_slow_upload_gets_408(picture):
    with Logged(timeout=1.5) as service:
        for more in (b"Content-Length: 5000\r\n", b"Transfer-Encoding: chunked\r\n"):
            with socket.create_connection((service.host, service.port), PATIENCE) as connection:
                connection.sendall(b"POST /v1/clean HTTP/1.1\r\nHost: x\r\n" + more + b"\r\n")
                if b"chunked" in more:
                    connection.sendall(b"4\r\nabcd\r\n")
                answer = http.client.HTTPResponse(connection)
                answer.begin()
                headers = {name.lower(): text for name, text in answer.getheaders()}
                refused = Answer(answer.status, headers, answer.read())
                assert refused.status == 408 and "1.5 s" in refused.error
        assert call(service, "GET", "/healthz").status == 200


def unless_reset(ask):
    """Asks; None where the worker that was asked goes and takes the connection along."""
    try:
        return ask()
    except ConnectionError:
        return None


def test_work_over_its_time_gets_504_and_a_stuck_worker_is_replaced():
    huge = signature((4000, 4000), kind="JPEG", noise=0)
    with Logged(timeout=0.4) as service:
        (before,) = service.workers()
        answer = clean(service, huge)
        assert answer.status == 504 and "0.4 s" in answer.error
        # Five times its time later the thread has either come back, or the worker goes.
        working = 'sigunet_working{lane="large"}'
        until(lambda: gone(before) or unless_reset(lambda: measured(service, working)) == 0)
        until(lambda: unless_reset(lambda: call(service, "GET", "/healthz").status) == 200)
        assert "Traceback" not in service.log()


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_workers_are_replaced(workers, picture):
    with Logged(workers=workers) as service:
        until(lambda: len(service.workers()) == workers)
        whole = clean(service, picture)
        assert whole.status == 200
        # It is counted after it has been sent.
        until(lambda: measured(service, COUNT) == 1)
        before = service.workers()
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        # The parent holds the socket: a client waits a moment, and is refused by nobody.
        again = clean(service, picture)
        assert again.status == 200 and again.body == whole.body
        until(lambda: len(service.workers()) == workers)
        assert not set(before) & set(service.workers())
        assert "was ended by signal 9" in service.log()
        if workers == 2:
            # Whoever answers tells the counts of both; those of the dead go on.
            until(lambda: measured(service, COUNT) == 2)
            assert measured(service, "sigunet_in_flight") == 0


def test_sigterm_finishes_what_is_in_flight(slow_picture):
    with Logged() as service:
        answers = []
        asking = threading.Thread(target=lambda: answers.append(clean(service, slow_picture)))
        asking.start()
        until(lambda: measured(service, "sigunet_in_flight") == 1)
        service.process.send_signal(signal.SIGTERM)
        asking.join()
        assert answers[0].status == 200 and answers[0].headers["x-sigunet-verdict"]
        assert service.process.wait(PATIENCE) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((service.host, service.port), PATIENCE)


def test_workers_do_not_outlive_the_service():
    with Logged() as service:
        (worker,) = service.workers()
        service.process.kill()
        service.process.wait()
        until(lambda: gone(worker))


def test_a_head_of_any_length_and_no_http():
    with Logged() as service:
        for request in (b"GET /" + b"a" * 40_000, b"\x16\x03\x01 nonsense\r\n\r\n"):
            with socket.create_connection((service.host, service.port), PATIENCE) as connection:
                connection.sendall(request)
                answer = http.client.HTTPResponse(connection)
                answer.begin()
                headers = {name.lower(): text for name, text in answer.getheaders()}
                refused = Answer(answer.status, headers, answer.read())
                assert refused.status == 400 and "HTTP" in refused.error
        # A client that goes away in the middle is noticed and forgotten.
        with socket.create_connection((service.host, service.port), PATIENCE) as connection:
            connection.sendall(
                b"POST /v1/clean HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nabc"
            )
            until(lambda: measured(service, "sigunet_in_flight") == 1)
        until(lambda: measured(service, "sigunet_in_flight") == 0)
        assert "POST /v1/clean 499" in service.log()
