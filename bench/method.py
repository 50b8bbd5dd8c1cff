# SPDX-License-Identifier: Apache-2.0
"""The method of every benchmark in this folder; README.md tells it in words.

A side is a function that runs a build once, in one of the ways to run it, and
gives {what: figure}. This file knows nothing of what is measured.
"""

import contextlib
import os
import statistics
import time

DRIFT = 1.15
LOOP = 2_000_000
REPEATS = 3


@contextlib.contextmanager
def on(processors):
    """What is started meanwhile runs there."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, processors)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Calibration:
    """A loop of known length on the server's processor, by the clock that the figures are read from."""

    def __init__(self, processors, clock, patience):
        self.processor, self.clock, self.patience = min(processors), clock, patience
        self.best = min(self.loop() for _ in range(5))
        self.drifted = self.kept = 0

    def loop(self):
        with on({self.processor}):
            begun = self.clock()
            for _ in range(LOOP):
                pass
            return self.clock() - begun

    def drift(self):
        took = self.loop()
        self.best = min(self.best, took)
        return took / self.best

    def wait(self):
        """For a quiet moment, though not for ever."""
        for _ in range(self.patience):
            drift = self.drift()
            if drift <= DRIFT:
                break
            time.sleep(1)
        return drift

    def quiet(self, side):
        """The figures of a run with no drift before or behind it; after REPEATS those of the least."""
        best = None
        for _ in range(REPEATS):
            before = self.wait()
            figures = side()
            drift = max(before, self.drift())
            if best is None or drift < best[0]:
                best = drift, figures
            if drift <= DRIFT:
                return figures
            self.drifted += 1
        self.kept += 1
        return best[1]


def by_turns(calibration, sides, pairs):
    """The figures of each side, pair by pair: A B B A, and so on. One side runs alone."""
    results = []
    for pair in range(pairs):
        found = {}
        order = range(len(sides))
        for index in order if pair % 2 == 0 else reversed(order):
            found[index] = calibration.quiet(sides[index])
        results.append([found[index] for index in order])
    return results


def spread(figures, form):
    figures = sorted(figures)
    return f"{statistics.median(figures):{form}} ({figures[0]:{form}} to {figures[-1]:{form}})"


def report(results):
    """Medians, and the median of the pairs' ratios with the least and the largest of them."""
    for what in results[0][0]:
        columns = list(zip(*([figures[what] for figures in pair] for pair in results)))
        line = f"  {what:<32} A {spread(columns[0], '.2f')}"
        if len(columns) > 1:
            ratios = [b / a if a else float("nan") for a, b in zip(*columns)]
            line += f"  B {spread(columns[1], '.2f')}  B/A {spread(ratios, '.3f')}"
        print(line, flush=True)


def run(name, sides, args, clock):
    """Measures and prints; `clock` is the one that disturbs the figures: wall or processor time."""
    calibration = Calibration(args.server, clock, args.patience)
    print(f"{name}:", flush=True)
    report(by_turns(calibration, sides, args.pairs))
    print(f"  {args.pairs} {'pairs' if len(sides) > 1 else 'runs'}; {calibration.drifted} runs drifted by more than "
          f"{DRIFT - 1:.0%}, {calibration.kept} of them count all the same", flush=True)


def processors(text):
    return {int(number) for number in text.split(",")}


def add_processors(parser):
    parser.add_argument("--server", type=processors, default={0}, metavar="N,N", help="processors of what is measured")
    parser.add_argument("--load", type=processors, default={1}, metavar="N,N", help="processors of all else")


def add_arguments(parser):
    add_processors(parser)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--patience", type=int, default=20, help="seconds to wait for a quiet moment")
