"""A DNC in plain numpy loops and float64, written from the equations of Graves et al. (2016), Methods.

It shares no code with `dnc_agent`. Every function treats one batch element; the last section runs whole
batches. Names of locations are i and j, of heads r.
"""

import math

import numpy as np

EPSILON = 1e-6


def sigmoid(z):
    return 1.0 / (1.0 + math.exp(-z)) if z >= 0 else math.exp(z) / (1.0 + math.exp(z))


def oneplus(z):
    return 1.0 + (z + math.log1p(math.exp(-z)) if z > 0 else math.log1p(math.exp(z)))


def softmax(values):
    top = max(values)
    exponentials = [math.exp(value - top) for value in values]
    return np.array([e / sum(exponentials) for e in exponentials])


def norm(vector):
    return math.sqrt(sum(float(x) * float(x) for x in vector) + EPSILON)


def cosine(a, b):
    return sum(float(x) * float(y) for x, y in zip(a, b, strict=True)) / (norm(a) * norm(b))


# --- addressing -------------------------------------------------------------------------------------------


def content_weighting(memory, key, strength, mask=None):
    mask = np.ones(len(key)) if mask is None else mask
    return softmax([float(strength) * cosine(key * mask, row * mask) for row in memory])


def retention(free_gates, read_weightings):
    heads, locations = read_weightings.shape
    psi = np.ones(locations)
    for i in range(locations):
        for r in range(heads):
            psi[i] *= 1.0 - free_gates[r] * read_weightings[r, i]
    return psi


def usage(previous, write_weighting, psi):
    result = np.zeros(len(previous))
    for i in range(len(previous)):
        u, w = previous[i], write_weighting[i]
        result[i] = (u + w - u * w) * psi[i]
    return result


def allocation(used):
    ascending = sorted(range(len(used)), key=lambda i: (used[i], i))
    result = np.zeros(len(used))
    product = 1.0
    for i in ascending:
        result[i] = (1.0 - used[i]) * product
        product *= used[i]
    return result


def write_weighting(content, allocated, write_gate, allocation_gate):
    result = np.zeros(len(content))
    for i in range(len(content)):
        result[i] = write_gate * (allocation_gate * allocated[i] + (1.0 - allocation_gate) * content[i])
    return result


def write(memory, weighting, erase, vector, psi=None):
    locations, width = memory.shape
    result = np.zeros((locations, width))
    for i in range(locations):
        kept = 1.0 if psi is None else psi[i]
        for w in range(width):
            old = memory[i, w] * kept
            result[i, w] = old * (1.0 - weighting[i] * erase[w]) + weighting[i] * vector[w]
    return result


def precedence(previous, weighting):
    total = sum(weighting)
    return np.array([(1.0 - total) * p + w for p, w in zip(previous, weighting, strict=True)])


def links(previous, last_written, weighting):
    locations = len(weighting)
    result = np.zeros((locations, locations))
    for i in range(locations):
        for j in range(locations):
            if i != j:
                faded = (1.0 - weighting[i] - weighting[j]) * previous[i, j]
                result[i, j] = faded + weighting[i] * last_written[j]
    return result


def keep_largest(weighting, count):
    chosen = sorted(range(len(weighting)), key=lambda i: (-weighting[i], i))[:count]
    total = sum(weighting[i] for i in chosen)
    result = np.zeros(len(weighting))
    for i in chosen:
        result[i] = weighting[i] / total if total > 0 else 0.0
    return result


def sparse_links(previous, last_written, weighting, count):
    result = links(previous, keep_largest(last_written, count), keep_largest(weighting, count))
    for i in range(len(weighting)):
        for j in range(len(weighting)):
            if result[i, j] < 1.0 / count:
                result[i, j] = 0.0
    return result


def forward(link, read_weighting_before):
    locations = len(read_weighting_before)
    return np.array(
        [sum(link[i, j] * read_weighting_before[j] for j in range(locations)) for i in range(locations)]
    )


def backward(link, read_weighting_before):
    locations = len(read_weighting_before)
    return np.array(
        [sum(link[j, i] * read_weighting_before[j] for j in range(locations)) for i in range(locations)]
    )


def read_weighting(back, content, ahead, modes):
    return np.array(
        [modes[0] * b + modes[1] * c + modes[2] * f for b, c, f in zip(back, content, ahead, strict=True)]
    )


def read(memory, weighting):
    locations, width = memory.shape
    return np.array([sum(memory[i, w] * weighting[i] for i in range(locations)) for w in range(width)])


# --- interface --------------------------------------------------------------------------------------------


def parse(xi, width, heads, masked=False, linked=True):
    """Read xi from left to right with a cursor."""
    position = 0

    def take(count):
        nonlocal position
        position += count
        return np.array(xi[position - count : position], dtype=np.float64)

    def squashed(values):
        return np.array([sigmoid(v) for v in values])

    fields = {}
    fields["read_keys"] = np.stack([take(width) for _ in range(heads)])
    fields["read_strengths"] = np.array([oneplus(z) for z in take(heads)])
    fields["write_key"] = take(width)
    fields["write_strength"] = oneplus(take(1)[0])
    fields["erase"] = squashed(take(width))
    fields["write_vector"] = take(width)
    fields["free_gates"] = squashed(take(heads))
    fields["allocation_gate"] = sigmoid(take(1)[0])
    fields["write_gate"] = sigmoid(take(1)[0])
    fields["read_modes"] = np.stack([softmax(take(3)) for _ in range(heads)]) if linked else None
    fields["read_masks"] = np.stack([squashed(take(width)) for _ in range(heads)]) if masked else None
    fields["write_mask"] = squashed(take(width)) if masked else None
    assert position == len(xi)
    return fields


# --- one step of the memory, the controller, the whole ----------------------------------------------------


def memory_step(fields, state, erase_on_deallocation=False, sparse=None):
    """`state`: dict of memory, usage, write_weighting, precedence, link, read_weightings. -> reads, state.

    Without read modes, heads read by content and the links stay as they are.
    """
    heads = len(fields["read_strengths"])
    psi = retention(fields["free_gates"], state["read_weightings"])
    used = usage(state["usage"], state["write_weighting"], psi)
    content = content_weighting(
        state["memory"], fields["write_key"], fields["write_strength"], fields["write_mask"]
    )
    written = write_weighting(content, allocation(used), fields["write_gate"], fields["allocation_gate"])
    wiped = psi if erase_on_deallocation else None
    memory = write(state["memory"], written, fields["erase"], fields["write_vector"], wiped)
    linked = fields["read_modes"] is not None
    if not linked:
        link = state["link"]
    elif sparse is None:
        link = links(state["link"], state["precedence"], written)
    else:
        link = sparse_links(state["link"], state["precedence"], written, sparse)
    weightings, reads = [], []
    for r in range(heads):
        mask = None if fields["read_masks"] is None else fields["read_masks"][r]
        found = content_weighting(memory, fields["read_keys"][r], fields["read_strengths"][r], mask)
        before, mixed = state["read_weightings"][r], found
        if linked:
            back, ahead = backward(link, before), forward(link, before)
            mixed = read_weighting(back, found, ahead, fields["read_modes"][r])
        weightings.append(mixed)
        reads.append(read(memory, mixed))
    return np.stack(reads), {
        "memory": memory,
        "usage": used,
        "write_weighting": written,
        "precedence": precedence(state["precedence"], written) if linked else state["precedence"],
        "link": link,
        "read_weightings": np.stack(weightings),
    }


def lstm_step(weights, biases, x, hidden, cell):
    """All layers; rows of a weight: input, forget, candidate, output; columns: input, own past, below."""
    size = hidden.shape[1]
    new_hidden, new_cell = np.zeros_like(hidden), np.zeros_like(cell)
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        seen = list(x) + list(hidden[layer]) + (list(new_hidden[layer - 1]) if layer else [])
        for unit in range(size):
            i, f, g, o = (
                sum(a * b for a, b in zip(weight[row], seen, strict=True)) + bias[row]
                for row in (unit, size + unit, 2 * size + unit, 3 * size + unit)
            )
            new_cell[layer, unit] = sigmoid(f) * cell[layer, unit] + sigmoid(i) * math.tanh(g)
            new_hidden[layer, unit] = sigmoid(o) * math.tanh(new_cell[layer, unit])
    return new_hidden, new_cell


def feedforward(weights, biases, x):
    """All layers of tanh units; columns of a weight: input, below. -> all units, bottom first."""
    found = []
    for weight, bias in zip(weights, biases, strict=True):
        seen = list(x) + (list(found[-1]) if found else [])
        found.append(np.array([math.tanh(v) for v in linear(weight, seen, bias)]))
    return np.concatenate(found)


def layer_norm(values, gain, bias):
    mean = sum(values) / len(values)
    variance = sum((v - mean) ** 2 for v in values) / len(values)
    scale = math.sqrt(variance + 1e-5)
    return np.array([(v - mean) / scale * g + b for v, g, b in zip(values, gain, bias, strict=True)])


def linear(weight, values, bias=None):
    return np.array(
        [
            sum(a * b for a, b in zip(row, values, strict=True)) + (0.0 if bias is None else bias[k])
            for k, row in enumerate(weight)
        ]
    )


def dnc_step(weights, options, x, state):
    """One step of one batch element.

    Args:
        weights: dict with controller_weights, controller_biases (lists), interface and output, each with
            None for what is absent: interface_bias, norm_gain, norm_bias.
        options: dict with word_size, read_heads, masked, skip, reads_skip, erase_on_deallocation, sparse,
            linked, controller.
        x: [X].
        state: dict of hidden, cell, reads and those of `memory_step`.
    """
    seen = np.concatenate([x, *state["reads"]])
    layers, hidden, cell = (
        (weights["controller_weights"], weights["controller_biases"]),
        state["hidden"],
        state["cell"],
    )
    if options["controller"] == "lstm":
        hidden, cell = lstm_step(*layers, seen, hidden, cell)
        h = np.concatenate(list(hidden))
    else:
        h = feedforward(*layers, seen)
    told = [h] + ([x] if options["skip"] else []) + (list(state["reads"]) if options["reads_skip"] else [])
    xi = linear(weights["interface"], np.concatenate(told), weights["interface_bias"])
    if weights["norm_gain"] is not None:
        xi = layer_norm(xi, weights["norm_gain"], weights["norm_bias"])
    fields = parse(xi, options["word_size"], options["read_heads"], options["masked"], options["linked"])
    reads, memory = memory_step(fields, state, options["erase_on_deallocation"], options["sparse"])
    features = np.concatenate([h, *reads])
    y = features if weights["output"] is None else linear(weights["output"], features)
    return y, {"hidden": hidden, "cell": cell, "reads": reads, **memory}


def batched(function, *arguments, **fixed):
    """Apply a function of one element to every element of a batch; None stays None."""
    size = next(len(a) for a in arguments if a is not None)
    return np.stack(
        [function(*(None if a is None else a[b] for a in arguments), **fixed) for b in range(size)]
    )
