"""Emits what `openlineage.suite.ts` looks for. Arguments: nothing; the client is set up by its environment."""

import sys

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import DatasetEvent, InputDataset, Job, JobEvent, OutputDataset, Run, RunEvent, RunState, StaticDataset
from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    data_quality_assertions_dataset,
    documentation_dataset,
    error_message_run,
    ownership_dataset,
    output_statistics_output_dataset,
    schema_dataset,
    sql_job,
)

PRODUCER = "https://github.com/OpenLineage/OpenLineage/tree/1.54.0/integration/dagster"
WAREHOUSE = "postgres://warehouse:5432"
client = OpenLineageClient()

run = Run(runId="018f3c0a-0000-7000-8000-000000000001")
job = Job(
    namespace="prod",
    name="nightly.revenue",
    facets={"sql": sql_job.SQLJobFacet(query="INSERT INTO revenue SELECT sum(price) AS total FROM orders")},
)
orders = InputDataset(
    namespace=WAREHOUSE,
    name="shop.public.orders",
    facets={
        "schema": schema_dataset.SchemaDatasetFacet(
            fields=[schema_dataset.SchemaDatasetFacetFields(name="price", type="numeric", description="In euros")]
        ),
        "ownership": ownership_dataset.OwnershipDatasetFacet(owners=[ownership_dataset.Owner(name="team:sales", type="OWNER")]),
    },
    inputFacets={
        "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
            assertions=[data_quality_assertions_dataset.Assertion(assertion="not_null", success=False, column="price")]
        )
    },
)
revenue = OutputDataset(
    namespace=WAREHOUSE,
    name="shop.public.revenue",
    facets={
        "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(
            fields={
                "total": column_lineage_dataset.Fields(
                    inputFields=[
                        column_lineage_dataset.InputField(
                            namespace=WAREHOUSE,
                            name="shop.public.orders",
                            field="price",
                            transformations=[
                                column_lineage_dataset.Transformation(type="DIRECT", subtype="AGGREGATION")
                            ],
                        )
                    ]
                )
            }
        )
    },
    outputFacets={"outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=365)},
)
client.emit(RunEvent(eventType=RunState.START, eventTime="2026-11-21T09:00:00.000001+00:00", run=run, job=job, producer=PRODUCER))
client.emit(
    RunEvent(
        eventType=RunState.COMPLETE,
        eventTime="2026-11-21T09:00:00.000002+00:00",
        run=run,
        job=job,
        producer=PRODUCER,
        inputs=[orders],
        outputs=[revenue],
    )
)
failed = Run(
    runId="018f3c0a-0000-7000-8000-000000000002",
    facets={"errorMessage": error_message_run.ErrorMessageRunFacet(message="disk full", programmingLanguage="SQL")},
)
client.emit(RunEvent(eventType=RunState.FAIL, eventTime="2026-11-21T10:00:00+00:00", run=failed, job=job, producer=PRODUCER))
client.emit(
    JobEvent(
        eventTime="2026-11-21T09:00:00+00:00",
        job=Job(namespace="prod", name="nightly.report"),
        producer=PRODUCER,
        inputs=[InputDataset(namespace=WAREHOUSE, name="shop.public.revenue")],
        outputs=[OutputDataset(namespace="s3://reports", name="daily/revenue.csv")],
    )
)
client.emit(
    DatasetEvent(
        eventTime="2026-11-21T09:00:00+00:00",
        producer=PRODUCER,
        dataset=StaticDataset(
            namespace=WAREHOUSE,
            name="shop.public.orders",
            facets={"documentation": documentation_dataset.DocumentationDatasetFacet(description="One row for each order.")},
        ),
    )
)

# A refusal is told to the caller.
try:
    client.emit(DatasetEvent(eventTime="2026-11-21T09:00:00+00:00", producer=PRODUCER, dataset=StaticDataset(namespace="", name="")))
except Exception as refusal:  # noqa: BLE001
    print("refused:", refusal)
else:
    sys.exit("an event without a name was taken")
