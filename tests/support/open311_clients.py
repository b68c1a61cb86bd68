"""Two clients of Open311 that others wrote, at work: `python open311_clients.py CLIENT BASE KEY CODE`.

Prints what each call came to as JSON. A program of its own, since both clients wait for their answers.
"""

import importlib
import itertools
import json
import sys
from typing import Any

FORM = {"description": "路面坑洼 <b>&", "address_string": "建设路12号"}


def georeport(base: str, key: str, code: str, number: str) -> dict[str, Any]:
    """Read with the client `georeport`, which cannot post, in both its formats."""
    module = importlib.import_module("georeport")
    said = {}
    for form in ("json", "xml"):
        client = module.GeoReport(base, api_key=key, jurisdiction="12345", output_format=form)
        said[form] = {
            "services": client.get_service_list(),
            "definition": client.get_service_definition(code),
            "requests": client.get_service_requests(status="open"),
            "request": client.get_service_request(number),
        }
    return said


def three(base: str, key: str, code: str, number: str) -> dict[str, Any]:
    """Read and post with the client `three`, which was written for Python 2."""
    itertools.ifilter = filter  # type: ignore[attr-defined]  # the one name it misses
    client = importlib.import_module("three").Three(base, api_key=key, jurisdiction="12345")
    posted = client.post(
        code, **FORM, name="Ann Lee", phone="13900001234", **{"attribute[ROOMTEMP]": "14"}
    )
    return {
        "discovery": client.discovery(),
        "services": client.services(),
        "definition": client.services(code),
        "posted": posted,
        "requests": client.requests(code, count=5),
        "between": client.requests(between=["02-01-2026", "03-20-2026"]),
        "request": client.request(number),
        "refused": client.post(code, description="no place"),
    }


if __name__ == "__main__":
    which, *given = sys.argv[1:]
    sys.stdout.write(
        json.dumps({"georeport": georeport, "three": three}[which](*given), ensure_ascii=False)
    )
