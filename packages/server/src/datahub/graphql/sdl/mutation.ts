/** What can be changed, under the names of DataHub. */
export const MUTATION_TYPES = `
enum OwnerEntityType { CORP_GROUP CORP_USER }
enum SubResourceType { DATASET_FIELD }
type Mutation {
  batchAddTags(input: BatchAddTagsInput!): Boolean, batchRemoveTags(input: BatchRemoveTagsInput!): Boolean
  batchAddTerms(input: BatchAddTermsInput!): Boolean, batchRemoveTerms(input: BatchRemoveTermsInput!): Boolean
  batchAddOwners(input: BatchAddOwnersInput!): Boolean
  batchRemoveOwners(input: BatchRemoveOwnersInput!): Boolean
  batchSetDomain(input: BatchSetDomainInput!): Boolean
  updateDescription(input: DescriptionUpdateInput!): Boolean
  upsertStructuredProperties(input: UpsertStructuredPropertiesInput!): StructuredProperties
  removeStructuredProperties(input: RemoveStructuredPropertiesInput!): StructuredProperties
}
input ResourceRefInput { resourceUrn: String!, subResourceType: SubResourceType, subResource: String }
input BatchAddTagsInput { tagUrns: [String!]!, resources: [ResourceRefInput!]! }
input BatchRemoveTagsInput { tagUrns: [String!]!, resources: [ResourceRefInput!]! }
input BatchAddTermsInput { termUrns: [String!]!, resources: [ResourceRefInput!]! }
input BatchRemoveTermsInput { termUrns: [String!]!, resources: [ResourceRefInput!]! }
input OwnerInput {
  ownerUrn: String!, ownerEntityType: OwnerEntityType!, type: String, ownershipTypeUrn: String
}
input BatchAddOwnersInput {
  owners: [OwnerInput!]!, ownershipTypeUrn: String, resources: [ResourceRefInput!]!
}
input BatchRemoveOwnersInput {
  ownerUrns: [String!]!, ownershipTypeUrn: String, resources: [ResourceRefInput!]!
}
input BatchSetDomainInput { domainUrn: String, resources: [ResourceRefInput!]! }
input DescriptionUpdateInput {
  description: String!, resourceUrn: String!, subResourceType: SubResourceType, subResource: String
}
input PropertyValueInput { stringValue: String, numberValue: Float }
input StructuredPropertyInputParams { structuredPropertyUrn: String!, values: [PropertyValueInput!]! }
input UpsertStructuredPropertiesInput {
  assetUrn: String!, structuredPropertyInputParams: [StructuredPropertyInputParams!]!
}
input RemoveStructuredPropertiesInput { assetUrn: String!, structuredPropertyUrns: [String!]! }
`
