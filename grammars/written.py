"""A flat branch as a plain JSON Schema again, for a validator."""

from grammars.keywords import Schema

_OURS = frozenset({"notEnum", "patterns", "notPatterns", "multiples", "notMultiples", "containing", "whens", "beyond"})


def as_schema(flat: Schema) -> Schema:
    """The same statement in the keywords of draft 2020-12 (see `grammars.merge` for those that are not)."""
    kinds = [flat["type"]] if isinstance(flat.get("type"), str) else flat.get("type")
    gone = _OURS | {"nameRules", "patternRules", "type"}
    parts: list[Schema] = [{name: value for name, value in flat.items() if name not in gone}]
    if "patternRules" in flat:
        parts[0]["patternProperties"] = {
            p: {"allOf": [s for q, s in flat["patternRules"] if q == p]} for p, _ in flat["patternRules"]
        }
    if kinds is not None:
        whole = [kind for kind in kinds if kind != "fraction"]
        fraction = [{"type": "number", "not": {"type": "integer"}}] if "fraction" in kinds else []
        parts.append({"anyOf": [*([{"type": whole}] if whole else []), *fraction]})
    parts += [{"not": {"enum": flat["notEnum"]}}] if "notEnum" in flat else []
    parts += [{"pattern": pattern} for pattern in flat.get("patterns", [])]
    parts += [{"type": "string", "not": {"pattern": pattern}} for pattern in flat.get("notPatterns", [])]
    parts += [{"multipleOf": of} for of in flat.get("multiples", [])]
    parts += [{"type": "number", "not": {"multipleOf": of}} for of in flat.get("notMultiples", [])]
    parts += [{"propertyNames": rule} for rule in flat.get("nameRules", [])]
    parts += [{"properties": flat["whens"]}] if "whens" in flat else []
    for schema, least, most in flat.get("containing", []):
        parts.append({"contains": schema, "minContains": least} | ({} if most is None else {"maxContains": most}))
    for names in flat.get("beyond", []):
        parts.append({"not": {"properties": dict.fromkeys(names, True), "additionalProperties": False}})
    return {"allOf": parts}
