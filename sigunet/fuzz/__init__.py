"""Damaged and hostile pictures, made from a seed: what must never crash, hang or leak.

`seeds` makes valid files, `mutate` damages them with their structure in mind, `targets` says what
must hold by the `promises` of all, `run` tries many inputs in worker processes of bounded memory and time.

    python -m sigunet.fuzz decoder --count 20000 --seed 0
"""
