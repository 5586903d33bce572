"""A JSON Schema validator for the words that docs/profile.schema.json uses.

The standard library has none, and the tests need no other package. A word it
does not know is an error, so that nothing in a schema goes unchecked.
"""

import json
import re

NOTES = {"$schema", "$id", "$defs", "title", "description"}
TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "integer": lambda v: TYPES["number"](v) and v == int(v),
}


def same(a, b):
    """JSON equality: 0 is 0.0, but true is not 1."""
    return a == b and isinstance(a, bool) == isinstance(b, bool)


class Checker:
    def __init__(self, schema):
        self.root = schema

    def errors(self, value):
        """A list of "path: what is wrong"; empty where the value is good."""
        found = []
        self.check(self.root, value, "$", found)
        return found

    def check(self, schema, value, path, found):
        """Adds to `found`; returns the keys of an object that were looked at."""
        seen = set()
        if schema is True:
            return seen
        if schema is False:
            found.append(f"{path}: must not be here")
            return seen
        for word, wanted in schema.items():
            if word in NOTES or word == "unevaluatedProperties":
                continue
            seen |= self.word(word, wanted, schema, value, path, found) or set()
        if schema.get("unevaluatedProperties") is False and isinstance(value, dict):
            for key in value.keys() - seen:
                found.append(f"{path}: has an unknown field {key!r}")
        return seen

    def word(self, word, wanted, schema, value, path, found):
        method = getattr(self, "do_" + word.lstrip("$"), None)
        if method is None:
            raise NotImplementedError(f"schema word {word!r}")
        return method(wanted, schema, value, path, found)

    # Words for any value.

    def do_ref(self, wanted, schema, value, path, found):
        assert wanted.startswith("#/$defs/"), wanted
        return self.check(self.root["$defs"][wanted[8:]], value, path, found)

    def do_type(self, wanted, schema, value, path, found):
        names = [wanted] if isinstance(wanted, str) else wanted
        if not any(TYPES[name](value) for name in names):
            found.append(f"{path}: {value!r:.60} is not of type {wanted}")

    def do_const(self, wanted, schema, value, path, found):
        if not same(value, wanted):
            found.append(f"{path}: {value!r:.60} is not {wanted!r}")

    def do_enum(self, wanted, schema, value, path, found):
        if not any(same(value, one) for one in wanted):
            found.append(f"{path}: {value!r:.60} is none of {wanted}")

    def do_allOf(self, wanted, schema, value, path, found):
        return set().union(*(self.check(s, value, path, found) for s in wanted))

    def tried(self, wanted, value, path):
        tries = []
        for schema in wanted:
            problems = []
            tries.append((self.check(schema, value, path, problems), problems))
        return tries

    def do_oneOf(self, wanted, schema, value, path, found):
        tries = self.tried(wanted, value, path)
        good = [seen for seen, problems in tries if not problems]
        if len(good) == 1:
            return good[0]
        if good:
            found.append(f"{path}: fits {len(good)} of what it must be one of")
        else:
            found.extend(min((problems for _, problems in tries), key=len))

    def do_anyOf(self, wanted, schema, value, path, found):
        tries = self.tried(wanted, value, path)
        good = [seen for seen, problems in tries if not problems]
        if good:
            return set().union(*good)
        found.extend(tries[0][1])

    def do_not(self, wanted, schema, value, path, found):
        problems = []
        self.check(wanted, value, path, problems)
        if not problems:
            found.append(f"{path}: is what it must not be")

    # Numbers and text.

    def do_minimum(self, wanted, schema, value, path, found):
        if TYPES["number"](value) and value < wanted:
            found.append(f"{path}: {value} is below {wanted}")

    def do_exclusiveMinimum(self, wanted, schema, value, path, found):
        if TYPES["number"](value) and value <= wanted:
            found.append(f"{path}: {value} is not above {wanted}")

    def do_maximum(self, wanted, schema, value, path, found):
        if TYPES["number"](value) and value > wanted:
            found.append(f"{path}: {value} is above {wanted}")

    def do_pattern(self, wanted, schema, value, path, found):
        if isinstance(value, str) and not re.search(wanted, value):
            found.append(f"{path}: {value!r:.60} does not match {wanted}")

    # Arrays.

    def do_prefixItems(self, wanted, schema, value, path, found):
        if isinstance(value, list):
            for i, (one, item) in enumerate(zip(wanted, value)):
                self.check(one, item, f"{path}[{i}]", found)

    def do_items(self, wanted, schema, value, path, found):
        if isinstance(value, list):
            for i in range(len(schema.get("prefixItems", [])), len(value)):
                self.check(wanted, value[i], f"{path}[{i}]", found)

    def do_minItems(self, wanted, schema, value, path, found):
        if isinstance(value, list) and len(value) < wanted:
            found.append(f"{path}: fewer than {wanted} items")

    def do_maxItems(self, wanted, schema, value, path, found):
        if isinstance(value, list) and len(value) > wanted:
            found.append(f"{path}: more than {wanted} items")

    def do_uniqueItems(self, wanted, schema, value, path, found):
        if not wanted or not isinstance(value, list):
            return
        if len({json.dumps(item, sort_keys=True) for item in value}) != len(value):
            found.append(f"{path}: has an item twice")

    # Objects.

    def do_properties(self, wanted, schema, value, path, found):
        if not isinstance(value, dict):
            return None
        for key in wanted.keys() & value.keys():
            self.check(wanted[key], value[key], f"{path}.{key}", found)
        return wanted.keys() & value.keys()

    def do_required(self, wanted, schema, value, path, found):
        if isinstance(value, dict):
            for key in set(wanted) - value.keys():
                found.append(f"{path}: lacks {key!r}")

    def do_dependentRequired(self, wanted, schema, value, path, found):
        if isinstance(value, dict):
            for key in wanted.keys() & value.keys():
                self.do_required(wanted[key], schema, value, path, found)

    def do_additionalProperties(self, wanted, schema, value, path, found):
        if not isinstance(value, dict):
            return None
        others = value.keys() - schema.get("properties", {}).keys()
        for key in others:
            self.check(wanted, value[key], f"{path}.{key}", found)
        return others
