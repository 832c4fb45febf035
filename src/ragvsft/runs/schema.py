"""The tables of `run.db` and how older files become newer ones.

A change is a new entry at the end of `MIGRATIONS`; an entry that was ever released is never edited.
"""

import sqlite3
from pathlib import Path

from ragvsft.core.errors import DataError

APPLICATION_ID = 0x72767366
"""`rvsf`: tells a run's database from any other SQLite file."""

_FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE waves (
    wave TEXT PRIMARY KEY, content_hash TEXT NOT NULL, n_questions INTEGER NOT NULL, n_left_out INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE questions (
    wave TEXT NOT NULL REFERENCES waves (wave) ON DELETE CASCADE,
    question_id TEXT NOT NULL,
    position INTEGER NOT NULL,           -- the order in which the questions stand at the wave
    fact_id TEXT NOT NULL,
    question TEXT NOT NULL,
    answers TEXT NOT NULL,               -- JSON list
    stale_answers TEXT NOT NULL,         -- JSON list
    gold_doc_ids TEXT NOT NULL,          -- JSON list
    split TEXT NOT NULL,
    slice TEXT NOT NULL,                 -- JSON object
    answerable INTEGER NOT NULL,
    change TEXT,
    PRIMARY KEY (wave, question_id)
) WITHOUT ROWID;

CREATE TABLE gold_passages (             -- per index, for an index decides how versions are cut
    wave TEXT NOT NULL REFERENCES waves (wave) ON DELETE CASCADE,
    "index" TEXT NOT NULL,
    question_id TEXT NOT NULL,
    passage_ids TEXT NOT NULL,           -- JSON list
    PRIMARY KEY (wave, "index", question_id)
) WITHOUT ROWID;

CREATE TABLE passages (                  -- a row for every state of a passage: its end date becomes known later
    passage_row INTEGER PRIMARY KEY,
    passage_id TEXT NOT NULL,
    doc_id TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    position INTEGER NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL               -- '': still valid
);
CREATE UNIQUE INDEX passages_by_state ON passages (passage_id, position, valid_from, valid_to);

CREATE TABLE retrievals (
    retrieval_row INTEGER PRIMARY KEY, retrieval_key TEXT NOT NULL UNIQUE, description TEXT NOT NULL  -- JSON object
);
CREATE TABLE retrieved (                 -- that a question was searched for, also when nothing was found
    retrieval_row INTEGER NOT NULL REFERENCES retrievals (retrieval_row),
    wave TEXT NOT NULL,
    question_id TEXT NOT NULL,
    n_hits INTEGER NOT NULL,
    PRIMARY KEY (retrieval_row, wave, question_id)
) WITHOUT ROWID;
CREATE TABLE hits (
    retrieval_row INTEGER NOT NULL,
    wave TEXT NOT NULL,
    question_id TEXT NOT NULL,
    rank INTEGER NOT NULL,
    passage_row INTEGER NOT NULL REFERENCES passages (passage_row),
    similarity REAL NOT NULL,
    PRIMARY KEY (retrieval_row, wave, question_id, rank),
    FOREIGN KEY (retrieval_row, wave, question_id)
        REFERENCES retrieved (retrieval_row, wave, question_id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE arms (
    arm TEXT PRIMARY KEY, config TEXT NOT NULL, arm_key TEXT NOT NULL, "index" TEXT, retrieval_key TEXT, k INTEGER
) WITHOUT ROWID;

CREATE TABLE units (
    unit_row INTEGER PRIMARY KEY,
    unit_key TEXT NOT NULL UNIQUE,
    arm TEXT NOT NULL,
    wave TEXT NOT NULL,
    seed INTEGER NOT NULL,               -- '': none
    shard INTEGER NOT NULL,
    n_questions INTEGER NOT NULL,
    outcomes_hash TEXT NOT NULL,         -- tells whether outcomes were edited afterwards
    finished_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    taken_from TEXT
);
CREATE TABLE outcomes (
    outcome_row INTEGER PRIMARY KEY,
    wave TEXT NOT NULL,
    arm TEXT NOT NULL,
    seed INTEGER NOT NULL,               -- '': none
    question_id TEXT NOT NULL,
    answer TEXT,
    failure TEXT,
    prompt_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    stop_reason TEXT NOT NULL,
    unit_row INTEGER NOT NULL REFERENCES units (unit_row),
    CHECK ((answer IS NULL) <> (failure IS NULL)),
    FOREIGN KEY (wave, question_id) REFERENCES questions (wave, question_id)
);
CREATE UNIQUE INDEX outcomes_once ON outcomes (wave, arm, seed, question_id);
CREATE INDEX outcomes_by_unit ON outcomes (unit_row);
CREATE INDEX outcomes_by_question ON outcomes (question_id);
CREATE TABLE prompts (                   -- apart, so that reading outcomes does not read them
    outcome_row INTEGER PRIMARY KEY REFERENCES outcomes (outcome_row), prompt TEXT NOT NULL
);

CREATE TABLE readings (
    reading_row INTEGER PRIMARY KEY,
    stage TEXT NOT NULL,
    wall_s REAL NOT NULL,
    cpu_s REAL NOT NULL,
    gpu_s REAL,
    n_items INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    peak_memory_bytes INTEGER NOT NULL,
    arm TEXT,
    resource TEXT,
    wave TEXT,
    seed INTEGER,
    wasted INTEGER NOT NULL,
    unit_key TEXT,
    started_at TEXT NOT NULL
);
CREATE INDEX readings_by_unit ON readings (unit_key);
CREATE TABLE open_stages (               -- begun and not recorded; what a dead owner leaves here was wasted
    stage_row INTEGER PRIMARY KEY AUTOINCREMENT,  -- a number is never given again
    stage TEXT NOT NULL,
    arm TEXT,
    resource TEXT,
    wave TEXT,
    seed INTEGER,
    unit_key TEXT,
    started_at TEXT NOT NULL,
    heartbeat_at TEXT NOT NULL,
    wall_s REAL NOT NULL,
    cpu_s REAL NOT NULL
);

CREATE TABLE search_tries (
    arm TEXT NOT NULL, number INTEGER NOT NULL, settings TEXT NOT NULL, score REAL, n_questions INTEGER NOT NULL,
    PRIMARY KEY (arm, number)
) WITHOUT ROWID;
CREATE TABLE choices (
    arm TEXT PRIMARY KEY, settings TEXT NOT NULL, why TEXT NOT NULL, key TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE latency (
    arm TEXT NOT NULL,
    number INTEGER NOT NULL,
    question_id TEXT NOT NULL,
    retrieve_s REAL NOT NULL,
    generate_s REAL NOT NULL,
    total_s REAL NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    PRIMARY KEY (arm, number)
) WITHOUT ROWID;

CREATE TABLE annotations (
    wave TEXT NOT NULL,
    arm TEXT NOT NULL,
    seed INTEGER NOT NULL,               -- '': none
    question_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (wave, arm, seed, question_id, name),
    FOREIGN KEY (wave, arm, seed, question_id) REFERENCES outcomes (wave, arm, seed, question_id)
) WITHOUT ROWID;

CREATE TABLE general (
    adapter TEXT NOT NULL,               -- '': the base model
    wave TEXT NOT NULL,                  -- '': none
    seed INTEGER NOT NULL,               -- '': none
    question_id TEXT NOT NULL,
    question TEXT NOT NULL,
    answers TEXT NOT NULL,               -- JSON list
    answer TEXT,
    failure TEXT,
    correct INTEGER NOT NULL,
    CHECK ((answer IS NULL) <> (failure IS NULL)),
    PRIMARY KEY (adapter, wave, seed, question_id)
) WITHOUT ROWID;

CREATE TABLE fairness (name TEXT PRIMARY KEY, ok INTEGER NOT NULL, detail TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE adapters (
    name TEXT NOT NULL,
    wave TEXT NOT NULL,
    seed INTEGER NOT NULL,
    key TEXT NOT NULL,
    folder TEXT NOT NULL,                -- relative to the run folder where it lies inside
    manifest TEXT NOT NULL,              -- JSON object
    reused_from TEXT,
    PRIMARY KEY (name, wave, seed)
) WITHOUT ROWID;

CREATE TABLE indexes (
    name TEXT NOT NULL, wave TEXT NOT NULL, report TEXT NOT NULL, recall REAL, PRIMARY KEY (name, wave)
) WITHOUT ROWID;

CREATE TABLE progress (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    state TEXT NOT NULL,
    stage TEXT NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    message TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    heartbeat_at TEXT NOT NULL,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    process_started_s REAL NOT NULL      -- tells the process from a later one with the same pid
);
"""

_ENERGY = "ALTER TABLE readings ADD COLUMN energy_kwh REAL;"

_UNMERGED = """
CREATE TABLE latency_unmerged (          -- the same requests, the adapter beside the base's weights and not merged
    arm TEXT NOT NULL,
    number INTEGER NOT NULL,
    question_id TEXT NOT NULL,
    retrieve_s REAL NOT NULL,
    generate_s REAL NOT NULL,
    total_s REAL NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    PRIMARY KEY (arm, number)
) WITHOUT ROWID;
"""

_CONFIDENCE = """
ALTER TABLE outcomes ADD COLUMN confidence REAL
    CHECK (confidence IS NULL OR (failure IS NULL AND confidence BETWEEN 0 AND 1));
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _ENERGY, _UNMERGED, _CONFIDENCE)
"""Entry n brings a file from version n to n + 1."""


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version of a database; 0: it has no tables yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_known(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version, once it is sure that it can be read here.

    Raises:
        DataError: the file is of a newer ragvsft, or no run's database at all.
    """
    version = version_of(connection)
    if version > len(MIGRATIONS):
        raise DataError(
            f"{path} has schema version {version}, and this ragvsft knows versions up to {len(MIGRATIONS)}",
            hint="a newer ragvsft wrote it: install that version or a later one",
        )
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    n_tables = int(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
    if n_tables and application != APPLICATION_ID:
        raise DataError(f"{path} is not the database of a run", hint="give the folder of a run")
    return version


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring a database to the newest version, each step whole or not at all.

    Raises:
        DataError: as `check_known`.
        sqlite3.Error: the file cannot be written; it keeps its version.
    """
    for version in range(check_known(connection, path), len(MIGRATIONS)):
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE;\nPRAGMA application_id = {APPLICATION_ID};\n{MIGRATIONS[version]}\n"
                f"PRAGMA user_version = {version + 1};\nCOMMIT;"
            )
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
