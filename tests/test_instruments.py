import numpy as np

from sigunet import instruments


class Result:
    def __init__(self, ready):
        self.ready = ready

    def is_ready(self):
        return self.ready


def test_only_what_leaves_the_device_idle_is_waiting(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(instruments.time, "perf_counter", lambda: now[0])

    def fetch(in_flight):
        with clock.waiting(in_flight):
            now[0] += 1.0

    clock = instruments.Clock(flops=2e12)
    fetch(None)  # the first batch: nothing runs yet
    fetch(Result(False))  # the device was busy all the while
    fetch(Result(True))
    for _ in range(4):
        clock.step()
    now[0] += 5.0
    with clock.paused():
        now[0] += 100.0
    rates = clock.read(batch_size=3)
    assert rates["perf/steps_per_second"] == 4 / 8
    assert rates["perf/images_per_second"] == 12 / 8
    assert rates["perf/input_wait"] == 2 / 8
    assert rates["perf/tflops_per_second"] == 1.0
    assert np.isfinite(rates["perf/peak_memory_gib"])
    assert clock.read(batch_size=3) == {}
