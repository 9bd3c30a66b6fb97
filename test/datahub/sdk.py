"""What DataHub's own Python SDK reads and writes at a server, given by its address and a token.

Run by `npm run test:datahub`. Each check is a function; what fails is printed and the exit code is 1.
"""

import sys
import time
import traceback
from datetime import datetime, timezone

from datahub.configuration.common import OperationalError
from datahub.emitter.mcp import MetadataChangeProposalWrapper as Proposal
from datahub.emitter.rest_emitter import DatahubRestEmitter, EmitMode
from datahub.errors import ItemNotFoundError, SdkUsageError
from datahub.ingestion.graph.client import DataHubGraph
from datahub.ingestion.graph.config import DatahubClientConfig
from datahub.metadata import schema_classes as m
from datahub.metadata.urns import CorpUserUrn, DatasetUrn, GlossaryTermUrn, TagUrn
from datahub.sdk import DataHubClient, Dataset
from datahub.specific.dataset import DatasetPatchBuilder

SERVER, TOKEN, READER = sys.argv[1], sys.argv[2], sys.argv[3]


def graph(token=TOKEN, openapi=None):
    return DataHubGraph(DatahubClientConfig(server=SERVER, token=token, openapi_ingestion=openapi))


def dataset(name):
    return f"urn:li:dataset:(urn:li:dataPlatform:hive,{name},PROD)"


def properties(name, **members):
    return m.DatasetPropertiesClass(name=name, **members)


def refused(action):
    try:
        action()
    except OperationalError as e:
        return e
    raise AssertionError("it was not refused")


def check_aspects_come_back_as_they_were_sent(g, tag):
    urn = dataset(f"db.{tag}_orders")
    assert not g.exists(urn)
    assert g.get_aspect(urn, m.DatasetPropertiesClass) is None
    schema = m.SchemaMetadataClass(
        schemaName="orders",
        platform="urn:li:dataPlatform:hive",
        version=0,
        hash="",
        platformSchema=m.OtherSchemaClass(rawSchema="create table"),
        fields=[
            m.SchemaFieldClass(
                fieldPath="id",
                nativeDataType="bigint",
                type=m.SchemaFieldDataTypeClass(type=m.NumberTypeClass()),
                description="naïve ☃",
            )
        ],
    )
    sent = [properties("orders", description="all orders", customProperties={"a": "1"}), schema]
    g.emit_mcps([Proposal(entityUrn=urn, aspect=aspect) for aspect in sent])
    assert g.exists(urn)
    assert g.get_aspect(urn, m.DatasetPropertiesClass) == sent[0]
    assert g.get_aspect(urn, m.SchemaMetadataClass) == schema
    key = g.get_aspect(urn, m.DatasetKeyClass)
    assert (key.platform, key.name, key.origin) == ("urn:li:dataPlatform:hive", f"db.{tag}_orders", "PROD")
    bag = g.get_entity_semityped(urn)
    assert sorted(bag) == ["datasetKey", "datasetProperties", "schemaMetadata"], sorted(bag)
    some = g.get_entity_semityped(urn, ["schemaMetadata"])
    assert sorted(some) == ["datasetKey", "schemaMetadata"], sorted(some)
    entities = g.get_entities("dataset", [urn, dataset("db.nothing")], ["datasetProperties"], with_system_metadata=True)
    assert list(entities) == [urn]
    value, system = entities[urn]["datasetProperties"]
    assert value == sent[0] and system is not None and system.lastObserved


def check_one_is_written_by_every_way(g, tag):
    urn = dataset(f"db.{tag}_ways")
    for mode in EmitMode:
        g.emit(Proposal(entityUrn=urn, aspect=properties(mode.name)), emit_mode=mode)
        assert g.get_aspect(urn, m.DatasetPropertiesClass).name == mode.name
    g.emit_mce(
        m.MetadataChangeEventClass(
            proposedSnapshot=m.DatasetSnapshotClass(urn=urn, aspects=[properties("snapshot"), m.StatusClass(removed=False)])
        )
    )
    assert g.get_aspect(urn, m.DatasetPropertiesClass).name == "snapshot"
    assert g.get_aspect(urn, m.StatusClass).removed is False


def check_a_name_with_slashes_and_escapes(g, tag):
    for name in (f"bucket/{tag}/a b/part=1", f"db.{tag}%28x%29", f"{tag}.ünïcode", f"{tag}." + "n" * 400):
        urn = str(DatasetUrn("s3", name, "DEV"))
        # Not by emit(): over RestLi the client itself writes a URN's letters beyond ASCII as escapes of escapes.
        g.emit_mcps([Proposal(entityUrn=urn, aspect=properties("x"))])
        assert g.exists(urn), urn
        assert g.get_aspect(urn, m.DatasetPropertiesClass).name == "x"
    gone = str(DatasetUrn("s3", f"bucket/{tag}/a b/part=1", "DEV"))
    g.emit(Proposal(entityUrn=gone, aspectName="datasetKey", changeType=m.ChangeTypeClass.DELETE))
    assert not g.exists(gone)


def check_what_does_not_fit_is_refused_with_a_message(g, tag):
    error = refused(lambda: g.emit(Proposal(entityUrn=dataset(f"{tag}.bad"), aspect=m.UpstreamLineageClass(
        upstreams=[m.UpstreamClass(dataset="not a urn", type="COPY")]))))
    assert "not a urn" in str(error) and error.info["status"] == 422, error.info
    assert not g.exists(dataset(f"{tag}.bad"))


def check_the_good_ones_of_a_batch_land(g, tag):
    good = [dataset(f"{tag}.good{i}") for i in range(5)]
    proposals = [Proposal(entityUrn=urn, aspect=properties("good")) for urn in good]
    for place, urn in ((1, "bad1"), (4, "bad2")):
        proposals.insert(place, Proposal(entityUrn=dataset(f"{tag}.{urn}"), aspect=m.OwnershipClass(
            owners=[m.OwnerClass(owner="nobody", type="DATAOWNER")])))
    error = refused(lambda: g.emit_mcps(proposals))
    assert all(g.exists(urn) for urn in good)
    assert [d["path"] for d in error.info["error"]["diagnostics"]] == ["proposals.1", "proposals.4"], error.info
    assert "2 of 7 proposals were refused, 5 are recorded" in str(error), str(error)


def check_patches(g, tag):
    urn = dataset(f"{tag}.patched")
    g.emit(Proposal(entityUrn=urn, aspect=properties("patched", customProperties={"keep": "1", "drop": "2"})))
    builder = (
        DatasetPatchBuilder(urn)
        .add_tag(m.TagAssociationClass(tag="urn:li:tag:a"))
        .add_tag(m.TagAssociationClass(tag="urn:li:tag:b"))
        .add_term(m.GlossaryTermAssociationClass(urn="urn:li:glossaryTerm:t"))
        .add_owner(m.OwnerClass(owner="urn:li:corpuser:ann", type="DATAOWNER"))
        .add_owner(m.OwnerClass(owner="urn:li:corpuser:ann", type="BUSINESS_OWNER"))
        .add_owner(m.OwnerClass(owner="urn:li:corpuser:bob", type="DATAOWNER"))
        .add_domain(m.DomainAssociationClass(domain="urn:li:domain:sales"))
        .add_custom_property("new/er", "3")
        .remove_custom_property("drop")
        .set_description("patched text")
        .add_structured_property("urn:li:structuredProperty:sp", "value")
        .add_upstream_lineage(m.UpstreamClass(dataset=dataset(f"{tag}.up1"), type="TRANSFORMED"))
        .add_upstream_lineage(m.UpstreamClass(dataset=dataset(f"{tag}.up2"), type="COPY"))
        .add_fine_grained_lineage(m.FineGrainedLineageClass(
            upstreamType="FIELD_SET", downstreamType="FIELD", confidenceScore=0.5,
            upstreams=[f"urn:li:schemaField:({dataset(f'{tag}.up1')},x)", f"urn:li:schemaField:({dataset(f'{tag}.up1')},y)"],
            downstreams=[f"urn:li:schemaField:({urn},z)"]))
    )
    builder.for_field("z").add_tag(m.TagAssociationClass(tag="urn:li:tag:pii"))
    builder.for_field("z").add_term(m.GlossaryTermAssociationClass(urn="urn:li:glossaryTerm:t"))
    for _ in range(2):  # the second time changes nothing
        g.emit_mcps(builder.build())
        assert sorted(t.tag for t in g.get_tags(urn).tags) == ["urn:li:tag:a", "urn:li:tag:b"]
        assert [t.urn for t in g.get_glossary_terms(urn).terms] == ["urn:li:glossaryTerm:t"]
        owners = sorted((o.owner, str(o.type)) for o in g.get_ownership(urn).owners)
        assert owners == [
            ("urn:li:corpuser:ann", "BUSINESS_OWNER"), ("urn:li:corpuser:ann", "DATAOWNER"), ("urn:li:corpuser:bob", "DATAOWNER")], owners
        assert g.get_aspect(urn, m.DomainsClass).domains == ["urn:li:domain:sales"]
        props = g.get_dataset_properties(urn)
        assert props.customProperties == {"keep": "1", "new/er": "3"}, props.customProperties
        assert (props.name, props.description) == ("patched", "patched text")
        structured = g.get_aspect(urn, m.StructuredPropertiesClass).properties
        assert [(p.propertyUrn, p.values) for p in structured] == [("urn:li:structuredProperty:sp", ["value"])]
        lineage = g.get_aspect(urn, m.UpstreamLineageClass)
        assert sorted(u.dataset for u in lineage.upstreams) == [dataset(f"{tag}.up1"), dataset(f"{tag}.up2")]
        [column] = lineage.fineGrainedLineages
        assert len(column.upstreams) == 2 and column.confidenceScore == 0.5
        [field] = g.get_aspect(urn, m.EditableSchemaMetadataClass).editableSchemaFieldInfo
        assert field.fieldPath == "z"
        assert [t.tag for t in field.globalTags.tags] == ["urn:li:tag:pii"]
        assert [t.urn for t in field.glossaryTerms.terms] == ["urn:li:glossaryTerm:t"]
    g.emit_mcps(
        DatasetPatchBuilder(urn)
        .remove_tag("urn:li:tag:a")
        .remove_tag("urn:li:tag:never")
        .remove_owner("urn:li:corpuser:ann")
        .remove_domain("urn:li:domain:sales")
        .remove_upstream_lineage(dataset(f"{tag}.up2"))
        .build()
    )
    assert [t.tag for t in g.get_tags(urn).tags] == ["urn:li:tag:b"]
    assert [o.owner for o in g.get_ownership(urn).owners] == ["urn:li:corpuser:bob"]
    domains = g.get_aspect(urn, m.DomainsClass)  # get_domain() remembers its last answer
    assert list(domains.domains) == [], domains
    assert [u.dataset for u in g.get_aspect(urn, m.UpstreamLineageClass).upstreams] == [dataset(f"{tag}.up1")]
    untouched = dataset(f"{tag}.never_there")
    g.emit_mcps(DatasetPatchBuilder(untouched).remove_tag("urn:li:tag:a").build())
    assert not g.exists(untouched)


def check_deletes(g, tag):
    urn = dataset(f"{tag}.deleted")
    g.emit_mcps([Proposal(entityUrn=urn, aspect=a) for a in (properties("d"), m.SubTypesClass(typeNames=["Table"]))])
    g.soft_delete_entity(urn)
    assert g.get_aspect(urn, m.StatusClass).removed and g.exists(urn)
    g.set_soft_delete_status(urn, delete=False)
    assert not g.get_aspect(urn, m.StatusClass).removed
    profile = m.DatasetProfileClass(timestampMillis=1, rowCount=1)
    g.emit(Proposal(entityUrn=urn, aspect=profile))
    assert g.hard_delete_entity(urn) == (3, 1)
    assert not g.exists(urn) and g.get_timeseries_values(urn, m.DatasetProfileClass, {}) == []
    assert g.hard_delete_entity(urn) == (0, 0)


def check_timeseries(g, tag):
    urn = dataset(f"{tag}.profiled")
    for day in range(3):
        g.emit(Proposal(entityUrn=urn, aspect=m.DatasetProfileClass(timestampMillis=1000 + day, rowCount=10 * day)))
    assert g.exists(urn)
    assert [p.rowCount for p in g.get_timeseries_values(urn, m.DatasetProfileClass, {}, limit=2)] == [20, 10]
    assert g.get_latest_timeseries_value(urn, m.DatasetProfileClass, {}).rowCount == 20
    checkpoint = "urn:li:dataJob:(urn:li:dataFlow:(datahub,%s,PROD),stale)" % tag
    for name in ("one", "two"):
        g.emit(Proposal(entityUrn=checkpoint, aspect=m.DatahubIngestionCheckpointClass(
            timestampMillis=5, pipelineName=name, platformInstanceId="", config="{}", runId=name,
            state=m.IngestionCheckpointStateClass(formatVersion="1.0", serde="utf-8", payload=b"x"))))
    found = g.get_latest_timeseries_value(checkpoint, m.DatahubIngestionCheckpointClass, {"pipelineName": "one"})
    assert found.pipelineName == "one"
    since = datetime.fromtimestamp(1.0015, timezone.utc)
    assert g.hard_delete_timeseries_aspect(urn, "datasetProfile", since, None) == 2
    assert [p.rowCount for p in g.get_timeseries_values(urn, m.DatasetProfileClass, {})] == [0]
    assert g.hard_delete_timeseries_aspect(urn, "datasetProfile", None, None) == 1
    assert not g.exists(urn)


def check_finding(g, tag):
    for name in ("one", "two"):
        g.emit(Proposal(entityUrn=f"urn:li:domain:{tag}_{name}", aspect=m.DomainPropertiesClass(name=f"{tag} {name}")))
    assert g.get_domain_urn_by_name(f"{tag} two") == f"urn:li:domain:{tag}_two"
    assert g.get_domain_urn_by_name(f"{tag} three") is None
    urns = g.list_all_entity_urns("domain", 0, 1000)
    assert f"urn:li:domain:{tag}_one" in urns and urns == sorted(urns)
    assert g.get_search_results(0, 1, "domain")["value"]["numEntities"] == len(urns)
    assert g.get_aspect_counts("domainProperties", f"urn:li:domain:{tag}%") == 2
    seen, scroll_id = [], None
    while True:
        page = g.scroll_entities(entity_names=["domain"], aspects=["domainProperties"], count=1, scroll_id=scroll_id)
        seen += list(page.entities)
        scroll_id = page.scroll_id
        if scroll_id is None:
            break
    assert seen == urns and page.total_count == len(urns)


def check_who_may_only_read_cannot_write(g, tag):
    reader = graph(READER, g._openapi_ingestion)
    urn = dataset(f"{tag}.denied")
    error = refused(lambda: reader.emit(Proposal(entityUrn=urn, aspect=properties("x"))))
    assert error.info["status"] == 403, error.info
    assert not reader.exists(urn)
    error = refused(lambda: reader.hard_delete_entity(urn))
    assert error.info["status"] == 403


def check_entities_of_the_sdk():
    client = DataHubClient(server=SERVER, token=TOKEN)
    client.test_connection()
    made = Dataset(
        platform="snowflake", name="sdk.orders", description="made by the SDK", custom_properties={"k": "v"},
        schema=[("id", "int", "the key"), ("at", "timestamp")], tags=[TagUrn("gold")],
        owners=[CorpUserUrn("ann")], terms=[GlossaryTermUrn("order")], subtype="Table",
    )
    client.entities.create(made)
    try:
        client.entities.create(made)
        raise AssertionError("created twice")
    except SdkUsageError:
        pass
    read = client.entities.get(made.urn)
    assert read.description == "made by the SDK" and [f.field_path for f in read.schema] == ["id", "at"]
    read.set_description("changed by the SDK")
    read.add_tag(TagUrn("silver"))
    client.entities.update(read)
    again = client.entities.get(made.urn)
    assert again.description == "changed by the SDK"
    assert sorted(str(t.tag) for t in again.tags) == ["urn:li:tag:gold", "urn:li:tag:silver"]
    client.entities.update(DatasetPatchBuilder(str(made.urn)).add_custom_property("n", "1"))
    assert client.entities.get(made.urn).custom_properties == {"k": "v", "n": "1"}
    client.entities.upsert(Dataset(platform="snowflake", name="sdk.copy", upstreams=[made.urn]))
    client.entities.delete(made.urn, hard=True)
    try:
        client.entities.get(made.urn)
        raise AssertionError("it is still there")
    except ItemNotFoundError:
        pass


def check_creation_over_restli():
    g = graph(openapi=False)
    urn = dataset("restli.created")
    create = [
        Proposal(entityUrn=urn, aspect=m.DatasetKeyClass("urn:li:dataPlatform:hive", "restli.created", "PROD"),
                 changeType=m.ChangeTypeClass.CREATE_ENTITY),
        Proposal(entityUrn=urn, aspect=properties("first"), changeType=m.ChangeTypeClass.CREATE),
    ]
    g.emit_mcps(create)
    error = refused(lambda: g.emit_mcps(create))
    assert [d["code"] for d in error.info["error"]["diagnostics"]] == ["entity_exists", "entity_exists"], error.info


def check_structured_properties_keep_their_definition(g, tag):
    urn, prop = dataset(f"{tag}.classified"), f"urn:li:structuredProperty:{tag}.retention"
    definition = m.StructuredPropertyDefinitionClass(
        qualifiedName=f"{tag}.retention", displayName="Retention", cardinality="SINGLE",
        valueType="urn:li:dataType:datahub.number", entityTypes=["urn:li:entityType:datahub.dataset"],
        allowedValues=[m.PropertyValueClass(value=30.0), m.PropertyValueClass(value=90.0)])
    g.emit(Proposal(entityUrn=prop, aspect=definition))
    assert g.get_aspect(prop, m.StructuredPropertyDefinitionClass) == definition

    def assigned(*values):
        return m.StructuredPropertiesClass(properties=[
            m.StructuredPropertyValueAssignmentClass(propertyUrn=prop, values=list(values))])

    g.emit(Proposal(entityUrn=urn, aspect=assigned(90.0)))
    assert g.get_aspect(urn, m.StructuredPropertiesClass).properties[0].values == [90.0]
    for wrong in (assigned(90.0, 30.0), assigned(91.0), assigned("ninety")):
        error = refused(lambda: g.emit(Proposal(entityUrn=urn, aspect=wrong)))
        assert error.info["status"] == 422, error.info
        assert error.info["error"]["code"] == "property_value_invalid", error.info
    patch = DatasetPatchBuilder(urn).set_structured_property(prop, 91.0)
    refused(lambda: g.emit_mcps(patch.build()))
    assert g.get_aspect(urn, m.StructuredPropertiesClass).properties[0].values == [90.0]
    g.emit_mcps(DatasetPatchBuilder(urn).set_structured_property(prop, 30.0).build())
    assert g.get_aspect(urn, m.StructuredPropertiesClass).properties[0].values == [30.0]


def check_a_huge_aspect_is_refused_with_a_code():
    started = time.time()
    emitter = DatahubRestEmitter(SERVER, TOKEN, retry_max_times=0)
    urn = dataset("huge")
    error = refused(lambda: emitter.emit(Proposal(entityUrn=urn, aspect=properties("x", description="x" * 100_000_000))))
    assert error.info.get("status") == 413, error.info
    assert error.info["error"]["code"] == "body_too_large", error.info
    assert not graph().exists(urn)
    assert time.time() - started < 120


def checks():
    for tag, openapi in (("restli", False), ("openapi", True)):
        for name, check in globals().items():
            if name.startswith("check_") and check.__code__.co_argcount == 2:
                yield f"{tag}: {name}", lambda check=check, tag=tag, openapi=openapi: check(graph(openapi=openapi), tag)
    for name, check in globals().items():
        if name.startswith("check_") and check.__code__.co_argcount == 0:
            yield name, check


def main():
    failed = total = 0
    for name, check in checks():
        total += 1
        try:
            check()
            print(f"ok {name.replace('check_', '').replace('_', ' ')}")
        except Exception:
            failed += 1
            print(f"not ok {name}\n{traceback.format_exc()[-3000:]}")
    print(f"{total - failed} of {total} checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
