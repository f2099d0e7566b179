"""The ruler's own error on this machine: the harness, as it runs, against an emulator whose delays are known.

`known`: what is said when, and what every latency metric must then be; `measure`: what the harness makes of it;
`record`: the machine's latest calibration, which runs keep and reports quote.
"""
