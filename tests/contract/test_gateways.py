"""Every gateway keeps the contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sent_tui.gateways.gateway import Gateway
from sent_tui.gateways.simulator import Simulator
from tests.contract.gateway_contract import GatewayContract, Scene, Stage


class SimulatedStage(Stage):
    """The simulator on a clock that only the test moves."""

    _CAST = {
        Scene.WHATSAPP_DELIVERS: "+14155550117",
        Scene.WHATSAPP_READ: "+14155550101",
        Scene.WHATSAPP_NOT_REGISTERED: "+14155550102",
        Scene.SMS_DELIVERS: "+14155550106",
        Scene.FILTERED: "+14155550108",
        Scene.BLOCKED: "+14155550110",
        Scene.UNREACHABLE: "+14155550113",
        Scene.REFUSED: "+14155550115",
        Scene.ANSWER_LOST: "+14155550114",
    }

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
        self._simulator = Simulator(self.now)

    @property
    def gateway(self) -> Gateway:
        return self._simulator

    def another(self) -> Gateway:
        return Simulator(self.now)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def number(self, scene: Scene) -> str | None:
        return self._CAST.get(scene)


class TestSimulator(GatewayContract):
    @pytest.fixture
    def stage(self) -> Stage:
        return SimulatedStage()
