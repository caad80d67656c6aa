"""crownpath app: the latest snapshot in the browser."""

from pathlib import Path

from app import settings


def run(*, home: Path | None, store: str | None, port: int) -> int:
    from app.serve import serve

    chosen = settings.load(home=home, store=store)
    serve(port, chosen.home, chosen.store_target)
    return 0
