"""Every gateway keeps the contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from fault_campaign.sent_server import KEY, Course, SentServer
from sent_tui.core.secret import Secret
from sent_tui.gateways.gateway import Gateway
from sent_tui.gateways.sent import SentGateway
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
        Scene.ANSWERS: "+14155550198",
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


class ServedStage(Stage):
    """The live gateway, armed, on a server of this machine whose clock only the test moves."""

    _COURSES: ClassVar[dict[Scene, Course]] = {
        Scene.WHATSAPP_READ: ((0, "QUEUED", None), (0.3, "SENT", None), (0.8, "DELIVERED", None), (1.6, "READ", None)),
        Scene.WHATSAPP_NOT_REGISTERED: ((0, "QUEUED", None), (0.3, "SENT", None), (1, "FAILED", "DELIVERY_007")),
        Scene.FILTERED: ((0, "QUEUED", None), (0.5, "FILTERED", "CONSENT_001")),
        Scene.BLOCKED: ((0, "QUEUED", None), (0.5, "BLOCKED", "BUSINESS_003")),
    }

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
        self._server = SentServer(self.now)
        self._numbers = {scene: f"+141555501{place:02}" for place, scene in enumerate(Scene)}
        world = self._server.world
        world.courses = {self._numbers[scene]: course for scene, course in self._COURSES.items()}
        world.limited, world.retry_after = {self._numbers[Scene.UNREACHABLE]}, "0"
        world.refused = {self._numbers[Scene.REFUSED]}
        world.loses = {self._numbers[Scene.ANSWER_LOST]}
        self._gateways: list[SentGateway] = []
        self._gateway = self._made()

    @property
    def gateway(self) -> Gateway:
        return self._gateway

    def another(self) -> Gateway:
        return self._made()

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def number(self, scene: Scene) -> str | None:
        return self._numbers[scene]

    def close(self) -> None:
        for gateway in self._gateways:
            gateway.close()
        self._server.close()

    def _made(self) -> SentGateway:
        made = SentGateway(self.now, lambda: Secret(KEY), lambda: self._server.address)
        made.arm()
        self._gateways.append(made)
        return made


class TestSent(GatewayContract):
    @pytest.fixture
    def stage(self) -> Iterator[Stage]:
        stage = ServedStage()
        yield stage
        stage.close()
