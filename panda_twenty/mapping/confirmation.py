"""What a person says yes to, as far as the files say it: the source profile and the mapping."""

from __future__ import annotations

import hashlib

from panda_twenty.mapping.specification import MappingSpecification
from panda_twenty.panda.profile.lines import line_token


def confirmation_digest(profile_digest: str, mapping_digest: str) -> str:
    """SHA-256 over both; any change to either asks for a new confirmation."""
    return hashlib.sha256(f"{profile_digest}\n{mapping_digest}".encode()).hexdigest()


def mapping_lines(mapping: MappingSpecification) -> dict[str, str]:
    """Each line of the mapping by its place, such as ``person_patient.emails``, with a short digest of it."""
    content = mapping.model_dump(mode="json", by_alias=True)
    lines = {"version": line_token(content["version"])}
    lines |= {f"choices.{name}": line_token(value) for name, value in content["choices"].items()}
    for place, each in enumerate(content["objects"]):
        # The order of the objects is the order in which records are written.
        lines[f"object {each['name']}"] = line_token([place, each])
    for place, route in enumerate(content["routes"]):
        own = route.pop("lines")
        lines[f"route {route['name']}"] = line_token([place, route, [line["field"] for line in own]])
        lines |= {f"{route['name']}.{line['field']}": line_token(line) for line in own}
    return lines
