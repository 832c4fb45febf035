"""The number format by what a processor can do: the same on every call, and bfloat16 only where there is hardware."""

import pytest
import torch

from ragvsft.lab.number_format import faster_format


@pytest.mark.parametrize(
    ("able", "chosen"),
    [
        ({"architecture": "x86_64", "avx512_f": True, "avx512_bf16": True}, "bfloat16"),
        ({"architecture": "x86_64", "avx512_f": True, "avx512_bf16": False, "amx_bf16": False}, "float32"),
        ({"architecture": "aarch64", "bf16": True}, "bfloat16"),
        ({}, "float32"),
    ],
)
def test_a_cpu_takes_bfloat16_where_it_has_instructions_for_it(
    able: dict[str, object], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert faster_format("cpu") == chosen
