import { expect, it } from 'vitest'
import { parseS3Location } from './s3-location.js'

it.each(['s3://acme', 's3://acme/prod', 's3://acme/prod/', 's3://a.b-c/x/y_z'])(
  '%s is a place',
  (location) => {
    expect(parseS3Location(location).bucket).toMatch(/^a/)
  },
)

it.each(['s3://', 's3://A', 's3://Acme/prod', 's3://a..b', 's3://acme/../x', 'https://acme/prod', 's3:acme'])(
  '%s is none, and what is one is said',
  (location) => {
    let refused: unknown
    try {
      parseS3Location(location)
    } catch (error) {
      refused = error
    }
    expect(refused).toMatchObject({
      code: 'invalid_storage_location',
      remedy: expect.stringContaining('s3://bucket/prefix'),
    })
  },
)
