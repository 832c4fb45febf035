"""Speaks the engine's protocol and knows no model: answers at once, refuses to start, or ends in the middle."""

import json
import os
import socket
import sys
import threading

HOSTILE = "<script>document.title='owned'</script> ![x](http://evil.example/x.png) [y](http://evil.example) :smile:"


def tell(event: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def arm(name: str, ask: dict[str, object]) -> dict[str, object]:
    searches = name in ("rag", "hybrid_mixed")
    return {
        "name": name, "kind": "hybrid" if name == "hybrid_mixed" else name, "style": "chat",
        "adapter": ask["adapter"] or "mixed" if name in ("fine_tuned", "hybrid_mixed") else None,
        "index": "pages" if searches else None, "k": ask["k"] or 3 if searches else None,
        "alpha": 0.5 if searches else None,
    }  # fmt: skip


def hit(rank: int) -> dict[str, object]:
    passage = {
        "passage_id": f"p{rank}", "doc_id": "d", "title": "Depots", "text": f"Passage {rank}. {HOSTILE}",
        "position": 0, "valid_from": "2024-01-01", "valid_to": None,
    }  # fmt: skip
    return {"rank": rank, "similarity": 1 / rank, "passage": passage}


def reading(stage: str) -> dict[str, object]:
    return {"stage": stage, "wall_s": 0.25, "cpu_s": 36.0, "n_items": 1}


def main() -> None:
    how, token = sys.argv[1], sys.stdin.readline().strip()
    threading.Thread(target=lambda: os._exit(0 if sys.stdin.read() == "" else 1), daemon=True).start()
    tell({"event": "waiting", "what": "model", "name": "tiny"})
    if how == "refuses":
        tell({"event": "refused", "message": "no Weaviate server answers", "hint": "start it", "exit_code": 4})
        return
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(60)
    tell({"event": "ready", "port": server.getsockname()[1]})
    while True:
        connection, _ = server.accept()
        with connection, connection.makefile("rwb") as stream:
            request = json.loads(stream.readline())
            assert request["token"] == token
            ask = request["ask"]

            def say(event: dict[str, object], stream: object = stream) -> None:
                stream.write(json.dumps(event).encode() + b"\n")  # type: ignore[attr-defined]
                stream.flush()  # type: ignore[attr-defined]

            arms = [arm(name, ask) for name in ask["arms"] or ["closed_book", "rag", "fine_tuned", "hybrid_mixed"]]
            say({"event": "begun", "arms": arms, "at": ask["at"]})
            for one in arms:
                if how == "breaks" and one["name"] == "rag":
                    sys.exit(7)
                if how == "loses" and one["name"] == "rag":
                    say({"event": "refused", "message": "the store is gone", "hint": "Start it.", "exit_code": 4})
                    break
                hits = [hit(rank) for rank in range(1, (one["k"] or 0) + 1)]
                say({"event": "writing", "arm": one["name"], "text": "He"})
                done = {"event": "answered", "arm": one, "answer": f"{one['name']} says {HOSTILE}", "hits": hits,
                        "prompt": f"Prompt of {one['name']}", "prompt_tokens": 100, "output_tokens": 5,
                        "adapter_from": "2024-01-01" if one["adapter"] else None,
                        "seed": (ask["seed"] or 0) if one["adapter"] else None,
                        "readings": [reading("retrieve")] * bool(hits) + [reading("generate")]}  # fmt: skip
                if one["name"] == "fine_tuned":
                    done = {"event": "answered", "arm": one, "failure": "the adapter is missing", "hint": "copy it"}
                say(done)
            else:
                say({"event": "ended"})


main()
