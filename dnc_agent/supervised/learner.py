"""Supervised learning of sequences, batch after batch, on the contract of `dnc_agent.learner`."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.logger import Logger
from torch import Tensor

from dnc_agent.checkpoint import read_checkpoint, resolve
from dnc_agent.checks import check_device, check_seed, shown
from dnc_agent.cores.contract import RecurrentCore
from dnc_agent.fitting import check_generator
from dnc_agent.networks.dropout import PartialDropout
from dnc_agent.networks.stepping import NetworkStepper, Recording
from dnc_agent.parallel import ALONE
from dnc_agent.supervised import saving
from dnc_agent.supervised.batches import Resumable, SequenceBatch, Source, check_shapes
from dnc_agent.supervised.description import NetworkDescription
from dnc_agent.supervised.imitation import StepwiseTask, act_out
from dnc_agent.supervised.optimizing import Schedule, SupervisedSettings, gradient_step, make_optimizer
from dnc_agent.supervised.reemission import check_reemission, reemission_loss, steps_to_reemit
from dnc_agent.supervised.scoring import as_inputs, count_wrong, read_out, score_of
from dnc_agent.supervised.targets import as_targets

ALWAYS = Schedule(1.0)


class SupervisedLearner:
    """Learns to give the wanted answers by going down their cross-entropy.

    The loss of a batch is summed over the answers of a step (bits, digits) and averaged over all answer steps of all
    its sequences. So a batch of long sequences weighs as much as one of short ones, and within a batch every step as
    much as every other, whichever sequence it belongs to.

    Args:
        description: of the network, which is built with weights drawn from `seed`.
        source: of batches; or a task that is acted out step by step (`dnc_agent.supervised.imitation`).
        settings: of learning.
        teacher: probability that a step of such a task follows the teacher, by update.
        seed: of weights and everything drawn.
        device: where to compute.

    Attributes:
        episodes: sequences so far.
        steps: steps so far, without padding.
        updates: gradient steps so far.
        schedule_began: updates at which the schedule of step sizes began; above 0 where it took over from another one.
        processes: that share every batch: all draw all of it, and each learns from its own rows.

    Raises:
        ValueError: naming the argument that is out of range.
    """

    def __init__(
        self,
        description: NetworkDescription,
        source: Source | StepwiseTask,
        settings: SupervisedSettings | None = None,
        *,
        teacher: Schedule = ALWAYS,
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        check_seed(seed)
        if not isinstance(description, NetworkDescription):
            raise TypeError(f"description={shown(description)}; it must be a NetworkDescription")
        self.description, self.target = description, description.target
        self.source, self.settings = source, settings or SupervisedSettings()
        self.teacher, self.seed, self.device = teacher, seed, check_device(device)
        self.network = description.build(torch.Generator().manual_seed(seed)).to(self.device)
        if self.settings.reemit_share:
            check_reemission(self.network, self.target)
        self.optimizer = make_optimizer(self.network, self.settings)
        self.rng = np.random.default_rng(seed)
        self.episodes = self.steps = self.updates = self.schedule_began = 0
        self.logger = Logger(None, [])
        self.processes = ALONE

    @property
    def core(self) -> RecurrentCore[Any]:
        """The network's core."""
        return self.network.core

    def set_logger(self, logger: Logger) -> None:
        """Where `update` records its figures."""
        self.logger = logger

    def begin(self) -> None:
        """Nothing: batches are drawn when they are needed."""

    def update(self) -> dict[str, float]:
        """Draw or act out one batch and learn from it.

        Returns:
            Of the batch, before the step: `loss` in nats per answer step, `accuracy` (share of right answers),
            `exact` (share of sequences without a wrong one), `wrong` (wrong answers per sequence), `useful` (share of
            steps that are no padding); and `grad_norm`. With `reemit_share`, `reemission`: the loss of saying inputs
            again, in nats per step, which is added.

        Raises:
            FloatingPointError: if the loss or a weight is not finite; one line that says at which update.
            ValueError: if the source gives a batch that asks for nothing, whose parts do not belong together or whose
                targets mean nothing, or too few rows for all processes; nothing has been learned from it then.
            PeerLostError: if another process is gone.
        """
        # Before it acts: whoever has asked an agent of this network something may have left it without dropout.
        self.network.train()
        batch, recording = self._draw()
        self._check_batch(batch)
        if not self.processes.alone:
            self._check_sharing()
        own = batch if self.processes.alone else batch.columns(self.processes.share(batch.answer.shape[1]))
        share = own.answer.sum() / batch.answer.sum()
        self._seed_dropout()
        logits, again = self._read_out(own, recording)
        wanted = as_targets(self.target, own.targets[own.answer], self.device)
        # The mean over the answer steps of all processes, of which this is the part of its own.
        loss = self.target.loss(logits, wanted).sum() / int(batch.answer.sum())
        norm, total = gradient_step(
            self.network,
            self.optimizer,
            loss if again is None else loss + again,
            rate=self.settings.schedule.at(self.updates - self.schedule_began),
            max_grad_norm=self.settings.max_grad_norm,
            update=self.updates,
            processes=self.processes,
        )
        self.episodes += batch.sequences
        self.steps += batch.steps
        self.updates += 1
        found = score_of([count_wrong(self.target, self.target.choose(logits.detach()), own)])
        of_sequences = {"exact": found.exact_share, "wrong": found.wrong_per_sequence}
        figures = {
            "loss": total,
            **self.processes.mean({"accuracy": found.accuracy}, share),
            **self.processes.mean(of_sequences, own.sequences / batch.sequences),
            "useful": batch.steps / batch.answer.size,
            "grad_norm": norm,
        }
        if again is not None:
            figures["reemission"] = again.item()
        for name, value in figures.items():
            self.logger.record(f"train/{name}", value)
        self.logger.record("train/learning_rate", self.optimizer.param_groups[0]["lr"])
        return figures

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        with_optimizer: bool = True,
        extra: dict[str, Any] | None = None,
    ) -> Path:
        """Write a checkpoint, its memory as large as it is now; with the optimizer all that resuming needs.

        Args:
            path: the file; `.safetensors` is added to a name without a suffix (see `dnc_agent.checkpoint`).
            with_optimizer: also moments, generator and what the source has to resume from.
            extra: JSON-able, given back by `restore`.

        Raises:
            ValueError: if a weight is not finite, or another file would be read from the path; what is there stays.
        """
        progress: dict[str, Any] = {}
        if with_optimizer:
            progress["generator"] = self.rng.bit_generator.state
            if isinstance(self.source, Resumable):
                progress["source"] = self.source.state()
        meta = {
            "settings": asdict(self.settings) | {"seed": self.seed},
            "counters": {name: getattr(self, name) for name in saving.COUNTERS},
            "schedule_began": self.schedule_began,
            "progress": progress,
            "extra": extra or {},
        }
        optimizer = self.optimizer if with_optimizer else None
        described = self.description.resized(self.core.memory_size)
        return saving.write(path, self.network, described, meta, optimizer)

    def restore(self, path: str | os.PathLike[str]) -> dict[str, Any]:
        """Load a checkpoint of a network of the same shape and return its `extra`.

        Step sizes go on where they stood, unless they follow another schedule here: that one begins now.

        Raises:
            FileNotFoundError: if there is none.
            ValueError: if it is damaged or does not fit; nothing is changed then.
        """
        tensors, meta = read_checkpoint(path)
        name = str(resolve(path))
        saving.check(meta, name)
        moments = saving.moments_of(tensors, self.optimizer, name)
        optimizer = meta["settings"].get("optimizer")
        if moments and optimizer != self.settings.optimizer:
            raise ValueError(
                f"{name} does not fit: it has moments of {optimizer}, not of {self.settings.optimizer}"
            )
        weights, progress = saving.weights_of(tensors, self.network, name), meta["progress"]
        generator = check_generator(progress.get("generator"), name)
        if "source" in progress and isinstance(self.source, Resumable):
            before = self.source.state()
            try:
                self.source.set_state(progress["source"])
            except (KeyError, TypeError, ValueError, IndexError, AttributeError):
                self.source.set_state(before)
                raise ValueError(f"{name} is damaged: its source of episodes cannot go on") from None
        self.network.load_state_dict(weights)
        if moments:
            groups = self.optimizer.state_dict()["param_groups"]
            self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        for counter in saving.COUNTERS:
            setattr(self, counter, meta["counters"][counter])
        goes_on = saving.same_schedule(meta, self.settings)
        self.schedule_began = meta.get("schedule_began", 0) if goes_on else self.updates
        if generator is not None:
            self.rng.bit_generator.state = generator
        return meta["extra"]

    def _check_batch(self, batch: SequenceBatch) -> None:
        check_shapes(batch)
        wanted = as_targets(self.target, batch.targets[batch.answer])
        # Of itself nothing is wrong; what counts is how much is asked for.
        if not len(wanted) or not self.target.wrong(wanted, wanted)[1].any():
            raise ValueError(f"source={type(self.source).__name__}: a batch of it asks for no answer")

    def _check_sharing(self) -> None:
        drops = any(isinstance(module, PartialDropout) for module in self.network.modules())
        if drops or self.settings.reemit_share:
            raise ValueError(
                f"processes={self.processes.size!r} with dropout or reemit_share, which draw by the shape of a batch; "
                "they take one process"
            )

    def _read_out(self, batch: SequenceBatch, recording: Recording | None) -> tuple[Tensor, Tensor | None]:
        """Outputs at the answer steps, and the loss of saying inputs again; None where that is off."""
        share = self.settings.reemit_share
        if not share:
            return read_out(self.network, batch, self.device, recording), None
        chosen = torch.as_tensor(steps_to_reemit(batch, share, self.rng), device=self.device)
        inputs = as_inputs(self.network, batch.inputs, self.device)
        reset = None if batch.reset is None else torch.as_tensor(batch.reset, device=self.device)
        features, _ = self.network.features(inputs, None, reset)
        logits = self.network.read(features, inputs, torch.as_tensor(batch.answer, device=self.device))
        if not chosen.any():
            return logits, None
        return logits, reemission_loss(self.network, self.target, features[chosen], inputs[chosen]).mean()

    def _seed_dropout(self) -> None:
        # Its generator begins anew at every update, so that a resumed run drops what the first would have dropped.
        for module in self.network.modules():
            if isinstance(module, PartialDropout):
                module.generator.manual_seed(int(self.rng.integers(2**62)))

    def _draw(self) -> tuple[SequenceBatch, Recording | None]:
        """A batch and, where it was acted out and may be learned from as it was, what the core computed meanwhile."""
        size = self.settings.batch_size
        if not isinstance(self.source, StepwiseTask):
            return self.source.draw(self.rng, size), None
        beta, stepper = self.teacher.at(self.updates), None
        if beta < 1:
            # What is dropped while it acts decides what it sees next.
            self._seed_dropout()
            # Several processes each learn from their own rows alone.
            record = self.processes.alone and not self.settings.reemit_share
            stepper = NetworkStepper(self.network, size, record=record)
        batch = act_out(
            self.network,
            self.target,
            self.source,
            self.rng,
            size,
            beta=beta,
            device=self.device,
            stepper=stepper,
        )
        return batch, None if stepper is None else stepper.recording()
