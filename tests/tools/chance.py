# SPDX-License-Identifier: MIT
"""Random numbers for messages that are sane, or nearly."""
import random


class Chance(random.Random):
    """How often a sane value gives way to another is its member odd."""

    odd = 0.0

    def mostly(self, sane, *others):
        return self.choice(others) if self.random() < self.odd else sane

    def maybe(self, share, *values):
        """All of them or none."""
        return list(values) if self.random() < share else []
