"""The ledger under any order of finishing, repeating, breaking off, killing and coming back (a state machine)."""

import dataclasses
import shutil
import tempfile
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ragvsft.core.errors import DataError
from ragvsft.core.values import Outcome, Stage
from ragvsft.runs.reading import open_run
from ragvsft.runs.writing import RunWriter
from runs.making import FIRST, SECOND, Maker

N_QUESTIONS = 6
UNITS = st.tuples(
    st.sampled_from(["rag", "hybrid"]),
    st.sampled_from([FIRST, SECOND]),
    st.sampled_from([None, 0, -1]),
    st.integers(0, 2),
)
Plan = tuple[str, date, int | None, int]


class Ledger(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.places: list[Path] = []
        self.finished: dict[str, list[Outcome]] = {}
        self.attempts: dict[str, int] = {}
        self.recorded: set[date] = set()
        self.n_wasted = 0
        self.n_sessions = 0
        self.run: RunWriter | None = None

    @initialize()
    def begin(self) -> None:
        self.maker = Maker(self._new_place())
        self._open()

    @rule(wave=st.sampled_from([FIRST, SECOND]))
    def record_wave(self, wave: date) -> None:
        assert self.run is not None
        self.maker.record_wave(self.run, N_QUESTIONS, wave=wave, content_hash=str(wave))
        self.recorded.add(wave)

    @rule(plan=UNITS, answer=st.text(max_size=3))
    def finish(self, plan: Plan, answer: str) -> None:
        """Also one that is finished already, with another answer."""
        assert self.run is not None
        key, outcomes = self._unit(plan, answer)
        if plan[1] not in self.recorded:
            with pytest.raises(DataError, match="is none of wave"):
                self._finish(key, plan, outcomes)
            return
        assert self._finish(key, plan, outcomes) == (key not in self.finished)
        self.finished.setdefault(key, outcomes)
        self.attempts.setdefault(key, 1)

    @rule(plan=UNITS)
    def finish_in_another_cut(self, plan: Plan) -> None:
        """A unit whose questions another one has answered is refused whole."""
        assert self.run is not None
        key, outcomes = self._unit(plan, "x")
        if key in self.finished:
            moved = [dataclasses.replace(outcome, unit_key=f"other {key}") for outcome in outcomes]
            with pytest.raises(DataError, match="before, in unit"):
                self._finish(f"other {key}", plan, moved)

    @rule(plan=UNITS)
    def break_off(self, plan: Plan) -> None:
        assert self.run is not None
        key, _ = self._unit(plan, "")
        with pytest.raises(ZeroDivisionError), self._stage(plan, key):
            raise ZeroDivisionError
        self._wasted(key)

    @rule(plan=UNITS, ended=st.booleans())
    def kill_in_a_stage(self, plan: Plan, ended: bool) -> None:
        """What a killed process leaves is what its files hold at that moment: go on from a copy of them."""
        assert self.run is not None
        key, _ = self._unit(plan, "")
        stage = self._stage(plan, key)
        stage.__enter__()
        if ended:
            stage.__exit__(None, None, None)
        self._go_on_from_a_copy()
        self._wasted(key)

    @rule()
    def kill_between_stages(self) -> None:
        self._go_on_from_a_copy()

    @rule()
    def leave_and_come_back(self) -> None:
        assert self.run is not None
        self.run.close()
        self._open()

    @precondition(lambda self: self.finished)
    @rule()
    def change_a_finished_wave(self) -> None:
        assert self.run is not None
        wave = next(iter(self.finished.values()))[0].wave
        with pytest.raises(DataError, match="changed after"):
            self.maker.record_wave(self.run, N_QUESTIONS, wave=wave, content_hash="another")

    @invariant()
    def holds_exactly_what_was_finished(self) -> None:
        if self.run is None:
            return
        with open_run(self.maker.folder) as read:
            expected = [outcome for outcomes in self.finished.values() for outcome in outcomes]
            assert sorted(read.outcomes(with_prompts=True), key=repr) == sorted(expected, key=repr)
            assert read.done_units() == set(self.finished)
            readings = read.readings()
            assert sorted(str(r.unit_key) for r in readings if not r.wasted) == sorted(self.finished)
            assert sum(r.wasted for r in readings) == self.n_wasted
            assert {unit.unit_key: unit.attempts for unit in read.units()} == {
                key: self.attempts[key] for key in self.finished
            }
            assert read.edited_units() == ()
            assert len(read.manifest.sessions) == self.n_sessions

    def teardown(self) -> None:
        if self.run is not None:
            self.run.close()
        for place in self.places:
            shutil.rmtree(place)

    def _new_place(self) -> Path:
        self.places.append(Path(tempfile.mkdtemp()))
        return self.places[-1]

    def _open(self) -> None:
        self.run = self.maker.open()
        self.n_sessions += 1

    def _go_on_from_a_copy(self) -> None:
        old, dead = self.maker, self.run
        assert dead is not None
        self.maker = Maker(self._new_place())
        shutil.copytree(old.folder, self.maker.folder)
        dead.close()
        self._open()

    def _wasted(self, key: str) -> None:
        self.n_wasted += 1
        if key not in self.finished:
            self.attempts[key] = self.attempts.get(key, 1) + 1

    def _unit(self, plan: Plan, answer: str) -> tuple[str, list[Outcome]]:
        arm, wave, seed, shard = plan
        key = f"{arm} {wave} {seed} {shard}"
        rows = self.maker.outcomes(key, [2 * shard, 2 * shard + 1], arm=arm, wave=wave, seed=seed)
        return key, [row if row.answer is None else dataclasses.replace(row, answer=answer) for row in rows]

    def _finish(self, key: str, plan: Plan, outcomes: list[Outcome]) -> bool:
        assert self.run is not None
        arm, wave, seed, shard = plan
        reading = self.maker.reading(key, arm=arm, wave=wave, seed=seed)
        return self.run.finish_unit(
            key,
            arm=arm,
            wave=wave,
            seed=seed,
            shard=shard,
            outcomes=outcomes,
            readings=[reading],
        )

    def _stage(self, plan: Plan, key: str) -> AbstractContextManager[None]:
        assert self.run is not None
        arm, wave, seed, _ = plan
        return self.run.stage(Stage.GENERATE, arm=arm, wave=wave, seed=seed, unit_key=key)


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=12, stateful_step_count=16, deadline=None)
