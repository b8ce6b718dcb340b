"""A Neural Turing Machine in plain numpy loops and float64, written from section 3 of arXiv:1410.5401."""

import math

import numpy as np

from tests.dnc_agent import oracle


def softplus(x):
    return math.log1p(math.exp(-abs(x))) + max(float(x), 0.0)


def content(memory, key, strength):
    """Equations 5 and 6."""
    return oracle.content_weighting(memory, key, strength)


def interpolate(found, previous, gate):
    """Equation 7."""
    return np.array([gate * c + (1 - gate) * p for c, p in zip(found, previous, strict=True)])


def shift(weighting, shifts):
    """Equation 8; shifts[q] moves by q - k."""
    n, reach = len(weighting), len(shifts) // 2
    result = np.zeros(n)
    for i in range(n):
        for j in range(n):
            for q, weight in enumerate(shifts):
                if (i - j - (q - reach)) % n == 0:
                    result[i] += weighting[j] * weight
    return result


def sharpen(weighting, power):
    """Equation 9."""
    total = sum(float(w) ** power for w in weighting)
    return np.array([float(w) ** power / total for w in weighting])


def write(memory, weightings, erase, add):
    """Equations 3 and 4, all heads."""
    result = memory.copy()
    for i in range(memory.shape[0]):
        for k in range(memory.shape[1]):
            for w, e in zip(weightings, erase, strict=True):
                result[i, k] *= 1 - w[i] * e[k]
            for w, a in zip(weightings, add, strict=True):
                result[i, k] += w[i] * a[k]
    return result


def read(memory, weighting):
    """Equation 2."""
    return oracle.read(memory, weighting)


def address(told, memory, previous):
    found = content(memory, told["key"], told["strength"])
    gated = interpolate(found, previous, told["gate"])
    return sharpen(shift(gated, told["shifts"]), told["power"])


def parse(raw, word, heads, write_heads, count):
    """Read the raw vector from left to right: what each head is told, write heads first; erase and add."""
    position = 0

    def take(size):
        nonlocal position
        position += size
        return np.array(raw[position - size : position])

    keys = [take(word) for _ in range(heads)]
    add = [take(word) for _ in range(write_heads)]
    strengths = [softplus(z) for z in take(heads)]
    powers = [1 + softplus(z) for z in take(heads)]
    gates = [oracle.sigmoid(z) for z in take(heads)]
    erase = [np.array([oracle.sigmoid(z) for z in take(word)]) for _ in range(write_heads)]
    shifts = [oracle.softmax(take(count)) for _ in range(heads)]
    assert position == len(raw)
    names = ("key", "strength", "gate", "shifts", "power")
    told = [
        dict(zip(names, one, strict=True)) for one in zip(keys, strengths, gates, shifts, powers, strict=True)
    ]
    return told, erase, add


def step(weights, options, x, state):
    """One step of one element; state: dict of hidden, cell, memory, written, read, reads."""
    seen = np.concatenate([x, *state["reads"]])
    hidden, cell = oracle.lstm_step(*weights["controller"], seen, state["hidden"], state["cell"])
    h = np.concatenate(list(hidden))
    raw = oracle.linear(weights["interface"], h, weights["bias"])
    told, erase, add = parse(
        raw, options.word_size, options.read_heads + options.write_heads, options.write_heads,
        2 * options.shift_range + 1,
    )  # fmt: skip
    writers, readers = told[: options.write_heads], told[options.write_heads :]
    written = [address(t, state["memory"], w) for t, w in zip(writers, state["written"], strict=True)]
    memory = write(state["memory"], written, erase, add)
    weightings = [address(t, memory, w) for t, w in zip(readers, state["read"], strict=True)]
    reads = [read(memory, w) for w in weightings]
    y = oracle.linear(weights["output"], np.concatenate([h, *reads]))
    return y, {
        "hidden": hidden,
        "cell": cell,
        "memory": memory,
        "written": np.stack(written),
        "read": np.stack(weightings),
        "reads": np.stack(reads),
    }
