"""What clients of an older document would miss in a newer one."""


def _removed(old, new, at):
    return [f"{at}/{name} is gone" for name in old if name not in new]


def _schema(old, new, at, taken):
    """`taken`: what clients send; else what they are shown."""
    found = _removed(old.get("properties", {}), new.get("properties", {}), at)
    before, now = set(old.get("required", ())), set(new.get("required", ()))
    found += [f"{at}/{name} must be given now" for name in now - before if taken]
    found += [f"{at}/{name} may be missing now" for name in before - now if not taken]
    values, left = old.get("enum", ()), new.get("enum", old.get("enum", ()))
    found += [f"{at}: {value!r} is not taken any more" for value in values if taken and value not in left]
    if old.get("type") != new.get("type"):
        found.append(f"{at}: {old.get('type')} became {new.get('type')}")
    for name, property_ in old.get("properties", {}).items():
        if name in new.get("properties", {}):
            found += _schema(property_, new["properties"][name], f"{at}/{name}", taken)
    return found


def _components(old, new):
    found = _removed(old, new, "schemas")
    for name in old.keys() & new.keys():
        found += _schema(old[name], new[name], name, name.endswith(("_input", "_patch")))
    return found


def _operation(old, new, at):
    names = {one.get("name", one.get("$ref")) for one in new.get("parameters", [])}
    found = [f"{at}: {one.get('name', one.get('$ref'))} is gone" for one in old.get("parameters", [])
             if one.get("name", one.get("$ref")) not in names]
    found += [f"{at}: the answer {status} is gone" for status in old["responses"]
              if status.startswith("2") and status not in new["responses"]]
    if old["operationId"] != new["operationId"]:
        found.append(f"{at} has another name")
    return found


def shrunk(old, new):
    """Of two OpenAPI or two AsyncAPI documents: everything that clients of the old one may rely on and have no more."""
    found = _components(old["components"]["schemas"], new["components"]["schemas"])
    for path, item in old.get("paths", {}).items():
        for method, operation in item.items():
            at = f"{method.upper()} {path}"
            newer = new["paths"].get(path, {}).get(method)
            found += _operation(operation, newer, at) if newer else [f"{at} is gone"]
    found += _removed(old.get("channels", {}), new.get("channels", {}), "channels")
    for name, channel in old.get("channels", {}).items():
        found += _removed(channel["messages"], new.get("channels", {}).get(name, {"messages": {}})["messages"], name)
    return found
