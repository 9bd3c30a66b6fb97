"""Validates one table of a SQLite file and writes the result as Great Expectations' own store does.

validate.py DIRECTORY: makes DIRECTORY/shop.db and a file context in DIRECTORY, with the major version that is installed;
DIRECTORY/checkpoints has what the checkpoint gave back of the same validations, and DIRECTORY/infinite the store of another
context, which found a number that JSON has not.
"""
import json
import sqlite3
import sys
from pathlib import Path

import great_expectations as gx
import pandas

MAJOR = int(gx.__version__.split(".")[0])
root = Path(sys.argv[1]).resolve()
root.mkdir(parents=True, exist_ok=True)
db = root / "shop.db"
db.unlink(missing_ok=True)
with sqlite3.connect(db) as connection:
    connection.executescript(
        """
        CREATE TABLE orders (order_id INTEGER PRIMARY KEY, country TEXT, status TEXT, amount REAL, placed TEXT);
        INSERT INTO orders VALUES
          (1, 'DE', 'paid', 10.5, '2026-03-01'), (2, 'FR', 'paid', 20, '2026-03-02'),
          (3, NULL, 'lost', -1, '2026-03-02'), (4, 'Germany', 'open', 7, '2026-03-03');
        """
    )

# Every kind that has one of ours, in its forms, and some that have none.
EXPECTATIONS = [
    ("expect_column_values_to_not_be_null", {"column": "country"}, {"notes": "Every order is from somewhere."}),
    ("expect_column_values_to_not_be_null", {"column": "amount", "mostly": 0.9}, {}),
    ("expect_column_values_to_be_unique", {"column": "order_id"}, {}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["order_id", "status"]}, {}),
    ("expect_column_values_to_be_in_set", {"column": "status", "value_set": ["paid", "open"]}, {}),
    ("expect_column_distinct_values_to_be_in_set", {"column": "status", "value_set": ["paid", "open", "lost"]}, {}),
    ("expect_table_row_count_to_equal", {"value": 4}, {}),
    ("expect_table_row_count_to_be_between", {"min_value": 5, "max_value": 10}, {}),
    ("expect_column_value_lengths_to_equal", {"column": "country", "value": 2}, {}),
    ("expect_column_value_lengths_to_be_between", {"column": "status", "min_value": 4}, {}),
    ("expect_column_values_to_be_between", {"column": "amount", "min_value": 0, "max_value": 100}, {}),
    ("expect_column_values_to_be_between", {"column": "amount", "min_value": 0, "strict_min": True}, {}),
    ("expect_column_max_to_be_between", {"column": "amount", "min_value": 1, "max_value": 50}, {}),
    ("expect_column_values_to_be_null", {"column": "placed"}, {}),
    ("expect_table_columns_to_match_set", {"column_set": ["order_id", "country"], "exact_match": False}, {}),
    ("expect_column_to_exist", {"column": "nowhere"}, {}),
    ("expect_column_values_to_not_be_null", {"column": "nowhere"}, {}),
]
FORMAT = {"result_format": "SUMMARY"}
ASSET = "orders"
ENDLESS = {"column": "size", "min_value": 0, "max_value": 1}


def endless() -> pandas.DataFrame:
    return pandas.DataFrame({"size": [1.0, float("inf")]})


def second_round() -> None:
    """The table gets better, so that the newest result is another one."""
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE orders SET country = 'DE' WHERE order_id IN (3, 4)")


def keep(number: int, run_results: dict) -> None:
    """What `json.dumps` makes of the result of a checkpoint."""
    checkpoints = root / "checkpoints"
    checkpoints.mkdir(exist_ok=True)
    (checkpoints / f"{number}.json").write_text(json.dumps(run_results))


def with_version_0() -> None:
    from great_expectations.core.expectation_configuration import ExpectationConfiguration

    context = gx.get_context(project_root_dir=str(root))
    source = context.sources.add_sqlite("shop", connection_string=f"sqlite:///{db}")
    request = source.add_table_asset(ASSET, table_name="orders").build_batch_request()
    suite = context.add_expectation_suite("orders.basic")
    for kind, kwargs, meta in EXPECTATIONS:
        suite.add_expectation(ExpectationConfiguration(kind, kwargs, meta=meta))
    context.update_expectation_suite(suite)
    checkpoint = context.add_or_update_checkpoint(
        name="nightly",
        validations=[{"batch_request": request, "expectation_suite_name": "orders.basic"}],
        runtime_configuration={"result_format": FORMAT},
    )
    keep(1, checkpoint.run(run_name="first").to_json_dict())
    second_round()
    keep(2, checkpoint.run(run_name="second").to_json_dict())

    other = gx.get_context(project_root_dir=str(root / "infinite"))
    frame = other.sources.add_pandas("frames").add_dataframe_asset("endless")
    suite = other.add_expectation_suite("endless")
    suite.add_expectation(ExpectationConfiguration("expect_column_max_to_be_between", ENDLESS))
    other.update_expectation_suite(suite)
    request = frame.build_batch_request(dataframe=endless())
    validations = [{"batch_request": request, "expectation_suite_name": "endless"}]
    other.add_or_update_checkpoint(name="endless", validations=validations).run()


def with_version_1() -> None:
    import great_expectations.expectations as gxe

    context = gx.get_context(mode="file", project_root_dir=str(root))
    source = context.data_sources.add_sqlite("shop", connection_string=f"sqlite:///{db}")
    batch = source.add_table_asset(ASSET, table_name="orders").add_batch_definition_whole_table("whole")
    suite = context.suites.add(gx.ExpectationSuite(name="orders.basic"))
    for kind, kwargs, meta in EXPECTATIONS:
        name = "".join(word.capitalize() for word in kind.split("_"))
        severity = {"severity": "warning"} if "mostly" in kwargs else {}
        suite.add_expectation(getattr(gxe, name)(**kwargs, **meta, **severity))
    query = "SELECT * FROM {batch} WHERE amount < 0"
    words = "No order costs less than nothing."
    suite.add_expectation(gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, description=words))
    definition = context.validation_definitions.add(gx.ValidationDefinition(data=batch, suite=suite, name="orders"))
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name="nightly", validation_definitions=[definition], result_format=FORMAT)
    )
    written = lambda result: {"run_results": {str(k): v.to_json_dict() for k, v in result.run_results.items()}}
    keep(1, written(checkpoint.run()))
    second_round()
    keep(2, written(checkpoint.run()))

    other = gx.get_context(mode="file", project_root_dir=str(root / "infinite"))
    frame = other.data_sources.add_pandas("frames").add_dataframe_asset("endless")
    batch = frame.add_batch_definition_whole_dataframe("whole")
    suite = other.suites.add(gx.ExpectationSuite(name="endless"))
    suite.add_expectation(gxe.ExpectColumnMaxToBeBetween(**ENDLESS))
    definition = other.validation_definitions.add(gx.ValidationDefinition(data=batch, suite=suite, name="endless"))
    checkpoint = other.checkpoints.add(gx.Checkpoint(name="endless", validation_definitions=[definition]))
    checkpoint.run(batch_parameters={"dataframe": endless()})


def without_tracebacks(value: object) -> object:
    """They name the files of this machine; nothing reads them."""
    if isinstance(value, dict):
        return {k: without_tracebacks(v) for k, v in value.items() if k != "exception_traceback"}
    return [without_tracebacks(v) for v in value] if isinstance(value, list) else value


(with_version_0 if MAJOR == 0 else with_version_1)()
results = sorted((root / "gx" / "uncommitted" / "validations").rglob("*.json"))
for file in results:
    file.write_text(json.dumps(without_tracebacks(json.loads(file.read_text())), indent=1) + "\n")
