"""Prints, as JSON, the aspects of each entity type that DataHub's metadata model has, the key among them."""

import glob
import json
import os

import datahub

known = {}
for file in glob.glob(os.path.join(os.path.dirname(datahub.__file__), "metadata", "schemas", "*.avsc")):
    with open(file, encoding="utf-8") as text:
        schema = json.load(text)
    aspect = schema.get("Aspect", {}) if isinstance(schema, dict) else {}
    if "keyForEntity" in aspect:
        known[aspect["keyForEntity"]] = sorted({aspect["name"], *aspect.get("entityAspects", [])})
print(json.dumps(known))
