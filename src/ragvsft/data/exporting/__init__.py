"""Writes a dataset in the formats that other tools take; each format has its file."""

from ragvsft.data.exporting.beir import export_beir
from ragvsft.data.exporting.chat import chat_rows, export_chat
from ragvsft.data.exporting.known import ExportReport
from ragvsft.data.exporting.trec import export_qrels

__all__ = ["ExportReport", "chat_rows", "export_beir", "export_chat", "export_qrels"]
