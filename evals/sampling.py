"""Which token a temperature picks: drawn anew for each sample and position, whatever else is decoded beside it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from line.llama import Logits


@dataclass(frozen=True)
class Sampler:
    """Greedy at temperature 0, else a draw from softmax(logits / temperature) that `seed` decides."""

    temperature: float = 0.0
    seed: int = 0

    def perturbed(self, logits: Logits, sample: str, position: int) -> Logits:
        """Logits, float32[n_vocab], whose largest admitted entry is the token to write.

        The Gumbel-max trick (Gumbel 1954; Maddison et al., NIPS 2014, section 2): the largest of logits/T plus Gumbel
        noise is a draw from the softmax, also of any subset, so that a grammar needs no mask over the vocabulary.
        """
        if self.temperature == 0:
            return logits
        key = hashlib.sha256(f"{self.seed}\0{position}\0".encode() + sample.encode("utf-8", "surrogatepass"))
        noise = np.random.Generator(np.random.SFC64(int.from_bytes(key.digest()[:16]))).gumbel(size=logits.shape)
        return (logits / np.float32(self.temperature) + noise).astype(np.float32)


def probability(logits: Logits, token: int) -> float:
    """softmax(logits)[token], in 0…1; `logits` is float32[n_vocab]."""
    return float(1 / np.exp(logits - logits[token]).sum(dtype=np.float64))
