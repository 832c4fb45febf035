"""Chat logs for tuning: JSONL of OpenAI `messages`, or of ShareGPT `conversations`; documents come with `--documents`.

The first question of a conversation and its reply come in: later turns cannot be understood alone.
"""

from collections.abc import Mapping
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.core.values import Dataset, Split
from ragvsft.data.importing.columns import QUESTION_COLUMNS, SPLITS, Columns, flag, word
from ragvsft.data.importing.document_rows import take_documents
from ragvsft.data.importing.files import Row, rows
from ragvsft.data.importing.intake import Intake
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.report import LeftOut
from ragvsft.data.importing.table import table_files

_ROLES = {"human": "user", "gpt": "assistant", "model": "assistant", "developer": "system"}
_HINT = (
    "a chat log has no documents: name a table of them with --documents corpus.jsonl (doc_id, title, text), "
    "or import the folder of documents that the replies rest on"
)


def looks_like_chat(source: Path, peek: object) -> bool:
    """Whether a first row holds messages, in a file or in a folder of `train`, `dev` and `test` files."""
    if source.is_dir():
        files = table_files(source)[0]
        peek = next((row for _, row in rows(files[0][0])), None) if files else None
    row = peek[0] if isinstance(peek, list) and peek else peek
    return isinstance(row, dict) and any(_is_chat(row.get(name)) for name in ("messages", "conversations"))


def chat_dataset(source: Path, name: str, options: ImportOptions, left_out: LeftOut) -> Dataset:
    """Chat logs as a dataset; later turns and what is no text are noted in `left_out`.

    Raises:
        DataError: a line is no conversation, or there are no documents; the message names the line.
    """
    intake = Intake(source.resolve().name, options, left_out)
    logs, documents = table_files(source) if source.is_dir() else ([(source, None)], [])
    take_documents(documents, intake)
    n_system = sum(_take_log(path, split, intake) for path, split in logs)
    if n_system:
        left_out.note(f"{n_system:,} system messages are not kept: every arm is asked by the same prompt")
    if intake.n_questions:
        left_out.note("a chat log names no gold documents: retrieval cannot be scored, answers can")
    return intake.dataset(name, what="a chat log", hint=_HINT if intake.n_questions else "")


def _take_log(path: Path, split: Split | None, intake: Intake) -> int:
    """Take in the conversations of a file; returns how many have a system message."""
    columns = Columns(QUESTION_COLUMNS, intake.options.mapping)
    n_system = 0
    for number, (where, row) in enumerate(rows(path, intake.options.progress), start=1):
        turns, has_system = _turns(where, row)
        n_system += has_system
        pair = next(
            (n for n in range(len(turns) - 1) if turns[n][0] == "user" and turns[n + 1][0] == "assistant"), None
        )
        if pair is None:
            intake.left_out.add("conversation without a question and a reply", where)
            continue
        (_, question), (_, answer) = turns[pair : pair + 2]
        if question is None or answer is None:
            intake.left_out.add("conversation whose first turn is no text (an image, a tool call)", where)
            continue
        for _ in range(sum(role == "user" for role, _ in turns) - 1):
            intake.left_out.add("later turn of a conversation", where)
        own = word(columns.get(row, "split")).lower()
        intake.question(
            where,
            word(columns.get(row, "question_id")) or f"{path.stem}-{number}",
            question,
            [answer],
            fact_id=word(columns.get(row, "fact_id")),
            split=SPLITS.get(own, split),
            answerable=flag(columns.get(row, "answerable")) is not False,
        )
    return n_system


def _turns(where: str, row: Row) -> tuple[list[tuple[str, str | None]], bool]:
    """Role and text of each turn without system messages (None: no text), and whether there were any."""
    given = row.get("messages", row.get("conversations"))
    if not isinstance(given, list):
        raise DataError(f"{where}: there are no messages", hint='a row is {"messages": [{"role": …, "content": …}]}')
    turns: list[tuple[str, str | None]] = []
    has_system = False
    for message in given:
        role = word(message.get("role", message.get("from"))) if isinstance(message, dict) else ""
        role = _ROLES.get(role, role)
        if not role:
            raise DataError(f"{where}: a message has no role", hint='a message is {"role": "user", "content": "…"}')
        if role == "system":
            has_system = True
        else:
            turns.append((role, _text(message.get("content", message.get("value")))))
    return turns, has_system


def _text(content: object) -> str | None:
    """The text of a message, also of one in parts; None where a part is no text."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not content:
        return None
    texts = [part.get("text") if isinstance(part, Mapping) else None for part in content]
    return "\n".join(map(str, texts)) if all(isinstance(text, str) for text in texts) else None


def _is_chat(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and isinstance(value[0], dict)
        and bool({"role", "from"} & set(value[0]))
    )
